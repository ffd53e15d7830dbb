//! The reasons why a run failed, each with its place in the source, for tools that show them at their lines.

use crate::output::escape::{self, escape};
use crate::plan::threshold::Key;
use crate::report::{Declaration, Ended, ExitCode, FailureGroup, Report, SeriesRow, ThresholdResult};
use crate::units::{count, elapsed, many, percentage};

/// The maximum number of listed failures of one place.
const MOST: usize = 3;

/// The maximum length of a shown message, in characters.
const MESSAGE: usize = 300;

/// A reason why a run failed, or a tolerated failure.
pub(in crate::output) struct Diagnostic<'r> {
    pub(in crate::output) severity: Severity,
    /// The kind of reason: `run`, `threshold` or `scenario`.
    pub(in crate::output) rule: &'static str,
    /// The threshold or scenario.
    pub(in crate::output) subject: String,
    /// The observation.
    pub(in crate::output) text: String,
    pub(in crate::output) declared: Option<&'r Declaration>,
}

/// The gravity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Severity {
    /// The whole run has no result.
    Run,
    /// A threshold or a scenario failed.
    Failed,
    /// Iterations failed, without effect on the exit code.
    Tolerated,
}

impl Diagnostic<'_> {
    /// The subject and the observation in one line.
    pub(in crate::output) fn sentence(&self) -> String {
        format!("{}: {}", self.subject, self.text)
    }
}

/// All diagnostics, most severe first.
pub(in crate::output) fn of_report(report: &Report) -> Vec<Diagnostic<'_>> {
    let mut all = Vec::new();
    all.extend(of_run(report).map(|text| Diagnostic {
        severity: Severity::Run,
        rule: "run",
        subject: "the run".into(),
        text,
        declared: None,
    }));
    all.extend(report.thresholds.iter().filter(|result| !result.passed()).map(|result| Diagnostic {
        severity: Severity::Failed,
        rule: "threshold",
        subject: escape(&result.threshold).into_owned(),
        text: observation(result),
        declared: declaration_of(report, result),
    }));
    let failed = report.scenarios.iter().filter(|row| row.failed.count() > 0);
    let failed = failed.map(|row| of_scenario(report, row));
    let (tolerated, failed): (Vec<_>, Vec<_>) =
        failed.partition(|diagnostic| diagnostic.severity == Severity::Tolerated);
    all.extend(failed);
    all.extend(tolerated);
    all
}

/// The reason why the whole run has no result.
pub(super) fn of_run(report: &Report) -> Option<String> {
    let iterations = &report.iterations;
    let ended = escape(&report.ended.to_string()).into_owned();
    match report.exit_code() {
        ExitCode::Ok | ExitCode::Thresholds => None,
        ExitCode::NotWritten => Some(unwritten(report)),
        ExitCode::Usage => report.settings.lacks_base.as_deref().map(|why| escape(why).into_owned()),
        ExitCode::Invalid => Some("the load generator was at fault, so the numbers are its own".into()),
        ExitCode::DeadTarget | ExitCode::Interrupted | ExitCode::Terminated | ExitCode::HungUp => Some(ended),
        _ if matches!(report.ended, Ended::SetupFailed(_)) => Some(ended),
        _ if iterations.finished() == 0 => {
            Some(format!("no iteration came to its end ({} started)", count(iterations.started)))
        }
        _ if report.is_sizing() => Some(format!("the sizing has no answer: {ended}")),
        _ if report.scenarios.iter().any(|row| report.blames(row)) => None,
        _ => Some(format!("{} failed", many(iterations.failures(), "iteration", "iterations"))),
    }
}

fn unwritten(report: &Report) -> String {
    let failures = report.unwritten.iter().take(MOST).map(|why| shortened(why)).collect::<Vec<_>>();
    format!("not everything was written: {}", failures.join("; "))
}

fn of_scenario<'r>(report: &'r Report, row: &'r SeriesRow) -> Diagnostic<'r> {
    let severity = if report.blames(row) { Severity::Failed } else { Severity::Tolerated };
    let failures = failures(report, Some(row)).join("; ");
    let text = format!("{}{}{failures}", failed_share(row), if failures.is_empty() { "" } else { ": " });
    let subject = escape::name(&row.name).into_owned();
    Diagnostic { severity, rule: "scenario", subject, text, declared: row.declared.as_ref() }
}

/// The failed iterations of a scenario, of all: `3 of 2,000 iterations failed (0.15%)`.
pub(super) fn failed_share(row: &SeriesRow) -> String {
    let (failed, all) = (row.failed.count(), row.count());
    let iterations = many(all, "iteration", "iterations");
    format!("{} of {iterations} failed ({})", count(failed), percentage(failed, all))
}

/// The observed value of a threshold, its number of samples, and the time of its breach.
pub(super) fn observation(result: &ThresholdResult) -> String {
    let samples = many(result.samples, "sample", "samples");
    let mut text = match &result.observed {
        Some(observed) => format!("{observed} was observed in {samples}"),
        None => samples,
    };
    match (result.gaps, result.time_share) {
        _ if result.broken_by_time().is_none() => {}
        (Some(share), _) => text.push_str(&format!(", with gaps of {share}")),
        (None, Some(share)) => text.push_str(&format!(", and in {share} of the time more than it allows")),
        (None, None) => {}
    }
    if let Some(at) = result.broken_at {
        text.push_str(&format!("; broken first after {}", elapsed(at)));
    }
    if let Some(hint) = &result.hint {
        text.push_str(&format!("; {}", escape(hint)));
    }
    format!("{}: {text}", result.outcome.as_str().replace('_', " "))
}

/// The place of a threshold in the source; if it has none, the attribute of its scenario.
pub(super) fn declaration_of<'r>(report: &'r Report, result: &'r ThresholdResult) -> Option<&'r Declaration> {
    result.declared.as_ref().or_else(|| scenario_of(report, result)?.declared.as_ref())
}

/// The scenario of a threshold.
pub(super) fn scenario_of<'r>(report: &'r Report, result: &ThresholdResult) -> Option<&'r SeriesRow> {
    let of = result.planned.of.as_ref().filter(|of| of.key == Key::Scenario)?;
    report.scenario(&of.name)
}

/// The most frequent failures, of one scenario or of the whole run, each with its replay options.
pub(super) fn failures(report: &Report, scenario: Option<&SeriesRow>) -> Vec<String> {
    let groups = report.failures.iter().filter(|group| scenario.is_none_or(|row| row.name == group.place));
    groups.take(MOST).map(|group| failure(report, group)).collect()
}

fn failure(report: &Report, group: &FailureGroup) -> String {
    let place = escape::name(&group.place);
    let replay = report.replay_of(group);
    format!("{} × {} in {place}: {} ({replay})", count(group.count), group.kind, shortened(&group.message))
}

/// The message on one line, cut if it is long.
pub(super) fn shortened(message: &str) -> String {
    match message.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", escape(&message[..end])),
        None => escape(message).into_owned(),
    }
}
