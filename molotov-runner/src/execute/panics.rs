//! Panics of the user's code: caught, with message and place, and without a word on the terminal.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

use futures::FutureExt;
use molotov_core::{Error, FailureKind};

thread_local! {
    /// Whether this thread is inside of the user's code, whose panics we report ourselves.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the default hook quiet for panics that are caught, and remembers where they happened. The hook is the
/// process's, but it changes nothing for panics elsewhere.
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

/// Awaits the user's future; a panic in it is an error that says where.
pub(crate) async fn catch<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let watched = Watched(std::pin::pin!(future));
    match AssertUnwindSafe(watched).catch_unwind().await {
        Ok(result) => result,
        Err(payload) => Err(describe(payload.as_ref())),
    }
}

/// Calls the user's function; a panic in it is an error that says where.
pub(crate) fn catch_call<T>(call: impl FnOnce() -> T) -> Result<T, Error> {
    let outer = WATCHED.replace(true);
    let result = std::panic::catch_unwind(AssertUnwindSafe(call));
    WATCHED.set(outer);
    result.map_err(|payload| describe(payload.as_ref()))
}

fn describe(payload: &(dyn Any + Send)) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into());
    let kind =
        if message.starts_with("assertion") { FailureKind::UserAssert } else { FailureKind::UserPanic };
    match PLACE.take() {
        Some(place) => Error::of(kind, format!("panicked at {place}: {message}")),
        None => Error::of(kind, format!("panicked: {message}")),
    }
}

/// Marks the thread while the user's code is polled.
struct Watched<F>(F);

impl<F: Future + Unpin> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _watch = Watch(WATCHED.replace(true));
        Pin::new(&mut self.0).poll(cx)
    }
}

/// Puts the mark back as it was, also when the poll panics.
struct Watch(bool);

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHED.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_with_its_place() {
        install_hook();

        let error = catch::<()>(async { panic!("no basket") }).await.unwrap_err();
        let assert = catch::<()>(async {
            assert_eq!(1, 2, "counts");
            Ok(())
        })
        .await
        .unwrap_err();

        assert_eq!(error.kind(), FailureKind::UserPanic);
        assert!(error.to_string().contains("panics.rs:"), "{error}");
        assert!(error.to_string().ends_with(": no basket"), "{error}");
        assert_eq!(assert.kind(), FailureKind::UserAssert);
        assert!(!WATCHED.get());
    }
}
