//! The lifetime of a connection.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The lifetime of the connections of a user.
///
/// Users never share a connection, under any policy.
///
/// ```
/// use molotov::http::ConnectionPolicy;
///
/// assert_eq!("iteration".parse::<ConnectionPolicy>().unwrap(), ConnectionPolicy::Iteration);
/// assert_eq!(ConnectionPolicy::default(), ConnectionPolicy::User);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionPolicy {
    /// From request to request and from iteration to iteration, as in a browser that stays open. The default.
    #[default]
    User,
    /// From request to request. Each iteration starts without a connection, and closes its connections at its end;
    /// those of the set-up are closed before the first iteration.
    Iteration,
    /// For one request, which announces it (`connection: close`). An iteration then measures connecting too: use it
    /// when your users connect as often.
    Request,
}

impl ConnectionPolicy {
    /// All policies, from the longest to the shortest lifetime.
    pub const ALL: &'static [Self] = &[Self::User, Self::Iteration, Self::Request];

    /// The name: `user`, `iteration` or `request`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Iteration => "iteration",
            Self::Request => "request",
        }
    }
}

impl fmt::Display for ConnectionPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ConnectionPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|policy| policy.as_str().eq_ignore_ascii_case(text.trim()));
        known.copied().ok_or_else(|| {
            Error::msg(format!(
                "`{text}` is no lifetime of connections; write `user`, `iteration` or `request`"
            ))
        })
    }
}
