//! The number of iterations of each scenario that were started: counters, not records.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The number of series with a counter; a run never has more.
const SERIES: usize = 1_024;

/// Counters with one writing and one reading thread. They only grow, so neither has to wait for the other.
pub(super) struct Starts {
    written: Box<[AtomicU64]>,
    read: Box<[AtomicU64]>,
    /// One more than the highest number written.
    end: AtomicUsize,
}

impl Starts {
    pub(super) fn new() -> Self {
        Self { written: zeros(), read: zeros(), end: AtomicUsize::new(0) }
    }

    /// Counts this many; returns `false` if the number of the series is too high.
    #[inline]
    pub(super) fn add(&self, series: u32, many: u64) -> bool {
        let Some(count) = self.written.get(series as usize) else { return false };
        // No other thread writes it.
        count.store(count.load(Ordering::Relaxed) + many, Ordering::Release);
        if self.end.load(Ordering::Relaxed) <= series as usize {
            self.end.store(series as usize + 1, Ordering::Release);
        }
        true
    }

    /// Returns the counts since the last call, by series.
    pub(super) fn drain(&self, mut each: impl FnMut(u32, u64)) {
        let end = self.end.load(Ordering::Acquire);
        for (series, (written, read)) in self.written.iter().zip(&self.read).take(end).enumerate() {
            let written = written.load(Ordering::Acquire);
            let new = written - read.load(Ordering::Relaxed);
            if new > 0 {
                read.store(written, Ordering::Relaxed);
                each(series as u32, new);
            }
        }
    }
}

fn zeros() -> Box<[AtomicU64]> {
    std::iter::repeat_with(AtomicU64::default).take(SERIES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_is_taken_once() {
        let starts = Starts::new();
        let taken = |starts: &Starts| {
            let mut counts = Vec::new();
            starts.drain(|series, count| counts.push((series, count)));
            counts
        };

        assert!(starts.add(3, 1) && starts.add(1, 1) && starts.add(3, 5));
        assert!(!starts.add(SERIES as u32, 1));

        assert_eq!(taken(&starts), [(1, 1), (3, 6)]);
        assert!(taken(&starts).is_empty());
    }
}
