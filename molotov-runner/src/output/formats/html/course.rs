//! The course of the run as charts with a common time axis.

use std::time::Duration;

use super::chart::{
    Band, Chart, ChartMark, ChartMarkKind, Line, LineForm, LineStep, Look, TimeAxis, Unit, ValueScale,
};
use super::{failure_kinds, latency};
use crate::output::escape::escape;
use crate::output::text::gap_sentence;
use crate::report::{Finding, FindingKind, MarkKind, Report, Window, WindowGroup};
use crate::units::{moment, setting};

/// The maximum number of intervals of a line; and of a line about failures, connections and the load generator.
const MOST_STEPS: usize = 300;
const FEW_STEPS: usize = 150;

/// The maximum number of marked stages.
const MOST_STAGES: usize = 20;

/// The heights of charts, in pixels.
const HEIGHT: f64 = 110.0;
const LOW: f64 = 77.0;

const DUE: Look = Look::stroke("due", "#555555", "1.5", "6 3");
const ENDED: Look = Look::stroke("ended", "#0072b2", "1.5", "");
const REQUESTS: Look = Look::stroke("requests", "#00795c", "1.5", "2 2");
const DROPPED: Look = Look { class: "dropped", color: "#e69f00", form: LineForm::Filled };
const USERS: Look = Look::stroke("users", "#0072b2", "1.5", "");
const OPENED: Look = Look::stroke("opened", "#0072b2", "1.5", "");
const LAG: Look = Look::stroke("lag", "#c03a00", "1.5", "");
const PROCESSORS: Look = Look::stroke("processors", "#0072b2", "1.5", "");

/// The charts, and their common marks.
pub(super) struct CourseCharts {
    pub(super) charts: Vec<Chart>,
    pub(super) spans: Vec<Band>,
    pub(super) marks: Vec<ChartMark>,
    /// The time at which the charts end.
    pub(super) end: Duration,
}

impl CourseCharts {
    /// The charts of a run; `None` for an empty run.
    pub(super) fn new(report: &Report, findings: &[Finding]) -> Option<Self> {
        let windows = counts(report, MOST_STEPS);
        let end = windows.last().map(|window| window.start + window.length)?;
        let (axis, coarse) = (TimeAxis::until(end), counts(report, FEW_STEPS));
        let charts = [
            rates(report, &windows, axis),
            failure_kinds::chart(report, &coarse, axis),
            latency::chart(report, axis),
            users(&windows, axis),
            connections(&coarse, axis),
            lag(&coarse, axis),
            processors(&coarse, axis),
        ];
        Some(Self {
            charts: charts.into_iter().flatten().collect(),
            spans: spans(report, end),
            marks: marks(report, findings),
            end,
        })
    }
}

/// The course in at most this number of windows, without latencies.
fn counts(report: &Report, most: usize) -> Vec<Window> {
    report.course_groups(most).iter().map(WindowGroup::counts).collect()
}

/// Due, finished and dropped iterations, and finished requests, per second.
fn rates(report: &Report, windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let mut lines = Vec::new();
    if report.offered.is_some() {
        if windows.iter().any(|window| window.dropped > 0) {
            lines.push(line("iterations dropped", DROPPED, windows, |window| {
                window.per_second(window.dropped)
            }));
        }
        lines.push(line("iterations due", DUE, windows, |window| report.due_rate_in(window)));
    }
    // If each iteration is one request, a single line represents both.
    if windows.iter().any(|window| window.requests > 0 && window.requests != window.iterations) {
        lines.push(line("requests ended", REQUESTS, windows, |window| window.per_second(window.requests)));
    }
    lines.push(line("iterations ended", ENDED, windows, |window| window.per_second(window.iterations)));
    Some(Chart::from_zero("rate", "Rate, per second", HEIGHT, axis, Unit::Rate, lines))
}

/// The active users. At the end of the last window there are none, which is not shown.
fn users(windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let mut line = line("users", USERS, windows, |window| Some(window.users.into()));
    if let Some(last) = line.steps.last_mut().filter(|step| step.value == Some(0.0)) {
        last.value = None;
    }
    line.values().next()?;
    let scale = ValueScale::whole(line.values().fold(0.0, f64::max));
    Some(Chart { scale, ..Chart::from_zero("users", "Users", LOW, axis, Unit::Count, vec![line]) })
}

