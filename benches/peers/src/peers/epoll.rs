//! A loop on epoll that only writes and reads: the kernel's part of the cost of every client.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const EPOLL: Peer = Peer {
    name: "bare epoll loop",
    source: SOURCE,
    threads: Threads::Many,
    command: |program, work| paced(program, work, 0),
    idle: None,
};

pub(crate) const PACKAGE: &str = "client-epoll";

const SOURCE: Source = Source::Built { package: PACKAGE, krate: PACKAGE };

/// With a pause of this many milliseconds after each response.
pub(crate) fn paced(program: &Path, work: &Work<'_>, pause: u128) -> Command {
    let mut command = Command::new(program);
    command.args([&work.address.to_string(), work.kind.path()]);
    command.args([work.users.to_string(), work.threads.to_string(), pause.to_string()]);
    if work.is_post() {
        command.arg(work.places.body());
    }
    command
}
