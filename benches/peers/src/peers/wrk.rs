//! wrk, the reference of the comparisons.

use std::path::Path;
use std::process::Command;

use super::{Peer, REFERENCE, Source, Threads};
use crate::work::Work;

pub(super) const WRK: Peer = Peer {
    name: REFERENCE,
    source: Source::Apt { package: "wrk", program: "wrk" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["-t", &work.threads.to_string(), "-c", &work.users.to_string()]);
    command.args(["-d", &format!("{}s", work.seconds)]);
    if work.is_post() {
        command.arg("-s").arg(work.places.script("wrk.lua")).env("PEERS_BODY", work.places.body());
    }
    command.arg(work.url());
    command
}
