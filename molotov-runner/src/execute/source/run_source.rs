//! The source of a run: one of the load models.
//!
//! A call through `dyn` costs as much as the start of an iteration, so the calls in each iteration use a `match`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::arrival_queue::ArrivalQueue;
use super::closed::Closed;
use super::pacing::PacingTimer;
use super::shared_runs::SharedRuns;
use super::{IterationSource, IterationStart, LoadModel, NextIteration, SourceParts, UserTurn};
use crate::execute::clock::RunClock;
use crate::execute::job::Job;
use crate::execute::shutdown::Shutdown;

/// Generates the enum of all load models, which dispatches its calls. A run uses the first model that accepts its plan.
macro_rules! load_models {
    ($($name:ident: $model:ty,)+) => {
        /// The source of a run.
        pub(crate) enum RunSource {
            $($name($model),)+
        }

        impl RunSource {
            fn from_parts(parts: &SourceParts<'_>) -> Option<Self> {
                None$(.or_else(|| <$model>::from_parts(parts).map(Self::$name)))+
            }

            /// See [`IterationSource::start_now`].
            #[inline]
            pub(crate) fn start_now(&self, turn: &UserTurn) -> Option<IterationStart> {
                match self {
                    $(Self::$name(own) => own.start_now(turn),)+
                }
            }

            fn poll_next(&self, turn: &mut UserTurn, cx: &mut Context<'_>) -> Poll<Option<NextIteration>> {
                match self {
                    $(Self::$name(own) => own.poll_next(turn, cx),)+
                }
            }

            /// Returns `true` if iterations are left for any user.
            #[inline]
            pub(crate) fn has_more(&self) -> bool {
                match self {
                    $(Self::$name(own) => own.has_more(),)+
                }
            }

            /// Records the end of an iteration.
            #[inline]
            pub(crate) fn finish(&self) {
                match self {
                    $(Self::$name(own) => own.finish(),)+
                }
            }

            /// The source, for calls outside the iterations.
            pub(crate) fn get(&self) -> &dyn IterationSource {
                match self {
                    $(Self::$name(own) => own,)+
                }
            }
        }
    };
}

load_models! {
    Arrivals: Arc<ArrivalQueue>,
    Paced: Arc<PacingTimer>,
    Shared: SharedRuns,
    Closed: Closed,
}

impl RunSource {
    /// The source of this job's load model.
    pub(crate) fn from_job(job: &Job, clock: RunClock, shutdown: &Arc<Shutdown>) -> Self {
        let parts = SourceParts { job, users: job.users().count(), clock, shutdown };
        Self::from_parts(&parts).unwrap_or(Self::Closed(Closed))
    }

    /// The queue of arrivals, if any.
    pub(crate) fn arrivals(&self) -> Option<&ArrivalQueue> {
        if let Self::Arrivals(queue) = self { Some(queue) } else { None }
    }

    /// Waits for the start of the user's next iteration; see [`IterationSource::poll_next`].
    pub(crate) fn next<'t>(&'t self, turn: &'t mut UserTurn) -> NextStart<'t> {
        NextStart { source: self, turn }
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
        source.poll_next(turn, cx)
    }
}
