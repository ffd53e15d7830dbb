//! From figures to oddities. All bounds are here, with their reasons.

use std::time::Duration;

use super::{Oddity, OddityKind};
use crate::plan::threshold::{Key, Metric, Threshold};
use crate::report::gaps::{Gap, GapEnd, Gaps, TOGETHER};
use crate::report::last_part::{LastPart, LastParts};
use crate::report::time_share::Wait;
use crate::report::{Report, SeriesRow, SoftCheckRow};

/// The share of failed requests that is odd without failed iterations. Scenarios that check their responses fail with
/// them, and those that expect another status declare it.
const IGNORED: f64 = 0.1;

/// The share of failures that is odd even if a threshold tolerates it.
const MOST: f64 = 0.5;

/// The tolerated share of missing iterations: the end of a run cancels some, and some are chance.
const SHORT: f64 = 0.05;

/// The minimum length of a silence; a shorter one may be a pause of the machine.
const LEAST_SILENCE: Duration = Duration::from_secs(1);

/// The share of the run for which a single request of many users may wait at the end without a place in the headline.
const OF_ONE: f64 = 0.2;

/// The minimum number of reported failures at the end of a load. A user with three requests may fail with all of them.
const FEWEST: u64 = 5;

/// The maximum probability that the consecutive failures are chance, with the same failure rate as before.
const CHANCE: f64 = 0.001;

/// The share of the load's time for which a service may stand still without a place in the headline; and the minimum
/// time, because a busy machine occasionally takes a tenth of a run of less than ten seconds, as in a silence at the
/// end.
const STANDS: f64 = 0.1;
const LEAST_STANDS: Duration = LEAST_SILENCE;

/// The share of users that wait in vain in the end from which on it is odd.
const STUCK: f64 = 0.1;

/// The share of all users' time on late failures from which on it is odd.
const LOST: f64 = 0.1;

/// All oddities.
pub(super) fn all(report: &Report) -> Vec<Oddity> {
    if report.iterations.started == 0 {
        return Vec::new();
    }
    // A sizing ends where the service breaks, so failures and lateness there are its purpose.
    let is_sizing = report.is_sizing();
    let found = [
        nothing_ended(report),
        went_silent(report).filter(|_| !is_sizing),
        failed_to_the_end(report).filter(|_| !is_sizing),
        stood_still(report).filter(|_| !is_sizing),
        users_stuck(report).filter(|_| !is_sizing),
        time_lost(report).filter(|_| !is_sizing),
        no_requests(report),
        requests_failed(report),
        scenarios_failed(report),
        routes_failed(report),
        checks_failed(report),
        rate_missed(report).filter(|_| !is_sizing),
    ];
    found.into_iter().flatten().collect()
}

fn oddity(kind: OddityKind, names: Vec<String>, part: f64, whole: f64) -> Option<Oddity> {
    Some(Oddity { kind, names, part, whole, since: None })
}

fn names(rows: &[&SeriesRow]) -> Vec<String> {
    rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()
}

fn nothing_ended(report: &Report) -> Option<Oddity> {
    let kind = OddityKind::NothingEnded;
    if report.iterations.finished() == 0 {
        return oddity(kind, Vec::new(), 0.0, report.iterations.started as f64);
    }
    let rows = report.scenarios.iter();
    let rows: Vec<_> = rows.filter(|row| row.count() + row.warm_up == 0 && row.cancelled > 0).collect();
    let started: u64 = rows.iter().map(|row| row.cancelled).sum();
    if rows.is_empty() { None } else { oddity(kind, names(&rows), 0.0, started as f64) }
}

