//! Sources of iterations: one for each load model, in a file of its own.
//!
//! A user asks the source of the run when its next iteration starts. A new model implements [`IterationSource`], and gets
//! a variant of [`RunSource`] and a line in `match_source`.

mod arrival_queue;
mod closed;
mod pacing;
mod shared_runs;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use molotov_core::BoxFuture;

pub(crate) use self::arrival_queue::ArrivalQueue;
use self::closed::Closed;
use self::pacing::{Pace, PacingTimer};
use self::shared_runs::SharedRuns;
use super::clock::RunClock;
use super::job::{Job, LoadModel};
use super::shutdown::Shutdown;
use super::slot::UserSlot;
use crate::report::Offered;

/// The start of an iteration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IterationStart {
    /// The time when it begins, since the start of the run.
    pub(crate) at: Duration,
    /// The time when it was due, where it has a due time.
    pub(crate) due: Option<Duration>,
}

/// An iteration that a source gives to a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextIteration {
    pub(crate) start: IterationStart,
    /// The index of its scenario, where that is not the user's choice.
    pub(crate) scenario: Option<usize>,
}

/// A user as its source of iterations sees it.
#[derive(Debug)]
pub(crate) struct UserTurn {
    pub(crate) slot: UserSlot,
    /// Since when the user is free for its next iteration, since the start of the run.
    pub(crate) free_since: Duration,
    /// The time when the user goes, where it does so before the run ends.
    pub(crate) end: Option<Duration>,
    pace: Pace,
}

impl UserTurn {
    pub(crate) fn new(slot: UserSlot) -> Self {
        Self { slot, free_since: Duration::ZERO, end: None, pace: Pace::default() }
    }
}

/// A source of iterations: who starts one, and when.
pub(crate) trait IterationSource {
    /// Ready at the start of the user's next iteration; with nothing when there is no further one for this user.
    fn poll_next(&self, turn: &mut UserTurn, cx: &mut Context<'_>) -> Poll<Option<NextIteration>>;

    /// The start of the user's next iteration, of a source that has one for everybody at any time. It is asked first, because
    /// there are as many iterations as a machine can do where nobody waits.
    fn start_now(&self, _: &UserTurn) -> Option<IterationStart> {
        None
    }

    /// Returns `true` if iterations start when they are due, and not when the user is free.
    fn has_due_times(&self) -> bool {
        false
    }

    /// Returns `true` if iterations are left for any user.
    fn has_more(&self) -> bool {
        true
    }

    /// Returns `true` if no iteration starts before all users are ready for one.
    fn waits_for_users(&self) -> bool {
        false
    }

    /// Begins at this time since the start of the run. `end` is the planned end, where time ends the run. Returns what is
    /// to be done beside the users, to the end of the run.
    fn open(&self, _at: Duration, _end: Option<Duration>) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// The longest time after the planned end until this source ends the run by itself.
    fn overtime(&self) -> Duration {
        Duration::ZERO
    }

    /// An iteration whose start was given out does not begin.
    fn drop_start(&self) {}

    /// An iteration has ended.
    fn finish(&self) {}

    /// The user leaves: what was due for it alone before this time is dropped.
    fn leave(&self, _turn: &mut UserTurn, _now: Duration) {}

    /// From this time on nothing is due; what has not begun is dropped.
    fn close(&self, _now: Duration) {}

    /// All that is known of due times so far, where there are any.
    fn offered(&self) -> Option<Offered> {
        None
    }

    /// The numbers of iterations that were due, and of those among them that were dropped, so far.
    fn counts(&self) -> Option<(u64, u64)> {
        None
    }
}

/// The source of a run.
pub(crate) enum RunSource {
    Closed(Closed),
    Paced(Arc<PacingTimer>),
    Arrivals(Arc<ArrivalQueue>),
    Shared(SharedRuns),
}

/// Calls a method of whichever source it is.
macro_rules! match_source {
    ($source:expr, $own:ident => $call:expr) => {
        match $source {
            RunSource::Closed($own) => $call,
            RunSource::Paced($own) => $call,
            RunSource::Arrivals($own) => $call,
            RunSource::Shared($own) => $call,
        }
    };
}

impl RunSource {
    /// The source of this job's load model.
    pub(crate) fn new(job: &Job, clock: RunClock, shutdown: &Arc<Shutdown>) -> Self {
        let (users, max_late, shutdown) = (job.users().count(), job.plan.load.max_late, Arc::clone(shutdown));
        match &job.model {
            LoadModel::Closed => Self::Closed(Closed),
            LoadModel::SharedRuns(runs) => Self::Shared(SharedRuns::new(*runs, shutdown)),
            LoadModel::Paced(every) => {
                Self::Paced(Arc::new(PacingTimer::new(*every, users, max_late, clock, shutdown)))
            }
            LoadModel::Arrivals(schedule) => {
                let queue = ArrivalQueue::new(schedule.clone(), users, max_late, clock, shutdown);
                let changes = job.plan.rate_to_begin_with().is_some();
                Self::Arrivals(Arc::new(if changes { queue.with_changing_schedule() } else { queue }))
            }
        }
    }

    /// The queue of arrivals, where there are any.
    pub(crate) fn arrivals(&self) -> Option<&ArrivalQueue> {
        if let Self::Arrivals(queue) = self { Some(queue) } else { None }
    }

    /// See [`IterationSource::start_now`].
    #[inline]
    pub(crate) fn start_now(&self, turn: &UserTurn) -> Option<IterationStart> {
        match_source!(self, own => own.start_now(turn))
    }

    /// Waits for the start of the user's next iteration; see [`IterationSource::poll_next`].
    pub(crate) fn next<'t>(&'t self, turn: &'t mut UserTurn) -> NextStart<'t> {
        NextStart { source: self, turn }
    }

    /// Returns `true` if iterations are left for any user.
    #[inline]
    pub(crate) fn has_more(&self) -> bool {
        match_source!(self, own => own.has_more())
    }

    /// An iteration has ended.
    #[inline]
    pub(crate) fn finish(&self) {
        match_source!(self, own => own.finish());
    }

    /// The source, for what is not asked in each iteration.
    pub(crate) fn get(&self) -> &dyn IterationSource {
        match_source!(self, own => own)
    }
}

/// See [`RunSource::next`].
pub(crate) struct NextStart<'t> {
    source: &'t RunSource,
    turn: &'t mut UserTurn,
}

impl Future for NextStart<'_> {
    type Output = Option<NextIteration>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { source, turn } = &mut *self;
        match_source!(source, own => own.poll_next(turn, cx))
    }
}
