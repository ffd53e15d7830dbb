//! ApacheBench.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const AB: Peer = Peer {
    name: "ab",
    source: Source::Apt { package: "apache2-utils", program: "ab" },
    threads: Threads::One,
    command,
    idle: None,
};

/// More than it can send during the measurement. It allocates a record for each at its start.
const REQUESTS: &str = "5000000";

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["-q", "-k", "-c", &work.users.to_string()]);
    // Behind `-t`, which also sets a number of requests.
    command.args(["-t", &work.seconds.to_string(), "-n", REQUESTS]);
    if work.is_post() {
        command.arg("-p").arg(work.places.body()).args(["-T", "application/json"]);
    }
    command.arg(work.url());
    command
}