/// A single slow route causes the same, so the silence must be twice as long as the slowest good response.
fn went_silent(report: &Report) -> Option<Oddity> {
    let rows = if report.requests.attempted > 0 { &report.routes } else { &report.scenarios };
    let slowest = rows.iter().filter_map(|row| row.ok.max()).max()?;
    let (from, to, waiting) = last_gap(report)?;
    let is_long = to.saturating_sub(from) >= LEAST_SILENCE.max(slowest * 2);
    // A slow request at the end is no silence of the service, unless it lasts for a good part of the run.
    let is_part = to.saturating_sub(from).as_secs_f64() >= report.elapsed.as_secs_f64() * OF_ONE;
    let is_long = is_long && (waiting > 1 || report.settings.users == 1 || is_part);
    let (part, whole) = (from.as_secs_f64(), to.as_secs_f64());
    if is_long { oddity(OddityKind::WentSilent, Vec::new(), part, whole) } else { None }
}

/// The gap that only the end of the run closed. If only iterations are recorded, windows show it with a precision of a
/// second.
fn last_gap(report: &Report) -> Option<(Duration, Duration, u64)> {
    if report.requests.attempted > 0 {
        let Gaps { longest, time, .. } = &report.gaps;
        let last = longest.iter().rfind(|gap| gap.ended_by == GapEnd::Cut && gap.to >= *time)?;
        return Some((last.from, last.to, last.waiting));
    }
    let last = report.windows.iter().rfind(|window| window.iterations > 0)?;
    let cut = report.iterations.cancelled;
    (cut > 0).then_some((last.start + last.length, report.elapsed, cut))
}

/// Not if the whole run failed, or if nothing ended at all any more.
fn failed_to_the_end(report: &Report) -> Option<Oddity> {
    let is_said = report.iterations.failures() == report.iterations.finished();
    if is_said || went_silent(report).is_some() {
        return None;
    }
    let LastParts { requests, iterations } = &report.last_parts;
    let kinds = [(OddityKind::FailedToTheEnd, requests), (OddityKind::IterationsFailedToTheEnd, iterations)];
    let (kind, part) = kinds.into_iter().find(|(_, part)| is_odd_end(part))?;
    oddity(kind, Vec::new(), part.from.as_secs_f64(), report.elapsed.as_secs_f64())
}

fn is_odd_end(part: &LastPart) -> bool {
    // As if there were one more good and one more failed request, because few prove little.
    let before = part.ok_before + part.failed_before + 2;
    let share = (part.failed_before + 1) as f64 / before as f64;
    part.ok_before > 0
        && part.time >= LEAST_SILENCE
        && part.failed >= FEWEST
        && share.powf(part.failed as f64) <= CHANCE
}

/// The gap at the end of the run is a separate oddity.
fn stood_still(report: &Report) -> Option<Oddity> {
    let stood =
        report.gaps.longest.iter().filter(|gap| gap.together >= TOGETHER && gap.ended_by != GapEnd::Cut);
    let stood = stood.map(Gap::length).sum::<Duration>();
    let (part, whole) = (stood.as_secs_f64(), report.gaps.time.as_secs_f64());
    if stood >= LEAST_STANDS && part > whole * STANDS {
        oddity(OddityKind::StoodStill, Vec::new(), part, whole)
    } else {
        None
    }
}

/// Finds waits without a response of a tenth of the users, or of the arrivals of an open model. A silence of the whole
/// service at the end is a separate oddity.
fn users_stuck(report: &Report) -> Option<Oddity> {
    if went_silent(report).is_some() {
        return None;
    }
    let waits: Vec<_> = report.waits_in_vain(Duration::ZERO).collect();
    // All of these have been waiting since then.
    let since = waits.iter().map(|wait| wait.from).max()?;
    let arrivals = report.offered.as_ref().filter(|_| report.settings.load.open);
    let whole = arrivals.map_or(u64::from(report.settings.users), |offered| offered.scheduled);
    let part = waits.len() as u64;
    let is_many = part as f64 >= whole as f64 * STUCK;
    let found = oddity(OddityKind::UsersStuck, Vec::new(), part.min(whole) as f64, whole as f64);
    found
        .filter(|_| is_many)
        .map(|oddity| Oddity { since: Some(since).filter(|_| arrivals.is_none()), ..oddity })
}

