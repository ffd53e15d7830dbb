//! The shutdown of a run in phases; the first reason is kept.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::lock::lock;
use crate::report::{Ended, Stop};

/// The phase of the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ShutdownPhase {
    Running,
    /// No new iterations; those in flight continue.
    Draining,
    /// Iterations and set-ups in flight are cancelled; tear-downs continue.
    Cutting,
    /// Tear-downs are cancelled too.
    Abandoned,
}

/// The shutdown of a run. Users read its phase before each iteration, so the read is a single load.
pub(crate) struct Shutdown {
    phase: AtomicU8,
    changed: watch::Sender<ShutdownPhase>,
    ended: Mutex<Option<Ended>>,
    /// One for each user, to interrupt its waits. A shared list of waiters would be locked by every iteration.
    sleepers: Mutex<Vec<Arc<Sleeper>>>,
}

/// The task of a user, after its first wait.
#[derive(Default)]
struct Sleeper(Mutex<Option<Waker>>);

impl Sleeper {
    /// Wakes the task, and keeps the waker: it is registered once and woken in each phase.
    fn wake(&self) {
        if let Some(waker) = &*lock(&self.0) {
            waker.wake_by_ref();
        }
    }
}

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self {
            phase: AtomicU8::new(ShutdownPhase::Running as u8),
            changed: watch::Sender::new(ShutdownPhase::Running),
            ended: Mutex::default(),
            sleepers: Mutex::default(),
        }
    }

    #[inline]
    pub(crate) fn phase(&self) -> ShutdownPhase {
        match self.phase.load(Ordering::Acquire) {
            0 => ShutdownPhase::Running,
            1 => ShutdownPhase::Draining,
            2 => ShutdownPhase::Cutting,
            _ => ShutdownPhase::Abandoned,
        }
    }

    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.phase() == ShutdownPhase::Running
    }

    /// Starts no new iterations. The first reason is kept.
    pub(crate) fn drain(&self, why: Ended) {
        lock(&self.ended).get_or_insert(why);
        self.advance(ShutdownPhase::Draining);
    }

    /// Ends the run because a set-up failed. This replaces any earlier reason except a signal: a run without its
    /// set-ups must not look like a good one.
    pub(crate) fn set_up_failed(&self, why: String) {
        {
            let mut ended = lock(&self.ended);
            if !matches!(*ended, Some(Ended::Signal(_) | Ended::SetupFailed(_))) {
                *ended = Some(Ended::SetupFailed(why));
            }
        }
        self.advance(ShutdownPhase::Draining);
    }

    /// Advances to this phase; never back.
    pub(crate) fn advance(&self, phase: ShutdownPhase) {
        self.phase.fetch_max(phase as u8, Ordering::AcqRel);
        self.changed.send_if_modified(|current| {
            let modified = *current < phase;
            *current = phase.max(*current);
            modified
        });
        lock(&self.sleepers).iter().for_each(|sleeper| sleeper.wake());
    }

    /// Records a signal that arrived while the run was ending for another reason: the exit status of the process must
    /// show it.
    pub(crate) fn interrupt(&self, signal: Stop) {
        *lock(&self.ended) = Some(Ended::Signal(signal));
    }

    /// The reason why the run ended, if set.
    pub(crate) fn reason(&self) -> Option<Ended> {
        lock(&self.ended).clone()
    }

    /// Waits until the run reaches this phase.
    pub(crate) async fn reached(&self, phase: ShutdownPhase) {
        let mut changes = self.changed.subscribe();
        // The sender is a part of this value, so it cannot be gone.
        drop(changes.wait_for(|current| *current >= phase).await);
    }

    /// Returns a way to interrupt the waits of one user.
    pub(crate) fn cut(self: &Arc<Self>) -> Cancel {
        let sleeper = Arc::<Sleeper>::default();
        lock(&self.sleepers).push(Arc::clone(&sleeper));
        Cancel { shutdown: Arc::clone(self), sleeper, known: None, waited: false }
    }
}

