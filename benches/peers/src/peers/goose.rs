//! goose, with its defaults: cookies, metrics, statistics.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const GOOSE: Peer = Peer {
    name: "goose",
    source: Source::Built { package: "client-goose", krate: "goose" },
    threads: Threads::Many,
    command,
    idle: Some(idle),
};

/// It has a thread for each allowed core.
fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = load_test(program, work);
    if work.is_post() {
        command.env("PEERS_BODY", work.places.body());
    }
    command
}

fn idle(program: &Path, work: &Work<'_>) -> Command {
    let mut command = load_test(program, work);
    command.env("PEERS_IDLE", "1");
    command
}

/// All users start at once, as far as it can do that.
fn load_test(program: &Path, work: &Work<'_>) -> Command {
    let (users, at_once) = (work.users.to_string(), (work.users * 100).to_string());
    let mut command = Command::new(program);
    command.args(["--host", &work.host(), "--users", &users, "--increase-rate", &at_once]);
    command.args(["--run-time", &format!("{}s", work.seconds), "--no-telnet", "-qq"]);
    command
}
