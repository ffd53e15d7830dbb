//! The first lines: how the run went, in one sentence, and why it ended.

use super::{capacity, sizing, thresholds};
use crate::output::escape::{escape, wrap};
use crate::output::look::Look;
use crate::output::units::{count, elapsed, many, percentage};
use crate::report::{Ended, ExitCode, Report};

/// The warning of a debug build, before anything else.
pub(super) fn debug_build(report: &Report, look: &Look) -> String {
    if !report.settings.debug_build {
        return String::new();
    }
    let text = "WARNING: THIS IS A DEBUG BUILD. Its numbers are worthless: it measures the load generator, \
                not the server. Build with --release.";
    let lines: Vec<_> = wrap(text, look.narrow()).iter().map(|line| look.warn(line)).collect();
    lines.join("\n")
}

/// How it went and why it ended.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let word = word(report);
    let text = format!("{word}: {}", summary(report));
    let mut lines = wrap(&text, look.narrow());
    if let Some(rest) = lines.first().and_then(|line| line.strip_prefix(word)) {
        let painted = if word == "OK" { look.good(word) } else { look.bad(word) };
        lines[0] = painted + rest;
    }
    if !is_of_nothing(report) && !matches!(report.ended, Ended::DeadTarget(_)) {
        let why = report.ended.to_string();
        lines.extend(wrap(
            &format!("Ended after {}: {}.", elapsed(report.elapsed), escape(&why)),
            look.narrow(),
        ));
    }
    lines.join("\n")
}

/// Whether a set-up failed before any iteration was started. That of a user who comes later ends a run that has numbers, and
/// so may that of one of several runs that were merged.
pub(super) fn is_of_nothing(report: &Report) -> bool {
    matches!(report.ended, Ended::SetupFailed(_)) && report.iterations.started == 0
}

fn word(report: &Report) -> &'static str {
    match report.exit_code() {
        ExitCode::Ok if report.iterations.finished() == 0 => "NOTHING ENDED",
        ExitCode::Ok => "OK",
        ExitCode::HungUp => "HUNG UP",
        ExitCode::Interrupted => "INTERRUPTED",
        ExitCode::Terminated => "TERMINATED",
        ExitCode::Invalid => "INVALID",
        _ => "FAILED",
    }
}

fn summary(report: &Report) -> String {
    if is_of_nothing(report) {
        return format!("nothing was run, {}", escape(&report.ended.to_string()));
    }
    if let (false, Some(capacity)) = (matches!(report.ended, Ended::DeadTarget(_)), &report.capacity) {
        return format!("{}. {}", capacity::answer(capacity), counts(report));
    }
    match (&report.ended, &report.sizing) {
        (Ended::DeadTarget(_), Some(sizing)) if sizing.good.is_none() && sizing.bad.is_none() => {
            format!("nothing was sized, {}", escape(&report.ended.to_string()))
        }
        (Ended::DeadTarget(_), sizing) => {
            let dead = escape(&report.ended.to_string()).into_owned();
            let found = sizing.as_ref().map(sizing::answer);
            let found = found.or_else(|| report.capacity.as_ref().map(capacity::answer));
            let parts = [Some(dead), found, Some(counts(report))];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        (_, Some(sizing)) => format!("{}. {}", sizing::answer(sizing), counts(report)),
        (_, None) => counts(report),
    }
}

fn counts(report: &Report) -> String {
    let iterations = report.iterations.finished();
    if iterations == 0 {
        return format!("no iteration came to its end ({} started)", count(report.iterations.started));
    }
    let mut text =
        part(many(iterations, "iteration", "iterations"), report.iterations.failures(), iterations);
    let requests = report.requests.attempted - report.requests.cancelled;
    if requests > 0 {
        text.push_str("; ");
        text.push_str(&part(many(requests, "request", "requests"), report.requests.failures(), requests));
    }
    if let Some(thresholds) = thresholds::in_short(report) {
        text.push_str(&format!("; {thresholds}"));
    }
    let tolerated = report.settings.tolerated_failures;
    if tolerated > 0 && report.iterations.failures() > 0 {
        let tolerated = many(tolerated, "failed iteration is", "failed iterations are");
        text.push_str(&format!("; up to {tolerated} tolerated"));
    }
    text
}

fn part(what: String, failures: u64, whole: u64) -> String {
    match failures {
        0 => format!("{what}, none failed"),
        n if n == whole && n > 1 => format!("{what}, all failed"),
        n => format!("{what}, {} failed ({})", count(n), percentage(n, whole)),
    }
}
