//! The lag of the user threads: a task on each of them measures its late wake-ups.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::threads::{Workload, spawn_boxed};
use crate::lock::lock;
use crate::report::Heartbeat;

/// The tasks. They end when this is dropped.
#[derive(Default)]
pub(crate) struct Heartbeats(Vec<(Arc<Mutex<Beats>>, AbortHandle)>);

impl Heartbeats {
    /// Starts a task on each runtime.
    pub(crate) fn start(workload: &Workload) -> Self {
        let runtimes = workload.runtimes();
        let (begin, count) = (Instant::now(), runtimes.len().max(1) as u32);
        let tasks = (0..).zip(runtimes).map(|(index, runtime)| {
            // Spread over the interval, to measure the delays of single threads.
            let due = begin + Heartbeat::INTERVAL + Heartbeat::INTERVAL * index / count;
            let beats = Beats { due, seen: Heartbeat::default(), longest: Duration::ZERO };
            let beats = Arc::new(Mutex::new(beats));
            let task = spawn_boxed(runtime, Box::pin(beat(Arc::clone(&beats))));
            (beats, task.abort_handle())
        });
        Self(tasks.collect())
    }

    /// The greatest lag of a thread that is unresponsive now.
    pub(crate) fn lag(&self) -> Duration {
        let now = Instant::now();
        let lags = self.0.iter().map(|(beats, _)| now.saturating_duration_since(lock(beats).due));
        lags.max().unwrap_or_default()
    }

    /// The longest delay since the last call, including the current delay of an unresponsive thread.
    pub(crate) fn take_longest(&self) -> Duration {
        let longest = self.0.iter().map(|(beats, _)| std::mem::take(&mut lock(beats).longest));
        longest.max().unwrap_or_default().max(self.lag())
    }

    /// The measurements so far.
    pub(crate) fn so_far(&self) -> Vec<Heartbeat> {
        self.0.iter().map(|(beats, _)| lock(beats).seen.clone()).collect()
    }

    /// Ends the tasks. The last delay of an unresponsive thread is its current lag.
    pub(crate) fn finish(self) -> Vec<Heartbeat> {
        let now = Instant::now();
        let seen = self.0.iter().map(|(beats, _)| {
            let mut beats = lock(beats);
            beats.record_beat(now);
            std::mem::take(&mut beats.seen)
        });
        seen.collect()
    }
}

impl Drop for Heartbeats {
    fn drop(&mut self) {
        self.0.iter().for_each(|(_, task)| task.abort());
    }
}

/// The beats of one thread.
struct Beats {
    /// The due time of the next beat.
    due: Instant,
    seen: Heartbeat,
    /// The longest delay since the last reading.
    longest: Duration,
}

impl Beats {
    /// Records that the thread runs now. All beats that were due meanwhile are late, each by its own time.
    fn record_beat(&mut self, now: Instant) {
        while let Some(delay) = now.checked_duration_since(self.due) {
            self.seen.record(delay);
            self.longest = self.longest.max(delay);
            self.due += Heartbeat::INTERVAL;
        }
    }
}

async fn beat(beats: Arc<Mutex<Beats>>) {
    loop {
        let due = lock(&beats).due;
        sleep_until(due).await;
        lock(&beats).record_beat(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[tokio::test(start_paused = true)]
    async fn on_a_clock_that_stands_still_nothing_is_late() {
        let heartbeats = Heartbeats::start(&Workload::current());
        tokio::time::sleep(MS(1_020)).await;

        let seen = heartbeats.finish().remove(0);

        assert_eq!((seen.delays.count(), seen.late, seen.stopped), (20, 0, 0));
        // The timer rounds up to whole milliseconds.
        assert!(seen.delays.max().unwrap() <= MS(1), "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn stopped_thread_is_late_for_each_due_beat() {
        let heartbeats = Heartbeats::start(&Workload::current());
        tokio::time::sleep(MS(1_010)).await;
        // Like a thread that is blocked for two seconds.
        tokio::time::advance(MS(2_000)).await;
        tokio::time::sleep(MS(10)).await;

        let seen = heartbeats.finish().remove(0);

        // Due at 1,050, 1,100 … 3,000 ms, and found at 3,010 ms.
        assert_eq!((seen.delays.count(), seen.delays.max()), (60, Some(MS(1_960))));
        assert_eq!((seen.late, seen.stopped), (39, 20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_does_not_answer_in_the_end_is_late_too() {
        let heartbeats = Heartbeats::start(&Workload::current());
        tokio::time::advance(MS(3_000)).await;
        assert_eq!(heartbeats.lag(), MS(2_950));

        // No other task ran.
        let seen = heartbeats.finish().remove(0);

        assert_eq!((seen.delays.count(), seen.delays.max()), (60, Some(MS(2_950))));
    }

    #[tokio::test]
    async fn lifetimes_end_with_their_owner() {
        let heartbeats = Heartbeats::start(&Workload::current());
        let task = heartbeats.0[0].1.clone();

        drop(heartbeats);

        while !task.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}
