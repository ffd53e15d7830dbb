//! The first lines: the outcome for the service, and the reason for the end of the run. They praise nothing that was
//! not judged.

use molotov_core::Shard;

use super::{capacity, sizing, thresholds};
use crate::output::escape::{escape, wrap};
use crate::output::text_style::TextStyle;
use crate::report::{
    CapacityOutcome, Conclusion, Ended, ExitCode, Oddity, OddityKind, Report, SizingOutcome, Verdict,
};
use crate::units::{count, elapsed, many, percentage};

/// The maximum number of oddities in the headline; notes contain the others.
const MOST: usize = 2;

/// The conclusion of a sizing without a result in its time.
const NOT_FINISHED: &str = "NOT FINISHED";

/// The sentence about an invalid run.
const AT_FAULT: &str = "the load generator was at fault, so these numbers are its own";

/// The warning of a debug build, before anything else.
pub(super) fn debug_build(report: &Report, look: &TextStyle) -> String {
    if !report.settings.debug_build {
        return String::new();
    }
    let text = "WARNING: THIS IS A DEBUG BUILD. Its numbers are worthless: it measures the load generator, \
                not the server. Build with --release.";
    let lines: Vec<_> = wrap(text, look.narrow()).iter().map(|line| look.warn(line)).collect();
    lines.join("\n")
}

/// Renders the outcome of the run and the reason for its end.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    let conclusion = report.conclusion();
    let sentences = headline(report);
    let mut lines = Vec::new();
    for sentence in &sentences {
        lines.extend(wrap(sentence, look.narrow()));
    }
    match word(report, conclusion) {
        Some(word) => painted(word, conclusion, &lines, look).join("\n"),
        None => lines.join("\n"),
    }
}

/// The outcome of the run and the reason for its end, each as a text.
pub(in crate::output) fn headline(report: &Report) -> Vec<String> {
    let conclusion = report.conclusion();
    let mut all = sentences(report, conclusion);
    if let Some(shard) = report.settings.shard.filter(|_| report.is_part()) {
        part_of_run(&mut all, shard, report.exit_code());
    }
    if let Some(first) = all.first_mut() {
        *first = match word(report, conclusion) {
            Some(word) => format!("{word}: {first}"),
            None => capital(first),
        };
    }
    if !is_of_nothing(report) && !matches!(report.ended, Ended::DeadTarget(_)) {
        let why = report.ended.to_string();
        all.push(format!("Ended after {}: {}.", elapsed(report.elapsed), escape(&why)));
    }
    all
}

/// Adds the sentence about a part of a run: first, if the part is whole, and last, if there is a reason why it is not.
fn part_of_run(all: &mut Vec<String>, shard: Shard, code: ExitCode) {
    if code != ExitCode::Ok {
        return all.push(format!("This is part {shard} of a run."));
    }
    if let Some(first) = all.first_mut() {
        *first = capital(first);
    }
    all.insert(0, format!("part {shard} of a run, whose failures and thresholds `molotov merge` judges."));
}

/// Returns `true` if a sizing ended without a result, and nothing else is wrong.
fn is_unfinished(report: &Report) -> bool {
    let of_users = report
        .sizing
        .as_ref()
        .is_some_and(|sizing| matches!(sizing.outcome, SizingOutcome::TimeOver | SizingOutcome::Unfinished));
    let of_rates = report.capacity.as_ref().is_some_and(|capacity| {
        matches!(capacity.outcome, CapacityOutcome::TimeOver | CapacityOutcome::Unfinished)
    });
    let is_left = report.exit_code() == ExitCode::Failures && report.iterations.finished() > 0;
    is_left && (of_users || of_rates) && !matches!(report.ended, Ended::SetupFailed(_))
}

/// Returns `true` if a set-up failed before any iteration started. The failure of a later user's set-up ends a run that
/// has figures, and so may that of one of several merged runs.
pub(super) fn is_of_nothing(report: &Report) -> bool {
    matches!(report.ended, Ended::SetupFailed(_)) && report.iterations.started == 0
}

/// Oddities without room in the headline.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let further = uncounted(report).into_iter().skip(MOST);
    further.map(|oddity| format!("{}.", capital(&escape(&oddity.to_string())))).collect()
}

/// Returns no word if nothing was judged: only requested checks are praised.
fn word(report: &Report, conclusion: Conclusion) -> Option<&'static str> {
    match conclusion {
        _ if is_unfinished(report) => Some(NOT_FINISHED),
        Conclusion::Passed => Some("PASSED"),
        Conclusion::Counted => None,
        Conclusion::Warning => Some("WARNING"),
        Conclusion::Failed => Some("FAILED"),
        Conclusion::Invalid => Some("INVALID"),
        Conclusion::Interrupted => Some("INTERRUPTED"),
        Conclusion::Terminated => Some("TERMINATED"),
        Conclusion::HungUp => Some("STOPPED BY SIGHUP"),
    }
}

fn painted(word: &str, conclusion: Conclusion, lines: &[String], look: &TextStyle) -> Vec<String> {
    let mut lines = lines.to_vec();
    if let Some(rest) = lines.first().and_then(|line| line.strip_prefix(word)) {
        let word = match conclusion {
            Conclusion::Passed => look.good(word),
            Conclusion::Warning => look.warn(word),
            _ if word == NOT_FINISHED => look.warn(word),
            _ => look.bad(word),
        };
        lines[0] = word + rest;
    }
    lines
}

