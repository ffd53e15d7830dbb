//! The open model: arrivals wait here until a user takes them, or until they are too late.
//!
//! One queue for all threads, because an arrival must wait only while all users are busy. Waiting arrivals are not
//! stored: they lie between two cursors on the same schedule, so memory does not grow with late arrivals.
//!
//! ```text
//!  schedule:   ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·   one after the other
//!              taken or    │  waiting  │  not due
//!              dropped     │           │  yet
//!                       backlog     upcoming        two cursors over it
//! ```
//!
//! A due arrival advances `upcoming`; an arrival that a user takes or that is too late advances `backlog`. `waiting` is
//! the distance between them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use molotov_core::{BoxFuture, Latencies};
use tokio::sync::Notify;

use super::{IterationSource, IterationStart, LoadModel, NextIteration, SourceParts, UserTurn};
use crate::execute::clock::RunClock;
use crate::execute::precise_timer::PreciseTimer;
use crate::execute::shutdown::{Shutdown, ShutdownPhase};
use crate::execute::slot::UserSlot;
use crate::lock::lock;
use crate::plan::SearchWay;
use crate::report::{ArrivalTally, Counted, Ended, Offered};
use crate::schedule::{ArrivalSchedule, Due};

/// The time for which the last arrivals may be delayed by blocked threads before they are released or dropped.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Arrivals that wait for users, and users that wait for arrivals.
pub(crate) struct ArrivalQueue {
    state: Mutex<ArrivalQueueState>,
    /// The schedule is over, and no arrival waits.
    is_done: Notify,
    max_late: Duration,
    /// The schedule has been changed.
    changed: Notify,
    clock: RunClock,
    shutdown: Arc<Shutdown>,
}

struct ArrivalQueueState {
    /// `true` if the schedule is changed during the run, so that it never ends.
    changes: bool,
    /// The delays of released arrivals since the last mark.
    marked: Option<Latencies>,
    /// The start of the schedule, since the start of the run.
    begin: Option<Duration>,
    /// The cursor before the next arrival that is not due yet.
    upcoming: ArrivalSchedule,
    /// The number of arrivals between the cursors.
    waiting: u64,
    /// The cursor before the first waiting arrival.
    backlog: ArrivalSchedule,
    /// Idle users, the longest first.
    idle: VecDeque<UserSlot>,
    /// Users woken for an arrival that have not polled yet.
    called: u64,
    seats: Vec<Seat>,
    offered: Offered,
    /// The arrivals since the last tally: each second of the schedule, and their number.
    due: Vec<(u64, u64)>,
    /// `true` if no more arrivals are released.
    closed: bool,
}

/// The place of one user in the queue.
#[derive(Clone, Default)]
struct Seat {
    waker: Option<Waker>,
    is_idle: bool,
    is_called: bool,
}

impl ArrivalQueue {
    fn new(
        schedule: ArrivalSchedule,
        users: usize,
        max_late: Duration,
        clock: RunClock,
        shutdown: Arc<Shutdown>,
    ) -> Self {
        let state = ArrivalQueueState {
            changes: false,
            marked: None,
            begin: None,
            backlog: schedule.clone(),
            upcoming: schedule,
            waiting: 0,
            idle: VecDeque::new(),
            called: 0,
            seats: vec![Seat::default(); users],
            offered: Offered::default(),
            due: Vec::new(),
            closed: false,
        };
        let (is_done, changed) = (Notify::new(), Notify::new());
        Self { state: Mutex::new(state), is_done, max_late, changed, clock, shutdown }
    }

    /// This queue, for a run that changes its schedule.
    fn with_changing_schedule(self) -> Self {
        self.lock().changes = true;
        self
    }

    /// Replaces the schedule from now on; waiting arrivals continue to wait.
    pub(crate) fn replace_schedule(&self, now: Duration, schedule: ArrivalSchedule) {
        {
            let mut state = self.lock();
            let state = &mut *state;
            state.release(now);
            state.backlog = schedule.clone().after(state.waiting, &mut state.backlog);
            state.upcoming = schedule;
        }
        self.changed.notify_one();
    }

