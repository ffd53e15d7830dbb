//! The truth: the times at which each request was read and its response was given to the system.

use std::time::{Duration, Instant};

use crate::stats::Exact;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The time at which its first byte was read.
    pub(super) read: Instant,
    /// The time just before its response was written. On one machine, writing is delivering: the client may be woken
    /// before the call returns.
    pub(super) answered: Instant,
}

/// All requests, in the order of arrival.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Vec<Entry>);

impl Log {
    pub(super) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by_key(|entry| entry.read);
        Self(entries)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// The server's own times.
    pub(crate) fn services(&self) -> Exact {
        Exact::of(self.0.iter().map(|entry| entry.answered - entry.read))
    }

    /// The lag of each request after its due time; each gap has one due time.
    pub(crate) fn lags(&self, gap: Duration) -> Exact {
        self.since_due(gap, |entry| entry.read)
    }

    /// The time from the due time of each request to its response.
    pub(crate) fn latencies(&self, gap: Duration) -> Exact {
        self.since_due(gap, |entry| entry.answered)
    }

    /// The measured program does not report the start of the due times. It is taken as the latest start at which no
    /// request came too early; that is later than the true start by the shortest time of arrival.
    ///
    /// For a load in which requests overtake each other the result would be wrong by some gaps, because the order is
    /// that of the arrivals.
    fn since_due(&self, gap: Duration, time: impl Fn(&Entry) -> Instant) -> Exact {
        let Some(first) = self.0.first() else { return Exact::default() };
        let since_due = |index: usize, at: Instant| {
            (at - first.read).as_nanos() as i128 - gap.as_nanos() as i128 * index as i128
        };
        let entries = || self.0.iter().enumerate();
        let start = entries().map(|(index, entry)| since_due(index, entry.read)).min().unwrap_or_default();
        Exact::of(entries().map(|(index, entry)| {
            Duration::from_nanos(u64::try_from(since_due(index, time(entry)) - start).unwrap_or_default())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn latency_from_due_includes_a_wait_before_the_request() {
        let start = Instant::now();
        // Due every 10 ms. The second request is sent 100 ms late, because its sender was blocked; the third catches
        // up.
        let entries = [(0, 1), (110, 111), (111, 112)]
            .map(|(read, answered)| Entry { read: start + read * MS, answered: start + answered * MS });
        let log = Log::new(entries.to_vec());

        let (services, from_due) = (log.services(), log.latencies(10 * MS));

        assert_eq!(services.max(), Some(MS));
        assert_eq!((from_due.max(), from_due.quantile(0.1)), (Some(101 * MS), Some(MS)));
    }

    #[test]
    fn lags_are_counted_from_the_latest_start_that_fits() {
        let now = Instant::now();
        // Due every 10 ms from 100 ms on; the path takes at least 1 ms.
        let log = Log::new(
            [101, 113, 121, 151, 152, 153]
                .map(|at| Entry { read: now + at * MS, answered: now + at * MS })
                .to_vec(),
        );

        let lags = log.lags(10 * MS);

        assert_eq!(
            [0.1, 0.5, 0.8, 1.0].map(|quantile| lags.quantile(quantile).unwrap()),
            [0, 2, 11, 20].map(|ms| ms * MS)
        );
    }
}
