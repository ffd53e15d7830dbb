//! The course of a run: one small window for each second.

use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

/// Windows that are kept. When there are more, each two become one, and so on.
const MAX_WINDOWS: usize = 3_600;

/// Windows that wait for outputs. These get them with each tick, so it takes a supervisor that stood still to be more than two.
const MAX_FRESH: usize = 16;

/// The events of one window of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Window {
    /// From when, since the first user started.
    #[serde(rename = "start_ms", with = "millis")]
    pub start: Duration,
    /// The time for which it is: one second, and a power of two more of them in runs of over an hour.
    #[serde(rename = "length_ms", with = "millis")]
    pub length: Duration,
    /// Users that were active at its end.
    pub users: u32,
    /// Arrivals that were due in it, where there were any.
    pub scheduled: u64,
    /// Iterations that started in it.
    pub started: u64,
    /// Arrivals that were dropped in it.
    pub dropped: u64,
    /// Iterations that ended in it.
    pub iterations: u64,
    /// Of these, those that failed.
    pub failed_iterations: u64,
    /// Requests that ended in it.
    pub requests: u64,
    /// Of these, those that failed.
    pub failed_requests: u64,
    /// The median latency of these requests; of windows that became one, the greater.
    #[serde(rename = "p50_ms", with = "millis::option")]
    pub p50: Option<Duration>,
    /// The 95th percentile; of windows that became one, the greater.
    #[serde(rename = "p95_ms", with = "millis::option")]
    pub p95: Option<Duration>,
    /// The 99th percentile; of windows that became one, the greater.
    #[serde(rename = "p99_ms", with = "millis::option")]
    pub p99: Option<Duration>,
}

impl Window {
    fn join(&mut self, next: &Self) {
        self.length += next.length;
        self.add(next);
    }

    /// Adds the counts of another window of the same time.
    pub(super) fn add(&mut self, next: &Self) {
        self.users = next.users;
        self.scheduled += next.scheduled;
        self.started += next.started;
        self.dropped += next.dropped;
        self.iterations += next.iterations;
        self.failed_iterations += next.failed_iterations;
        self.requests += next.requests;
        self.failed_requests += next.failed_requests;
        self.p50 = self.p50.max(next.p50);
        self.p95 = self.p95.max(next.p95);
        self.p99 = self.p99.max(next.p99);
    }
}

/// The windows so far, and the one that is open.
#[derive(Debug)]
pub(super) struct Windows {
    closed: Vec<Window>,
    /// Those of them that no output has got yet; of more than a few the first ones.
    fresh: Vec<Window>,
    pub(super) open: Window,
    pub(super) latencies: Latencies,
    length: Duration,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            closed: Vec::new(),
            fresh: Vec::new(),
            open: Window::default(),
            latencies: Latencies::default(),
            length: Duration::from_secs(1),
        }
    }
}

impl Windows {
    /// Returns `true` if the time of the open window is over. `now` is the time since the first user started.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.open.start + self.length
    }

    /// Closes the open window when its time is over.
    pub(super) fn advance(&mut self, now: Duration, users: u32) {
        if self.is_over(now) {
            self.close(now, users);
        }
    }

    /// Closes the open window at the end of the run.
    pub(super) fn finish(&mut self, now: Duration, users: u32) {
        let open = &self.open;
        if open.requests + open.iterations + open.scheduled + open.started + open.dropped > 0 {
            self.close(now, users);
        }
    }

    fn close(&mut self, now: Duration, users: u32) {
        let mut window = std::mem::take(&mut self.open);
        window.length = now.saturating_sub(window.start);
        window.users = users;
        window.p50 = self.latencies.percentile(50.0);
        window.p95 = self.latencies.percentile(95.0);
        window.p99 = self.latencies.percentile(99.0);
        self.latencies.clear();
        if self.fresh.len() < MAX_FRESH {
            self.fresh.push(window.clone());
        }
        self.closed.push(window);
        self.open.start = now;
        if self.closed.len() >= MAX_WINDOWS {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let pairs = self.closed.chunks(2);
        self.closed = pairs
            .map(|pair| {
                let mut window = pair[0].clone();
                pair[1..].iter().for_each(|next| window.join(next));
                window
            })
            .collect();
        self.length *= 2;
    }

    /// Hands out the windows that were closed since the last time this was called.
    pub(super) fn take_fresh(&mut self) -> Vec<Window> {
        std::mem::take(&mut self.fresh)
    }

    pub(super) fn closed(&self) -> &[Window] {
        &self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_few_windows_and_every_count() {
        let mut windows = Windows::default();
        for second in 1..=20_000u64 {
            windows.open.requests += 3;
            windows.advance(Duration::from_secs(second), 1);
        }
        windows.finish(Duration::from_secs(20_000), 1);

        assert!(windows.closed().len() <= MAX_WINDOWS);
        assert_eq!(windows.closed().iter().map(|window| window.requests).sum::<u64>(), 60_000);
        assert_eq!(windows.closed()[0].length, Duration::from_secs(8));
    }
}
