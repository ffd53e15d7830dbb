//! A window that slides over the samples of one threshold, part by part. Its length is always the same, other than that of
//! a sizing.

use std::collections::VecDeque;
use std::time::Duration;

use super::observation::Seen;
use crate::report::sliding;

/// The window, and what is in it.
#[derive(Debug)]
pub(super) struct Slots {
    length: Duration,
    closed: VecDeque<(Duration, Seen)>,
    /// The time when the part that is open began.
    start: Duration,
    pub(super) open: Seen,
}

impl Slots {
    /// Of this length, from this time on.
    pub(super) fn new(length: Duration, start: Duration) -> Self {
        Self { length, closed: VecDeque::new(), start, open: Seen::default() }
    }

    /// Forgets what is in it.
    pub(super) fn forget(&mut self) {
        self.closed.iter_mut().for_each(|(_, part)| *part = Seen::default());
        self.open = Seen::default();
    }

    /// Moves on; what is in the window, and how long that is, where a part is new and the window is whole.
    pub(super) fn advance(&mut self, now: Duration) -> Option<(Seen, Duration)> {
        if now < self.start + sliding::part(self.length) { None } else { self.close(now) }
    }

    /// The same at the end, where the last part may be shorter.
    pub(super) fn close(&mut self, now: Duration) -> Option<(Seen, Duration)> {
        if now <= self.start {
            return None;
        }
        let part = std::mem::take(&mut self.open);
        self.closed.push_back((std::mem::replace(&mut self.start, now), part));
        while self.closed.get(1).is_some_and(|(next, _)| now - *next >= self.length) {
            self.closed.pop_front();
        }
        let length = now - self.closed.front()?.0;
        let mut whole = Seen::default();
        self.closed.iter().for_each(|(_, part)| whole.add(part));
        (length >= self.length).then_some((whole, length))
    }
}
