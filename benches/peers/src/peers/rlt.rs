//! rlt, on hyper's connections as in its own example, but without the pool.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const RLT: Peer = Peer {
    name: "rlt",
    source: Source::Built { package: "client-rlt", krate: "rlt" },
    threads: Threads::Many,
    command,
    idle: None,
};

/// It has a thread for each allowed core.
fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["--quiet", "--url", &work.url(), "--concurrency", &work.users.to_string()]);
    command.args(["--duration", &format!("{}s", work.seconds)]);
    if work.is_post() {
        command.arg("--body").arg(work.places.body());
    }
    command
}
