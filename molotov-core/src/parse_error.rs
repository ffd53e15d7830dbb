//! The error of a text that a user wrote and that does not parse.

use std::error::Error as StdError;
use std::fmt;

/// A mistake in a text: a rate, a threshold, an objective or stages. It prints the mistake and the cure.
///
/// ```
/// use molotov::Rate;
/// use molotov::error::ParseError;
///
/// let error: ParseError = "5".parse::<Rate>().unwrap_err();
/// println!("{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ParseError(String);

impl ParseError {
    /// A mistake with this message, for a runner.
    #[doc(hidden)]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The format of `unwrap` and of `?` in `main`: developers want to read the message there, with its mark
/// below its place.
impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ParseError {}

impl From<String> for ParseError {
    fn from(message: String) -> Self {
        Self(message)
    }
}

impl From<ParseError> for String {
    fn from(error: ParseError) -> Self {
        error.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_keeps_the_lines_of_the_message() {
        let error = ParseError::new("not a time\n  p99 < fast\n        ^^^^");

        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
