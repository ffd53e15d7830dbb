//! Sources of iterations: one for each load model, in a file of its own.
//!
//! A user polls the source of the run for the start of its next iteration. A new model implements [`LoadModel`] in a
//! file of its own, and gets a `mod` and a row in the table of [`run_source`].

mod arrival_queue;
mod closed;
mod pacing;
mod run_source;
mod shared_runs;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use molotov_core::BoxFuture;

use self::pacing::Pace;
pub(crate) use self::run_source::RunSource;
use super::clock::RunClock;
use super::job::Job;
use super::shutdown::Shutdown;
use super::slot::UserSlot;
use crate::report::{ArrivalTally, Offered};

/// The start of an iteration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IterationStart {
    /// The time of the start, since the start of the run.
    pub(crate) at: Duration,
    /// The due time, if it has one.
    pub(crate) due: Option<Duration>,
}

/// An iteration that a source assigns to a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextIteration {
    pub(crate) start: IterationStart,
    /// The index of its scenario, if the user does not choose it.
    pub(crate) scenario: Option<usize>,
}

/// The user's state for its source of iterations.
#[derive(Debug)]
pub(crate) struct UserTurn {
    pub(crate) slot: UserSlot,
    /// The time since which the user is free for its next iteration, since the start of the run.
    pub(crate) free_since: Duration,
    /// The time at which the user leaves, if before the end of the run.
    pub(crate) end: Option<Duration>,
    pace: Pace,
}

impl UserTurn {
    pub(crate) fn new(slot: UserSlot) -> Self {
        Self { slot, free_since: Duration::ZERO, end: None, pace: Pace::default() }
    }
}

/// A source of iterations, which determines their users and start times.
pub(crate) trait IterationSource {
    /// Ready at the start of the user's next iteration; with `None` if there is no further iteration for this user.
    fn poll_next(&self, turn: &mut UserTurn, cx: &mut Context<'_>) -> Poll<Option<NextIteration>>;

    /// The start of the user's next iteration, from a source that has iterations for all users at any time. It is
    /// called first, because without waits the number of iterations is only limited by the machine.
    fn start_now(&self, _: &UserTurn) -> Option<IterationStart> {
        None
    }

    /// Returns `true` if iterations start at due times instead of when the user is free.
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

    /// Opens the source at this time since the start of the run. `end` is the planned end, if time ends the run.
    /// Returns a task that must run beside the users, to the end of the run.
    fn open(&self, _at: Duration, _end: Option<Duration>) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// The maximum time between the planned end and the end by this source itself.
    fn overtime(&self) -> Duration {
        Duration::ZERO
    }

    /// Records that an assigned iteration does not start.
    fn drop_start(&self) {}

    /// Records the end of an iteration.
    fn finish(&self) {}

    /// Records the leave of the user: its own iterations that were due before this time are dropped.
    fn leave(&self, _turn: &mut UserTurn, _now: Duration) {}

    /// Closes the source at this time; due iterations that have not started are dropped.
    fn close(&self, _now: Duration) {}

    /// The planned number of iterations of all users together, if it ends the run.
    fn planned_iterations(&self) -> Option<u64> {
        None
    }

    /// All figures of due times so far, if the model has due times.
    fn offered(&self) -> Option<Offered> {
        None
    }

    /// The iterations that were due so far, and the dropped ones of them; with the seconds of those since the last
    /// call, if known.
    fn take_tally(&self) -> Option<ArrivalTally> {
        None
    }
}

/// The parts of a run for load models.
pub(crate) struct SourceParts<'j> {
    job: &'j Job,
    users: usize,
    clock: RunClock,
    shutdown: &'j Arc<Shutdown>,
}

/// A load model of a plan.
trait LoadModel: IterationSource + Sized {
    /// Returns the source of a run, if its load is of this model.
    fn from_parts(parts: &SourceParts<'_>) -> Option<Self>;
}
