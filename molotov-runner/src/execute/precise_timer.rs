//! Waits for due times more precisely than tokio's timer, whose step is 1 ms.
//!
//! A wake-up has a constant cost, so there is at most one in 100 µs: closer deadlines share a wake-up, and the caller
//! then releases everything that is due. Below 10,000 deadlines a second, no deadline is delayed.

#[cfg(any(test, not(target_os = "linux")))]
mod thread;
#[cfg(target_os = "linux")]
mod timerfd;

use std::io;
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until};

#[cfg(not(target_os = "linux"))]
use self::thread::TimerThread as Precise;
#[cfg(target_os = "linux")]
use self::timerfd::TimerFd as Precise;

/// The minimum time between two wake-ups.
const QUANTUM: Duration = Duration::from_micros(100);

/// A source of wake-ups at given times, for one task.
#[derive(Debug)]
pub struct PreciseTimer {
    source: TimerSource,
    /// The requested time of the last wake-up.
    last: Option<Instant>,
}

#[derive(Debug)]
enum TimerSource {
    Precise(Precise),
    #[cfg(test)]
    Thread(thread::TimerThread),
    /// A paused clock stands still until all tasks wait for tokio's own timer, so no other wait is possible.
    Paused,
}

impl PreciseTimer {
    /// Creates a source of wake-ups on the current runtime.
    ///
    /// If tokio's clock is paused, as in tests, it falls back to [`sleep_until`].
    ///
    /// # Errors
    ///
    /// Returns an error if the system provides no timer: too many open files on Linux, too many threads elsewhere.
    ///
    /// # Panics
    ///
    /// Panics outside of a runtime, and in a runtime without I/O.
    pub fn new() -> io::Result<Self> {
        let source = if is_paused() { TimerSource::Paused } else { TimerSource::Precise(Precise::new()?) };
        Ok(Self { source, last: None })
    }

    /// Waits until the deadline, never less, and at most 100 µs more than the system's own delay. Returns at once if it
    /// has passed.
    ///
    /// The future may be dropped at any time, and a new deadline may be earlier or later.
    pub async fn until(&mut self, deadline: Instant) {
        if Instant::now() >= deadline {
            // A late caller calls again at once; other tasks of the thread must get their turn.
            return consume_budget().await;
        }
        let at = wake_up_time(deadline, self.last);
        match &mut self.source {
            TimerSource::Precise(timer) => timer.wait(at).await,
            #[cfg(test)]
            TimerSource::Thread(timer) => timer.wait(at).await,
            TimerSource::Paused => {}
        }
        // The clock was paused, or is paused since the timer's creation.
        if Instant::now() < deadline {
            sleep_until(deadline).await;
        }
        self.last = Some(at);
    }
}

/// Returns the time of the wake-up for this deadline, based on the requested time of the last wake-up instead of its
/// actual one, so that the delays of wake-ups do not add up.
fn wake_up_time(deadline: Instant, last: Option<Instant>) -> Instant {
    last.map_or(deadline, |last| deadline.max(last + QUANTUM))
}

