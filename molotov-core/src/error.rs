//! The error of a request, of a fixture, and of everything else that a scenario returns with `?`.

use std::error::Error as StdError;
use std::fmt;

use crate::failure::FailureKind;
use crate::redact;

/// The result of a scenario: `Result` alone is `Result<(), molotov::Error>`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// The failure of a request, a fixture or an iteration.
///
/// Its [kind](Error::kind) is one of the stable [`FailureKind`]s; its text names the failure and, if there is
/// one, the cure. `{}` prints the message, `{:#}` the message and its causes.
///
/// | a value | the way to an error |
/// |---|---|
/// | an error of the standard library, tokio, http, url or serde_json; text | `?` |
/// | any other error, also anyhow's and eyre's; an `Option` | [`or_fail()?`](crate::OrFail::or_fail), or [`or_fail_with("cannot read the price")?`](crate::OrFail::or_fail_with) |
/// | a value that can be printed but is not a `std::error::Error` | `.map_err(Error::msg)?` |
///
/// A scenario may also return `anyhow::Result`, or any other `Result<(), E>` whose `E` can be printed; `?`
/// converts errors of this type to it. Therefore this type is a `std::error::Error`, and `?` does not convert
/// every error to it: Rust allows only one of the two.
///
/// ```
/// use molotov::Error;
/// use molotov::error::FailureKind;
///
/// fn parse(text: &str) -> Result<u32, Error> {
///     Ok(text.parse::<u32>()?)
/// }
///
/// let error = parse("seven").unwrap_err();
/// assert_eq!(error.kind(), FailureKind::UserError);
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// ```
pub struct Error(Box<ErrorInner>);

/// The contents of an error. It is also the first cause of its error and prints its kind, so that it can be
/// found in an error of another library that wraps ours.
struct ErrorInner {
    kind: FailureKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    status: Option<http::StatusCode>,
    /// The start of the body of the response, if that is text.
    excerpt: Option<Box<str>>,
    /// True if a sample of a request already reports this failure, so that it is not listed twice.
    recorded: bool,
}

