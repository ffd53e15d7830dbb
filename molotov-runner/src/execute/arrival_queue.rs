//! The open model: arrivals wait here until a user takes them, or until they are too late.
//!
//! One queue for all threads, because an arrival must wait only while all users are busy. What waits is not stored: it
//! lies between two readings of the same schedule, so memory does not grow with what is late.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use molotov_core::{Latencies, UserId};
use tokio::sync::Notify;

use super::precise_timer::PreciseTimer;
use super::run_context::RunContext;
use super::shutdown::Phase;
use crate::report::{Counted, Ended, Offered};
use crate::schedule::{Due, Offer};

/// Where users wait for arrivals, and arrivals for users.
pub(crate) struct ArrivalQueue {
    state: Mutex<QueueState>,
    /// Nothing comes any more, and nothing waits.
    is_done: Notify,
    max_late: Duration,
    /// What is due has been changed.
    changed: Notify,
}

struct QueueState {
    /// What is due is changed while the run goes on, so that it never comes to its end.
    changes: bool,
    /// How late arrivals were released since somebody asked for it.
    marked: Option<Latencies>,
    /// When the schedule began, since the start of the run.
    begin: Option<Duration>,
    /// What will be due.
    coming: Offer,
    /// What waits: so many of these. They were due already.
    waiting: u64,
    taking: Offer,
    /// Users that wait, the longest first.
    idle: VecDeque<UserId>,
    /// Users that were woken and have not come yet.
    called: u64,
    seats: Vec<Seat>,
    offered: Offered,
    /// No arrival is given out any more.
    closed: bool,
}

/// One user's.
#[derive(Clone, Default)]
struct Seat {
    waker: Option<Waker>,
    is_idle: bool,
    is_called: bool,
}

impl ArrivalQueue {
    pub(crate) fn new(offer: Offer, users: u32, max_late: Duration) -> Self {
        let state = QueueState {
            changes: false,
            marked: None,
            begin: None,
            taking: offer.clone(),
            coming: offer,
            waiting: 0,
            idle: VecDeque::new(),
            called: 0,
            seats: vec![Seat::default(); users as usize],
            offered: Offered::default(),
            closed: false,
        };
        Self { state: Mutex::new(state), is_done: Notify::new(), max_late, changed: Notify::new() }
    }

    /// This desk for a run that changes what is due while it goes on.
    pub(crate) fn changing(self) -> Self {
        self.lock().changes = true;
        self
    }

    /// From now on this is due, and what waits goes on waiting.
    pub(crate) fn go_on(&self, now: Duration, offer: Offer) {
        {
            let mut state = self.lock();
            let state = &mut *state;
            state.release(now);
            state.taking = offer.clone().after(state.waiting, &mut state.taking);
            state.coming = offer;
        }
        self.changed.notify_one();
    }

    /// Nothing is due any more, and what waits is dropped, until something else [goes on](Self::go_on).
    pub(crate) fn rest(&self, now: Duration) {
        {
            let mut state = self.lock();
            state.release(now);
            state.offered.dropped += std::mem::take(&mut state.waiting);
            (state.coming, state.taking) = (Offer::nothing(), Offer::nothing());
        }
        self.changed.notify_one();
    }

    /// How late arrivals are released is told from now on.
    pub(crate) fn mark(&self) {
        self.lock().marked = Some(Latencies::default());
    }

    /// What a search wants to know.
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

    /// The schedule begins at this time since the start of the run.
    pub(crate) fn open(&self, now: Duration) {
        self.lock().begin = Some(now);
    }

    /// The next arrival for this user; none when no new ones are started.
    pub(crate) fn take<'d>(&'d self, user: UserId, world: &'d RunContext) -> Take<'d> {
        Take { desk: self, user, world }
    }

    /// An arrival that was taken does not begin.
    pub(crate) fn drop_arrival(&self) {
        self.lock().offered.dropped += 1;
    }

    /// Nothing is given out from now on: what was due until now and has not begun is dropped.
    pub(crate) fn close(&self, now: Duration) {
        let mut state = self.lock();
        if !state.closed {
            state.release(now);
            state.closed = true;
            let waiting = std::mem::take(&mut state.waiting);
            state.drop_late(waiting, false);
        }
    }

