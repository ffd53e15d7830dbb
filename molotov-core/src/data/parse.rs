//! The conversion of a record to a row.

use super::records::Records;
use super::wrong::Wrong;

/// A function that makes a row from the next record.
pub(super) type Parse<T> = fn(&mut Records) -> Result<T, Wrong>;
