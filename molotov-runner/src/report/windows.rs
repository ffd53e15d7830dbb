//! The course of a run: one window for each second.

mod groups;
mod untimed;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{FailureKind, Latencies, SparseLatencies, millis};
use serde::{Deserialize, Serialize};

pub(crate) use self::groups::WindowGroup;
use self::untimed::Untimed;

/// The maximum number of windows. Beyond it, pairs are merged, and so on.
pub(super) const MAX_WINDOWS: usize = 600;

/// The maximum number of windows that wait for outputs. Outputs receive them with each tick, so only a supervisor that
/// stood still has more than a few.
const MAX_FRESH: usize = 16;

const SECOND: Duration = Duration::from_secs(1);

/// The events of one window of time. Each end is counted by its time.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for window in &report.windows {
///     println!("{:?}: {} users, {} requests, p99 {:?}", window.start, window.users, window.requests, window.p99);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Window {
    /// The start, since the first user started: a whole second.
    #[serde(rename = "start_ms", with = "millis")]
    pub start: Duration,
    /// The length: one second, or a power of two of seconds in runs of over ten minutes; the last one may be shorter.
    #[serde(rename = "length_ms", with = "millis")]
    pub length: Duration,
    /// Users that were active at its end.
    pub users: u32,
    /// Arrivals that were due in it, if there were any.
    pub scheduled: u64,
    /// Iterations that started in it.
    pub started: u64,
    /// Arrivals that were dropped in it.
    pub dropped: u64,
    /// Iterations that ended in it.
    pub iterations: u64,
    /// Of these, the failed ones.
    pub failed_iterations: u64,
    /// Requests that ended in it.
    pub requests: u64,
    /// Of these, the failed ones.
    pub failed_requests: u64,
    /// The failed requests by their kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<FailureKind, u64>,
    /// Connections that were opened in it, to a tenth of a second.
    pub connections: u64,
    /// The total time of opening them: resolving, connecting, and TLS.
    #[serde(rename = "connecting_ms", with = "millis")]
    pub connecting: Duration,
    /// The longest delay of a wake-up of the load generator's threads in it. About 1 ms is caused by the timer itself.
    #[serde(rename = "lag_ms", with = "millis")]
    pub lag: Duration,
    /// The processor time that the process used in it; zero if the system does not report it.
    #[serde(rename = "cpu_used_ms", with = "millis")]
    pub cpu_used: Duration,
    /// The median latency of these requests, successful or failed.
    #[serde(rename = "p50_ms", with = "millis::option")]
    pub p50: Option<Duration>,
    /// The 95th percentile.
    #[serde(rename = "p95_ms", with = "millis::option")]
    pub p95: Option<Duration>,
    /// The 99th percentile.
    #[serde(rename = "p99_ms", with = "millis::option")]
    pub p99: Option<Duration>,
    /// All these latencies.
    #[serde(default, skip_serializing_if = "SparseLatencies::is_empty")]
    pub latency: SparseLatencies,
}

impl Window {
    /// Adds the window that comes after this one.
    pub(crate) fn append(&mut self, next: &Self) {
        self.length += next.length;
        self.users = next.users;
        self.add(next);
    }

    /// Adds the counts and latencies of another window.
    pub(super) fn add(&mut self, other: &Self) {
        self.add_counts(other);
        if other.requests > 0 {
            let mut all = self.latency.to_latencies();
            all.add(&other.latency.to_latencies());
            self.set_latencies(&all);
        }
    }

    fn add_counts(&mut self, other: &Self) {
        self.scheduled += other.scheduled;
        self.started += other.started;
        self.dropped += other.dropped;
        self.iterations += other.iterations;
        self.failed_iterations += other.failed_iterations;
        self.requests += other.requests;
        self.failed_requests += other.failed_requests;
        other.kinds.iter().for_each(|(kind, count)| *self.kinds.entry(*kind).or_default() += count);
        self.connections += other.connections;
        self.connecting = self.connecting.saturating_add(other.connecting);
        self.lag = self.lag.max(other.lag);
        self.cpu_used = self.cpu_used.saturating_add(other.cpu_used);
    }

    pub(super) fn set_latencies(&mut self, latencies: &Latencies) {
        self.p50 = latencies.percentile(50.0);
        self.p95 = latencies.percentile(95.0);
        self.p99 = latencies.percentile(99.0);
        self.latency = latencies.into();
    }

    fn is_empty(&self) -> bool {
        let counts =
            [self.requests, self.iterations, self.scheduled, self.started, self.dropped, self.connections];
        counts.iter().all(|count| *count == 0)
    }
}

