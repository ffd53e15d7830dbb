//! The last part of a load, in which nothing ended successfully. It is derived some times a second from existing
//! counts, so that a sample costs nothing for it.

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

use super::load_phase::LoadPhase;
use super::mergeable::{Merge, merge_fields};

/// The counts of the last part of a load, and of the time before it. No end in it was good, and none after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastPart {
    /// Its start, since the first user started: at most a tick after the last good end.
    #[serde(rename = "from_ms", with = "millis")]
    pub(crate) from: Duration,
    /// Its length, up to the end of the load.
    #[serde(rename = "time_ms", with = "millis")]
    pub(crate) time: Duration,
    /// The number of failures in it.
    pub(crate) failed: u64,
    /// The number of good ends before it, since the first user started.
    pub(crate) ok_before: u64,
    /// The number of failures before it.
    pub(crate) failed_before: u64,
}

/// The last parts of a load, of its requests and of its iterations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastParts {
    pub(crate) requests: LastPart,
    pub(crate) iterations: LastPart,
}

/// Numbers of good ends and failures so far.
pub(super) type Counts = (u64, u64);

/// The last part during a run. Times are since the start of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Follower {
    /// The counts at the start of the first user.
    first: Counts,
    /// The counts and the time of the last observation with a new good end.
    before: Counts,
    from: Duration,
    /// The failures at the last observation during the load.
    failed: u64,
}

impl Follower {
    /// Starts with the first user.
    pub(super) fn start(&mut self, now: Duration, counts: Counts) {
        *self = Self { first: counts, before: counts, from: now, failed: counts.1 };
    }

    /// Updates the counts. Failures after the load are ignored, because their requests were sent before, and others had
    /// ended by then; good ends after the load show that the service is alive.
    pub(super) fn observe(&mut self, now: Duration, counts: Counts, phase: LoadPhase) {
        if counts.0 > self.before.0 {
            (self.before, self.from) = (counts, now);
        }
        if phase == LoadPhase::Running {
            self.failed = counts.1;
        }
    }

    /// The part, for a load with this start and end.
    pub(super) fn finish(&self, begun: Duration, end: Duration) -> LastPart {
        LastPart {
            from: self.from.saturating_sub(begun),
            time: end.saturating_sub(self.from),
            failed: self.failed.saturating_sub(self.before.1),
            ok_before: self.before.0 - self.first.0,
            failed_before: self.before.1 - self.first.1,
        }
    }
}

/// A good end in one run counts for both. A run without ends has no influence.
impl Merge for LastPart {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let [is_empty, is_other_empty] =
            [&self, &other].map(|part| part.ok_before + part.failed_before + part.failed == 0);
        match (is_empty, is_other_empty) {
            (true, _) => other,
            (_, true) => self,
            _ => Self {
                from: self.from.max(other.from),
                time: self.time.min(other.time),
                failed: self.failed + other.failed,
                ok_before: self.ok_before + other.ok_before,
                failed_before: self.failed_before + other.failed_before,
            },
        }
    }
}

impl Merge for LastParts {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => requests, iterations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_last_part_begins_when_nothing_ends_well_any_more() {
        let mut part = Follower::default();
        part.start(second(2), (5, 1));
        part.observe(second(3), (9, 2), LoadPhase::Running);
        part.observe(second(4), (10, 4), LoadPhase::Running);
        part.observe(second(5), (10, 9), LoadPhase::Running);
        part.observe(second(6), (10, 12), LoadPhase::Running);

        let found = part.finish(second(2), second(6));

        let expected =
            LastPart { from: second(2), time: second(2), failed: 8, ok_before: 5, failed_before: 3 };
        assert_eq!(found, expected);
    }

    #[test]
    fn failures_after_the_load_are_not_counted() {
        let mut part = Follower::default();
        part.observe(second(1), (9, 0), LoadPhase::Running);
        part.observe(second(8), (9, 30), LoadPhase::Draining);

        assert_eq!(part.finish(second(0), second(5)).failed, 0);
    }

    #[test]
    fn a_good_end_after_the_load_ends_the_part() {
        let mut part = Follower::default();
        part.observe(second(1), (9, 0), LoadPhase::Running);
        part.observe(second(5), (9, 30), LoadPhase::Running);
        part.observe(second(8), (10, 30), LoadPhase::Draining);

        let found = part.finish(second(0), second(5));

        assert_eq!((found.failed, found.time), (0, second(0)));
    }

    #[test]
    fn merged_runs_have_the_later_part_and_ignore_one_without_samples() {
        let one = LastPart { from: second(4), time: second(2), failed: 9, ok_before: 7, failed_before: 1 };
        let other = LastPart { from: second(5), time: second(1), failed: 3, ..one };
        let idle = LastPart { time: second(6), ..LastPart::default() };

        let both = one.merge(other);

        assert_eq!((both.from, both.time, both.failed, both.ok_before), (second(5), second(1), 12, 14));
        assert_eq!((one.merge(idle), idle.merge(one)), (one, one));
    }
}
