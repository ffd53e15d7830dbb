//! The user threads, each with a runtime of its own and a stand-in thread for when it is blocked.
//!
//! A user stays on its thread, so threads do not wait for each other. A scenario that blocks its thread must not stall
//! the other users there for ever: each runtime has a second worker, which is kept waiting until the first one is
//! unresponsive; so it costs nothing before.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};

use molotov_core::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use super::panics;
use super::slot::UserSlot;
use crate::lock::lock;

/// The number of unanswered probes after which a thread's stand-in starts. There are ten probes a second.
const PATIENCE: u32 = 3;

/// The time that the system has to start a thread of a runtime.
const START: Duration = Duration::from_secs(5);

/// The time for which an idle thread for blocking work stays: as long as any run. If the system allows no further
/// thread later, blocking work still has this one, and waits for it.
const KEEP: Duration = Duration::from_secs(366 * 24 * 3_600);

/// The time for which the end waits for blocked threads, after their shutdown has been requested.
const LAST_CALL: Duration = Duration::from_millis(100);

/// The runtimes of the users; at least one.
pub(crate) struct Workload {
    runtimes: Vec<Handle>,
    pub(crate) threads: usize,
}

impl Workload {
    /// The current runtime, with all of its threads.
    pub(crate) fn current() -> Self {
        let runtime = Handle::current();
        Self { threads: runtime.metrics().num_workers(), runtimes: vec![runtime] }
    }

    /// The runtime of the global fixtures.
    pub(crate) fn first(&self) -> &Handle {
        &self.runtimes[0]
    }

    /// All runtimes.
    pub(crate) fn runtimes(&self) -> &[Handle] {
        &self.runtimes
    }

    /// The runtime of the user in this slot. The first user's is not that of the global fixtures, which may have
    /// started a server.
    pub(crate) fn runtime(&self, slot: UserSlot) -> &Handle {
        &self.runtimes[(slot.index() + 1) % self.runtimes.len()]
    }
}

/// Spawns a single task. Boxed tasks have one type, which saves compile time, because tokio's tasks are compiled for
/// each type.
pub(super) fn spawn_boxed(runtime: &Handle, task: BoxFuture<'static, ()>) -> JoinHandle<()> {
    runtime.spawn(task)
}

/// Threads of our own.
pub(crate) struct Threads(Vec<Thread>);

impl Threads {
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        (0..count).map(|_| Thread::start()).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn workload(&self) -> Workload {
        let runtimes = self.0.iter().map(|thread| thread.runtime.handle().clone()).collect();
        Workload { runtimes, threads: self.0.len() }
    }

    /// The probes that detect blocked threads.
    pub(crate) fn thread_probes(&self) -> Vec<BlockedThreadProbe> {
        self.0.iter().map(Thread::probe).collect()
    }

    /// Ends the threads. A blocked thread is left behind: its shutdown was requested, and the process does not wait for
    /// it.
    pub(crate) fn shut_down(self) {
        let last_call = Instant::now() + LAST_CALL;
        for thread in self.0 {
            drop(thread.stand_in);
            thread.runtime.shutdown_timeout(last_call.saturating_duration_since(Instant::now()));
        }
    }
}

struct Thread {
    // Dropped before the runtime, which then waits for its workers.
    stand_in: StandIn,
    runtime: Runtime,
}

