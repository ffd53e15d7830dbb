//! Executing a job: users on a runtime, and the control that watches over them.

mod address_space;
mod alarm;
mod control;
mod course;
mod desk;
mod draws;
mod fixtures;
mod gate;
mod heartbeat;
mod job;
mod listeners;
mod machine;
mod metronome;
mod pacer;
mod panics;
mod ready;
mod scenario_selector;
mod signals;
mod sizing;
mod step;
mod switch;
mod thread_limit;
mod threads;
mod user;
mod value;
mod world;

pub(crate) use self::control::Watcher;
pub(crate) use self::job::Job;
pub use self::pacer::Pacer;
#[cfg(unix)]
pub use self::signals::hang_up::is_ignored as hang_up_is_ignored;
pub use self::value::RunExt;
pub(crate) use self::value::{Hear, check_threads, run_on_threads};
