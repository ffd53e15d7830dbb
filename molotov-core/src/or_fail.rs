//! The short conversion from an error of another library to ours.

use std::error::Error as StdError;
use std::fmt::Display;
use std::panic::Location;

use crate::error::{Error, Result};

/// A value that can become an [`Error`] with all of its causes: every `std::error::Error` that is `Send + Sync`,
/// anyhow's and eyre's reports, boxed errors, and text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that `or_fail` understands",
    label = "neither a `std::error::Error + Send + Sync + 'static` nor text",
    note = "where it can be printed, write `.map_err(Error::msg)?`; or implement `std::error::Error` for it"
)]
pub trait Cause {
    /// Converts the error to ours.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn StdError + Send + Sync>>> Cause for E {
    fn into_error(self) -> Error {
        Error::new(self)
    }
}

/// `or_fail()?`: turns the error of any library, or an `Option` without a value, into an [`Error`] of the
/// scenario.
///
/// The kind is `user.error`, unless one of the causes is an [`Error`], whose kind is kept; all causes are
/// printed.
///
/// ```
/// use molotov::{OrFail, Result};
///
/// // An error of a library that molotov does not use.
/// # #[derive(Debug)] struct Foreign;
/// # impl std::fmt::Display for Foreign { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("no comma") } }
/// # impl std::error::Error for Foreign {}
/// # fn parse(text: &str) -> std::result::Result<f64, Foreign> { text.parse().map_err(|_| Foreign) }
/// fn price(text: &str) -> Result<f64> {
///     let digits = text.strip_prefix("EUR ").or_fail_with("the price has no currency")?;
///     parse(digits).or_fail_with("cannot read the price")
/// }
///
/// assert_eq!(price("EUR 7.5").unwrap(), 7.5);
/// assert_eq!(price("EUR x").unwrap_err().to_string(), "cannot read the price: no comma");
/// assert_eq!(price("7.5").unwrap_err().to_string(), "the price has no currency");
/// ```
pub trait OrFail<T, E> {
    /// Returns the value, or the converted error. For an `Option` the message is the place in the source.
    ///
    /// # Errors
    ///
    /// When there is an error, or no value.
    fn or_fail(self) -> Result<T>
    where
        E: Cause;

    /// Returns the value, or the converted error with this text before its message.
    ///
    /// # Errors
    ///
    /// When there is an error, or no value.
    fn or_fail_with(self, text: impl Display) -> Result<T>
    where
        E: Cause;
}

impl<T, E> OrFail<T, E> for std::result::Result<T, E> {
    fn or_fail(self) -> Result<T>
    where
        E: Cause,
    {
        self.map_err(Cause::into_error)
    }

    fn or_fail_with(self, text: impl Display) -> Result<T>
    where
        E: Cause,
    {
        self.map_err(|error| error.into_error().context(text))
    }
}

impl<T> OrFail<T, &'static str> for Option<T> {
    #[track_caller]
    fn or_fail(self) -> Result<T> {
        let place = Location::caller();
        self.ok_or_else(|| Error::msg(format_args!("there is no value ({}:{})", place.file(), place.line())))
    }

    fn or_fail_with(self, text: impl Display) -> Result<T> {
        self.ok_or_else(|| Error::msg(text))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::failure::FailureKind;

    /// An error of another library, with a cause.
    #[derive(Debug)]
    struct Foreign(std::num::ParseIntError);

    impl Display for Foreign {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bad basket")
        }
    }

    impl StdError for Foreign {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn foreign() -> std::result::Result<u8, Foreign> {
        "x".parse().map_err(Foreign)
    }

    fn whole<T: fmt::Debug>(result: Result<T>) -> String {
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn the_whole_chain_of_a_foreign_error_is_printed_once() {
        let chain = "bad basket: invalid digit found in string";

        assert_eq!(whole(foreign().or_fail()), chain);
        assert_eq!(whole(foreign().or_fail_with("cannot buy")), format!("cannot buy: {chain}"));
        let anyhow = anyhow::Context::context(foreign(), "in anyhow");
        assert_eq!(whole(anyhow.or_fail()), format!("in anyhow: {chain}"));
        let boxed: std::result::Result<u8, Box<dyn StdError + Send + Sync>> = foreign().map_err(Into::into);
        assert_eq!(whole(boxed.or_fail()), chain);
    }

    #[test]
    fn text_and_printable_values_become_errors() {
        assert_eq!(whole(Err::<u8, _>("no").or_fail()), "no");
        assert_eq!(whole(Err::<u8, _>(String::from("no")).or_fail_with("why")), "why: no");
        let printable: std::result::Result<u8, char> = "".parse::<char>().map(|_| 1).map_err(|_| 'c');
        assert_eq!(whole(printable.map_err(Error::msg)), "c");
    }

    #[test]
    fn option_without_a_value_is_reported_with_its_place() {
        let line = line!() + 1;
        let text = whole(None::<u8>.or_fail());

        assert_eq!(text, format!("there is no value ({}:{line})", file!()));
        assert_eq!(whole(None::<u8>.or_fail_with("no token")), "no token");
        assert_eq!((Some(1).or_fail().unwrap(), Some(1).or_fail_with("").unwrap()), (1, 1));
    }

    #[test]
    fn own_error_keeps_its_kind_and_context() {
        let ours = || Err::<u8, _>(Error::with_kind(FailureKind::Http5xx, "GET /: 503").into_recorded());

        let plain = ours().or_fail().unwrap_err();
        let context = ours().or_fail_with("cannot buy").unwrap_err();

        assert_eq!((plain.kind(), plain.is_recorded()), (FailureKind::Http5xx, true));
        assert_eq!((context.kind(), context.is_recorded()), (FailureKind::Http5xx, false));
        assert_eq!(format!("{context:#}"), "cannot buy: GET /: 503");
    }
}
