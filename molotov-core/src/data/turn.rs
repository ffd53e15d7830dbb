//! Whose turn it is to draw a row.

use crate::run::UserId;

/// Who draws a row, and how many it had.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The seed of the run.
    pub seed: u64,
    /// The user that draws, by its number in the whole run.
    pub user: UserId,
    /// The number of users of the whole run, in all processes.
    pub users: u32,
    /// How many rows of this feeder the user had before.
    pub nth: u64,
}
