//! The users' time: the number of users over the time of a load, and their temporary absences.
//!
//! An open run of the same shape has arrivals in proportion to the users of a closed one, so each part of a load is
//! weighted by its users: half as much with half of them, and not at all without any.

use std::collections::BTreeMap;
use std::time::Duration;

/// The presence of users. Times are since the first user started.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserTime {
    /// In order of time. If empty, one user counts as always present.
    steps: Vec<Step>,
    /// The times between the stays of users, and after their last one, by the last 16 bits of their number.
    absences: BTreeMap<u16, Vec<(Duration, Duration)>>,
}

/// The part of a load in which a threshold's samples count: its start after the first user, and its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadTime<'u> {
    pub(crate) users: &'u UserTime,
    pub(crate) start: Duration,
    pub(crate) length: Duration,
}

/// The number of users from a time on.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: Duration,
    users: u32,
    /// The time of all users before it.
    before: Duration,
}

/// The presence of a user: start and end, or `None` for the end of the run.
pub(crate) type PlannedStays = Vec<(Duration, Option<Duration>)>;

impl UserTime {
    /// The time of these users.
    pub(crate) fn of_users(users: impl Iterator<Item = (u16, PlannedStays)>) -> Self {
        let (mut changes, mut absences): (BTreeMap<Duration, (u32, u32)>, BTreeMap<_, _>) =
            Default::default();
        for (user, stays) in users {
            for (start, end) in &stays {
                changes.entry(*start).or_default().0 += 1;
                if let Some(end) = end {
                    changes.entry(*end).or_default().1 += 1;
                }
            }
            let back = stays.iter().skip(1).map(|stay| stay.0).chain([Duration::MAX]);
            let away = stays.iter().zip(back).filter_map(|(stay, back)| Some((stay.1?, back)));
            let away: Vec<_> = away.filter(|(left, back)| left < back).collect();
            if !away.is_empty() {
                absences.entry(user).or_insert(away);
            }
        }
        let mut steps: Vec<Step> = Vec::with_capacity(changes.len());
        for (from, (come, go)) in changes {
            let before = steps.last().map_or(Duration::ZERO, |last| last.until(from));
            let users = (steps.last().map_or(0, |last| last.users) + come).saturating_sub(go);
            steps.push(Step { from, users, before });
        }
        Self { steps, absences }
    }

    /// The time of all users between these times.
    pub(crate) fn between(&self, from: Duration, to: Duration) -> Duration {
        self.until(to).saturating_sub(self.until(from))
    }

    fn until(&self, time: Duration) -> Duration {
        if self.steps.is_empty() {
            return time;
        }
        let next = self.steps.partition_point(|step| step.from <= time);
        next.checked_sub(1).map_or(Duration::ZERO, |last| self.steps[last].until(time))
    }

    /// Returns `true` if the presence of users is known.
    pub(super) fn is_known(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Returns `true` if any user leaves.
    pub(super) fn has_absences(&self) -> bool {
        !self.absences.is_empty()
    }

    /// Returns the time for which this user was absent between these times.
    pub(super) fn away(&self, user: u16, (from, to): (Duration, Duration)) -> Duration {
        let absences = self.absences.get(&user).into_iter().flatten();
        absences.map(|(left, back)| (*back).min(to).saturating_sub((*left).max(from))).sum()
    }

    /// Returns the time from which on this user was absent that was present at this time, if it left.
    pub(crate) fn leaves(&self, user: u16, at: Duration) -> Option<Duration> {
        self.absences.get(&user)?.iter().map(|(left, _)| *left).find(|left| *left >= at)
    }
}

impl LoadTime<'_> {
    /// The share of the load's time between these times in it.
    pub(super) fn part(&self, from: Duration, to: Duration) -> Self {
        Self { start: self.start + from, length: to.min(self.length).saturating_sub(from), ..*self }
    }

    /// The time of all users between these times of the load, in seconds.
    pub(super) fn between(&self, from: Duration, to: Duration) -> f64 {
        let (from, to) = (self.start + from.min(self.length), self.start + to.min(self.length));
        self.users.between(from, to).as_secs_f64()
    }

    /// The time of all users in the whole load, if their presence is known.
    pub(super) fn of_users(&self) -> Option<Duration> {
        self.users.is_known().then(|| self.users.between(self.start, self.start + self.length))
    }

    /// The time of all users in the last part of the load of this length; zero if their presence is unknown.
    pub(super) fn of_last(&self, length: Duration) -> Duration {
        let end = self.start + self.length;
        if self.users.is_known() {
            self.users.between(end.saturating_sub(length), end)
        } else {
            Duration::ZERO
        }
    }

    /// The time of all users in the whole load, in seconds.
    pub(super) fn whole(&self) -> f64 {
        self.between(Duration::ZERO, self.length)
    }
}

impl Step {
    /// The time of all users until this time, if the number of users does not change before.
    fn until(&self, time: Duration) -> Duration {
        self.before + time.saturating_sub(self.from).saturating_mul(self.users)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECS: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn time_of_users_grows_with_how_many_are_there() {
        let stays = [
            (0, vec![(SECS(0), Some(SECS(10))), (SECS(70), Some(SECS(80)))]),
            (1, vec![(SECS(5), Some(SECS(10)))]),
        ];
        let time = UserTime::of_users(stays.into_iter());

        let seconds = |from, to| time.between(SECS(from), SECS(to)).as_secs();
        assert_eq!((seconds(0, 5), seconds(0, 10), seconds(4, 6)), (5, 15, 3));
        assert_eq!((seconds(10, 70), seconds(0, 80), seconds(60, 75), seconds(80, 90)), (0, 25, 5, 0));
    }

    #[test]
    fn users_are_away_between_their_stays_only() {
        let stays = [(3, vec![(SECS(2), Some(SECS(10))), (SECS(70), None)])];
        let time = UserTime::of_users(stays.into_iter());

        let away = |user, from, to| time.away(user, (SECS(from), SECS(to))).as_secs();
        assert_eq!((away(3, 0, 10), away(3, 8, 80), away(3, 20, 30), away(4, 0, 80)), (0, 60, 10, 0));
        assert_eq!(
            (time.leaves(3, SECS(5)), time.leaves(3, SECS(75)), time.leaves(4, SECS(5))),
            (Some(SECS(10)), None, None)
        );
    }

    #[test]
    fn users_are_away_after_their_last_stay() {
        let stays = [(3, vec![(SECS(2), Some(SECS(10))), (SECS(20), Some(SECS(30)))])];
        let time = UserTime::of_users(stays.into_iter());

        assert_eq!(
            (time.away(3, (SECS(25), SECS(50))), time.leaves(3, SECS(25))),
            (SECS(20), Some(SECS(30)))
        );
    }

    #[test]
    fn unknown_users_count_as_one() {
        assert_eq!(UserTime::default().between(SECS(3), SECS(8)), SECS(5));
    }
}
