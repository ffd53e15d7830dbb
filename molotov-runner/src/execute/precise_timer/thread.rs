//! Systems without a timer that a runtime could poll: a sleeping thread wakes the waiting task.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Condition variables of some systems are up to a clock tick late (16 ms on Windows), sleeping threads are not. So the
/// thread sleeps for the last part.
const COARSE: Duration = Duration::from_millis(20);

/// The maximum length of one sleep, which is also the maximum delay of a deadline that is set meanwhile.
const FINE: Duration = Duration::from_millis(1);

/// A thread that wakes a waiting task, and ends when this value is dropped.
#[derive(Debug)]
pub(super) struct TimerThread(Arc<SharedTimer>);

#[derive(Debug, Default)]
struct SharedTimer {
    state: Mutex<TimerState>,
    changed: Condvar,
    rang: Notify,
}

#[derive(Debug, Default)]
struct TimerState {
    at: Option<Instant>,
    ended: bool,
}

impl TimerThread {
    pub(super) fn new() -> io::Result<Self> {
        let shared = Arc::<SharedTimer>::default();
        let timer = Arc::clone(&shared);
        thread::Builder::new().name("molotov-pacer".to_owned()).spawn(move || timer.run())?;
        Ok(Self(shared))
    }

    /// Waits until this time of the system's clock. An earlier wait is forgotten.
    pub(super) async fn wait(&mut self, at: tokio::time::Instant) {
        // Not `into_std`: a clock that was paused for a while is behind the system's.
        let left = at.saturating_duration_since(tokio::time::Instant::now());
        let at = Instant::now() + left;
        self.0.lock().at = Some(at);
        self.0.changed.notify_one();
        // A dropped wait may have left its notification behind.
        while Instant::now() < at {
            self.0.rang.notified().await;
        }
    }
}

impl Drop for TimerThread {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

impl SharedTimer {
    /// The loop of the thread.
    fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let left = state.at.map(|at| at.saturating_duration_since(Instant::now()));
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => {
                    state.at = None;
                    self.rang.notify_one();
                    state
                }
                Some(left) if left > COARSE => self.wait(state, left - COARSE),
                Some(left) => {
                    drop(state);
                    thread::sleep(left.min(FINE));
                    self.lock()
                }
            };
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, TimerState>, time: Duration) -> MutexGuard<'a, TimerState> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, TimerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
