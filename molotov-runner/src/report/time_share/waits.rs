//! Requests without a response that the end of the run cancelled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use molotov_core::SeriesId;

use super::{LEAST_WAIT, UserTime};
use crate::report::mergeable::Merge;

/// The maximum number of stored waits; further ones hardly change a share.
const MOST: usize = 65_536;

/// A cancelled request, or measured call. Times are since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) series: SeriesId,
    pub(crate) user: u16,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// The duration that its own threshold allows.
    pub(crate) allowed: Option<Duration>,
}

/// The wait of a user whose request was cancelled. Times are since the first user started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// The route, or the timer of a suite without requests of its own.
    pub(crate) name: Arc<str>,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// The time from which on no new iterations started.
    pub(crate) stopped: Duration,
    /// The end of its user's stay, if that was before.
    pub(crate) left: Option<Duration>,
    pub(crate) allowed: Option<Duration>,
}

/// All potential waits in vain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits(Vec<Wait>);

impl Cut {
    /// Returns `true` if the wait is long enough to be stored beside this number of others.
    pub(crate) fn counts(&self, kept: usize) -> bool {
        kept < MOST && self.to.saturating_sub(self.from) > LEAST_WAIT
    }
}

impl Wait {
    pub(crate) fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }

    /// Returns `true` if the wait was longer than this, and than its own thresholds allow.
    pub(crate) fn is_longer(&self, least: Duration) -> bool {
        self.length() > least && self.allowed.is_none_or(|allowed| self.length() > allowed)
    }

    /// The part of the load, from this time on, in which a visitor in its place would have waited longer than the
    /// limit.
    pub(crate) fn beyond(&self, limit: Duration, start: Duration) -> Duration {
        self.left
            .unwrap_or(self.stopped)
            .min(self.to.saturating_sub(limit))
            .saturating_sub(self.from.max(start))
    }
}

impl Waits {
    /// The waits of a load with this start and end, and this presence of users.
    pub(crate) fn from_cuts(
        cuts: &[Cut],
        (begun, stopped): (Duration, Duration),
        users: &UserTime,
        name: impl Fn(SeriesId) -> String,
    ) -> Self {
        let mut names: BTreeMap<u32, Arc<str>> = BTreeMap::new();
        let waits = cuts.iter().map(|cut| {
            let name = names.entry(cut.series.index).or_insert_with(|| name(cut.series).into()).clone();
            let (from, to) = (cut.from.saturating_sub(begun), cut.to.saturating_sub(begun));
            let stopped = stopped.saturating_sub(begun);
            let left = users.leaves(cut.user, from).filter(|left| *left < stopped);
            Wait { name, from, to, stopped, left, allowed: cut.allowed }
        });
        Self(waits.collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Wait> + Clone {
        self.0.iter()
    }

    pub(super) fn push(&mut self, wait: Wait) {
        self.0.push(wait);
    }
}

impl Merge for Waits {
    #[inline]
    fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}
