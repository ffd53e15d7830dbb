//! The reasons why a request that was sent has no response.

use crate::error::Error;
use crate::failure::FailureKind;
use crate::sample::IdleFault;

/// The reason why there is no response.
pub(crate) enum NoResponse {
    /// The idle connection could not take the request, which was not even started; with the fault, unless it was an
    /// orderly close.
    Closed(Option<Box<IdleFault>>),
    /// The connection broke, and the bytes of the request provably never left; with the fault of the idle time before.
    Unsent(Error, Option<Box<IdleFault>>),
    Failed(Error),
}

impl NoResponse {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Closed(_) => {
                Error::with_kind(FailureKind::ClosedBeforeResponse, "the connection was closed")
            }
            Self::Unsent(error, _) | Self::Failed(error) => error,
        }
    }
}

impl From<Error> for NoResponse {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
