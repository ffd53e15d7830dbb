//! The time limit of one call of the user's code.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use molotov_core::{Error, FailureKind, Timer};
use tokio::task::coop;
use tokio::time::Instant;

/// A user's timer, for all of its time limits: a timer per iteration would cost more than the iteration.
#[derive(Default)]
pub(crate) struct Timeout(Timer);

impl Timeout {
    /// Awaits the future for a limited time from an instant on; the error names `what`.
    #[inline]
    pub(crate) fn limit<F>(
        &mut self,
        what: &'static str,
        limit: Option<(Instant, Duration)>,
        future: F,
    ) -> TimeLimited<'_, F> {
        // A limit whose end cannot be represented counts as none.
        let limit = limit.and_then(|(since, limit)| Some((limit, since.checked_add(limit)?)));
        TimeLimited { timeout: self, what, limit, future }
    }

    /// Ready after the deadline.
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        // The awaited future may have used up the task's budget; that must not disable its time limit.
        pin!(coop::unconstrained(poll_fn(|cx| self.0.poll_until(cx, deadline)))).poll(cx)
    }
}

/// See [`Timeout::limit`].
pub(crate) struct TimeLimited<'a, F> {
    timeout: &'a mut Timeout,
    what: &'static str,
    limit: Option<(Duration, Instant)>,
    future: F,
}

impl<T, F: Future<Output = Result<T, Error>> + Unpin> Future for TimeLimited<'_, F> {
    type Output = Result<T, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(done) = Pin::new(&mut self.future).poll(cx) {
            return Poll::Ready(done);
        }
        let Some((limit, deadline)) = self.limit else { return Poll::Pending };
        ready!(self.timeout.poll_until(cx, deadline));
        let why = format!("{} longer than its limit of {limit:?}", self.what);
        Poll::Ready(Err(Error::with_kind(FailureKind::UserTimeout, why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_call_has_its_own_limit() {
        let mut timeout = Timeout::default();
        for ms in [100, 50, 300, 300] {
            let (began, limit) = (Instant::now(), Duration::from_millis(ms));
            let short = tokio::time::sleep(limit - Duration::from_millis(1));
            let short = Box::pin(async {
                short.await;
                Ok(())
            });

            timeout.limit("it took", Some((began, limit)), short).await.unwrap();
            let endless = std::future::pending::<Result<(), Error>>();
            let began = Instant::now();
            let error = timeout.limit("it took", Some((began, limit)), endless).await.unwrap_err();

            assert_eq!(began.elapsed(), limit);
            assert_eq!(error.kind(), FailureKind::UserTimeout);
            assert_eq!(error.to_string(), format!("it took longer than its limit of {ms}ms"));
        }
    }

    #[tokio::test]
    async fn a_future_that_always_uses_up_the_budget_is_limited_too() {
        let greedy = Box::pin(async {
            loop {
                coop::consume_budget().await;
            }
        });

        let limit = Some((Instant::now(), Duration::from_millis(1)));
        let ended: Result<(), Error> = Timeout::default().limit("it took", limit, greedy).await;

        assert_eq!(ended.unwrap_err().kind(), FailureKind::UserTimeout);
    }
}