    /// Stops the schedule and drops the waiting arrivals, until there is [another schedule](Self::replace_schedule).
    pub(crate) fn pause(&self, now: Duration) {
        {
            let mut state = self.lock();
            state.release(now);
            state.offered.dropped += std::mem::take(&mut state.waiting);
            (state.upcoming, state.backlog) = (ArrivalSchedule::empty(), ArrivalSchedule::empty());
        }
        self.changed.notify_one();
    }

    /// Restarts the measurement of release delays.
    pub(crate) fn restart_release_lag(&self) {
        self.lock().marked = Some(Latencies::default());
    }

    /// The counts for a search.
    pub(crate) fn counted(&self) -> Counted {
        let state = self.lock();
        let lag = state.marked.as_ref().and_then(|lag| lag.percentile(99.0).or_else(|| lag.max()));
        Counted {
            scheduled: state.offered.scheduled,
            dropped: state.offered.dropped,
            waited: state.offered.waited,
            is_idle: state.waiting == 0 && state.idle.len() == state.seats.len(),
            lag,
            ..Counted::default()
        }
    }

    /// Releases due arrivals to users, and drops those that are too late. Returns the time of the next call; `None` if
    /// no arrival comes or waits.
    fn serve(&self, woken: &mut Vec<Waker>) -> Option<Duration> {
        let now = self.clock.now();
        let mut state = self.lock();
        state.release(now);
        state.expire(now, self.max_late);
        state.call(woken);
        state.next(self.max_late)
    }

    /// Releases arrivals as they are due, up to the end of the schedule or of the run. Then the queue is closed.
    async fn dispatch(self: Arc<Self>) {
        tokio::select! {
            biased;
            () = self.shutdown.reached(ShutdownPhase::Draining) => {}
            () = self.follow_schedule() => {}
        }
        self.close_at(self.clock.now());
    }

    async fn follow_schedule(&self) {
        let mut timer = match PreciseTimer::new() {
            Ok(timer) => timer,
            Err(error) => {
                return self.shutdown.set_up_failed(format!("there is no timer for arrivals: {error}"));
            }
        };
        let mut woken = Vec::new();
        loop {
            let next = self.serve(&mut woken);
            woken.drain(..).for_each(Waker::wake);
            let Some(next) = next else {
                if self.lock().changes {
                    self.changed.notified().await;
                    continue;
                }
                break;
            };
            tokio::select! {
                biased;
                // Users have taken the last arrivals.
                () = self.is_done.notified() => break,
                () = self.changed.notified() => {}
                () = timer.until(self.clock.instant(next)) => {}
            }
        }
        let end = self.lock().schedule_end();
        timer.until(self.clock.instant(end)).await;
        self.shutdown.drain(Ended::Duration);
    }

    fn close_at(&self, now: Duration) {
        let mut state = self.lock();
        if !state.closed {
            state.release(now);
            state.closed = true;
            let waiting = std::mem::take(&mut state.waiting);
            state.drop_late(waiting);
        }
    }

    fn lock(&self) -> MutexGuard<'_, ArrivalQueueState> {
        lock(&self.state)
    }
}

impl LoadModel for Arc<ArrivalQueue> {
    fn from_parts(parts: &SourceParts<'_>) -> Option<Self> {
        let SourceParts { job, users, clock, shutdown } = parts;
        let (schedule, max_late) = (job.arrivals.clone()?, job.plan.load.max_late);
        let queue = ArrivalQueue::new(schedule, *users, max_late, *clock, Arc::clone(shutdown));
        let changes = matches!(job.mode.search(), Some(SearchWay::Rates(_)));
        Some(Self::new(if changes { queue.with_changing_schedule() } else { queue }))
    }
}

