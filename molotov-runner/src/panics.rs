//! Panics of the user's code: caught, with message and place, and without output on the terminal.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

use molotov_core::{Error, FailureKind};

thread_local! {
    /// `true` while this thread runs the user's code, whose panics are reported by us.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Silences the default hook for caught panics, and records their places. The hook is global to the process, but
/// changes nothing for other panics.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if WATCHED.get() {
                PLACE.set(info.location().map(|place| format!("{}:{}", place.file(), place.line())));
            } else {
                previous(info);
            }
        }));
    });
}

/// Calls the user's function and awaits its future; a panic in either becomes an error with its place.
///
/// The future must already be pinned. An `async fn` that took it by value would reserve its size twice, in each user.
#[inline]
pub(crate) fn catch<F: Unpin>(call: impl FnOnce() -> F) -> Caught<F> {
    Caught(catch_call(call).map_err(Some))
}

/// See [`catch`].
pub(crate) struct Caught<F>(Result<F, Option<Error>>);

impl<T, F: Future<Output = Result<T, Error>> + Unpin> Future for Caught<F> {
    type Output = Result<T, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(future) => match catch_call(|| Pin::new(future).poll(cx)) {
                Ok(poll) => poll,
                Err(panicked) => Poll::Ready(Err(panicked)),
            },
            Err(panicked) => panicked.take().map_or(Poll::Pending, |panicked| Poll::Ready(Err(panicked))),
        }
    }
}

/// Calls the user's function; a panic in it becomes an error with its place.
#[inline]
pub(crate) fn catch_call<T>(call: impl FnOnce() -> T) -> Result<T, Error> {
    let outer = WATCHED.replace(true);
    let result = std::panic::catch_unwind(AssertUnwindSafe(call));
    WATCHED.set(outer);
    result.map_err(|payload| describe(payload.as_ref()))
}

#[cold]
fn describe(payload: &(dyn Any + Send)) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into());
    let kind =
        if message.starts_with("assertion") { FailureKind::UserAssert } else { FailureKind::UserPanic };
    match PLACE.take() {
        Some(place) => Error::with_kind(kind, format!("panicked at {place}: {message}")),
        None => Error::with_kind(kind, format!("panicked: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use molotov_core::BoxFuture;

    #[tokio::test]
    async fn a_panic_becomes_an_error_with_its_place() {
        install_hook();

        let call = || -> BoxFuture<'_, Result<(), Error>> { panic!("no shop") };
        let at_once = catch(call).await.unwrap_err();
        let call = || -> BoxFuture<'_, Result<(), Error>> { Box::pin(async { panic!("no basket") }) };
        let error = catch(call).await.unwrap_err();
        let call = || -> BoxFuture<'_, Result<(), Error>> {
            Box::pin(async {
                assert_eq!(1, 2, "counts");
                Ok(())
            })
        };
        let assert = catch(call).await.unwrap_err();

        assert!(at_once.to_string().ends_with(": no shop"), "{at_once}");
        assert_eq!(error.kind(), FailureKind::UserPanic);
        assert!(error.to_string().contains("panics.rs:"), "{error}");
        assert!(error.to_string().ends_with(": no basket"), "{error}");
        assert_eq!(assert.kind(), FailureKind::UserAssert);
        assert!(!WATCHED.get());
    }
}
