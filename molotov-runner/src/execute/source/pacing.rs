//! Pacing: each user starts one iteration per interval, and is woken at its due time. All users share one precise
//! timer, because tokio's would make each of them late by up to some milliseconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use molotov_core::BoxFuture;
use tokio::sync::Notify;

use super::{IterationSource, IterationStart, LoadModel, NextIteration, SourceParts, UserTurn};
use crate::execute::clock::RunClock;
use crate::execute::precise_timer::PreciseTimer;
use crate::execute::shutdown::{Shutdown, ShutdownPhase};
use crate::execute::slot::UserSlot;
use crate::lock::lock;
use crate::report::{ArrivalTally, Offered};

/// The due times of all users, and their timer.
pub(crate) struct PacingTimer {
    state: Mutex<PacingState>,
    /// Notified of a wake-up time that is before all others.
    is_sooner: Notify,
    every: Duration,
    max_late: Duration,
    clock: RunClock,
    shutdown: Arc<Shutdown>,
}

struct PacingState {
    /// The waiting users, by their wake-up time since the start of the run.
    waiting: BinaryHeap<Reverse<(Duration, UserSlot)>>,
    wakers: Vec<Option<Waker>>,
    offered: Offered,
    /// The planned or actual end of the run; nothing is due from then on.
    end: Option<Duration>,
}

/// The pace of one user.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// The due time of its next iteration, since the start of the run. `None` before the first one.
    due: Option<Duration>,
    wait: PaceWait,
}

/// The state of a user's wait for its due time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PaceWait {
    /// The user was busy.
    #[default]
    Busy,
    /// Due times that are too late have been dropped.
    Waiting,
    /// Its waker is registered.
    Asleep,
    /// Its next due time is after the end of the run, and it only waits for that.
    Over,
}

impl PacingState {
    /// Returns `true` if this time is before the end of the run.
    fn is_due(&self, due: Duration) -> bool {
        self.end.is_none_or(|end| due < end)
    }
}

impl PacingTimer {
    pub(super) fn new(
        every: Duration,
        users: usize,
        max_late: Duration,
        clock: RunClock,
        shutdown: Arc<Shutdown>,
    ) -> Self {
        let state = PacingState {
            waiting: BinaryHeap::new(),
            wakers: vec![None; users],
            offered: Offered::default(),
            end: None,
        };
        Self { state: Mutex::new(state), is_sooner: Notify::new(), every, max_late, clock, shutdown }
    }

    /// The due time of a user's next iteration; those that are too late are dropped first.
    fn next_due(&self, pace: &mut Pace, now: Duration) -> Duration {
        let mut due = *pace.due.get_or_insert(now);
        if pace.wait != PaceWait::Busy {
            return due;
        }
        let mut dropped = 0;
        let mut state = self.lock();
        while due + self.max_late < now && state.is_due(due) {
            due += self.every;
            dropped += 1;
        }
        pace.due = Some(due);
        pace.wait = if state.is_due(due) { PaceWait::Waiting } else { PaceWait::Over };
        state.offered.scheduled += dropped;
        state.offered.dropped += dropped;
        // The user was busy at the due time.
        state.offered.waited += u64::from(pace.wait == PaceWait::Waiting && due < now);
        due
    }

    /// Registers the user for a wake-up at its due time.
    fn sleep(&self, slot: UserSlot, pace: &mut Pace, due: Duration, waker: &Waker) {
        let mut state = self.lock();
        state.wakers[slot.index()] = Some(waker.clone());
        if pace.wait == PaceWait::Waiting {
            pace.wait = PaceWait::Asleep;
            let is_first = state.waiting.peek().is_none_or(|Reverse((first, _))| due < *first);
            state.waiting.push(Reverse((due, slot)));
            if is_first {
                self.is_sooner.notify_one();
            }
        }
    }

    /// Wakes the users that are due, and returns the next wake-up time.
    fn wake(&self, now: Duration, woken: &mut Vec<Waker>) -> Option<Duration> {
        let mut state = self.lock();
        let state = &mut *state;
        while let Some(Reverse((due, slot))) = state.waiting.peek().copied() {
            if due > now {
                return Some(due);
            }
            state.waiting.pop();
            state.offered.release_lag.record(now - due);
            woken.extend(state.wakers[slot.index()].take());
        }
        None
    }

    /// Wakes users until the end of the run starts.
    async fn run(self: Arc<Self>) {
        tokio::select! {
            biased;
            () = self.shutdown.reached(ShutdownPhase::Draining) => {}
            () = self.follow() => {}
        }
        self.end_at(self.clock.now());
    }