/// Finds users that wait for time-outs, or for late failures. They send little, so that their share of requests is
/// small, but their share of time is not. In an open model due times show it.
fn time_lost(report: &Report) -> Option<Oddity> {
    if report.settings.load.open || went_silent(report).is_some() || users_stuck(report).is_some() {
        return None;
    }
    let rows = if report.requests.attempted > 0 { &report.routes } else { &report.timers };
    let slowest = rows.iter().filter_map(|row| row.ok.max()).max()?;
    let least = (slowest * 2).max(LEAST_SILENCE).as_micros() as u64;
    let failed = Duration::from_micros(rows.iter().map(|row| failed_late(row, least)).sum());
    let cut: Duration = report.waits_in_vain(Duration::ZERO).map(Wait::length).sum();
    let whole = report.gaps.time.as_secs_f64() * f64::from(report.settings.users);
    let part = (failed + cut).as_secs_f64().min(whole);
    if part > whole * LOST { oddity(OddityKind::TimeLost, Vec::new(), part, whole) } else { None }
}

/// The total microseconds of failures that took more than the minimum.
fn failed_late(row: &SeriesRow, least: u64) -> u64 {
    let failed = row.failed.histogram();
    let late = failed.iter_recorded().filter(|it| it.value_iterated_to() > least);
    late.map(|it| it.value_iterated_to().saturating_mul(it.count_at_value())).sum()
}

/// Also if a set-up or another scenario sent some.
fn no_requests(report: &Report) -> Option<Oddity> {
    let rows = report.scenarios.iter().filter(|row| {
        ended_well(row) > 0 && row.busy == 0 && report.settings.with_session.contains(&row.name)
    });
    let rows: Vec<_> = rows.collect();
    let iterations: u64 = rows.iter().map(|row| ended_well(row)).sum();
    if rows.is_empty() { None } else { oddity(OddityKind::NoRequests, names(&rows), 0.0, iterations as f64) }
}

/// Returns the number of its good ends, including the warm-up.
fn ended_well(row: &SeriesRow) -> u64 {
    row.ok.count() + row.warm_up - row.warm_up_failed
}

fn requests_failed(report: &Report) -> Option<Oddity> {
    let failed = report.failed_requests()?.fraction();
    let iterations = report.failed_iterations()?.fraction();
    let least = if judges_requests(report) { MOST } else { IGNORED };
    if failed < least || iterations >= failed / 2.0 {
        return None;
    }
    let ended = report.requests.attempted - report.requests.cancelled;
    oddity(OddityKind::RequestsFailed, Vec::new(), report.requests.failures() as f64, ended as f64)
}

/// Returns `true` if a threshold bounds the number of requests that may fail.
fn judges_requests(report: &Report) -> bool {
    report.thresholds.iter().map(|result| &result.planned).any(|threshold| match threshold.metric {
        Metric::FailedRequests => true,
        Metric::Errors => key_of(threshold) == Some(Key::Route),
        _ => false,
    })
}

fn key_of(threshold: &Threshold) -> Option<Key> {
    threshold.of.as_ref().map(|of| of.key)
}

/// Returns `true` if it had no good end, including the warm-up.
fn has_failed(row: &SeriesRow) -> bool {
    row.ok.count() == 0 && row.failed.count() > 0 && row.warm_up == row.warm_up_failed
}

fn scenarios_failed(report: &Report) -> Option<Oddity> {
    let kind = OddityKind::ScenariosFailed;
    let iterations = &report.iterations;
    if iterations.finished() > 0 && iterations.failures() == iterations.finished() {
        return oddity(kind, Vec::new(), iterations.failures() as f64, iterations.failures() as f64);
    }
    let rows: Vec<_> = report.scenarios.iter().filter(|row| has_failed(row)).collect();
    all_failed(kind, &rows)
}

