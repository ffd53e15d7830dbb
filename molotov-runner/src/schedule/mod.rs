//! The schedule of users and iterations: pure functions of a plan, a user and a seed.

mod arrival_schedule;
mod arrival_times;
mod load_profile;
mod ramp;
mod user_intervals;

pub(crate) use self::arrival_schedule::{ArrivalSchedule, Due};
pub(crate) use self::arrival_times::{ArrivalTimes, Spacing};
pub(crate) use self::load_profile::{LoadProfile, ProfilePart};
pub(crate) use self::ramp::start_of;
pub(crate) use self::user_intervals::intervals_of;
