//! The side of a limit on which a sample is.

use std::time::Duration;

use crate::plan::bound::Relation;

/// The side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitSide {
    Within,
    Beyond,
}

impl LimitSide {
    /// The side of a time.
    pub(crate) fn from_time(time: Duration, relation: Relation, limit: Duration) -> Self {
        if relation.holds(time, limit) { Self::Within } else { Self::Beyond }
    }

    /// 1 beyond the limit, and 0 within it.
    pub(crate) fn beyond(self) -> u32 {
        u32::from(self == Self::Beyond)
    }
}
