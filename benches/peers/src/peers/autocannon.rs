//! autocannon, on Node.js.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const AUTOCANNON: Peer = Peer {
    name: "autocannon",
    source: Source::Npm { package: "autocannon" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["--no-progress", "-c", &work.users.to_string(), "-d", &work.seconds.to_string()]);
    if work.threads > 1 {
        command.args(["--workers", &work.threads.to_string()]);
    }
    if work.is_post() {
        command.args(["-m", "POST", "-H", "content-type=application/json", "-i"]).arg(work.places.body());
    }
    command.arg(work.url());
    command
}