/// Finds routes of which every request failed, unless all requests failed.
fn routes_failed(report: &Report) -> Option<Oddity> {
    if report.requests.ok == 0 {
        return None;
    }
    // A single failed request is no oddity, unless there was no second try.
    let least = if report.iterations.finished() > 1 { 2 } else { 1 };
    let rows = report.routes.iter();
    let rows: Vec<_> =
        rows.filter(|row| has_failed(row) && row.failed.count() + row.warm_up_failed >= least).collect();
    all_failed(OddityKind::RoutesFailed, &rows)
}

fn all_failed(kind: OddityKind, rows: &[&SeriesRow]) -> Option<Oddity> {
    let failed: u64 = rows.iter().map(|row| row.failed.count() + row.warm_up_failed).sum();
    if rows.is_empty() { None } else { oddity(kind, names(rows), failed as f64, failed as f64) }
}

/// Finds failed checks, except those that a threshold judges; a check that never passed is always odd.
fn checks_failed(report: &Report) -> Option<Oddity> {
    let rows = report
        .soft_checks
        .iter()
        .filter(|check| check.failed > 0 && (check.passed == 0 || !is_judged(report, check)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|check| std::cmp::Reverse(check.failed));
    let (part, whole) = rows
        .iter()
        .fold((0, 0), |(part, whole), check| (part + check.failed, whole + check.failed + check.passed));
    let names: Vec<_> = rows.iter().map(|check| check.name.clone()).collect();
    if rows.is_empty() { None } else { oddity(OddityKind::ChecksFailed, names, part as f64, whole as f64) }
}

/// Returns `true` if a threshold bounds the failures of this check.
fn is_judged(report: &Report, check: &SoftCheckRow) -> bool {
    report.thresholds.iter().map(|result| &result.planned).any(|threshold| {
        threshold.metric == Metric::Passed && threshold.of.as_ref().is_some_and(|of| of.name == check.name)
    })
}

/// The arrivals of a burst at the end of the stages. It exceeds the number of users, so a part of it starts later.
fn last_burst(report: &Report) -> u64 {
    let due = report.due_time();
    let mut before =
        report.windows.iter().rev().filter(|window| window.start < due).map(|window| window.scheduled);
    let (last, previous) = (before.next().unwrap_or(0), before.next().unwrap_or(0));
    if report.settings.load.staged { last.saturating_sub(previous) } else { 0 }
}

/// Arrivals that started at their due time count as done, independent of their duration; so only dropped arrivals,
/// starts after the last due time, and cancelled iterations are missing.
fn rate_missed(report: &Report) -> Option<Oddity> {
    let offered = report.offered.as_ref().filter(|offered| offered.scheduled > 0)?;
    let due = report.due_time();
    let belated = report.windows.iter().filter(|window| window.start >= due);
    let belated: u64 = belated.map(|window| window.started).sum();
    let cut = report.iterations.cancelled.saturating_sub(under_way(report, offered.scheduled, due));
    let missed = offered.dropped + belated.saturating_sub(last_burst(report)) + cut;
    let is_short = missed as f64 >= offered.scheduled as f64 * SHORT;
    if !is_short || due.is_zero() {
        return None;
    }
    let done = report.iterations.finished() as f64 / report.elapsed.as_secs_f64();
    oddity(OddityKind::RateMissed, Vec::new(), done, offered.scheduled as f64 / due.as_secs_f64())
}

/// The number of iterations in flight at any time (Little 1961), and so also at the end, if they take as long as good
/// ones.
fn under_way(report: &Report, scheduled: u64, due: Duration) -> u64 {
    let usual = report.scenarios.iter().filter_map(|row| row.ok.max()).max().unwrap_or_default();
    (scheduled as f64 * usual.as_secs_f64() / due.as_secs_f64().max(f64::MIN_POSITIVE)).ceil() as u64
}