/// The windows so far, and the one that is open.
#[derive(Debug)]
pub(super) struct Windows {
    closed: Vec<Window>,
    /// The length of each, in seconds.
    unit: u64,
    /// Complete windows that no output has received yet; of more than a few, the first ones.
    ready: Vec<Window>,
    /// The windows that were closed by the latest tick: samples of them may still arrive.
    fresh: Vec<Window>,
    pub(super) open: Window,
    /// Latencies of the requests in the open window.
    pub(super) latencies: Latencies,
    untimed: Untimed,
    /// Arrivals that were due in seconds after the open window: each second, and their number.
    due_later: Vec<(u64, u64)>,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            closed: Vec::new(),
            unit: 1,
            ready: Vec::new(),
            fresh: Vec::new(),
            open: Window::default(),
            latencies: Latencies::default(),
            untimed: Untimed::default(),
            due_later: Vec::new(),
        }
    }
}

impl Windows {
    /// The end of the open window, since the first user started.
    pub(super) fn end(&self) -> Duration {
        Duration::from_secs(self.open.start.as_secs() + 1)
    }

    pub(super) fn count_started(&mut self, many: u64) {
        self.untimed.started += many;
    }

    pub(super) fn count_arrivals(&mut self, scheduled: u64, dropped: u64) {
        self.untimed.scheduled += scheduled;
        self.untimed.dropped += dropped;
    }

    /// Counts arrivals that were due in this second. An arrival that is due at its very start is its first.
    pub(super) fn count_due(&mut self, second: u64, many: u64) {
        match second.cmp(&self.open.start.as_secs()) {
            Ordering::Equal => self.open.scheduled += many,
            Ordering::Greater => self.due_later.push((second, many)),
            Ordering::Less => {
                let late = Window { scheduled: many, ..Window::default() };
                self.add_late(Duration::from_secs(second) + Duration::from_nanos(1), &late);
            }
        }
    }

    /// Releases the windows that the previous tick closed to outputs: they are complete now.
    pub(super) fn release(&mut self) {
        let room = MAX_FRESH.saturating_sub(self.ready.len());
        self.fresh.truncate(room);
        self.ready.append(&mut self.fresh);
    }

    /// Closes the open window, which ends at this time at the latest. `now` is the current time.
    pub(super) fn close(&mut self, end: Duration, now: Duration, users: u32) {
        self.untimed.place(&mut self.open, end, now);
        let scheduled = self.take_due(end.as_secs());
        let next = Window { start: end, scheduled, ..Window::default() };
        let mut window = std::mem::replace(&mut self.open, next);
        window.length = end.saturating_sub(window.start);
        window.users = users;
        window.set_latencies(&self.latencies);
        self.latencies.clear();
        self.fresh.push(window.clone());
        self.keep(window);
    }

    /// Removes and returns the arrivals that were due in a second.
    fn take_due(&mut self, second: u64) -> u64 {
        let (now, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.due_later).into_iter().partition(|(due, _)| *due == second);
        self.due_later = later;
        now.into_iter().map(|(_, many)| many).sum()
    }

    /// Ends a tick: its other counts belong to the open window.
    pub(super) fn end_tick(&mut self, now: Duration) {
        self.untimed.place(&mut self.open, now, now);
    }

    /// Closes the open window at the end of the run, unless it is empty.
    pub(super) fn finish(&mut self, now: Duration) {
        self.untimed.place(&mut self.open, now, now);
        if !self.open.is_empty() {
            // It may only end later than now if a sample does.
            let end = if now > self.open.start { now.min(self.end()) } else { self.end() };
            self.close(end, now, 0);
        }
    }

    pub(super) fn keep(&mut self, window: Window) {
        match self.closed.last_mut() {
            Some(last) if last.start.as_secs() / self.unit == window.start.as_secs() / self.unit => {
                last.append(&window);
            }
            _ => self.closed.push(window),
        }
        if self.closed.len() > MAX_WINDOWS {
            self.unit *= 2;
            self.closed = in_groups(&self.closed, 2);
        }
    }

    /// Adds a late end to a closed window, at this time.
    pub(super) fn add_late(&mut self, ended: Duration, late: &Window) {
        let second = second_of(ended);
        let kept =
            self.closed.iter_mut().rfind(|window| window.start.as_secs() / self.unit == second / self.unit);
        kept.into_iter().for_each(|window| window.add(late));
        let fresh = self.fresh.iter_mut().rfind(|window| window.start < ended);
        fresh.into_iter().for_each(|window| window.add(late));
    }

    /// Returns the complete windows that were not returned before.
    pub(super) fn take_ready(&mut self) -> Vec<Window> {
        std::mem::take(&mut self.ready)
    }

    pub(super) fn closed(&self) -> &[Window] {
        &self.closed
    }
}

/// The second in which a sample ended; the end of a second still belongs to it.
pub(super) fn second_of(ended: Duration) -> u64 {
    ended.saturating_sub(Duration::from_nanos(1)).as_secs()
}

/// Merges neighbours, this number at a time.
pub(super) fn in_groups(windows: &[Window], many: usize) -> Vec<Window> {
    windows.chunks(many).filter_map(joined).collect()
}

/// Merges all of these windows; `None` without windows.
pub(super) fn joined(windows: &[Window]) -> Option<Window> {
    let (first, rest) = windows.split_first()?;
    let mut all = first.clone();
    rest.iter().for_each(|next| all.append(next));
    Some(all)
}

#[cfg(test)]
mod tests;