impl Thread {
    fn start() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("molotov-worker").thread_keep_alive(KEEP).enable_all();
        panics::install_hook();
        // It panics if the system gives it no thread, or no descriptor for signals.
        let built = panics::catch_call(|| builder.build());
        let nothing_left =
            "the system gives this process no further thread or file descriptor (`ulimit -u`, `ulimit -n`)";
        let runtime = built.unwrap_or_else(|_| Err(io::Error::other(nothing_left)))?;
        let stand_in = StandIn::default();
        match Self::start_workers(&runtime, &stand_in) {
            Ok(()) => Ok(Self { stand_in, runtime }),
            Err(error) => {
                drop(stand_in);
                // Its pending tasks may never end.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Puts the stand-in to sleep, and checks that the other worker and the thread for blocking work exist: a runtime
    /// continues without threads that the system refused.
    fn start_workers(runtime: &Runtime, stand_in: &StandIn) -> io::Result<()> {
        let begin = Arc::clone(&stand_in.0);
        let (tell, told) = mpsc::channel();
        let (worker, blocking) = (tell.clone(), tell.clone());
        let wait = async move {
            // The receiver waits for this, so it is received.
            let _ = tell.send(());
            begin.wait();
        };
        spawn_boxed(runtime.handle(), Box::pin(wait));
        // A worker takes several tasks at a time. None of them may be a user, because the stand-in would hold it back.
        wait_for_thread(&told)?;
        spawn_boxed(runtime.handle(), Box::pin(async move { worker.send(()).unwrap_or_default() }));
        wait_for_thread(&told)?;
        runtime.spawn_blocking(move || blocking.send(()));
        wait_for_thread(&told)
    }

    fn probe(&self) -> BlockedThreadProbe {
        let (runtime, begin) = (self.runtime.handle().clone(), Arc::clone(&self.stand_in.0));
        BlockedThreadProbe { runtime, begin, asked: 0, answered: Arc::default(), in_vain: 0 }
    }
}

/// Probes whether a thread is free, and starts its stand-in if it is not.
pub(crate) struct BlockedThreadProbe {
    runtime: Handle,
    begin: Arc<Signal>,
    asked: u64,
    answered: Arc<AtomicU64>,
    /// The number of consecutive probes without an answer.
    in_vain: u32,
}

impl BlockedThreadProbe {
    /// Checks the answer to the last probe and sends the next one; must be called at regular intervals.
    pub(crate) fn check(&mut self) {
        if self.answered.load(Ordering::Relaxed) != self.asked {
            self.in_vain += 1;
            if self.in_vain >= PATIENCE {
                self.begin.set();
            }
            return;
        }
        self.in_vain = 0;
        self.asked += 1;
        let (asked, answered) = (self.asked, Arc::clone(&self.answered));
        spawn_boxed(&self.runtime, Box::pin(async move { answered.store(asked, Ordering::Relaxed) }));
    }
}

/// The waiting worker. After its start it stays; it also starts when this value is dropped.
#[derive(Default)]
struct StandIn(Arc<Signal>);

impl Drop for StandIn {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Releases its waiters.
#[derive(Debug, Default)]
pub(super) struct Signal {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    /// Blocks the thread on purpose.
    pub(super) fn wait(&self) {
        drop(self.changed.wait_while(self.lock(), |given| !*given));
    }

    pub(super) fn set(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        lock(&self.given)
    }
}

fn wait_for_thread(told: &mpsc::Receiver<()>) -> io::Result<()> {
    told.recv_timeout(START).map_err(|_| io::Error::other("the system gives this process no further thread"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_begins_when_the_thread_is_blocked_and_not_before() {
        let threads = Threads::start(1).unwrap();
        let (workload, mut probe) = (threads.workload(), threads.thread_probes().remove(0));
        let (tell, told) = mpsc::channel();
        let (release, blocked) = mpsc::channel::<()>();
        let begun = tell.clone();
        workload.first().spawn(async move {
            begun.send("blocks").unwrap();
            let _ = blocked.recv();
        });
        assert_eq!(told.recv().unwrap(), "blocks");
        workload.first().spawn(async move { tell.send("stands in").unwrap() });
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err());

        (0..=PATIENCE).for_each(|_| probe.check());

        assert_eq!(told.recv().unwrap(), "stands in");
        drop(release);
        threads.shut_down();
    }

    #[test]
    fn threads_that_answer_need_no_stand_in() {
        let threads = Threads::start(1).unwrap();
        let mut probe = threads.thread_probes().remove(0);

        for _ in 0..10 {
            probe.check();
            while probe.answered.load(Ordering::Relaxed) != probe.asked {
                std::thread::yield_now();
            }
        }

        assert_eq!(probe.in_vain, 0);
        assert!(!*probe.begin.lock());
        threads.shut_down();
    }
}
