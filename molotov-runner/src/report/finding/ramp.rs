//! Findings in a changing load: above a certain load throughput stays flat, or failures start.

use std::cmp::Ordering;
use std::time::Duration;

use super::stretch::{self, done, due, median, p50, requests, served_at_once, users};
use super::{Finding, FindingKind, finding_since};
use crate::report::{Report, Verdict, Window};
use crate::units::{latency, many, percentage, rate};

/// The minimum number of windows of each part of a ramp.
const FEWEST: usize = 3;

/// The factor by which the load grows from the middle of a ramp to its top.
const GROWS: f64 = 1.25;

/// The maximum factor by which flat throughput grows.
const FLAT: f64 = 1.05;

/// The minimum factor by which latency grows with flat throughput.
const SLOWER: f64 = 1.15;

/// In an open model, the share of due iterations below which throughput is flat.
const SHORT: f64 = 0.9;

/// The maximum share of failures below the load at which they start, and the minimum above it.
const BELOW: f64 = 0.01;
const ABOVE: f64 = 0.05;

/// The windows of a changing load, from the least load to the greatest.
struct Ramp<'r> {
    kind: LoadKind,
    windows: Vec<&'r Window>,
}

/// The figure that measures the load.
#[derive(Clone, Copy, Debug, PartialEq)]
enum LoadKind {
    /// Arrivals that are due, per second.
    Due,
    Users,
}

/// The medians of some windows of a ramp.
struct Level {
    load: f64,
    done: f64,
    p50: Duration,
}

impl LoadKind {
    fn figure(self, window: &Window) -> Option<f64> {
        match self {
            Self::Due => due(window),
            Self::Users => users(window),
        }
    }

    fn words(self, load: f64) -> String {
        match self {
            Self::Due => format!("{} due", rate(load)),
            Self::Users => many(load as u64, "user", "users"),
        }
    }
}

impl<'r> Ramp<'r> {
    /// Returns `None` if the load is constant.
    fn new(report: &'r Report) -> Option<Self> {
        let windows = stretch::whole(report);
        let is_open = windows.iter().any(|window| window.scheduled > 0);
        let (kind, figure): (_, fn(&Window) -> Option<f64>) =
            if is_open { (LoadKind::Due, due) } else { (LoadKind::Users, users) };
        if stretch::is_constant(windows, figure) {
            return None;
        }
        let mut windows: Vec<_> = windows.iter().filter(|window| figure(window).is_some()).collect();
        windows.sort_by(|one, other| figure(one).partial_cmp(&figure(other)).unwrap_or(Ordering::Equal));
        Some(Self { kind, windows })
    }

    fn level(&self, windows: &[&Window]) -> Option<Level> {
        let windows = || windows.iter().copied();
        Some(Level {
            load: median(windows(), |window| self.kind.figure(window))?,
            done: median(windows(), done)?,
            p50: median(windows(), p50)?,
        })
    }

    /// Returns `true` if the load exceeds the throughput: each iteration takes longer, and in an open model less is
    /// done than is due.
    fn is_full(&self, middle: &Level, top: &Level) -> bool {
        let is_short = self.kind == LoadKind::Users || top.done <= top.load * SHORT;
        is_short && top.p50 >= middle.p50.mul_f64(SLOWER)
    }

    /// The place from which on requests fail with the load: the shares below and above differ most there.
    fn failing(&self) -> Option<usize> {
        let places = FEWEST..(self.windows.len() + 1).saturating_sub(FEWEST);
        let steps =
            places.filter(|at| self.kind.figure(self.windows[at - 1]) < self.kind.figure(self.windows[*at]));
        let with_difference = steps.filter_map(|at| {
            let (below, above) = self.windows.split_at(at);
            let (below, above) = (share(failures(below)), share(failures(above)));
            let all_fail = self.windows[at..].iter().filter(|window| window.failed_requests > 0).count();
            let is_begin = below <= BELOW && above >= ABOVE && all_fail * 5 >= (self.windows.len() - at) * 4;
            is_begin.then_some((at, above - below))
        });
        with_difference.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(at, _)| at)
    }
}

/// At the top of a ramp, throughput is no higher than in its middle.
pub(super) fn flat(report: &Report) -> Option<Finding> {
    let ramp = Ramp::new(report)?;
    let third = ramp.windows.len() / 3;
    if third < FEWEST || report.verdict() == Verdict::Invalid {
        return None;
    }
    let (rest, windows) = ramp.windows.split_at(ramp.windows.len() - third);
    let (middle, top) = (ramp.level(&rest[third..])?, ramp.level(windows)?);
    if top.load < middle.load * GROWS || top.done > middle.done * FLAT || !ramp.is_full(&middle, &top) {
        return None;
    }
    let text = format!(
        "throughput stayed at {} from {} to {}, and p50 grew from {} to {}{}",
        rate(top.done),
        ramp.kind.words(middle.load),
        ramp.kind.words(top.load),
        latency(middle.p50),
        latency(top.p50),
        served_at_once(report, median(windows.iter().copied(), requests)?)
            .map_or_else(String::new, |served| format!(": {served}"))
    );
    finding_since(FindingKind::Flat, windows.iter().map(|window| window.start).min()?, text)
}

/// Requests fail above a certain load, and hardly any below it.
pub(super) fn fails_above(report: &Report) -> Option<Finding> {
    let ramp = Ramp::new(report)?;
    if super::failures::failed_from(report).is_some() {
        return None;
    }
    let at = ramp.failing()?;
    let (below, above) = ramp.windows.split_at(at);
    let (few, most) = (failed_percentage(below), failed_percentage(above));
    let load = ramp.kind.words(ramp.kind.figure(below.last()?)?);
    let text = format!("failures begin above {load}: {most} of the requests, and {few} up to it");
    finding_since(FindingKind::FailsAbove, above.iter().map(|window| window.start).min()?, text)
}

fn failed_percentage(windows: &[&Window]) -> String {
    let (failed, all) = failures(windows);
    percentage(failed, all)
}

/// The failed requests of these windows, and all requests.
fn failures(windows: &[&Window]) -> (u64, u64) {
    windows
        .iter()
        .fold((0, 0), |(failed, all), window| (failed + window.failed_requests, all + window.requests))
}

fn share((part, whole): (u64, u64)) -> f64 {
    part as f64 / whole.max(1) as f64
}
