//! Shares of the time in which a visitor of a closed model would have exceeded the limit of a threshold.
//!
//! A closed model sends little to a slow service, so most of its samples come from the quick part. Weighted by time
//! they show the experience of evenly distributed visitors, as in an open model: each part of the load has the same
//! weight, whatever its number of samples ([`Parts`]), each user's time has the same weight ([`UserSamples`]), users
//! that are late together are not chance ([clusters](clusters::Clustered)), and users that wait in vain for a response
//! leave no sample at all ([`Waits`]).
//!
//! In an open model due times include the waits of visitors. Clusters of its users only lead to a hint.

mod clusters;
mod counters;
mod estimate;
mod in_flight;
mod parts;
mod tail;
mod user_time;
mod users;
mod waits;
mod waits_serialized;
mod windows;

#[cfg(test)]
mod tests;

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

pub(crate) use self::counters::{CountedRun, Counters, ModelKind};
pub(crate) use self::estimate::{ShareEstimate, WeighedTime};
pub(crate) use self::in_flight::{InFlight, Waiting};
pub(crate) use self::parts::Parts;
pub(crate) use self::user_time::UserTime;
pub(crate) use self::users::UserSamples;
pub(crate) use self::waits::{Cut, Wait, Waits};
use super::mergeable::{Merge, merge_fields};
use crate::plan::threshold::Threshold;
use crate::quantity::Share;

/// The minimum length of a wait in vain.
pub(crate) const LEAST_WAIT: Duration = Duration::from_secs(1);

/// The number of users from which on a single one does not count as a share: one request may be lost.
pub(crate) const ONE_OF: u64 = 10;

/// The samples of thresholds by part, and the requests that were waiting when they were cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimeShares {
    pub(crate) counted: Vec<CountedSamples>,
    pub(crate) waits: Waits,
}

/// The samples of a threshold: by part, by user, and those of users that were late together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CountedSamples {
    pub(crate) threshold: Threshold,
    /// `true` if the samples are those of requests instead of iterations.
    pub(crate) of_requests: bool,
    /// The time of all users in the load; zero if their presence is unknown.
    #[serde(rename = "load_ms", with = "millis")]
    pub(crate) load: Duration,
    /// The time of all users in its last window; zero without windows, or if their presence is unknown.
    #[serde(rename = "last_window_ms", default, with = "millis")]
    pub(crate) last: Duration,
    pub(crate) parts: WeighedTime,
    pub(crate) users: WeighedTime,
    pub(crate) clusters: WeighedTime,
    /// The share of the worst window that was beyond the limit, if it exceeds the allowed share.
    pub(crate) window: Option<Share>,
}

impl CountedSamples {
    fn add(&mut self, other: Self) {
        match (self.of_requests, other.of_requests) {
            // If one is of iterations and the other of requests, only the requests count.
            (true, false) => {}
            (false, true) => *self = other,
            _ => {
                self.load = sum_if_known(self.load, other.load);
                self.last = sum_if_known(self.last, other.last);
                self.parts = self.parts.and(other.parts);
                self.users = self.users.and(other.users);
                self.clusters = self.clusters.and(other.clusters);
                self.window = if self.window < other.window { other.window } else { self.window };
            }
        }
    }
}

/// The sum of two times; zero if one of them is unknown.
fn sum_if_known(one: Duration, other: Duration) -> Duration {
    if one.is_zero() || other.is_zero() { Duration::ZERO } else { one + other }
}

impl TimeShares {
    /// The samples of a threshold, if they were counted.
    pub(crate) fn for_threshold(&self, threshold: &Threshold) -> Option<&CountedSamples> {
        self.counted.iter().find(|of| of.threshold == *threshold)
    }
}

impl Merge for TimeShares {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => counted, waits)
    }
}

impl Merge for Vec<CountedSamples> {
    #[inline]
    fn merge(mut self, other: Self) -> Self {
        for samples in other {
            match self.iter_mut().find(|own| own.threshold == samples.threshold) {
                Some(own) => own.add(samples),
                None => self.push(samples),
            }
        }
        self
    }
}
