//! Locust with both of its clients.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

const SOURCE: Source = Source::Pip { package: "locust" };

pub(super) const FAST: Peer = Peer {
    name: "Locust, FastHttpUser",
    source: SOURCE,
    threads: Threads::Many,
    command: |program, work| command(program, work, "Fast"),
    idle: Some(|program, work| load_test(program, work, "Idle")),
};

pub(super) const PLAIN: Peer = Peer {
    name: "Locust, HttpUser",
    source: SOURCE,
    threads: Threads::Many,
    command: |program, work| command(program, work, "Plain"),
    idle: None,
};

fn command(program: &Path, work: &Work<'_>, class: &str) -> Command {
    let mut command = load_test(program, work, class);
    if work.is_post() {
        command.env("PEERS_BODY", work.places.body());
    }
    if work.threads > 1 {
        command.args(["--processes", &work.threads.to_string()]);
    }
    command
}

/// All users of this class start at once.
fn load_test(program: &Path, work: &Work<'_>, class: &str) -> Command {
    let users = work.users.to_string();
    let mut command = Command::new(program);
    command.arg("-f").arg(work.places.script("locustfile.py"));
    command.args(["--headless", "--only-summary", "--loglevel", "WARNING", "-H", &work.host()]);
    command.args(["-u", &users, "-r", &users, class]);
    // Nothing is written beside the script.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
