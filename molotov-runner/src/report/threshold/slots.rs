//! A window that slides over the samples of one threshold, part by part. Its length is constant, other than that of a
//! sizing.

use std::collections::VecDeque;
use std::time::Duration;

use super::observation::Observations;
use crate::report::sliding;

/// A window over the stored parts.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    length: Duration,
    closed: VecDeque<(Duration, Observations)>,
    /// The start of the open part.
    start: Duration,
    pub(super) open: Observations,
    /// `true` after the end of the load, which also ends the window.
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
    /// Creates a window of this length, from this time on.
    pub(super) fn new(length: Duration, start: Duration) -> Self {
        Self { length, closed: VecDeque::new(), start, open: Observations::default(), has_stopped: false }
    }

    /// Removes all samples.
    pub(super) fn forget(&mut self) {
        self.closed.iter_mut().for_each(|(_, part)| *part = Observations::default());
        self.open = Observations::default();
    }

    /// Advances; returns the window if a part is new and the window is whole.
    pub(super) fn advance(&mut self, now: Duration) -> Option<SlotWindow> {
        if self.has_stopped || now < self.start + sliding::part(self.length) { None } else { self.close(now) }
    }

    /// Advances for the last time, if the window is whole: its last part may be shorter. Otherwise it continues until
    /// it is.
    pub(super) fn stop(&mut self, now: Duration) -> Option<SlotWindow> {
        if self.has_stopped {
            return None;
        }
        let window = self.close(now);
        self.has_stopped = self.last().is_some();
        window
    }

    /// The last window again, with the samples since its end; `None` without samples.
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

    /// The latest window, if it is whole.
    pub(super) fn last(&self) -> Option<SlotWindow> {
        let length = self.start - self.closed.front()?.0;
        let mut seen = Observations::default();
        self.closed.iter().for_each(|(_, part)| seen.add(part));
        (length >= self.length).then_some(SlotWindow { seen, length, end: self.start })
    }
}