impl IterationSource for Arc<ArrivalQueue> {
    fn poll_next(&self, turn: &mut UserTurn, cx: &mut Context<'_>) -> Poll<Option<NextIteration>> {
        let now = self.clock.now();
        let mut state = self.lock();
        // The end of the run also ends the waits here, before the queue is closed.
        let is_over = state.closed || !self.shutdown.is_running();
        if !is_over {
            // As long as the user counts as called, it was free for the dropped arrivals.
            state.expire(now, self.max_late);
        }
        state.arrive(turn.slot);
        if is_over {
            return Poll::Ready(None);
        }
        let next = state.pop_due(now);
        if state.is_done() {
            self.is_done.notify_one();
        }
        if next.is_none() {
            state.wait(turn.slot, cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(next)
    }

    fn has_due_times(&self) -> bool {
        true
    }

    /// No arrival must wait for a set-up.
    fn waits_for_users(&self) -> bool {
        true
    }

    fn open(&self, at: Duration, _: Option<Duration>) -> Option<BoxFuture<'static, ()>> {
        self.lock().begin = Some(at);
        Some(Box::pin(Arc::clone(self).dispatch()))
    }

    /// The run ends when the last arrival has started or is too late. A scenario that blocks the dispatching thread
    /// must not prevent that.
    fn overtime(&self) -> Duration {
        self.max_late + LAST_CALL
    }

    fn drop_start(&self) {
        self.lock().offered.dropped += 1;
    }

    /// Drops the due arrivals that have not started.
    fn close(&self, now: Duration) {
        self.close_at(now);
    }

    fn offered(&self) -> Option<Offered> {
        Some(self.lock().offered.clone())
    }

    fn take_tally(&self) -> Option<ArrivalTally> {
        let mut state = self.lock();
        let (scheduled, dropped) = (state.offered.scheduled, state.offered.dropped);
        Some(ArrivalTally { scheduled, dropped, due: std::mem::take(&mut state.due) })
    }
}

impl ArrivalQueueState {
    /// Moves due arrivals to the backlog.
    fn release(&mut self, now: Duration) {
        let Some(begin) = self.begin.filter(|_| !self.closed) else { return };
        let mut idle = (self.idle.len() as u64 + self.called).saturating_sub(self.waiting);
        while self.upcoming.peek().is_some_and(|due| begin + due <= now)
            && let Some(due) = self.upcoming.next()
        {
            self.waiting += 1;
            self.offered.scheduled += 1;
            match self.due.last_mut().filter(|(second, _)| *second == due.at.as_secs()) {
                Some((_, many)) => *many += 1,
                None => self.due.push((due.at.as_secs(), 1)),
            }
            self.offered.release_lag.record(now - (begin + due.at));
            if let Some(marked) = &mut self.marked {
                marked.record(now - (begin + due.at));
            }
            self.offered.waited += u64::from(idle == 0);
            idle = idle.saturating_sub(1);
        }
    }

    /// Drops the arrivals that are too late.
    fn expire(&mut self, now: Duration, max_late: Duration) {
        let begin = self.begin.unwrap_or_default();
        while self.waiting > 0 && self.backlog.peek().is_some_and(|due| begin + due + max_late < now) {
            self.backlog.next();
            self.waiting -= 1;
            self.drop_late(1);
        }
    }

    /// Counts this number of arrivals as dropped. If a user was free, the load generator was late.
    fn drop_late(&mut self, many: u64) {
        self.offered.dropped += many;
        if self.called > 0 || !self.idle.is_empty() {
            self.offered.dropped_late += many;
        }
    }

    /// Wakes as many users as arrivals wait, including arrivals for which others were woken but have not polled: their
    /// thread may be blocked.
    fn call(&mut self, woken: &mut Vec<Waker>) {
        let many = self.idle.len().min(usize::try_from(self.waiting).unwrap_or(usize::MAX));
        for slot in self.idle.drain(..many) {
            let seat = &mut self.seats[slot.index()];
            seat.is_idle = false;
            seat.is_called = true;
            self.called += 1;
            woken.extend(seat.waker.clone());
        }
    }

    /// The next time at which an arrival is due, or too late.
    fn next(&self, max_late: Duration) -> Option<Duration> {
        let begin = self.begin?;
        let due = self.upcoming.peek().map(|due| begin + due);
        // An arrival is too late from the next nanosecond on.
        let late = self.backlog.peek().filter(|_| self.waiting > 0);
        let late = late.map(|due| begin + due + max_late + Duration::from_nanos(1));
        due.into_iter().chain(late).min()
    }

    fn pop_due(&mut self, now: Duration) -> Option<NextIteration> {
        self.waiting = self.waiting.checked_sub(1)?;
        let begin = self.begin?;
        let Due { at, scenario } = self.backlog.next()?;
        let due = begin + at;
        self.offered.start_lag.record(now.saturating_sub(due));
        Some(NextIteration { start: IterationStart { at: now, due: Some(due) }, scenario })
    }

