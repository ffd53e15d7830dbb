//! Who starts what, and when: pure functions of a plan, a user and a seed.

mod arrivals;
mod curve;
mod lives;
mod offer;
mod ramp;

pub(crate) use self::arrivals::{Arrivals, Spacing};
pub(crate) use self::curve::{Curve, Part};
pub(crate) use self::lives::lives_of;
pub(crate) use self::offer::{Due, Offer};
pub(crate) use self::ramp::start_of;
