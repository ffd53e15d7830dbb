//! A bare loop on hyper's connections: what nobody who builds on it goes below.

use super::{Peer, Source, Threads, Work};
use std::path::Path;
use std::process::Command;

pub(super) const HYPER: Peer = Peer {
    name: "bare hyper loop",
    source: Source::Built { package: "client-hyper", krate: "hyper" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args([&work.address.to_string(), work.kind.path()]);
    command.args([work.users.to_string(), work.threads.to_string()]);
    if work.is_post() {
        command.arg(work.places.body());
    }
    command
}