/// Returns `true` if tokio's clock is paused. There is no query for that, but a test: a running clock has advanced when
/// the system's clock has.
fn is_paused() -> bool {
    let before = Instant::now();
    let real = std::time::Instant::now();
    while std::time::Instant::now() <= real {
        std::hint::spin_loop();
    }
    Instant::now() == before
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures::FutureExt as _;

    use super::*;

    const SOON: Duration = Duration::from_millis(3);
    const NEVER: Duration = Duration::from_secs(3600);

    /// One of each kind, independent of the system.
    fn both() -> [PreciseTimer; 2] {
        let thread = TimerSource::Thread(thread::TimerThread::new().unwrap());
        [PreciseTimer::new().unwrap(), PreciseTimer { source: thread, last: None }]
    }

    #[tokio::test]
    async fn a_wake_up_is_never_early() {
        for mut pacer in both() {
            for step in [1, 7, 99, 100, 101, 350, 1_000, 1_999, 12_345] {
                let deadline = Instant::now() + Duration::from_micros(step);

                pacer.until(deadline).await;

                assert!(Instant::now() >= deadline, "{pacer:?} after {step} µs");
            }
        }
    }

    #[tokio::test]
    async fn a_deadline_in_the_past_is_not_waited_for() {
        for mut pacer in both() {
            let past = Instant::now();

            assert_eq!(pacer.until(past).now_or_never(), Some(()));
        }
    }

    #[tokio::test]
    async fn an_earlier_deadline_may_follow_a_later_one() {
        for mut pacer in both() {
            let never = Instant::now() + NEVER;
            assert_eq!(pacer.until(never).now_or_never(), None);
            let deadline = Instant::now() + SOON;

            pacer.until(deadline).await;

            assert!(Instant::now() >= deadline);
        }
    }

    #[tokio::test]
    async fn a_wait_that_was_dropped_leaves_no_wake_up_behind() {
        for mut pacer in both() {
            let soon = Instant::now() + SOON;
            // After a pause of the machine it may have come already.
            let _ = pacer.until(soon).now_or_never();
            // The wake-up of the first wait comes without a waiter; the runtime receives it.
            sleep_until(soon + SOON).await;
            let deadline = Instant::now() + 4 * SOON;

            pacer.until(deadline).await;

            assert!(Instant::now() >= deadline, "{pacer:?}");
        }
    }

    #[tokio::test]
    async fn pacers_of_several_tasks_do_not_disturb_each_other() {
        let start = Instant::now() + SOON;
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        for (mut pacer, index) in both().into_iter().chain(both()).zip((0..4).rev()) {
            let tell = tell.clone();
            let deadline = start + SOON * index;
            tokio::spawn(async move {
                pacer.until(deadline).await;
                tell.send((Instant::now(), deadline)).unwrap();
            });
        }
        drop(tell);

        let mut woken = 0;
        while let Some((at, deadline)) = told.recv().await {
            assert!(at >= deadline);
            woken += 1;
        }

        assert_eq!(woken, 4);
    }

    #[tokio::test]
    async fn late_timer_lets_other_tasks_run() {
        let mut pacer = PreciseTimer::new().unwrap();
        let past = Instant::now();
        let ran = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&ran);
        tokio::spawn(async move { other.store(true, Ordering::Relaxed) });

        for _ in 0..1_000 {
            pacer.until(past).await;
        }

        assert!(ran.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_jumps_to_the_deadline() {
        let mut pacer = PreciseTimer::new().unwrap();
        let start = Instant::now();

        pacer.until(start + NEVER).await;

        assert_eq!(start.elapsed(), NEVER);
    }

    #[tokio::test(start_paused = true)]
    async fn tasks_wake_up_in_the_order_of_their_deadlines() {
        let start = Instant::now();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        for index in [3, 1, 4, 0, 2] {
            let tell = tell.clone();
            tokio::spawn(async move {
                PreciseTimer::new().unwrap().until(start + SOON * index).await;
                tell.send(index).unwrap();
            });
        }
        drop(tell);

        let mut order = Vec::new();
        while let Some(index) = told.recv().await {
            order.push(index);
        }

        assert_eq!(order, [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn one_wake_up_finds_exactly_the_due_users() {
        for mut pacer in both() {
            let start = Instant::now();
            // Five in each 100 µs.
            let due: Vec<_> = (0..500).map(|index| start + Duration::from_micros(20 * index)).collect();
            let mut released = 0;

            while let Some(next) = due.get(released) {
                pacer.until(*next).await;
                let now = Instant::now();
                assert!(now >= *next);
                released += due[released..].iter().take_while(|due| **due <= now).count();
            }

            assert_eq!(released, due.len());
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_paused_later_is_noticed() {
        for mut pacer in both() {
            let start = Instant::now();
            tokio::time::pause();

            pacer.until(start + SOON).await;

            assert!(start.elapsed() >= SOON);
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn running_clock_is_not_considered_paused() {
        for _ in 0..1_000 {
            assert!(!is_paused());
        }
        tokio::time::pause();
        for _ in 0..1_000 {
            assert!(is_paused());
        }
    }

    #[test]
    fn deadlines_that_are_close_share_a_wake_up_and_others_are_not_moved() {
        let first = Instant::now();
        let micros = |micros| first + Duration::from_micros(micros);

        assert_eq!(wake_up_time(first, None), first);
        assert_eq!(wake_up_time(micros(20), Some(first)), micros(100));
        assert_eq!(wake_up_time(micros(100), Some(first)), micros(100));
        assert_eq!(wake_up_time(micros(333), Some(first)), micros(333));
    }

    #[tokio::test]
    async fn ten_thousand_deadlines_in_ten_milliseconds_take_a_hundred_wake_ups_at_most() {
        let mut pacer = PreciseTimer::new().unwrap();
        let start = Instant::now();
        let mut asked = Vec::new();

        for index in 1..=10_000 {
            pacer.until(start + Duration::from_micros(index)).await;
            asked.extend(pacer.last);
        }

        asked.dedup();
        assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= QUANTUM));
        // A slow machine has fewer, and a paused one none.
        assert!(asked.len() <= 101, "{} wake-ups", asked.len());
    }
}
