//! k6. No registry that the benchmark installs from has it, so a machine needs it, or Go.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const K6: Peer = Peer {
    name: "k6",
    source: Source::Go { module: "go.k6.io/k6", program: "k6" },
    threads: Threads::Many,
    command,
    idle: None,
};

/// It has a thread for each core that it may use.
fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["run", "--quiet", "--no-usage-report", "--vus", &work.users.to_string()]);
    command.args(["--duration", &format!("{}s", work.seconds)]);
    command.args(["-e", &format!("URL={}", work.url())]);
    if work.is_post() {
        command.args(["-e", &format!("BODY={}", work.places.body().display())]);
    }
    command.arg(work.places.script("k6.js"));
    command
}