    /// How many were due and how many of them were dropped, so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.offered.scheduled, state.offered.dropped)
    }

    /// All that is known of arrivals so far.
    pub(crate) fn offered(&self) -> Offered {
        self.lock().offered.clone()
    }

    /// Lets users take what is due, and drops what is too late. Says when to do it again; none when nothing comes and
    /// nothing waits.
    fn serve(&self, now: Duration, woken: &mut Vec<Waker>) -> Option<Duration> {
        let mut state = self.lock();
        state.release(now);
        state.expire(now, self.max_late, false);
        state.call(woken);
        state.next(self.max_late)
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueState {
    /// Lets wait what is due.
    fn release(&mut self, now: Duration) {
        let Some(begin) = self.begin.filter(|_| !self.closed) else { return };
        let mut idle = (self.idle.len() as u64 + self.called).saturating_sub(self.waiting);
        while self.coming.peek().is_some_and(|due| begin + due <= now)
            && let Some(due) = self.coming.next()
        {
            self.waiting += 1;
            self.offered.scheduled += 1;
            self.offered.release_lag.record(now - (begin + due.at));
            if let Some(marked) = &mut self.marked {
                marked.record(now - (begin + due.at));
            }
            self.offered.waited += u64::from(idle == 0);
            idle = idle.saturating_sub(1);
        }
    }

    /// Drops what is too late. `was_called` says that a user who was free for it comes only now.
    fn expire(&mut self, now: Duration, max_late: Duration, was_called: bool) {
        let begin = self.begin.unwrap_or_default();
        while self.waiting > 0 && self.taking.peek().is_some_and(|due| begin + due + max_late < now) {
            self.taking.next();
            self.waiting -= 1;
            self.drop_late(1, was_called);
        }
    }

    /// Counts so many that never begin. Where a user was free, the load generator was late.
    fn drop_late(&mut self, many: u64, was_called: bool) {
        self.offered.dropped += many;
        if was_called || self.called > 0 || !self.idle.is_empty() {
            self.offered.dropped_late += many;
        }
    }

    /// Wakes as many users as arrivals wait, also for those that others were woken for and have not taken: their thread
    /// may be blocked.
    fn call(&mut self, woken: &mut Vec<Waker>) {
        let many = self.idle.len().min(usize::try_from(self.waiting).unwrap_or(usize::MAX));
        for user in self.idle.drain(..many) {
            let seat = &mut self.seats[user.0 as usize];
            seat.is_idle = false;
            seat.is_called = true;
            self.called += 1;
            woken.extend(seat.waker.clone());
        }
    }

    /// When something is due, or too late.
    fn next(&self, max_late: Duration) -> Option<Duration> {
        let begin = self.begin?;
        let due = self.coming.peek().map(|due| begin + due);
        // The next nanosecond is too late.
        let late = self.taking.peek().filter(|_| self.waiting > 0);
        let late = late.map(|due| begin + due + max_late + Duration::from_nanos(1));
        due.into_iter().chain(late).min()
    }

    fn take(&mut self, now: Duration) -> Option<Due> {
        self.waiting = self.waiting.checked_sub(1)?;
        let begin = self.begin?;
        let due = self.taking.next()?;
        let at = begin + due.at;
        self.offered.start_lag.record(now.saturating_sub(at));
        Some(Due { at, ..due })
    }

    /// This user has come; whether it was called.
    fn arrive(&mut self, user: UserId) -> bool {
        let seat = &mut self.seats[user.0 as usize];
        let was_called = std::mem::take(&mut seat.is_called);
        self.called -= u64::from(was_called);
        was_called
    }

    fn wait(&mut self, user: UserId, waker: &Waker) {
        let seat = &mut self.seats[user.0 as usize];
        if !seat.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            seat.waker = Some(waker.clone());
        }
        if !seat.is_idle {
            seat.is_idle = true;
            self.idle.push_back(user);
        }
    }

    fn is_done(&self) -> bool {
        !self.changes && self.waiting == 0 && self.coming.peek().is_none()
    }
}

