//! Sources of iterations: one for each load model, in a file of its own.
//!
//! A user asks the source of the run when its next iteration starts. A new model implements [`LoadModel`] in a file of its
//! own, and gets a `mod` and a row in the table of [`run_source`].

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

    /// The number of iterations that all users make together, where it ends the run.
    fn planned_iterations(&self) -> Option<u64> {
        None
    }

    /// All that is known of due times so far, where there are any.
    fn offered(&self) -> Option<Offered> {
        None
    }

    /// The iterations that were due so far, and those of them that were dropped; with the seconds of those since the last call,
    /// where they are known.
    fn take_tally(&self) -> Option<ArrivalTally> {
        None
    }
}

/// The parts of a run that a load model may need.
pub(crate) struct SourceParts<'j> {
    job: &'j Job,
    users: usize,
    clock: RunClock,
    shutdown: &'j Arc<Shutdown>,
}

/// A load model that a plan may ask for.
trait LoadModel: IterationSource + Sized {
    /// Returns the source of a run, where its load is of this model.
    fn from_parts(parts: &SourceParts<'_>) -> Option<Self>;
}
