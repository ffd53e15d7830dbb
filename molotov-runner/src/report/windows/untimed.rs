//! Counts without exact times, only known at ticks: they are divided between two windows by time.

use std::time::Duration;

use super::{SECOND, Window};

/// The counts since the last tick.
#[derive(Debug, Default)]
pub(super) struct Untimed {
    /// The time of the previous tick.
    since: Duration,
    pub(super) scheduled: u64,
    pub(super) started: u64,
    pub(super) dropped: u64,
}

impl Untimed {
    /// Moves a window's share of the counts so far to it; the window ends at this time at the latest. After a tick that
    /// was late by seconds this would be a guess, and the window gets all.
    pub(super) fn place(&mut self, window: &mut Window, end: Duration, now: Duration) {
        let (part, whole) = match now.saturating_sub(self.since) {
            late if late > SECOND => (1, 1),
            time => (end.saturating_sub(self.since).as_nanos(), time.as_nanos()),
        };
        window.scheduled += take_share(&mut self.scheduled, part, whole);
        window.started += take_share(&mut self.started, part, whole);
        window.dropped += take_share(&mut self.dropped, part, whole);
        self.since = end;
    }
}

/// Removes and returns the part of a count that belongs to a part of the time.
fn take_share(count: &mut u64, part: u128, whole: u128) -> u64 {
    let share = if part < whole { (u128::from(*count) * part / whole) as u64 } else { *count };
    *count -= share;
    share
}
