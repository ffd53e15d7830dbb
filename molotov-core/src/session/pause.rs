//! Think times inside of an iteration.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::Session;
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::think::ThinkTime;
use crate::trace::{Paused, Trace};

/// The first number of pauses of set-ups, so that they differ from those of the first iteration.
const SET_UP: u64 = 1 << 32;

/// Set if the end of the run interrupts pauses. Pauses of fixtures last their whole time.
const IS_CUT: u64 = 1 << 62;

/// Set if it has interrupted a pause in this iteration.
const WAS_CUT: u64 = 1 << 63;

/// The pauses of a session: the number of the next one, and two flags. One word, because each user has it.
pub(super) struct Pauses(AtomicU64);

impl Pauses {
    pub(super) fn for_fixtures() -> Self {
        Self(AtomicU64::new(SET_UP))
    }

    pub(super) fn start_iteration(&mut self) {
        *self.0.get_mut() = IS_CUT;
    }

    pub(super) fn end_iteration(&mut self) {
        *self.0.get_mut() &= !IS_CUT;
    }

    /// The number of the pause that starts, and whether the end of the run interrupts it.
    fn next(&self) -> (u64, bool) {
        let state = self.0.fetch_add(1, Ordering::Relaxed);
        (state & !(IS_CUT | WAS_CUT), state & IS_CUT != 0)
    }
}

impl Session {
    /// Waits like a visitor between two pages: `session.pause("1s..3s").await?`.
    ///
    /// Takes text (`"2s"`, or `"1s..3s"` for another time within this range each time), a [`Duration`], or a range of
    /// durations. The time depends only on the seed of the run, the user, the iteration, and the number of earlier
    /// pauses in this iteration: it is the same in each run with the same seed, and in a `--replay`. It does not affect
    /// the numbers of [`Session::rng`]. `-vv` shows it.
    ///
    /// In an iteration, the end of the run interrupts a pause at once, without the grace period of requests; the
    /// iteration counts as cancelled, and the rest of the scenario is not executed. In a fixture a pause lasts its
    /// whole time. If each scenario is executed once as a test ([`Run::smoke`](crate::Run::smoke)), pauses are skipped.
    /// To wait for the service, and not like a visitor, use `tokio::time::sleep`.
    ///
    /// A pause counts for the duration of the iteration, and not for that of a request.
    ///
    /// ```no_run
    /// # use molotov::{Result, Session};
    /// async fn read(session: &mut Session) -> Result {
    ///     session.get("/news").send().await?;
    ///     session.pause("10s..1m").await?;
    ///     session.get("/news/{id}").path("id", 7).send().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a text is not a duration or range, with the cure. When the end of the run interrupts it: return that error
    /// with `?`.
    #[must_use = "a pause does nothing until it is awaited: write `.await?`"]
    pub fn pause<T>(&self, time: T) -> BoxFuture<'_, Result>
    where
        T: TryInto<ThinkTime>,
        T::Error: Display,
    {
        let time = time.try_into().map_err(Error::msg);
        Box::pin(async move { self.think(&time?).await })
    }

    /// Returns `true` if the end of the run has interrupted a pause of the last iteration, for a runner: with any
    /// error, that iteration was cut and has not failed.
    #[doc(hidden)]
    pub fn was_cut(&self) -> bool {
        self.pauses.0.load(Ordering::Relaxed) & WAS_CUT != 0
    }

    async fn think(&self, time: &ThinkTime) -> Result {
        let (number, is_cut) = self.pauses.next();
        let run = self.run_handle.run();
        let time = time.draw(run.seed, &[self.user.0.into(), self.iteration.0, number]);
        self.show_pause(time);
        if run.smoke {
            yield_now().await;
            return Ok(());
        }
        if !is_cut {
            sleep(time).await;
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.run_handle.ending() => {
                // A scenario that ignores the error and continues must not block its thread.
                yield_now().await;
                self.pauses.0.fetch_or(WAS_CUT, Ordering::Relaxed);
                Err(Error::msg("the run ended during a pause"))
            }
            () = sleep(time) => Ok(()),
        }
    }

    fn show_pause(&self, time: Duration) {
        if let Some(trace_sink) = self.run_handle.trace_sink().filter(|trace_sink| trace_sink.wants_pauses())
        {
            trace_sink.emit(Trace::Paused(Paused {
                at: self.run_handle.since_start(Instant::now()),
                user: self.user,
                iteration: self.iteration,
                time,
                left_out: self.run_handle.run().smoke,
            }));
        }
    }
}
