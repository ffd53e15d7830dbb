//! How a record becomes a row.

use super::records::Records;
use super::wrong::Wrong;

/// How a record becomes a row.
pub(super) type Parse<T> = fn(&mut Records) -> Result<T, Wrong>;