/// Interrupts the waits of one user.
pub(crate) struct Cancel {
    shutdown: Arc<Shutdown>,
    sleeper: Arc<Sleeper>,
    /// The registered waker. A task keeps its waker, so the lock is taken once per user.
    known: Option<Waker>,
    waited: bool,
}

impl Cancel {
    /// Awaits the future until the run reaches this phase; then the future is dropped, and the result is `None`.
    #[inline]
    pub(crate) fn unless<F: Future + Unpin>(&mut self, phase: ShutdownPhase, future: F) -> Unless<'_, F> {
        Unless { cut: self, phase, future }
    }

    /// Returns `true` if there was a wait since the last call.
    #[inline]
    pub(crate) fn has_waited(&mut self) -> bool {
        std::mem::take(&mut self.waited)
    }

    /// Sleeps until this instant, or until no new iterations start. Returns `false` if it was interrupted.
    pub(crate) async fn sleep_until(&mut self, when: Instant) -> bool {
        if self.shutdown.is_running() && when > Instant::now() {
            self.unless(ShutdownPhase::Draining, pin!(sleep_until(when))).await;
        }
        self.shutdown.is_running()
    }

    /// Like [`Cancel::sleep_until`], for a duration. Zero returns at once.
    pub(crate) async fn sleep(&mut self, time: Duration) -> bool {
        // A century is long enough, and an instant that far away can be represented.
        const NO_END: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        if time.is_zero() {
            self.shutdown.is_running()
        } else {
            self.sleep_until(Instant::now() + time.min(NO_END)).await
        }
    }

    /// Registers the waker of this task.
    fn watch(&mut self, waker: &Waker) {
        if !self.known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *lock(&self.sleeper.0) = Some(waker.clone());
            self.known = Some(waker.clone());
        }
    }
}

/// See [`Cancel::unless`].
pub(crate) struct Unless<'c, F> {
    cut: &'c mut Cancel,
    phase: ShutdownPhase,
    future: F,
}

impl<F: Future + Unpin> Future for Unless<'_, F> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(done) = Pin::new(&mut self.future).poll(cx) {
            return Poll::Ready(Some(done));
        }
        self.cut.waited = true;
        // The waker is registered before the phase is read: in the other order a change in between would wake no task.
        self.cut.watch(cx.waker());
        if self.cut.shutdown.phase() >= self.phase { Poll::Ready(None) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_is_interrupted_and_the_first_reason_is_kept() {
        let shutdown = Arc::new(Shutdown::new());
        let mut cut = shutdown.cut();
        let asleep = tokio::spawn(async move { cut.sleep(Duration::from_secs(3600)).await });
        tokio::time::sleep(Duration::from_millis(5)).await;

        shutdown.drain(Ended::Duration);
        shutdown.drain(Ended::FailFast);

        assert!(!asleep.await.unwrap());
        assert_eq!(shutdown.reason(), Some(Ended::Duration));
    }

    #[tokio::test(start_paused = true)]
    async fn awaited_future_is_cut_in_its_phase_only() {
        let shutdown = Arc::new(Shutdown::new());
        let mut cut = shutdown.cut();
        let cutter = Arc::clone(&shutdown);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cutter.drain(Ended::Duration);
            tokio::time::sleep(Duration::from_secs(1)).await;
            cutter.advance(ShutdownPhase::Cutting);
        });
        let start = Instant::now();

        let result = cut.unless(ShutdownPhase::Cutting, std::future::pending::<()>()).await;

        assert_eq!(result, None);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    #[test]
    fn phases_only_go_forward() {
        let phases = [ShutdownPhase::Draining, ShutdownPhase::Cutting, ShutdownPhase::Abandoned];
        let shutdown = Shutdown::new();
        for (place, phase) in phases.into_iter().enumerate() {
            shutdown.advance(phase);
            phases[..place].iter().for_each(|earlier| shutdown.advance(*earlier));
            assert_eq!((shutdown.phase(), *shutdown.changed.borrow()), (phase, phase));
        }
    }
}
