//! A window that slides over the samples of one threshold, part by part. Its length is always the same, other than that of
//! a sizing.

use std::collections::VecDeque;
use std::time::Duration;

use super::observation::Observations;
use crate::report::sliding;

/// A window over the parts that are kept.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    length: Duration,
    closed: VecDeque<(Duration, Observations)>,
    /// The time when the part that is open began.
    start: Duration,
    pub(super) open: Observations,
    /// True where the load has ended, and the window with it.
    has_stopped: bool,
}

/// A whole window, and its samples.
#[derive(Debug)]
pub(super) struct SlotWindow {
    pub(super) seen: Observations,
    pub(super) length: Duration,
    pub(super) end: Duration,
}

impl SlotWindow {
    pub(super) fn from(&self) -> Duration {
        self.end.saturating_sub(self.length)
    }
}

impl Slots {
    /// Of this length, from this time on.
    pub(super) fn new(length: Duration, start: Duration) -> Self {
        Self { length, closed: VecDeque::new(), start, open: Observations::default(), has_stopped: false }
    }

    /// Forgets what is in it.
    pub(super) fn forget(&mut self) {
        self.closed.iter_mut().for_each(|(_, part)| *part = Observations::default());
        self.open = Observations::default();
    }

    /// Moves on; the window where a part is new and the window is whole.
    pub(super) fn advance(&mut self, now: Duration) -> Option<SlotWindow> {
        if self.has_stopped || now < self.start + sliding::part(self.length) { None } else { self.close(now) }
    }

    /// Moves on for the last time, where the window is whole: its last part may be shorter. Where it is not whole it goes on
    /// until it is.
    pub(super) fn stop(&mut self, now: Duration) -> Option<SlotWindow> {
        if self.has_stopped {
            return None;
        }
        let window = self.close(now);
        self.has_stopped = self.last().is_some();
        window
    }

    /// The last window once more, with the samples since it ended; none where there are none.
    pub(super) fn finish(&mut self) -> Option<SlotWindow> {
        let rest = std::mem::take(&mut self.open);
        let (_, last) = self.closed.back_mut().filter(|_| !rest.is_empty())?;
        last.add(&rest);
        self.last()
    }

    fn close(&mut self, now: Duration) -> Option<SlotWindow> {
        if now <= self.start {
            return None;
        }
        let part = std::mem::take(&mut self.open);
        self.closed.push_back((std::mem::replace(&mut self.start, now), part));
        while self.closed.get(1).is_some_and(|(next, _)| now - *next >= self.length) {
            self.closed.pop_front();
        }
        self.last()
    }

    /// The window that ended last, where it is whole.
    pub(super) fn last(&self) -> Option<SlotWindow> {
        let length = self.start - self.closed.front()?.0;
        let mut seen = Observations::default();
        self.closed.iter().for_each(|(_, part)| seen.add(part));
        (length >= self.length).then_some(SlotWindow { seen, length, end: self.start })
    }
}
