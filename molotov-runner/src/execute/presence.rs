//! The presence of users over time: as planned, or as limited by a search.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::UserId;
use tokio::time::Instant;

use super::job::Job;
use super::shutdown::{Cancel, ShutdownPhase};
use super::user_limit::UserLimit;
use crate::plan::load::Load;
use crate::report::{UserSearch, UserTime};
use crate::schedule::{LoadProfile, intervals_of, start_of};

/// The policy by which users start and stop.
pub(crate) enum Presence {
    /// All of them from the start. Users that serve arrivals start before the first arrival; only the rate rises.
    AtOnce,
    /// This number of users, evenly over this time.
    RampUp(u32, Duration),
    /// The number of users at the curve's height.
    Stages(Arc<LoadProfile>),
    /// The number of users that a search allows.
    Limited(UserLimit),
}

/// A time in which a user is active, since the start of the first user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) start: Duration,
    /// `None` for the end of the run.
    pub(crate) end: Option<Duration>,
}

impl Presence {
    /// The policy of a job.
    pub(crate) fn from_job(job: &Job) -> Self {
        if let Some(search) = UserSearch::from_plan(&job.plan) {
            return Self::Limited(UserLimit::new(search.users()));
        }
        match (&job.arrivals, job.load().and_then(Load::users)) {
            (Some(_), _) => Self::AtOnce,
            (None, Some(curve)) => Self::Stages(Arc::clone(curve)),
            (None, None) => Self::RampUp(job.plan.user_count(), job.plan.ramp_up),
        }
    }

    /// The times in which this user is active.
    pub(crate) fn stays(&self, user: UserId) -> Stays<'_> {
        if let Self::Limited(limit) = self {
            return Stays::Limited(limit, user);
        }
        Stays::Planned(self.planned(user).into_iter())
    }

    /// The planned times in which this user is active.
    fn planned(&self, user: UserId) -> Vec<Stay> {
        match self {
            Self::AtOnce => vec![Stay { start: Duration::ZERO, end: None }],
            Self::RampUp(users, time) => {
                vec![Stay { start: start_of(user.0, *users, *time), end: None }]
            }
            Self::Stages(curve) => intervals_of(curve, user.0)
                .into_iter()
                .map(|(start, end)| Stay { start, end: Some(end) })
                .collect(),
            Self::Limited(_) => Vec::new(),
        }
    }

    /// The total planned time of these users.
    pub(crate) fn user_time(&self, users: impl Iterator<Item = UserId>) -> UserTime {
        UserTime::of_users(users.map(|user| {
            let stays = self.planned(user).into_iter().map(|stay| (stay.start, stay.end));
            (user.0 as u16, stays.collect())
        }))
    }

    /// Returns `true` if this user may continue.
    #[inline]
    pub(crate) fn lets_in(&self, user: UserId) -> bool {
        match self {
            Self::Limited(limit) => limit.lets_in(user),
            Self::AtOnce | Self::RampUp(..) | Self::Stages(_) => true,
        }
    }

    /// Returns `true` if users start and stop by stages.
    pub(crate) fn is_staged(&self) -> bool {
        matches!(self, Self::Stages(_))
    }

    /// The limit of a search, if any.
    pub(crate) fn limit(&self) -> Option<&UserLimit> {
        if let Self::Limited(limit) = self { Some(limit) } else { None }
    }
}

/// The consecutive stays of one user.
pub(crate) enum Stays<'p> {
    Planned(std::vec::IntoIter<Stay>),
    /// Whenever the limit allows.
    Limited(&'p UserLimit, UserId),
}

impl Stays<'_> {
    /// The next stay that is not over, if the first user started at `begin`; `None` if this user does not return.
    pub(crate) async fn next(&mut self, cancel: &mut Cancel, begin: Instant) -> Option<Stay> {
        match self {
            // The user's last iteration may have lasted beyond the next stay.
            Self::Planned(stays) => {
                stays.find(|stay| stay.end.is_none_or(|end| begin + end > Instant::now()))
            }
            Self::Limited(limit, user) => {
                cancel.unless(ShutdownPhase::Draining, Box::pin(limit.enter(*user))).await?;
                Some(Stay { start: Duration::ZERO, end: None })
            }
        }
    }
}
