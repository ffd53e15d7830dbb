//! Pacing: each user begins one iteration in a time of its own, and is woken when it is due. One precise timer for all
//! users, because tokio's would make each of them late by up to some milliseconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use molotov_core::UserId;
use tokio::sync::Notify;

use super::precise_timer::PreciseTimer;
use super::run_context::RunContext;
use super::shutdown::Phase;
use crate::report::Offered;

/// Wakes users at their due times, and counts these.
pub(crate) struct PacingTimer {
    state: Mutex<PacingState>,
    /// Somebody waits for a time that is before all others.
    is_sooner: Notify,
    every: Duration,
    max_late: Duration,
}

struct PacingState {
    /// Who waits until when, since the start of the run.
    waiting: BinaryHeap<Reverse<(Duration, u32)>>,
    wakers: Vec<Option<Waker>>,
    offered: Offered,
    /// When the run is to end, or began to; nothing is due from then on.
    end: Option<Duration>,
}

/// When the next iteration of a user is due, since the start of the run. None before the first one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beat(Option<Duration>);

impl PacingTimer {
    pub(crate) fn new(every: Duration, users: u32, max_late: Duration) -> Self {
        let state = PacingState {
            waiting: BinaryHeap::new(),
            wakers: vec![None; users as usize],
            offered: Offered::default(),
            end: None,
        };
        Self { state: Mutex::new(state), is_sooner: Notify::new(), every, max_late }
    }

    /// Nothing is due at this time and after it, since the start of the run.
    pub(crate) fn end_at(&self, end: Duration) {
        let mut state = self.lock();
        state.end = Some(state.end.map_or(end, |known| known.min(end)));
    }

    /// All that is known of due times so far.
    pub(crate) fn offered(&self) -> Offered {
        self.lock().offered.clone()
    }

    /// How many were due and how many of them were dropped, so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.offered.scheduled, state.offered.dropped)
    }

    /// Waits until the next iteration of this user is due, after what is too late was dropped.
    pub(crate) fn wait<'m>(&'m self, user: UserId, beat: &mut Beat, world: &'m RunContext) -> Wait<'m> {
        let now = world.now();
        let mut due = *beat.0.get_or_insert(now);
        let mut dropped = 0;
        let mut state = self.lock();
        let is_due = |due| state.end.is_none_or(|end| due < end);
        while due + self.max_late < now && is_due(due) {
            due += self.every;
            dropped += 1;
        }
        beat.0 = Some(due);
        let comes = is_due(due);
        state.offered.scheduled += dropped;
        state.offered.dropped += dropped;
        // The user was busy when it was due.
        state.offered.waited += u64::from(comes && due < now);
        drop(state);
        Wait { metronome: self, user, due, world, comes, is_asleep: false }
    }

    /// An iteration begins that was due then.
    pub(crate) fn begins(&self, beat: &mut Beat, due: Duration, now: Duration) {
        beat.0 = Some(due + self.every);
        let mut state = self.lock();
        state.offered.scheduled += 1;
        state.offered.start_lag.record(now.saturating_sub(due));
    }

    /// An iteration that was to begin does not.
    pub(crate) fn drop_arrival(&self) {
        self.lock().offered.dropped += 1;
    }

    /// A user leaves: what was due before now, and before the end, is dropped.
    pub(crate) fn leave(&self, beat: &mut Beat, now: Duration) {
        let Some(due) = beat.0.take() else { return };
        let mut state = self.lock();
        let end = state.end.map_or(now, |end| end.min(now));
        let dropped = end.saturating_sub(due).as_nanos().div_ceil(self.every.as_nanos());
        let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
        state.offered.scheduled += dropped;
        state.offered.dropped += dropped;
    }

    /// Wakes those whose time has come, and says when the next one's does.
    fn beat(&self, now: Duration, woken: &mut Vec<Waker>) -> Option<Duration> {
        let mut state = self.lock();
        let state = &mut *state;
        while let Some(Reverse((due, user))) = state.waiting.peek().copied() {
            if due > now {
                return Some(due);
            }
            state.waiting.pop();
            state.offered.release_lag.record(now - due);
            woken.extend(state.wakers[user as usize].take());
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, PacingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`PacingTimer::wait`]; it gives the due time.
pub(crate) struct Wait<'m> {
    metronome: &'m PacingTimer,
    user: UserId,
    due: Duration,
    world: &'m RunContext,
    /// Not after the end of the run. Otherwise there is nothing to wait for but that.
    comes: bool,
    is_asleep: bool,
}

impl Future for Wait<'_> {
    type Output = Duration;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Duration> {
        if !self.comes {
            return Poll::Pending;
        }
        if self.world.now() >= self.due {
            return Poll::Ready(self.due);
        }
        let mut state = self.metronome.lock();
        state.wakers[self.user.0 as usize] = Some(cx.waker().clone());
        if !self.is_asleep {
            let is_first = state.waiting.peek().is_none_or(|Reverse((first, _))| self.due < *first);
            state.waiting.push(Reverse((self.due, self.user.0)));
            if is_first {
                self.metronome.is_sooner.notify_one();
            }
        }
        drop(state);
        self.is_asleep = true;
        Poll::Pending
    }
}

/// Wakes users until the run begins to end.
pub(crate) async fn run(world: Arc<RunContext>) {
    let Some(metronome) = &world.metronome else { return };
    tokio::select! {
        biased;
        () = world.switch.reached(Phase::Draining) => {}
        () = follow(&world, metronome) => {}
    }
    metronome.end_at(world.now());
}

async fn follow(world: &RunContext, metronome: &PacingTimer) {
    let mut pacer = match PreciseTimer::new() {
        Ok(pacer) => pacer,
        Err(error) => {
            return world.switch.set_up_failed(format!("there is no timer for the pacing: {error}"));
        }
    };
    let epoch = world.run_handle.recorder().epoch();
    let mut woken = Vec::new();
    loop {
        let next = metronome.beat(world.now(), &mut woken);
        woken.drain(..).for_each(Waker::wake);
        let until = async {
            match next {
                Some(next) => pacer.until(epoch + next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = metronome.is_sooner.notified() => {}
            () = until => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use molotov_core::{RunHandle, Scenario, Suite};
    use tokio::time::advance;

    use super::*;
    use crate::execute::Job;
    use crate::execute::shutdown::Shutdown;
    use crate::plan::Plan;

    const SEC: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn nothing_is_due_at_the_end_and_after_it_however_late_the_run_hears_of_it() {
        let suite = Suite::new().scenario(Scenario::new("idle", |_| Box::pin(async { Ok(()) })));
        let job = Job::new(suite, Plan::users(1)).unwrap();
        let world = RunContext::new(job, RunHandle::detached(), Arc::new(Shutdown::new()));
        let metronome = PacingTimer::new(SEC, 1, 10 * SEC);
        let mut beat = Beat::default();
        let begin = world.now();
        metronome.end_at(begin + 2 * SEC);
        for number in 0..2 {
            let due = metronome.wait(UserId(0), &mut beat, &world).now_or_never().unwrap();
            assert_eq!(due, begin + number * SEC);
            metronome.begins(&mut beat, due, world.now());
            advance(SEC).await;
        }
        advance(SEC / 2).await;

        assert_eq!(metronome.wait(UserId(0), &mut beat, &world).now_or_never(), None);
        metronome.end_at(world.now());
        metronome.leave(&mut beat, world.now());

        assert_eq!(metronome.counts(), (2, 0));
    }
}
