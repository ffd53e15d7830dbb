//! The lines of a results file, each an object with its kind in `t`. `docs/results-schema.md` explains them.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{CompressedLatencies, FailureKind, millis};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::report::{FailureGroup, IdleFaults, IterationCounts, RequestCounts, WarmUp, Window};
use crate::serialized::text_keys;

/// The version of the lines: it increases when a field is removed or changes its meaning.
pub(crate) const SCHEMA: u32 = 1;

/// The number of a series, by which other lines refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "series")]
pub(crate) struct SeriesLine {
    pub(crate) i: u32,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// The times of a series that a histogram contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HistogramKind {
    Ok,
    Failed,
    OkService,
    FailedService,
    Cut,
    Waiting,
    Receiving,
    Unanswered,
    /// The values of a trend, in thousandths.
    Values,
}

/// The part of a series' histogram that was added since its last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "h")]
pub(crate) struct HistogramLine {
    pub(crate) w: u64,
    pub(crate) i: u32,
    pub(crate) of: HistogramKind,
    #[serde(flatten)]
    pub(crate) latencies: CompressedLatencies,
}

/// The counts of a scenario, route or timer so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "c")]
pub(crate) struct CountsLine {
    pub(crate) w: u64,
    pub(crate) i: u32,
    pub(crate) kinds: BTreeMap<FailureKind, u64>,
    #[serde(with = "text_keys")]
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) cancelled: u64,
    pub(crate) in_load: u64,
    pub(crate) in_steady: u64,
    pub(crate) warm_up_count: u64,
    pub(crate) warm_up_failed: u64,
    pub(crate) busy: u64,
    #[serde(flatten)]
    pub(crate) idle: IdleFaults,
}

/// A new or changed group of failures, with its current values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "failure")]
pub(crate) struct FailureLine {
    pub(crate) w: u64,
    pub(crate) g: u32,
    #[serde(flatten)]
    pub(crate) group: FailureGroup,
}

/// A group of failures in which only the count and the last time have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "more")]
pub(crate) struct MoreLine {
    pub(crate) w: u64,
    pub(crate) g: u32,
    pub(crate) count: u64,
    #[serde(rename = "last_at_ms", with = "millis")]
    pub(crate) last: Duration,
}

/// A changed check, counter, gauge or trend, with its current values.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename = "value")]
pub(crate) struct ValueLine<'a> {
    pub(crate) w: u64,
    pub(crate) i: u32,
    #[serde(borrow)]
    pub(crate) row: &'a RawValue,
}

/// An incident of the run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename = "mark")]
pub(crate) struct MarkLine {
    pub(crate) w: u64,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// Windows that were not written, because this output was too slow. The following lines contain their counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename = "lost")]
pub(crate) struct LostLine {
    pub(crate) w: u64,
    pub(crate) windows: u64,
}

/// A part of the report with its current value, under its name in the JSON report; for a list, one item after the
/// other, from 0 on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename = "part")]
pub(crate) struct PartLine<'a> {
    #[serde(borrow)]
    pub(crate) key: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) item: Option<u64>,
    #[serde(borrow)]
    pub(crate) value: &'a RawValue,
}

/// The end of a window, which contains all lines since the previous one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "w")]
pub(crate) struct WindowLine {
    /// The second of the run, from 0.
    pub(crate) w: u64,
    #[serde(flatten)]
    pub(crate) window: Window,
    /// The latencies of its requests, successful or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<CompressedLatencies>,
    /// The counts of the run at the end of the window; `None` if several windows were written at once, except for the
    /// last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) so_far: Option<RunCounts>,
    /// The number of preceding lines of this window.
    pub(crate) lines: u64,
}

/// The counts of a run so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunCounts {
    pub(crate) iterations: IterationCounts,
    pub(crate) requests: RequestCounts,
    pub(crate) warm_up: Option<WarmUp>,
    pub(crate) offered: Option<OfferedCounts>,
    pub(crate) connections_opened: u64,
    pub(crate) connections_reused: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    /// The processor time of the load generator.
    #[serde(with = "millis::option")]
    pub(crate) cpu_used_ms: Option<Duration>,
    /// Its descriptors and ports in use, at most.
    pub(crate) fds: Option<u64>,
    pub(crate) ports: Option<u64>,
    /// The numbers of late wake-ups, and of those late by more than a second.
    pub(crate) late: u64,
    pub(crate) stopped: u64,
}

/// The counts of arrivals so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfferedCounts {
    pub(crate) scheduled: u64,
    pub(crate) dropped: u64,
    pub(crate) late: u64,
    pub(crate) waited: u64,
}

/// The end of the file, after which only the parts of the finished report count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "end")]
pub(crate) struct EndLine {
    pub(crate) windows: u64,
    pub(crate) exit_code: u8,
    pub(crate) lines: u64,
}
