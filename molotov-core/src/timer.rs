//! One timer for many time-outs in a row.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is armed once and only moved on when it fires too early.
///
/// A time-out for each request would insert into and remove from the timer wheel each time, which costs more
/// than all of recording. Deadlines of requests nearly always grow, so the timer may fire at an older
/// deadline, find a later one, and sleep on.
#[derive(Default)]
#[allow(missing_debug_implementations)]
pub struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready when the deadline has passed.
    pub fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_keeps_earlier_and_later_deadlines() {
        let start = Instant::now();
        let mut timer = Timer::default();
        for ms in [100, 50, 300, 300, 310] {
            let deadline = start + Duration::from_millis(ms);

            poll_fn(|cx| timer.poll_until(cx, deadline)).await;

            assert!(Instant::now() >= deadline);
        }
        assert_eq!(start.elapsed().as_millis(), 310);
    }
}
