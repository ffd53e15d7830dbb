//! The observations of the load generator itself, the basis of a [`Verdict`](super::Verdict).

use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields, sorted};
use crate::quantity::Share;

/// The observations of the load generator itself, while its users were running.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let generator = &report.generator;
/// println!("{:?} of the processors, {} late arrivals", generator.processor.share(), generator.starts.dropped);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generator {
    /// The delays of its threads' wake-ups: one entry per user thread. A run on a runtime of the caller's has a single
    /// entry.
    pub heartbeats: Vec<Heartbeat>,
    /// The delays of started arrivals.
    #[serde(flatten)]
    pub starts: StartLag,
    /// Processor time of the process.
    #[serde(flatten)]
    pub processor: Processor,
    /// File descriptors of the process.
    pub descriptors: Limited,
    /// TCP ports of the machine, in use or waiting for reuse, and the number available for outgoing connections.
    pub ports: Limited,
    /// Records that were dropped because an output (statsd, Taurus) was too slow. The report includes all of them.
    pub dropped_records: u64,
    /// The base URLs on this machine, as far as known without asking DNS.
    pub same_machine: Vec<String>,
    /// `true` if one of them was not given, but created by the suite itself, for instance by a `#[global_setup]` that
    /// starts a server: the figures of this process then include the server's.
    pub own_target: bool,
}

/// The delays of a task with a wake-up every 50 ms. Each beat has its due time: a late wake-up also makes the following
/// beats late, so that a share of beats is a share of the time.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let late: u64 = report.generator.heartbeats.iter().map(|heartbeat| heartbeat.late).sum();
/// println!("{late} late wake-ups");
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Heartbeat {
    /// The delays. About 1 ms is caused by the timer itself.
    #[serde(rename = "delay")]
    pub delays: Latencies,
    /// Of these, the beats that were later than 20 ms.
    pub late: u64,
    /// Of these, the beats that were later than 1 s.
    pub stopped: u64,
}

impl Heartbeat {
    /// The time between two beats: twenty wake-ups a second cost a thread nearly nothing, and two seconds contain
    /// enough of them.
    pub const INTERVAL: Duration = Duration::from_millis(50);

    /// The delay from which on a beat is late. The timer takes 1 ms or 2, and a waiting thread may be delayed by some
    /// slices of 3 ms each; longer delays affect latencies.
    pub const LATE: Duration = Duration::from_millis(20);

    /// The delay from which on a thread was stopped. No running thread waits that long for its turn, even on a busy
    /// machine.
    pub const STOPPED: Duration = Duration::from_secs(1);

    /// Adds a beat with this delay.
    pub(crate) fn record(&mut self, delay: Duration) {
        self.delays.record(delay);
        self.late += u64::from(delay > Self::LATE);
        self.stopped += u64::from(delay > Self::STOPPED);
    }

    /// Adds all beats of another one.
    pub(crate) fn add(&mut self, other: &Self) {
        self.delays.add(&other.delays);
        self.late += other.late;
        self.stopped += other.stopped;
    }
}

/// The delays between the due times and the starts of arrivals, as far as caused by the load generator: they exclude
/// the time for which an arrival waited for a busy user. Empty in the closed model, which has no due times.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let starts = &report.generator.starts;
/// println!("p99 of the delays {:?}, {} dropped", starts.lag.percentile(99.0), starts.dropped);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartLag {
    /// The delays of starts.
    #[serde(rename = "start_lag")]
    pub lag: Latencies,
    /// Dropped arrivals: all users were busy for longer than the maximum lateness, the load generator was late, or the
    /// run ended.
    #[serde(rename = "dropped_arrivals")]
    pub dropped: u64,
    /// Of these: arrivals with a free user, so that the load generator was late.
    #[serde(rename = "late_arrivals")]
    pub(crate) dropped_late: u64,
}

/// Processor time.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let (Some(used), Some(limit)) = (report.generator.processor.used, report.generator.processor.limit) {
///     println!("{used:?} of processor time, on {limit} processors");
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Processor {
    /// The time used by the process; `None` if the system does not report it.
    #[serde(rename = "cpu_used_ms", with = "millis::option")]
    pub used: Option<Duration>,
    /// The number of available processors: the least of the allowed processors, the quota (cgroup v1 or v2), and the
    /// threads. `None` if the system does not report it, which is the case except on Linux.
    #[serde(rename = "cpu_limit")]
    pub limit: Option<f64>,
    /// The length of the observation.
    #[serde(rename = "cpu_watched_ms", with = "millis")]
    pub watched: Duration,
    /// The part of this time in which it used 90 % of the limit or more, second by second.
    #[serde(rename = "cpu_busy_ms", with = "millis")]
    pub busy: Duration,
}

impl Processor {
    /// The share of the limit from which on the process is at the limit. The system itself takes the rest.
    pub const BUSY: Share = Share::percent(90.0);

    /// The used share of the limit; `None` if unknown.
    pub fn share(&self) -> Option<Share> {
        let all = self.limit? * self.watched.as_secs_f64();
        (all > 0.0).then_some(Share::from_fraction(self.used?.as_secs_f64() / all))
    }
}

/// A limited resource.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// println!("{:?} of the descriptors", report.generator.descriptors.share());
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limited {
    /// The greatest number in use, read once a second; `None` if the system does not report it.
    pub used: Option<u64>,
    /// The limit; `None` if the system does not report it.
    pub limit: Option<u64>,
}

impl Limited {
    /// The used share; `None` if unknown.
    pub fn share(&self) -> Option<Share> {
        self.limit.zip(self.used).and_then(|(limit, used)| Share::new(used, limit))
    }
}

/// Each generator has its own descriptors and ports, so the scarcest count.
impl Merge for Generator {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let mut same_machine = sorted(self.same_machine, other.same_machine);
        same_machine.dedup();
        merge_fields!(self, other => starts, processor, descriptors, ports, dropped_records;
            heartbeats: [self.heartbeats, other.heartbeats].concat(),
            same_machine: same_machine,
            own_target: self.own_target || other.own_target)
    }
}

impl Merge for StartLag {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => lag, dropped, dropped_late)
    }
}

impl Merge for Processor {
    #[inline]
    fn merge(self, other: Self) -> Self {
        Self {
            used: self.used.zip(other.used).map(|(one, other)| one + other),
            limit: self.limit.zip(other.limit).map(|(one, other)| one + other),
            watched: self.watched.max(other.watched),
            busy: self.busy.max(other.busy),
        }
    }
}

/// The scarcer of both.
impl Merge for Limited {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let is_scarcer = other.share().unwrap_or_default() > self.share().unwrap_or_default();
        if is_scarcer { other } else { self }
    }
}