    /// Records that the user in this slot has polled, and is no longer called.
    fn arrive(&mut self, slot: UserSlot) {
        let was_called = std::mem::take(&mut self.seats[slot.index()].is_called);
        self.called -= u64::from(was_called);
    }

    fn wait(&mut self, slot: UserSlot, waker: &Waker) {
        let seat = &mut self.seats[slot.index()];
        if !seat.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            seat.waker = Some(waker.clone());
        }
        if !seat.is_idle {
            seat.is_idle = true;
            self.idle.push_back(slot);
        }
    }

    fn is_done(&self) -> bool {
        !self.changes && self.waiting == 0 && self.upcoming.peek().is_none()
    }

    /// The end of the schedule.
    fn schedule_end(&self) -> Duration {
        self.begin.unwrap_or_default() + self.upcoming.length()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;

    use molotov_core::{Error, Scenario, Suite};

    use super::*;
    use crate::execute::Job;
    use crate::execute::{SignalSource, Watcher, run_on_threads};
    use crate::output::{Interest, Output, OutputThreads};
    use crate::plan::Plan;
    use crate::report::{Report, RunProgress};

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// Far longer than the run.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// The time for which threads are blocked after the end of the run has started.
    const LONGER: Duration = Duration::from_millis(500);

    /// Signals that the end of the run has started.
    struct EndWatch(Arc<(Mutex<bool>, Condvar)>);

    impl Output for EndWatch {
        fn name(&self) -> &str {
            "end"
        }
        fn interest(&self) -> Interest {
            Interest::report().progress()
        }
        fn progress(&mut self, progress: &RunProgress) -> molotov_core::Result {
            if progress.stopping.is_some() {
                *self.0.0.lock().unwrap() = true;
                self.0.1.notify_all();
            }
            Ok(())
        }
    }

    /// Runs two users that block their thread and its stand-in until the run ends.
    fn blocked(plan: Plan) -> Report {
        let told = Arc::<(Mutex<bool>, Condvar)>::default();
        let blocking = Arc::clone(&told);
        let suite = Suite::new().scenario(Scenario::builder("blocks", move |_| {
            let is_over = Arc::clone(&blocking);
            Box::pin(async move {
                let (over, changed) = &*is_over;
                let waited =
                    changed.wait_timeout_while(over.lock().unwrap(), PATIENCE, |over| !*over).unwrap().1;
                std::thread::sleep(LONGER);
                if waited.timed_out() { Err(Error::msg("the run did not end")) } else { Ok(()) }
            })
        }));
        let plan = plan.output(move || Ok::<_, String>(EndWatch(Arc::clone(&told))));
        let job = Job::new(suite, plan.duration(MS(1_000)).threads(1)).unwrap();
        let outputs = OutputThreads::open(&job.plan).unwrap();
        let watcher = Watcher { interval: MS(100), queues: outputs.queues() };
        run_on_threads(job, SignalSource::Ignored, Some(watcher), None).unwrap()
    }

    #[test]
    fn scenarios_that_block_all_threads_do_not_keep_a_run_from_its_end() {
        let report = blocked(Plan::rate("100/s").up_to(2).max_late(MS(50)));

        assert_eq!(report.iterations.failed, 0);
        let offered = report.offered.unwrap();
        assert_eq!((offered.scheduled, report.iterations.started + offered.dropped), (100, 100));
    }

    #[test]
    fn each_second_has_the_arrivals_that_were_due_in_it() {
        let visit = Scenario::builder("visit", |_| Box::pin(async { Ok(()) }));
        let job = Job::new(Suite::new().scenario(visit), Plan::rate("50/s").duration(MS(2_200))).unwrap();

        let report = run_on_threads(job, SignalSource::Ignored, None, None).unwrap();

        let due: Vec<_> = report.windows.iter().map(|window| window.scheduled).collect();
        assert_eq!(due, [50, 50, 10]);
    }

    #[test]
    fn nothing_is_due_after_the_end_of_a_run_while_threads_are_blocked() {
        let report = blocked(Plan::users(2).pacing(MS(10)));

        let running = report.elapsed - LONGER;
        let most = 2 * (running.as_millis() as u64 / 10 + 2);
        let offered = report.offered.unwrap();
        assert!(offered.scheduled <= most, "{} of {most}", offered.scheduled);
        assert_eq!(offered.scheduled, report.iterations.started + offered.dropped);
    }
}
