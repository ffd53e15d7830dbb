//! The observations of the load generator itself: the figures from which a [`Verdict`](super::Verdict) is made.

use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields, sorted};
use crate::quantity::Share;

/// The observations of the load generator itself, while its users were running.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generator {
    /// The delays with which its threads were woken: one for each thread that users live on. A run on a runtime of the caller's has
    /// one.
    pub heartbeats: Vec<Heartbeat>,
    /// The delays with which arrivals were started.
    #[serde(flatten)]
    pub starts: StartLag,
    /// Processor time of the process.
    #[serde(flatten)]
    pub processor: Processor,
    /// File descriptors of the process.
    pub descriptors: Limited,
    /// TCP ports of the machine, in use or waiting to be, and how many there are for connections that it opens.
    pub ports: Limited,
    /// Records that an output (statsd, Taurus) was too slow for. The report has all of them.
    pub dropped_records: u64,
    /// The base URLs that are on this machine, as far as this is known without asking DNS.
    pub same_machine: Vec<String>,
    /// True where one of them was not named, but made by the suite itself, as by a `#[global_setup]` that starts a server:
    /// what it does is then a part of what this process does.
    pub own_target: bool,
}

/// The delays of a task that wants to be woken each 50 ms. Each beat has its due time: what comes late for one is
/// late for those after it, so that a share of beats is a share of the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Heartbeat {
    /// The delays. About 1 ms is the timer's own.
    #[serde(rename = "delay")]
    pub delays: Latencies,
    /// Of these, those that were later than 20 ms.
    pub late: u64,
    /// Of these, those that were later than 1 s.
    pub stopped: u64,
}

impl Heartbeat {
    /// The time between two beats: twenty wake-ups a second are nothing to a thread, and two seconds have enough of them.
    pub const INTERVAL: Duration = Duration::from_millis(50);

    /// From when on a beat is late. The timer takes 1 ms or 2, and the system may give a thread that has to wait for
    /// others some slices of 3 ms each; what is beyond is to be seen in latencies.
    pub const LATE: Duration = Duration::from_millis(20);

    /// From when on a thread was stopped. Nothing that runs, on however busy a machine, waits so long for its turn.
    pub const STOPPED: Duration = Duration::from_secs(1);

    /// Adds a beat that was so late.
    pub(crate) fn record(&mut self, delay: Duration) {
        self.delays.record(delay);
        self.late += u64::from(delay > Self::LATE);
        self.stopped += u64::from(delay > Self::STOPPED);
    }

    /// Adds all of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.delays.add(&other.delays);
        self.late += other.late;
        self.stopped += other.stopped;
    }
}

/// The delays with which arrivals were started, against the time at which they were due, by the load generator's fault alone: the time
/// that an arrival waited for a user who was busy is not in it. Empty in the closed model, which has no due times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartLag {
    /// The delays of starts.
    #[serde(rename = "start_lag")]
    pub lag: Latencies,
    /// Arrivals that never began: all users were busy for longer than they might wait, the load generator was late, or the
    /// run ended.
    #[serde(rename = "dropped_arrivals")]
    pub dropped: u64,
    /// Of these: the ones that a user was free for, so that the load generator was late.
    #[serde(rename = "late_arrivals")]
    pub(crate) dropped_late: u64,
}

/// Processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Processor {
    /// The time that the process has used; nothing where the system does not tell.
    #[serde(rename = "cpu_used_ms", with = "millis::option")]
    pub used: Option<Duration>,
    /// The number of processors that it may use: the least of those that it may run on, its quota (cgroup v1 or v2), and its
    /// threads. Nothing where the system does not tell, which is everywhere but on Linux.
    #[serde(rename = "cpu_limit")]
    pub limit: Option<f64>,
    /// For how long it was looked at.
    #[serde(rename = "cpu_watched_ms", with = "millis")]
    pub watched: Duration,
    /// For how much of this time it used 90 % of the limit or more, second by second.
    #[serde(rename = "cpu_busy_ms", with = "millis")]
    pub busy: Duration,
}

impl Processor {
    /// From which share of the limit on the process is at it. The rest is what the system itself takes.
    pub const BUSY: Share = Share::percent(90.0);

    /// The share of the limit that was used; nothing where it is not known.
    pub fn share(&self) -> Option<Share> {
        let all = self.limit? * self.watched.as_secs_f64();
        (all > 0.0).then_some(Share::from_fraction(self.used?.as_secs_f64() / all))
    }
}

/// Something of which there is only so much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limited {
    /// The greatest number in use, as seen once a second; nothing where the system does not tell.
    pub used: Option<u64>,
    /// The limit; nothing where the system does not tell.
    pub limit: Option<u64>,
}

impl Limited {
    /// The share that was used; nothing where it is not known.
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

/// The scarcer one.
impl Merge for Limited {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let is_scarcer = other.share().unwrap_or_default() > self.share().unwrap_or_default();
        if is_scarcer { other } else { self }
    }
}
