//! Shares of the time in which a visitor of a closed model would have met what a threshold does not allow.
//!
//! A closed model sends little to a service that is slow, so most of its samples are those of the quick part. Weighted by
//! time they say what visitors meet who come evenly, as in an open model: each part of the load counts as much as any other, whatever
//! the number of samples in it ([`Parts`]), each user's time as much as any other's ([`UserSamples`]), users who are late
//! together are no chance ([clusters](clusters::Clustered)), and those who wait in vain for an answer leave no sample at all ([`Waits`]).
//!
//! In an open model due times show the waits of visitors. Clusters of its users are no more than a hint.

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

/// A shorter wait is not called one in vain.
pub(crate) const LEAST_WAIT: Duration = Duration::from_secs(1);

/// One user of so many is no share of them: a single request may be lost.
pub(crate) const ONE_OF: u64 = 10;

/// The samples of thresholds, part by part, and the requests that waited when they were cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimeShares {
    pub(crate) counted: Vec<CountedSamples>,
    pub(crate) waits: Waits,
}

/// The samples of a threshold: part by part, user by user, and those of users who were late together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CountedSamples {
    pub(crate) threshold: Threshold,
    /// True where the samples are those of requests, and not those of iterations that stand in for them.
    pub(crate) of_requests: bool,
    /// The time of all users in the load; zero where it is not known when they were there.
    #[serde(rename = "load_ms", with = "millis")]
    pub(crate) load: Duration,
    pub(crate) parts: WeighedTime,
    pub(crate) users: WeighedTime,
    pub(crate) clusters: WeighedTime,
    /// The share of the worst window that was beyond the limit, where that is more than is allowed.
    pub(crate) window: Option<Share>,
}

impl CountedSamples {
    fn add(&mut self, other: Self) {
        match (self.of_requests, other.of_requests) {
            // Where one is of iterations and the other of requests, these count alone.
            (true, false) => {}
            (false, true) => *self = other,
            _ => {
                let is_known = !self.load.is_zero() && !other.load.is_zero();
                self.load = if is_known { self.load + other.load } else { Duration::ZERO };
                self.parts = self.parts.and(other.parts);
                self.users = self.users.and(other.users);
                self.clusters = self.clusters.and(other.clusters);
                self.window = if self.window < other.window { other.window } else { self.window };
            }
        }
    }
}

impl TimeShares {
    /// The samples of a threshold, where they were counted.
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