/// Returns the oddities that no count shows, or the broken thresholds, and then the totals; each on lines of its own.
fn sentences(report: &Report, conclusion: Conclusion) -> Vec<String> {
    if is_of_nothing(report) {
        return vec![format!("nothing was run, {}", escape(&report.ended.to_string()))];
    }
    let kept = thresholds::in_short(report).filter(|_| conclusion == Conclusion::Passed);
    if let Some(kept) = kept {
        return vec![format!("{kept}; {}", summary(report, None))];
    }
    let oddities: Vec<_> =
        uncounted(report).iter().take(MOST).map(|oddity| escape(&oddity.to_string()).into_owned()).collect();
    let is_at_fault = matches!(conclusion, Conclusion::Invalid | Conclusion::Warning)
        && report.verdict() == Verdict::Invalid;
    let mut first = Vec::from_iter(is_at_fault.then(|| AT_FAULT.to_owned()));
    if conclusion == Conclusion::Warning {
        first.extend(oddities);
        return vec![first.join("; "), capital(&summary(report, thresholds::in_short(report)))];
    }
    // The thresholds are the reason for the failure, unless the target was dead.
    let is_dead = matches!(report.ended, Ended::DeadTarget(_));
    let broken = thresholds::in_short(report).filter(|_| thresholds::are_broken(report) && !is_dead);
    let is_told = broken.is_some();
    first.extend(broken);
    let mut sentences = Vec::from_iter((!first.is_empty()).then(|| first.join("; ")));
    let counts = summary(report, thresholds::in_short(report).filter(|_| !is_told));
    sentences.push(if sentences.is_empty() { counts } else { capital(&counts) });
    sentences.extend((!oddities.is_empty()).then(|| format!("Also: {}", oddities.join("; "))));
    sentences
}

/// The oddities that the counts do not contain already. For a dead target everything is odd.
fn uncounted(report: &Report) -> Vec<Oddity> {
    let is_dead = matches!(report.ended, Ended::DeadTarget(_));
    let all = report.conclusion() == Conclusion::Warning;
    report.oddities().into_iter().filter(|oddity| !is_dead && (all || !is_counted(oddity))).collect()
}

/// Returns `true` if the counts contain the oddity in the same words.
fn is_counted(oddity: &Oddity) -> bool {
    oddity.names.is_empty() && matches!(oddity.kind, OddityKind::NothingEnded | OddityKind::ScenariosFailed)
}

/// The headline's sentence, with these words about its thresholds.
fn summary(report: &Report, thresholds: Option<String>) -> String {
    let counts = counts(report, thresholds);
    if let (false, Some(capacity)) = (matches!(report.ended, Ended::DeadTarget(_)), &report.capacity) {
        return format!("{}. {counts}", capacity::answer(capacity));
    }
    match (&report.ended, &report.sizing) {
        (Ended::DeadTarget(_), Some(sizing)) if sizing.good.is_none() && sizing.bad.is_none() => {
            format!("nothing was sized, {}", escape(&report.ended.to_string()))
        }
        (Ended::DeadTarget(_), sizing) => {
            let dead = escape(&report.ended.to_string()).into_owned();
            let found = sizing.as_ref().map(sizing::answer);
            let found = found.or_else(|| report.capacity.as_ref().map(capacity::answer));
            let parts = [Some(dead), found, Some(counts)];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        (_, Some(sizing)) => format!("{}. {counts}", sizing::answer(sizing)),
        (_, None) => counts,
    }
}

fn counts(report: &Report, thresholds: Option<String>) -> String {
    let iterations = report.iterations.finished();
    if iterations == 0 {
        return format!("no iteration came to its end ({} started)", count(report.iterations.started));
    }
    let mut text = part(("iteration", "iterations"), report.iterations.failures(), iterations);
    if report.iterations.cancelled > 0 {
        text.push_str(&format!(", {} more cut", count(report.iterations.cancelled)));
    }
    let requests = report.requests.attempted - report.requests.cancelled;
    if requests > 0 {
        text.push_str("; ");
        text.push_str(&part(("request", "requests"), report.requests.failures(), requests));
    }
    if let Some(thresholds) = thresholds {
        text.push_str(&format!("; {thresholds}"));
    }
    let tolerated = report.settings.tolerated_failures;
    if tolerated > 0 && report.iterations.failures() > 0 {
        let tolerated = many(tolerated, "failed iteration is", "failed iterations are");
        text.push_str(&format!("; up to {tolerated} tolerated"));
    }
    if report.teardown_failure_count > 0 {
        let failed = many(report.teardown_failure_count, "tear-down failed", "tear-downs failed");
        text.push_str(&format!("; {failed}"));
    }
    text
}

fn part((one, more): (&str, &str), failures: u64, whole: u64) -> String {
    let what = many(whole, one, more);
    match failures {
        0 => format!("{what}, none failed"),
        1 if whole == 1 => format!("the only {one} failed"),
        n if n == whole => format!("{what}, all failed"),
        n => format!("{what}, {} failed ({})", count(n), percentage(n, whole)),
    }
}

/// The text with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
