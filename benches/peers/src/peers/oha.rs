//! oha.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const OHA: Peer = Peer {
    name: "oha",
    source: Source::Cargo { package: "oha" },
    threads: Threads::Many,
    command,
    idle: None,
};

/// It has a thread for each allowed core.
fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["--no-tui", "-c", &work.users.to_string(), "-z", &format!("{}s", work.seconds)]);
    if work.is_post() {
        command.args(["-m", "POST", "-T", "application/json", "-D"]).arg(work.places.body());
    }
    command.arg(work.url());
    command
}