/// Opened connections per second.
fn connections(windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let line = line("connections opened", OPENED, windows, |window| window.per_second(window.connections));
    let some = line.values().any(|rate| rate > 0.0);
    some.then(|| {
        Chart::from_zero("connections", "Connections, per second", LOW, axis, Unit::Rate, vec![line])
    })
}

/// The longest delay of a wake-up of the load generator's threads.
fn lag(windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let line = line("longest lag", LAG, windows, |window| Some(window.lag.as_secs_f64() * 1e6));
    let some = line.values().any(|lag| lag > 0.0);
    let title = "Load generator: lag of its threads";
    some.then(|| Chart::from_zero("lag", title, LOW, axis, Unit::Time, vec![line]))
}

/// The processors that the process used.
fn processors(windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let used = |window: &Window| {
        let time = window.length.as_secs_f64();
        (time > 0.0).then(|| window.cpu_used.as_secs_f64() / time)
    };
    let line = line("processors used", PROCESSORS, windows, used);
    let some = line.values().any(|used| used > 0.0);
    let title = "Load generator: processors";
    some.then(|| Chart::from_zero("processors", title, LOW, axis, Unit::Count, vec![line]))
}

/// The warm-up, the time in which users were started, and gaps without a response.
fn spans(report: &Report, end: Duration) -> Vec<Band> {
    let mut spans = Vec::new();
    let warm_up = report.warm_up.as_ref();
    let warm_up = warm_up
        .map(|warm_up| warm_up.time / report.settings.repeats.unwrap_or(1).max(1))
        .map(|time| time.min(end));
    if let Some(to) = warm_up {
        let text =
            format!("warm-up: what ended in the first {} is in no percentile of the tables", setting(to));
        spans.push(Band { from: Duration::ZERO, to, class: "warm-up", color: "#eeeeee", text });
    }
    for gap in &report.gaps.longest {
        let text = gap_sentence(gap, report);
        let (from, to) = (gap.from.min(end), gap.to.min(end));
        spans.push(Band { from, to, class: "gap", color: "#ffe1c4", text });
    }
    spans
}

/// The start times of findings, by their number, the times of broken thresholds without a finding, and those of the
/// plan.
fn marks(report: &Report, findings: &[Finding]) -> Vec<ChartMark> {
    let told = findings.iter().find(|finding| finding.kind == FindingKind::ThresholdBroken);
    let told = told.and_then(|finding| finding.since);
    let findings = findings.iter().zip(1..).filter_map(|(finding, number)| {
        let text = escape(&finding.text).into_owned();
        Some(ChartMark {
            at: finding.since?, kind: ChartMarkKind::Broken, sign: format!("▾{number}"), text
        })
    });
    let broken = report.thresholds.iter().filter(|result| result.broken_at != told).filter_map(|result| {
        let text = format!("{} was broken at {}", escape(&result.threshold), moment(result.broken_at?));
        Some(ChartMark { at: result.broken_at?, kind: ChartMarkKind::Broken, sign: "✗".into(), text })
    });
    findings.chain(broken).chain(planned(report)).collect()
}

/// The starts of stages after the first one, by their number, and an early end of the load.
fn planned(report: &Report) -> Vec<ChartMark> {
    let all = report.marks();
    let stages = all.iter().filter(|mark| mark.kind == MarkKind::Stage).zip(1..);
    let stages = stages.filter(|(mark, _)| !mark.at.is_zero()).take(MOST_STAGES).map(|(mark, number)| {
        let text = format!("stage {number}: {}", escape(&mark.text));
        ChartMark { at: mark.at, kind: ChartMarkKind::Planned, sign: format!("S{number}"), text }
    });
    let ended = all.iter().filter(|mark| mark.kind == MarkKind::Ended).map(|mark| {
        let text = format!("ended before its time, at {}: {}", moment(mark.at), escape(&mark.text));
        ChartMark { at: mark.at, kind: ChartMarkKind::Broken, sign: "■".into(), text }
    });
    stages.chain(ended).collect()
}

fn line(name: &str, look: Look, windows: &[Window], value: impl Fn(&Window) -> Option<f64>) -> Line {
    let steps = windows.iter().map(|window| LineStep {
        from: window.start,
        to: window.start + window.length,
        value: value(window),
    });
    Line { name: name.to_owned(), look, steps: steps.collect() }
}
