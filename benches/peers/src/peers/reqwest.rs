//! A bare loop on reqwest, the usual start of a self-made load test.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const REQWEST: Peer = Peer {
    name: "reqwest",
    source: Source::Built { package: "client-reqwest", krate: "reqwest" },
    threads: Threads::Many,
    command,
    idle: None,
};

/// It has a thread for each allowed core.
fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args([work.url(), work.users.to_string()]);
    if work.is_post() {
        command.arg(work.places.body());
    }
    command
}
