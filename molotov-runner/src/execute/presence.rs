//! The presence of users over time: as the plan says, or as many as a search lets in.

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

/// The policy by which users come and go.
pub(crate) enum Presence {
    /// All of them from the start. Users that serve arrivals are there before the first of them; what rises is the rate.
    AtOnce,
    /// So many, evenly over this time.
    RampUp(u32, Duration),
    /// As many as the curve is high.
    Stages(Arc<LoadProfile>),
    /// As many as a search lets in.
    Limited(UserLimit),
}

/// A time in which a user is there, since the first one started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) start: Duration,
    /// None for one to the end of the run.
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

    /// The times in which this user is there.
    pub(crate) fn stays(&self, user: UserId) -> Stays<'_> {
        if let Self::Limited(limit) = self {
            return Stays::Limited(limit, user);
        }
        Stays::Planned(self.planned(user).into_iter())
    }

    /// The times in which this user is there, as far as they are planned.
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

    /// The time of these users, as far as it is planned.
    pub(crate) fn user_time(&self, users: impl Iterator<Item = UserId>) -> UserTime {
        UserTime::of_users(users.map(|user| {
            let stays = self.planned(user).into_iter().map(|stay| (stay.start, stay.end));
            (user.0 as u16, stays.collect())
        }))
    }

    /// Returns `true` if this user may go on.
    #[inline]
    pub(crate) fn lets_in(&self, user: UserId) -> bool {
        match self {
            Self::Limited(limit) => limit.lets_in(user),
            Self::AtOnce | Self::RampUp(..) | Self::Stages(_) => true,
        }
    }

    /// Returns `true` if users come and go as stages say.
    pub(crate) fn is_staged(&self) -> bool {
        matches!(self, Self::Stages(_))
    }

    /// The limit that a search moves, where there is one.
    pub(crate) fn limit(&self) -> Option<&UserLimit> {
        if let Self::Limited(limit) = self { Some(limit) } else { None }
    }
}

/// The stays of one user, one after the other.
pub(crate) enum Stays<'p> {
    Planned(std::vec::IntoIter<Stay>),
    /// As often as it is let in.
    Limited(&'p UserLimit, UserId),
}

impl Stays<'_> {
    /// The next one that is not over, where the first user started at `begin`; none when this user does not come again.
    pub(crate) async fn next(&mut self, cancel: &mut Cancel, begin: Instant) -> Option<Stay> {
        match self {
            // Its last iteration may have taken the user past the next one.
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
