//! The waits of requests in flight, during a sizing.

use std::collections::VecDeque;
use std::time::Duration;

/// The maximum number of distinguished times: a minute of ticks.
const MOST: usize = 600;

/// Requests in flight, by the first tick after their start. Times are since the start of the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight {
    started: u64,
    /// The time of a tick, and the remaining requests that were sent since the previous tick.
    sent: VecDeque<(Duration, u64)>,
    /// Requests that were sent and ended since the last tick.
    ended: u64,
}

/// The requests that wait at the end of a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    /// The minimum wait of some requests, and their number.
    ages: Vec<(Duration, u64)>,
    /// The duration of the slowest good response so far.
    pub(crate) slowest: Duration,
    /// `true` in an open model, in which each arrival counts instead of its user.
    pub(crate) is_open: bool,
}

impl InFlight {
    /// Starts with the first user; this number of requests ended before.
    pub(crate) fn start(&mut self, ended: u64) {
        *self = Self { started: ended, ..Self::default() };
    }

    /// Removes a request that ended, or was cancelled, and was sent at this time.
    pub(crate) fn remove(&mut self, start: Duration) {
        let place = self.sent.partition_point(|(to, _)| *to < start);
        if place >= self.sent.len() {
            self.ended += 1;
            return;
        }
        let left = |place: &usize| self.sent.get(*place).is_some_and(|(_, left)| *left > 0);
        // A request that was sent at the time of a tick may have been counted by the next one. After the latest tick
        // its count is still to come; otherwise it is removed from the nearest time with any left, so that the sum is
        // exact.
        if !left(&place)
            && self.sent.get(place).is_some_and(|(to, _)| *to == start)
            && place + 1 == self.sent.len()
        {
            self.ended += 1;
            return;
        }
        let near =
            (0..self.sent.len()).flat_map(|far| [place.checked_add(far), place.checked_sub(far)]).flatten();
        match near.into_iter().find(left) {
            Some(place) => self.sent[place].1 -= 1,
            None => self.ended += 1,
        }
    }

    /// Records the number of started requests so far.
    pub(crate) fn tick(&mut self, now: Duration, started: u64) {
        let since = started.saturating_sub(self.started);
        self.started = started;
        let ended = self.ended.min(since);
        self.ended -= ended;
        self.sent.push_back((now, since - ended));
        if self.sent.len() > MOST {
            let oldest = self.sent.pop_front().map_or(0, |(_, left)| left);
            self.sent.front_mut().into_iter().for_each(|(_, left)| *left += oldest);
        }
    }

    /// Returns the requests of a closed model that wait now.
    pub(crate) fn waiting(&self, now: Duration, slowest: Duration) -> Waiting {
        let waits = self.sent.iter().filter(|(_, left)| *left > 0);
        let ages = waits.map(|(to, left)| (now.saturating_sub(*to), *left)).collect();
        Waiting { ages, slowest, is_open: false }
    }
}

impl Waiting {
    /// Returns the number of requests with a wait of more than `least` and at most `most`, and the longest of these
    /// waits.
    pub(crate) fn between(&self, least: Duration, most: Duration) -> (u64, Duration) {
        let found = self.ages.iter().filter(|(age, _)| *age > least && *age <= most);
        found.fold((0, Duration::ZERO), |(sum, oldest), (age, many)| (sum + many, oldest.max(*age)))
    }
}
