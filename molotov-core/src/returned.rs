//! The types that an attributed function may return, and the conversion of its error to ours with all causes.

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
    ///
    /// # Errors
    ///
    /// The error of the function that returned the value.
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
    ///
    /// # Errors
    ///
    /// The error of the function that returned the value.
    fn into_result(self) -> Result<Self::State, Self::Error>;
}

impl<T, E: Display + 'static> ResultState for Result<T, E> {
    type State = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// `IntoResult::into_result` for generated code: if the trait is not implemented, rustc reports that alone,
/// because nothing about the error type is known.
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

/// A returned error before its conversion to ours. Generated code calls
/// `(&&Raised::new(error)).__into_error()`; method resolution finds the first of [`RaisedChain`],
/// [`RaisedBoxed`] and [`RaisedText`] that the error fits.
#[doc(hidden)]
pub struct Raised<E>(Cell<Option<E>>);

impl<E> Raised<E> {
    /// Wraps the error.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }
}

/// The conversion of errors with causes. No trait of the user's has a method of this name, here as below, for
/// all types.
#[doc(hidden)]
#[allow(clippy::wrong_self_convention)] // The reference decides which of the two traits is found.
pub trait RaisedChain {
    /// Converts the error to ours.
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

/// The conversion of values that can be boxed as an error: reports of anyhow and eyre, strings, and boxed
/// errors.
#[doc(hidden)]
pub trait RaisedBoxed {
    /// Converts the error to ours.
    fn __into_error(&self) -> Error;
}

impl<E: Into<Box<dyn StdError + Send + Sync>> + 'static> RaisedBoxed for &Raised<E> {
    fn __into_error(&self) -> Error {
        self.0.take().map_or_else(|| Error::msg("error"), Error::new)
    }
}

/// The conversion of everything else that can be printed.
#[doc(hidden)]
#[allow(clippy::wrong_self_convention)]
pub trait RaisedText {
    /// Converts the error to ours.
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

/// The conversion of values that cannot be printed, so that rustc reports it once: at the check of the
/// function's return type.
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
#[allow(clippy::needless_borrow)] // The calls have the form that the macro writes.
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn conversion_follows_the_type_of_the_error() {
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
