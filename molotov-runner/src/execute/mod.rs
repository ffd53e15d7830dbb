//! The execution of a job: users on a runtime, and their supervisor.

mod address_space;
mod clock;
mod common_start;
mod draws;
mod fixtures;
mod heartbeat;
mod iteration;
mod job;
mod listeners;
mod machine;
mod precise_timer;
mod presence;
mod progress;
pub(crate) mod rendezvous;
mod run;
mod run_context;
mod scenario_selector;
mod shutdown;
mod signals;
mod sizing;
mod slot;
mod source;
mod supervisor;
mod thread_limit;
mod threads;
mod timeout;
mod user;
mod user_lifecycle;
mod user_limit;

use crate::panics;

pub(crate) use self::job::Job;
pub use self::precise_timer::PreciseTimer;
pub use self::run::RunExt;
pub(crate) use self::run::{SignalSource, check_threads, run_on_threads};
#[cfg(unix)]
pub use self::signals::hang_up::is_ignored as hang_up_is_ignored;
pub(crate) use self::supervisor::Watcher;