    async fn follow(&self) {
        let mut timer = match PreciseTimer::new() {
            Ok(timer) => timer,
            Err(error) => {
                return self.shutdown.set_up_failed(format!("there is no timer for the pacing: {error}"));
            }
        };
        let mut woken = Vec::new();
        loop {
            let next = self.wake(self.clock.now(), &mut woken);
            woken.drain(..).for_each(Waker::wake);
            let until = async {
                match next {
                    Some(next) => timer.until(self.clock.instant(next)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.is_sooner.notified() => {}
                () = until => {}
            }
        }
    }

    /// Sets the end: nothing is due from this time on, since the start of the run.
    fn end_at(&self, end: Duration) {
        let mut state = self.lock();
        state.end = Some(state.end.map_or(end, |known| known.min(end)));
    }

    fn lock(&self) -> MutexGuard<'_, PacingState> {
        lock(&self.state)
    }
}

impl LoadModel for Arc<PacingTimer> {
    fn from_parts(parts: &SourceParts<'_>) -> Option<Self> {
        let load = parts.job.load()?;
        let (every, shutdown) = (load.pacing?, Arc::clone(parts.shutdown));
        Some(Self::new(PacingTimer::new(every, parts.users, load.max_late, parts.clock, shutdown)))
    }
}

impl IterationSource for Arc<PacingTimer> {
    fn poll_next(&self, turn: &mut UserTurn, cx: &mut Context<'_>) -> Poll<Option<NextIteration>> {
        let now = self.clock.now();
        let due = self.next_due(&mut turn.pace, now);
        if turn.pace.wait == PaceWait::Over {
            return Poll::Pending;
        }
        if now < due {
            self.sleep(turn.slot, &mut turn.pace, due, cx.waker());
            return Poll::Pending;
        }
        // Not after the end of the run, nor after that of the user.
        if !self.shutdown.is_running() || turn.end.is_some_and(|end| now >= end) {
            return Poll::Ready(None);
        }
        turn.pace = Pace { due: Some(due + self.every), wait: PaceWait::Busy };
        let mut state = self.lock();
        state.offered.scheduled += 1;
        state.offered.start_lag.record(now.saturating_sub(due));
        let start = IterationStart { at: now, due: Some(due) };
        Poll::Ready(Some(NextIteration { start, scenario: None }))
    }

    fn has_due_times(&self) -> bool {
        true
    }

    fn open(&self, _: Duration, end: Option<Duration>) -> Option<BoxFuture<'static, ()>> {
        if let Some(end) = end {
            self.end_at(end);
        }
        Some(Box::pin(Arc::clone(self).run()))
    }

    fn drop_start(&self) {
        self.lock().offered.dropped += 1;
    }

    /// Drops the iterations that were due before now, and before the end.
    fn leave(&self, turn: &mut UserTurn, now: Duration) {
        let Some(due) = std::mem::take(&mut turn.pace).due else { return };
        let mut state = self.lock();
        let end = state.end.map_or(now, |end| end.min(now));
        let dropped = end.saturating_sub(due).as_nanos().div_ceil(self.every.as_nanos());
        let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
        state.offered.scheduled += dropped;
        state.offered.dropped += dropped;
    }

    fn close(&self, now: Duration) {
        self.end_at(now);
    }

    fn offered(&self) -> Option<Offered> {
        Some(self.lock().offered.clone())
    }

    fn take_tally(&self) -> Option<ArrivalTally> {
        let state = self.lock();
        let (scheduled, dropped) = (state.offered.scheduled, state.offered.dropped);
        Some(ArrivalTally { scheduled, dropped, due: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::future::poll_fn;
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::execute::slot::LocalUser;

    const SEC: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn nothing_is_due_at_the_end_or_later() {
        let clock = RunClock::since(Instant::now());
        let shutdown = Arc::new(Shutdown::new());
        let timer = Arc::new(PacingTimer::new(SEC, 1, 10 * SEC, clock, shutdown));
        let mut turn = UserTurn::new(LocalUser::nth(0).slot);
        let begin = clock.now();
        timer.close(begin + 2 * SEC);
        for number in 0..2 {
            let start = poll_fn(|cx| timer.poll_next(&mut turn, cx)).now_or_never().unwrap();
            assert_eq!(start.unwrap().start.due, Some(begin + number * SEC));
            advance(SEC).await;
        }
        advance(SEC / 2).await;

        assert!(poll_fn(|cx| timer.poll_next(&mut turn, cx)).now_or_never().is_none());
        timer.close(clock.now());
        timer.leave(&mut turn, clock.now());

        let tally = timer.take_tally().unwrap();
        assert_eq!((tally.scheduled, tally.dropped), (2, 0));
    }
}
