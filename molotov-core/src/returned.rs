//! The types that an attributed function may return, and the way from its error to ours with all of its causes.

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt::Display;

use crate::error::Error;

/// A type that a scenario or a hook may return: `()`, or a `Result<(), E>` whose `E` can be printed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned here",
    label = "neither `()` nor a `Result<(), E>`",
    note = "return nothing, or `Result<(), E>` with any `E: Display + 'static`: molotov's own `Result`, \
            `anyhow::Result<()>`, `Result<(), String>`, …"
)]
pub trait IntoResult {
    /// The error inside.
    type Error: Display + 'static;

    /// The returned value as a result.
    fn into_result(self) -> Result<(), Self::Error>;
}

impl IntoResult for () {
    type Error = Infallible;

    fn into_result(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<E: Display + 'static> IntoResult for Result<(), E> {
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// The type that a `#[setup]` or `#[global_setup]` that may fail returns: a `Result<T, E>` whose `E` can be printed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a set-up",
    label = "not a `Result<T, E>` whose error can be printed",
    note = "return the state `T` itself, or `Result<T, E>` with any `E: Display + 'static`; a type whose name ends in \
            `Result` is taken for one"
)]
pub trait ResultState {
    /// The state inside.
    type State;
    /// The error inside.
    type Error: Display + 'static;

    /// The returned value as a result.
    fn into_result(self) -> Result<Self::State, Self::Error>;
}

impl<T, E: Display + 'static> ResultState for Result<T, E> {
    type State = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// `IntoResult::into_result` for generated code: where the trait is not implemented, nothing is known of the error,
/// and rustc does not go on about it.
#[doc(hidden)]
pub fn into_result<R: IntoResult<Error = E>, E>(returned: R) -> Result<(), E> {
    returned.into_result()
}

/// `ResultState::into_result` for generated code.
#[doc(hidden)]
pub fn into_state<R: ResultState<State = T, Error = E>, T, E>(returned: R) -> Result<T, E> {
    returned.into_result()
}

/// The value that a function returned. Generated code writes `returned.value` with the spans of the first and the last
/// token of the return type, so that a message about the value underlines that type.
#[doc(hidden)]
pub struct Returned<T> {
    /// The value.
    pub value: T,
}

/// A returned error on its way to ours. Generated code calls `(&&Raised::new(error)).__into_error()`, and method
/// resolution finds the first of [`RaisedChain`], [`RaisedBoxed`] and [`RaisedText`] that the error is fit for.
#[doc(hidden)]
pub struct Raised<E>(Cell<Option<E>>);

impl<E> Raised<E> {
    /// Wraps the error.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }
}

/// For errors with causes. The method's name, here as below, is one that no trait of the user's has for all types.
#[doc(hidden)]
#[allow(clippy::wrong_self_convention)] // Which of the two traits is found depends on the reference.
pub trait RaisedChain {
    /// The error as ours.
    fn __into_error(&self) -> Error;
}

impl<E: StdError + 'static> RaisedChain for Raised<E> {
    fn __into_error(&self) -> Error {
        let mut slot = self.0.take();
        if let Some(ours) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Error>>() {
            return ours.take().unwrap_or_else(|| Error::msg("error"));
        }
        slot.map_or_else(|| Error::msg("error"), |error| Error::adopt(&error))
    }
}

/// For values that can be boxed as an error: anyhow's and eyre's reports, strings, and boxes that already are.
#[doc(hidden)]
pub trait RaisedBoxed {
    /// The error as ours.
    fn __into_error(&self) -> Error;
}

impl<E: Into<Box<dyn StdError + Send + Sync>> + 'static> RaisedBoxed for &Raised<E> {
    fn __into_error(&self) -> Error {
        self.0.take().map_or_else(|| Error::msg("error"), Error::new)
    }
}

/// For everything else that can be printed.
#[doc(hidden)]
#[allow(clippy::wrong_self_convention)]
pub trait RaisedText {
    /// The error as ours.
    fn __into_error(&self) -> Error;
}

impl<E: Display + 'static> RaisedText for &&Raised<E> {
    fn __into_error(&self) -> Error {
        let mut slot = self.0.take();
        let any: &mut dyn Any = &mut slot;
        if let Some(boxed) = any.downcast_mut::<Option<Box<dyn StdError>>>().and_then(Option::take) {
            return Error::adopt(boxed.as_ref());
        }
        Error::msg(slot.map_or_else(|| "error".into(), |error| format!("{error:#}")))
    }
}

/// For values that cannot be printed, so that rustc reports it once: where the function's return type is checked.
#[doc(hidden)]
pub trait RaisedOther {
    /// Never called.
    fn __into_error(&mut self) -> Error;
}

impl<E> RaisedOther for &&Raised<E> {
    fn __into_error(&mut self) -> Error {
        unreachable!("an error that cannot be printed is refused by the compiler")
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow)] // The calls are written as the macro writes them.
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn the_way_to_ours_is_chosen_by_what_the_error_is() {
        let parse = "x".parse::<u8>().unwrap_err();
        let boxed: Box<dyn StdError> = Box::new(parse.clone());

        assert_eq!((&&Raised::new("text")).__into_error().to_string(), "text");
        assert_eq!((&&Raised::new(parse)).__into_error().to_string(), "invalid digit found in string");
        assert_eq!((&&Raised::new(boxed)).__into_error().to_string(), "invalid digit found in string");
        assert_eq!((&&Raised::new('c')).__into_error().to_string(), "c");
        let ours = Error::with_kind(FailureKind::Http5xx, "503");
        assert_eq!((&&Raised::new(ours)).__into_error().kind(), FailureKind::Http5xx);
    }
}
