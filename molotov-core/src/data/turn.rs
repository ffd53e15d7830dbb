//! The turn of a user to draw a row.

use crate::run::UserId;

/// The user that draws a row, and the number of rows that the user had before.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Turn {
    /// The seed of the run.
    pub seed: u64,
    /// The user that draws, by its number in the whole run.
    pub user: UserId,
    /// The number of users of the whole run, in all processes.
    pub users: u32,
    /// The number of rows of this feeder that the user had before.
    pub nth: u64,
}

impl Turn {
    /// The draw of this user, of this many users, after `nth` rows.
    pub const fn new(seed: u64, user: UserId, users: u32, nth: u64) -> Self {
        Self { seed, user, users, nth }
    }
}
