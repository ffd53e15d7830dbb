//! A user in this process: its number in the whole run, and its slot here.

use molotov_core::UserId;

/// The place of a user among those of this process: arrays are indexed by it, and never by a [`UserId`], which counts
/// the users of all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserSlot(u32);

impl UserSlot {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A user of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalUser {
    /// The number in the run, which determines its seeds and its data.
    pub(crate) id: UserId,
    pub(crate) slot: UserSlot,
}

impl LocalUser {
    /// Assigns consecutive slots to these users.
    pub(crate) fn number(ids: impl Iterator<Item = UserId>) -> impl Iterator<Item = Self> {
        (0..).map(UserSlot).zip(ids).map(|(slot, id)| Self { id, slot })
    }

    /// The user in this slot of a run in a single process.
    #[cfg(test)]
    pub(crate) fn nth(number: u32) -> Self {
        Self { id: UserId(number), slot: UserSlot(number) }
    }
}
