//! hey.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const HEY: Peer = Peer {
    name: "hey",
    source: Source::Apt { package: "hey", program: "hey" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["-cpus", &work.threads.to_string(), "-c", &work.users.to_string()]);
    command.args(["-z", &format!("{}s", work.seconds)]);
    if work.is_post() {
        command.args(["-m", "POST", "-T", "application/json", "-D"]).arg(work.places.body());
    }
    command.arg(work.url());
    command
}
