//! Who starts what, and when: pure functions of a plan, a user and a seed.

mod picks;
mod ramp;

pub(crate) use self::picks::{Pick, Picks};
pub(crate) use self::ramp::start_of;
