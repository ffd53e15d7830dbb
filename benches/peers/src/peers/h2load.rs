//! h2load of nghttp2, over HTTP/1.1.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const H2LOAD: Peer = Peer {
    name: "h2load --h1",
    source: Source::Apt { package: "nghttp2-client", program: "h2load" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["--h1", "-t", &work.threads.to_string(), "-c", &work.users.to_string()]);
    command.args(["-D", &work.seconds.to_string()]);
    if work.is_post() {
        command.arg("-d").arg(work.places.body()).args(["-H", "content-type: application/json"]);
    }
    command.arg(work.url());
    command
}
