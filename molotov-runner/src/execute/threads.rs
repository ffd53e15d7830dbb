//! The threads that users live on, each with a runtime of its own and another thread that stands in when it is blocked.
//!
//! A user stays on its thread, so threads do not wait for each other. A scenario that blocks its thread must not stall
//! the others there for ever: each runtime has a second worker, which is kept busy with waiting until the first one does
//! not answer any more; so it costs nothing before.

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

/// The number of questions that a thread may leave unanswered before its stand-in begins. It is asked ten times a second.
const PATIENCE: u32 = 3;

/// The time for which the system has to start a thread of a runtime.
const START: Duration = Duration::from_secs(5);

/// The time for which a thread for what blocks stays when it has nothing to do: as long as any run. Where the system gives no further
/// one later, what blocks still has this one, and waits for it.
const KEEP: Duration = Duration::from_secs(366 * 24 * 3_600);

/// The time for which the end waits for threads that are blocked. They were told to stop.
const LAST_CALL: Duration = Duration::from_millis(100);

/// The runtimes that users live on; at least one.
pub(crate) struct Workload {
    runtimes: Vec<Handle>,
    pub(crate) threads: usize,
}

impl Workload {
    /// The runtime that this is called on, with all of its threads.
    pub(crate) fn current() -> Self {
        let runtime = Handle::current();
        Self { threads: runtime.metrics().num_workers(), runtimes: vec![runtime] }
    }

    /// The runtime of the global fixtures.
    pub(crate) fn first(&self) -> &Handle {
        &self.runtimes[0]
    }

    /// All of them.
    pub(crate) fn runtimes(&self) -> &[Handle] {
        &self.runtimes
    }

    /// The runtime of the user in this slot. The first one is not beside the global fixtures, which may have started a server.
    pub(crate) fn runtime(&self, slot: UserSlot) -> &Handle {
        &self.runtimes[(slot.index() + 1) % self.runtimes.len()]
    }
}

/// Spawns a task that is not one of many. Boxed, all of them have one type, because tokio's tasks are compiled anew for each.
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

    /// Finds out which of them are blocked.
    pub(crate) fn thread_probes(&self) -> Vec<BlockedThreadProbe> {
        self.0.iter().map(Thread::probe).collect()
    }

    /// Ends them. One that is blocked is left behind: it was told to stop, and the process does not wait for it.
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
        // It panics where the system gives it no thread, or no descriptor for signals.
        let built = panics::catch_call(|| builder.build());
        let nothing_left =
            "the system gives this process no further thread or file descriptor (`ulimit -u`, `ulimit -n`)";
        let runtime = built.unwrap_or_else(|_| Err(io::Error::other(nothing_left)))?;
        let stand_in = StandIn::default();
        match Self::start_workers(&runtime, &stand_in) {
            Ok(()) => Ok(Self { stand_in, runtime }),
            Err(error) => {
                drop(stand_in);
                // What it waits for may never come.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Puts the stand-in to sleep, and looks whether the other worker and the thread for what blocks are there: a runtime
    /// goes on without those that the system did not give it.
    fn start_workers(runtime: &Runtime, stand_in: &StandIn) -> io::Result<()> {
        let begin = Arc::clone(&stand_in.0);
        let (tell, told) = mpsc::channel();
        let (worker, blocking) = (tell.clone(), tell.clone());
        let wait = async move {
            // Somebody waits for this, so it is heard.
            let _ = tell.send(());
            begin.wait();
        };
        spawn_boxed(runtime.handle(), Box::pin(wait));
        // A worker takes several tasks at a time. None of them may be a user, because it would hold it back.
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

/// Asks a thread whether it is free, and lets its stand-in begin when it is not.
pub(crate) struct BlockedThreadProbe {
    runtime: Handle,
    begin: Arc<Signal>,
    asked: u64,
    answered: Arc<AtomicU64>,
    /// The number of looks for an answer in vain.
    in_vain: u32,
}

impl BlockedThreadProbe {
    /// Looks for the answer to the last question and asks the next one; to be called in regular intervals.
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

/// The worker that waits. Once it has begun, it stays; so it does when this is dropped.
#[derive(Default)]
struct StandIn(Arc<Signal>);

impl Drop for StandIn {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Lets those go on that wait for it.
#[derive(Debug, Default)]
pub(super) struct Signal {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    /// Blocks the thread, which is what it is for.
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
