//! Finds gaps in samples that come out of order, with few instructions for each.
//!
//! Ends are marked in slots of some milliseconds; a tick later these are swept, and only where slots are empty there may be
//! a gap. Long requests wait for that, because only these can have waited in one.

use molotov_core::SeriesId;

use super::GapEnd;
use super::lengths::nanos;
use super::pending::{LEAST, Pending, RequestLength, Stretch};

/// A slot is as long as this power of two says, in nanoseconds: 4.2 ms.
const SLOT: u32 = 22;

/// So many slots are 8.6 s: samples come within a tick.
const SLOTS: u64 = 2_048;

/// Long requests that wait to be looked at.
const MOST_LONG: usize = 16 * 1024;

/// The ends in a slot. All times are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The first end; odd where it failed.
    first: u64,
    last: u64,
    /// The latest start of those that were good, and one more; zero where none was.
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
    /// It failed, or was cut.
    Failed,
}

/// The length of a request of this series that took so long. `None` where too few are known yet.
pub(super) type RequestLengths<'a> = &'a dyn Fn(SeriesId, u64) -> Option<RequestLength>;

#[derive(Clone, Debug)]
pub(super) struct Tracker {
    slots: Vec<Slot>,
    /// The first slot that is not swept.
    next: u64,
    /// The time when the latest request was sent that is known to be answered, and one more.
    answered: u64,
    /// Stretches without an end, and the one that goes on.
    pub(super) answers: Pending,
    pub(super) since_end: Stretch,
    /// Stretches without a good end, once anything has failed or was cut, and the one that goes on.
    pub(super) goods: Pending,
    pub(super) since_good: Stretch,
    has_failed: bool,
    long: Vec<Long>,
    /// Stretches that are too old for further requests, until they are taken.
    pub(super) done: Vec<(Stretch, bool)>,
}

impl Tracker {
    /// Of a load that begins at this time.
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

    /// A request has ended.
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
            // It came late.
            self.answers.split(end);
            if ended == RequestEnd::Good {
                self.goods.split(end);
            }
            return self.waited(Long { series, start, end, ended });
        }
        self.sweep_slots((end >> SLOT).saturating_sub(SLOTS / 2));
        self.add_end(series, start, end, ended);
    }

    /// A request was cut, by the end of the run or by its scenario.
    pub(super) fn cut(&mut self, series: SeriesId, start: u64, end: u64) {
        self.waited(Long { series, start, end, ended: RequestEnd::Failed });
    }

    fn waited(&mut self, long: Long) {
        self.has_failed |= long.ended == RequestEnd::Failed;
        if self.long.len() < MOST_LONG {
            self.long.push(long);
        }
    }

    /// Looks for gaps up to this time; nothing will end before it any more, as far as is known.
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
                // Nothing can be in slots that are farther away.
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

    /// Everything is known now: the rest of the run has no further end. `lengths` has an answer for all.
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
