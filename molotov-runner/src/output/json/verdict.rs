//! What is made of a run, and what the load generator has seen of itself, as serde sees it.

use serde::Serialize;

use super::rows::{LatenciesView, ms};
use crate::report::{Generator, Heartbeat, Oddity, Reason, Share};

#[derive(Serialize)]
pub(super) struct ReasonView {
    kind: &'static str,
    verdict: &'static str,
    text: String,
}

impl ReasonView {
    pub(super) fn of(reason: Reason) -> Self {
        Self { kind: reason.kind.as_str(), verdict: reason.verdict.as_str(), text: reason.text }
    }
}

#[derive(Serialize)]
pub(super) struct OddityView {
    kind: &'static str,
    names: Vec<String>,
    part: f64,
    whole: f64,
    since_ms: Option<f64>,
    text: String,
}

impl OddityView {
    pub(super) fn of(oddity: Oddity) -> Self {
        let text = oddity.to_string();
        let Oddity { kind, names, part, whole, since } = oddity;
        Self { kind: kind.as_str(), names, part, whole, since_ms: since.map(ms), text }
    }
}

#[derive(Serialize)]
pub(super) struct GeneratorView<'r> {
    heartbeats: Vec<HeartbeatView>,
    start_lag: LatenciesView,
    dropped_arrivals: u64,
    cpu_used_ms: Option<f64>,
    cpu_limit: Option<f64>,
    cpu_share: Option<f64>,
    cpu_busy_ms: f64,
    descriptors_used: Option<u64>,
    descriptors_limit: Option<u64>,
    ports_used: Option<u64>,
    ports_limit: Option<u64>,
    dropped_records: u64,
    same_machine: &'r [String],
    own_target: bool,
}

impl<'r> GeneratorView<'r> {
    pub(super) fn of(generator: &'r Generator) -> Self {
        let processor = generator.processor;
        Self {
            heartbeats: generator.heartbeats.iter().map(HeartbeatView::of).collect(),
            start_lag: LatenciesView::of(&generator.starts.lag),
            dropped_arrivals: generator.starts.dropped,
            cpu_used_ms: processor.used.map(ms),
            cpu_limit: processor.limit,
            cpu_share: processor.share().map(Share::fraction),
            cpu_busy_ms: ms(processor.busy),
            descriptors_used: generator.descriptors.used,
            descriptors_limit: generator.descriptors.limit,
            ports_used: generator.ports.used,
            ports_limit: generator.ports.limit,
            dropped_records: generator.dropped_records,
            same_machine: &generator.same_machine,
            own_target: generator.own_target,
        }
    }
}

#[derive(Serialize)]
struct HeartbeatView {
    delay: LatenciesView,
    late: u64,
    stopped: u64,
}

impl HeartbeatView {
    fn of(heartbeat: &Heartbeat) -> Self {
        let Heartbeat { delays, late, stopped } = heartbeat;
        Self { delay: LatenciesView::of(delays), late: *late, stopped: *stopped }
    }
}
