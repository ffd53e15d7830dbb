//! The samples of each user, part by part of its time.
//!
//! A user who meets a slow part of the service leaves few samples beside those of the others. Each user's time counts as much
//! as any other's, so that nine of ten users who are always slow are nine tenths of the visitors.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::DEVIATIONS;
use super::parts::{Estimate, Parts};

/// Counts that are kept in all: a user keeps fewer parts where there are many users.
const BUDGET: usize = 1 << 18;

/// Users whose samples are told apart by their number.
const MOST: usize = 1 << 16;

/// What each user met, of one threshold.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserParts {
    /// By the number of the user.
    users: Vec<Option<User>>,
    /// Parts that each of so many users may keep.
    most: usize,
}

#[derive(Clone, Debug)]
struct User {
    /// When its first sample began, and the last one ended.
    start: Duration,
    end: Duration,
    parts: Parts,
}

/// The time of all users, and how much of it was beyond a limit.
///
/// In whole numbers, so that runs can be added in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserTime {
    #[serde(rename = "time_us")]
    time: u64,
    #[serde(rename = "beyond_us")]
    beyond: u64,
    /// Of the time beyond the limit, where the share is the one that is allowed: in billionths of square seconds.
    variance: u64,
}

impl UserParts {
    /// None yet, of at most so many users.
    pub(crate) fn of_users(users: u32) -> Self {
        let most = (BUDGET / (users as usize).clamp(1, MOST)).max(2);
        Self { users: Vec::new(), most }
    }

    /// Counts a sample of a user; times are of the load.
    pub(crate) fn count(&mut self, user: u16, (start, end): (Duration, Duration), is_beyond: Option<bool>) {
        let user = usize::from(user);
        if user >= self.users.len() {
            self.users.resize_with(user + 1, || None);
        }
        let of_user = self.users[user].get_or_insert_with(|| User {
            start,
            end,
            parts: Parts::default().with_most(self.most),
        });
        of_user.end = of_user.end.max(end);
        if let Some(is_beyond) = is_beyond {
            of_user.parts.count(start.saturating_sub(of_user.start), is_beyond);
        }
    }

    /// Forgets all samples.
    pub(crate) fn clear(&mut self) {
        self.users.clear();
    }

    /// The users' time in a load that ended at this time, where this share of it may be beyond the limit.
    pub(crate) fn finish(&self, stopped: Duration, allowed: f64) -> UserTime {
        let mut sum = UserTime::default();
        for user in self.users.iter().flatten() {
            let time = user.end.min(stopped).saturating_sub(user.start);
            let parts = user.parts.clone().of_load(time);
            sum = sum.and(UserTime::of_user(time, parts.estimate(allowed)));
        }
        sum
    }
}

impl UserTime {
    fn of_user(time: Duration, estimate: Estimate) -> Self {
        let seconds = time.as_secs_f64();
        Self {
            time: time.as_micros() as u64,
            beyond: (seconds * estimate.share * 1e6) as u64,
            variance: ((seconds * estimate.deviation).powi(2) * 1e9) as u64,
        }
    }

    /// The sum of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            time: self.time.saturating_add(other.time),
            beyond: self.beyond.saturating_add(other.beyond),
            variance: self.variance.saturating_add(other.variance),
        }
    }

    /// The share of all users' time that was beyond the limit.
    pub(crate) fn estimate(&self) -> Estimate {
        if self.time == 0 {
            return Estimate::default();
        }
        let time = self.time as f64;
        Estimate {
            share: self.beyond as f64 / time,
            deviation: (self.variance as f64 / 1e9).sqrt() * 1e6 / time,
        }
    }
}

impl Estimate {
    /// How far it may be above the allowed share by chance.
    ///
    /// That is three standard deviations and one event more: where few are expected, their number is not normally
    /// distributed, and a single one may be more than three deviations.
    pub(crate) fn chance(&self, allowed: f64) -> f64 {
        let spread = allowed * (1.0 - allowed);
        let one = if spread > 0.0 { self.deviation * self.deviation / spread } else { 0.0 };
        DEVIATIONS * self.deviation + one
    }
}
