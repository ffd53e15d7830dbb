//! A bare loop on hyper's connections: the floor for clients based on hyper.

use super::{Peer, Source, Threads, Work};
use std::path::Path;
use std::process::Command;

pub(super) const HYPER: Peer = with("bare hyper loop", command);

/// The same loop, with one other choice each.
pub(super) const CHOICES: [Peer; 4] = [
    with("bare hyper loop, a task for each connection", |program, work| choosing("task", program, work)),
    with("bare hyper loop, without TCP_NODELAY", |program, work| choosing("nagle", program, work)),
    with("bare hyper loop, buffer of 8 kB", |program, work| choosing("buffer-8k", program, work)),
    with("bare hyper loop, buffer of 64 kB", |program, work| choosing("buffer-64k", program, work)),
];

const fn with(name: &'static str, command: fn(&Path, &Work<'_>) -> Command) -> Peer {
    let source = Source::Built { package: "client-hyper", krate: "hyper" };
    Peer { name, source, threads: Threads::Many, command, idle: None }
}

fn choosing(choice: &str, program: &Path, work: &Work<'_>) -> Command {
    let mut command = command(program, work);
    command.env("CLIENT_HYPER", choice);
    command
}

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args([&work.address.to_string(), work.kind.path()]);
    command.args([work.users.to_string(), work.threads.to_string()]);
    if work.is_post() {
        command.arg(work.places.body());
    }
    command
}
