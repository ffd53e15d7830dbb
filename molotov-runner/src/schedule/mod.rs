//! Who starts what, and when: pure functions of a plan, a user and a seed.

mod arrival_schedule;
mod arrival_times;
mod load_profile;
mod ramp;
mod user_intervals;

pub(crate) use self::arrival_schedule::{Due, Offer};
pub(crate) use self::arrival_times::{Arrivals, Spacing};
pub(crate) use self::load_profile::{Curve, Part};
pub(crate) use self::ramp::start_of;
pub(crate) use self::user_intervals::lives_of;
