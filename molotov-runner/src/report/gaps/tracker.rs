//! A detector of gaps in unordered samples, with few instructions for each.
//!
//! Ends are marked in slots of some milliseconds; a tick later these are swept, and only empty slots can contain a gap.
//! Long requests are stored until then, because only these can have waited in a gap.

use molotov_core::SeriesId;

use super::GapEnd;
use super::lengths::nanos;
use super::pending::{LEAST, Pending, RequestLength, Stretch};

/// The length of a slot as the exponent of a power of two, in nanoseconds: 4.2 ms.
const SLOT: u32 = 22;

/// The number of slots: 8.6 s, because samples arrive within a tick.
const SLOTS: u64 = 2_048;

/// The maximum number of stored long requests.
const MOST_LONG: usize = 16 * 1024;

/// The ends in a slot. All times are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The first end; odd if it failed.
    first: u64,
    last: u64,
    /// The latest start of the good ones, plus one; zero if there is none.
    answered: u64,
}

const EMPTY: Slot = Slot { first: u64::MAX, last: 0, answered: 0 };

/// A request that took long enough to have waited in a gap.
#[derive(Clone, Copy, Debug)]
struct Long {
    series: SeriesId,
    start: u64,
    end: u64,
    ended: RequestEnd,
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestEnd {
    Good,
    /// It failed, or was cancelled.
    Failed,
}

/// Compares a request's duration with its series. `None` if too few durations are known yet.
pub(super) type RequestLengths<'a> = &'a dyn Fn(SeriesId, u64) -> Option<RequestLength>;

#[derive(Clone, Debug)]
pub(super) struct Tracker {
    slots: Vec<Slot>,
    /// The first slot that has not been swept.
    next: u64,
    /// The start of the latest answered request, plus one.
    answered: u64,
    /// Stretches without an end, including the open one.
    pub(super) answers: Pending,
    pub(super) since_end: Stretch,
    /// Stretches without a good end, after the first failure or cancellation, including the open one.
    pub(super) goods: Pending,
    pub(super) since_good: Stretch,
    has_failed: bool,
    long: Vec<Long>,
    /// Stretches that are too old for further requests, until they are removed.
    pub(super) done: Vec<(Stretch, bool)>,
}

impl Tracker {
    /// Creates a tracker for a load with this start.
    pub(super) fn new(start: u64) -> Self {
        Self {
            slots: vec![EMPTY; SLOTS as usize],
            next: start >> SLOT,
            answered: 0,
            answers: Pending::default(),
            since_end: Stretch::open(start, 0),
            goods: Pending::default(),
            since_good: Stretch::open(start, 0),
            has_failed: false,
            long: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Adds the end of a request.
    #[inline]
    pub(super) fn add_end(&mut self, series: SeriesId, start: u64, end: u64, ended: RequestEnd) {
        let number = end >> SLOT;
        if number.wrapping_sub(self.next) >= SLOTS {
            return self.add_end_apart(series, start, end, ended);
        }
        let slot = &mut self.slots[(number & (SLOTS - 1)) as usize];
        slot.first = slot.first.min((end & !1) | u64::from(ended == RequestEnd::Failed));
        slot.last = slot.last.max(end);
        if ended == RequestEnd::Good {
            slot.answered = slot.answered.max(start.saturating_add(1));
        }
        if end - start >= LEAST || ended == RequestEnd::Failed {
            self.waited(Long { series, start, end, ended });
        }
    }

    #[cold]
    fn add_end_apart(&mut self, series: SeriesId, start: u64, end: u64, ended: RequestEnd) {
        if end >> SLOT < self.next {
            // It arrived late.
            self.answers.split(end);
            if ended == RequestEnd::Good {
                self.goods.split(end);
            }
            return self.waited(Long { series, start, end, ended });
        }
        self.sweep_slots((end >> SLOT).saturating_sub(SLOTS / 2));
        self.add_end(series, start, end, ended);
    }

    /// Adds a request that was cancelled, by the end of the run or by its scenario.
    pub(super) fn cut(&mut self, series: SeriesId, start: u64, end: u64) {
        self.waited(Long { series, start, end, ended: RequestEnd::Failed });
    }

    fn waited(&mut self, long: Long) {
        self.has_failed |= long.ended == RequestEnd::Failed;
        if self.long.len() < MOST_LONG {
            self.long.push(long);
        }
    }

    /// Sweeps the slots up to this time; no further end is expected before it.
    pub(super) fn sweep(&mut self, until: u64, lengths: RequestLengths<'_>) {
        self.sweep_slots(until >> SLOT);
        let swept = self.next << SLOT;
        let mut long = std::mem::take(&mut self.long);
        long.retain(|long| {
            if long.end >= swept {
                return true;
            }
            let Some(length) = lengths(long.series, long.end - long.start) else { return true };
            self.add_wait(long, length);
            false
        });
        self.long = long;
    }

    fn add_wait(&mut self, long: &Long, length: RequestLength) {
        self.answers.hold(long.start, long.end, length);
        self.since_end.hold(long.start, long.end, length);
        match (length, long.ended) {
            (RequestLength::Unusual, _) => self.wait(long),
            (RequestLength::Usual, RequestEnd::Failed) => self.wait_for_good(long),
            (RequestLength::Usual, RequestEnd::Good) => {}
        }
    }

    fn wait(&mut self, long: &Long) {
        self.answers.wait(long.start, long.end);
        self.since_end.wait(long.start, long.end);
        if long.ended == RequestEnd::Failed {
            self.wait_for_good(long);
        }
    }

    fn wait_for_good(&mut self, long: &Long) {
        self.goods.wait(long.start, long.end);
        self.since_good.wait(long.start, long.end);
    }

    fn sweep_slots(&mut self, until: u64) {
        while self.next < until {
            let slot = std::mem::replace(&mut self.slots[(self.next & (SLOTS - 1)) as usize], EMPTY);
            self.next += 1;
            if slot.last > 0 {
                self.pass(slot);
            } else if self.next + SLOTS < until {
                // Slots that are farther away are empty.
                self.next = self.next.max(until - SLOTS);
            }
        }
    }

    fn pass(&mut self, slot: Slot) {
        let (first, failed) = (slot.first & !1, slot.first & 1 == 1);
        let ended_by = if failed { GapEnd::Failure } else { GapEnd::Response };
        self.answered = self.answered.max(slot.answered);
        let next = Stretch::open(slot.last.max(self.since_end.from), self.answered);
        let past = std::mem::replace(&mut self.since_end, next.clone()).close(first, ended_by);
        self.done.extend(self.answers.push(past).map(|old| (old, true)));
        if slot.answered > 0 {
            let past = std::mem::replace(&mut self.since_good, next).close(first, ended_by);
            if self.has_failed {
                self.done.extend(self.goods.push(past).map(|old| (old, false)));
            }
        }
    }

    /// Finishes: the run has no further end. `lengths` has an answer for all requests.
    pub(super) fn finish(&mut self, lengths: RequestLengths<'_>) {
        let last = self.slots.iter().map(|slot| slot.last).max().unwrap_or(0);
        self.sweep_slots((last >> SLOT) + 1);
        for long in std::mem::take(&mut self.long) {
            let length = lengths(long.series, long.end - long.start).unwrap_or(RequestLength::Unusual);
            self.add_wait(&long, length);
        }
    }
}

/// The nanoseconds of a time.
pub(super) fn at(time: std::time::Duration) -> u64 {
    nanos(time)
}