impl Error {
    /// An error of the scenario's own ([`FailureKind::UserError`]); its causes are kept and printed. If one
    /// of its causes is an error of this type, it has the kind of that cause.
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(ours) => *ours,
            Err(error) => {
                let mut adopted = Self::adopt(error.as_ref());
                adopted.0.message = redact::owned(error.to_string());
                adopted.0.source = Some(error);
                adopted
            }
        }
    }

    /// The error and its causes as text, with the kind of the first [`Error`] among the causes.
    pub(crate) fn adopt(error: &(dyn StdError + 'static)) -> Self {
        let mut adopted = Self::msg(chain(error));
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(inner) = cause.downcast_ref::<ErrorInner>() {
                (adopted.0.kind, adopted.0.status) = (inner.kind, inner.status);
                adopted.0.excerpt = inner.excerpt.clone();
                // The context that a scenario added is printed as well.
                adopted.0.recorded = inner.recorded && adopted.0.message == inner.message;
                break;
            }
            next = cause.source();
        }
        adopted
    }

    /// An error of the scenario's own with this text, or with any value that can be printed:
    /// `.map_err(Error::msg)?`.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let stock = session.get("/items/7/stock").send().await?;
    /// if stock.text()? == "0" {
    ///     return Err(Error::msg("item 7 is sold out"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::with_kind(FailureKind::UserError, format!("{message:#}"))
    }

    /// The same error with this text before its message; kind and causes are unchanged.
    ///
    /// ```
    /// use molotov::Error;
    ///
    /// let error = Error::msg("not a number").context("cannot read the price");
    /// assert_eq!(error.to_string(), "cannot read the price: not a number");
    /// ```
    #[must_use]
    pub fn context(mut self, text: impl fmt::Display) -> Self {
        self.0.message = redact::owned(format!("{text}: {self:#}"));
        // No report has the added text yet.
        self.0.recorded = false;
        self
    }

    /// An error of this kind with this text. Values that serde quotes in the text
    /// (``invalid type: string "hunter2", expected u32``) are removed, because they may be secrets; the rest
    /// is kept.
    pub fn with_kind(kind: FailureKind, message: impl Into<String>) -> Self {
        let (message, source) = (redact::owned(message.into()), None);
        Self(Box::new(ErrorInner { kind, message, source, status: None, excerpt: None, recorded: false }))
    }

    pub(crate) fn with_status(mut self, status: http::StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    #[cold]
    pub(crate) fn with_excerpt(mut self, excerpt: Option<String>) -> Self {
        self.0.excerpt = excerpt.map(Into::into);
        self
    }

    pub(crate) fn into_recorded(mut self) -> Self {
        self.0.recorded = true;
        self
    }

    /// The kind of this failure.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// if let Err(error) = session.get("/items").send().await {
    ///     session.counter(if error.kind().is_http() { "refused" } else { "not answered" }).add(1);
    ///     return Err(error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn kind(&self) -> FailureKind {
        self.0.kind
    }

    /// The status of the response, if the failure is an unexpected status.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// match session.post("/orders").send().await {
    ///     Err(error) if error.status().is_some_and(|status| status == 409) => session.counter("sold out").add(1),
    ///     order => drop(order?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> Option<http::StatusCode> {
        self.0.status
    }

    /// The first 200 bytes of the body of a failed response, as in the report: of the first failure of each
    /// kind in a session, if the body is text.
    #[doc(hidden)]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// True for a time-out.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// match session.get("/search").timeout(secs(2)).send().await {
    ///     Err(error) if error.is_timeout() => session.counter("searches given up").add(1),
    ///     found => drop(found?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_timeout(&self) -> bool {
        self.0.kind.is_timeout()
    }

    /// True if no connection could be opened (name, connect or TLS).
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// match session.get("/items").send().await {
    ///     Err(error) if error.is_connect() => session.stop("the shop is not running"),
    ///     items => drop(items?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind.class(), "dns" | "connect" | "tls")
    }

    /// True if the server answered with an unexpected status.
    pub fn is_status(&self) -> bool {
        self.0.kind.is_http()
    }

    /// Returns `true` if the report already has the failed request behind this error.
    #[doc(hidden)]
    pub fn is_recorded(&self) -> bool {
        self.0.recorded
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if f.alternate()
            && let Some(source) = &self.0.source
        {
            let causes = chain(source.as_ref());
            let said = self.0.message.as_str();
            match causes.strip_prefix(said) {
                Some(rest) => f.write_str(rest)?,
                None if said.contains(&causes) => {}
                None => write!(f, ": {causes}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    // A test that returns this error prints it with `{:?}`; developers want to read the text there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#} ({})", self.0.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

impl fmt::Display for ErrorInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Debug for ErrorInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ErrorInner {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().and_then(|source| source.source())
    }
}

/// The error and its causes in one line, without repetitions and without our kinds.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !cause.is::<ErrorInner>() && !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    redact::owned(text)
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::msg(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::msg(message)
    }
}

impl From<Box<dyn StdError + Send + Sync>> for Error {
    fn from(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self::new(error)
    }
}

impl From<Box<dyn StdError>> for Error {
    fn from(error: Box<dyn StdError>) -> Self {
        Self::adopt(error.as_ref())
    }
}

macro_rules! from_std {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        }
    )*};
}

from_std!(
    std::array::TryFromSliceError,
    std::char::CharTryFromError,
    std::char::ParseCharError,
    std::convert::Infallible,
    std::env::VarError,
    std::ffi::FromBytesWithNulError,
    std::ffi::NulError,
    std::io::Error,
    std::net::AddrParseError,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::path::StripPrefixError,
    std::str::ParseBoolError,
    std::str::Utf8Error,
    std::string::FromUtf16Error,
    std::string::FromUtf8Error,
    std::sync::mpsc::RecvError,
    std::time::SystemTimeError,
    std::time::TryFromFloatSecsError,
    fmt::Error,
    serde_json::Error,
    tokio::sync::AcquireError,
    tokio::sync::broadcast::error::RecvError,
    tokio::sync::oneshot::error::RecvError,
    tokio::sync::watch::error::RecvError,
    tokio::task::JoinError,
    tokio::time::error::Elapsed,
    http::Error,
    http::header::InvalidHeaderName,
    http::header::InvalidHeaderValue,
    http::header::ToStrError,
    http::method::InvalidMethod,
    http::status::InvalidStatusCode,
    http::uri::InvalidUri,
    url::ParseError,
);

#[cfg(test)]
mod tests;