/// See [`ArrivalQueue::take`]. When it was due is told since the start of the run.
pub(crate) struct Take<'d> {
    desk: &'d ArrivalQueue,
    user: UserId,
    world: &'d RunContext,
}

impl Future for Take<'_> {
    type Output = Option<Due>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Due>> {
        let now = self.world.now();
        let mut state = self.desk.lock();
        let was_called = state.arrive(self.user);
        // Who ends the run ends it for those that wait here, too, before the desk is closed.
        if state.closed || !self.world.switch.is_running() {
            return Poll::Ready(None);
        }
        state.expire(now, self.desk.max_late, was_called);
        let due = state.take(now);
        if state.is_done() {
            self.desk.is_done.notify_one();
        }
        if due.is_none() {
            state.wait(self.user, cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(due)
    }
}

/// Lets users take arrivals as they are due, to the end of the schedule or of the run. Then the desk is closed.
pub(crate) async fn dispatch(world: Arc<RunContext>) {
    let Some(desk) = &world.desk else { return };
    tokio::select! {
        biased;
        () = world.switch.reached(Phase::Draining) => {}
        () = follow(&world, desk) => {}
    }
    desk.close(world.now());
}

async fn follow(world: &RunContext, desk: &ArrivalQueue) {
    let mut pacer = match PreciseTimer::new() {
        Ok(pacer) => pacer,
        Err(error) => return world.switch.set_up_failed(format!("there is no timer for arrivals: {error}")),
    };
    let epoch = world.run_handle.recorder().epoch();
    let mut woken = Vec::new();
    loop {
        let next = desk.serve(world.now(), &mut woken);
        woken.drain(..).for_each(Waker::wake);
        let Some(next) = next else {
            if desk.lock().changes {
                desk.changed.notified().await;
                continue;
            }
            break;
        };
        tokio::select! {
            biased;
            // Users have taken the last ones.
            () = desk.is_done.notified() => break,
            () = desk.changed.notified() => {}
            () = pacer.until(epoch + next) => {}
        }
    }
    let (begin, length) = {
        let state = desk.lock();
        (state.begin.unwrap_or_default(), state.coming.length())
    };
    pacer.until(epoch + begin + length).await;
    world.switch.drain(Ended::Duration);
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;

    use molotov_core::{Error, Scenario, Suite};

    use super::*;
    use crate::execute::Job;
    use crate::execute::{Hear, Watcher, run_on_threads};
    use crate::plan::Plan;
    use crate::report::Report;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// Far more than the run takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// How long threads are blocked after the run has begun to end.
    const LONGER: Duration = Duration::from_millis(500);

    /// Runs two users that block their thread, and the one that stands in for it, until the run ends.
    fn blocked(plan: Plan) -> Report {
        let told = Arc::<(Mutex<bool>, Condvar)>::default();
        let blocking = Arc::clone(&told);
        let suite = Suite::new().scenario(Scenario::new("blocks", move |_| {
            let is_over = Arc::clone(&blocking);
            Box::pin(async move {
                let (over, changed) = &*is_over;
                let waited =
                    changed.wait_timeout_while(over.lock().unwrap(), PATIENCE, |over| !*over).unwrap().1;
                std::thread::sleep(LONGER);
                if waited.timed_out() { Err(Error::msg("the run did not end")) } else { Ok(()) }
            })
        }));
        let job = Job::new(suite, plan.for_(MS(1_000)).threads(1)).unwrap();
        let look = move |snapshot: &crate::report::RunProgress| {
            if snapshot.stopping.is_some() {
                *told.0.lock().unwrap() = true;
                told.1.notify_all();
            }
        };
        let watcher = Watcher { interval: MS(100), look: Box::new(look), queues: Vec::new() };
        run_on_threads(job, Hear::Nothing, Some(watcher), None).unwrap()
    }

    #[test]
    fn scenarios_that_block_all_threads_do_not_keep_a_run_from_its_end() {
        let report = blocked(Plan::rate("100/s").up_to(2).max_late(MS(50)));

        assert_eq!(report.iterations.failed, 0);
        let offered = report.offered.unwrap();
        assert_eq!((offered.scheduled, report.iterations.started + offered.dropped), (100, 100));
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
