//! Molotov of Python, whose ideas ours follows.

use std::path::Path;
use std::process::Command;

use super::{Peer, Source, Threads};
use crate::work::Work;

pub(super) const PYTHON_MOLOTOV: Peer = Peer {
    name: "Molotov (Python)",
    source: Source::Pip { package: "molotov" },
    threads: Threads::Many,
    command,
    idle: None,
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["-q", "-w", &work.users.to_string(), "-p", &work.threads.to_string()]);
    command.args(["-d", &work.seconds.to_string()]).arg(work.places.script("python_molotov.py"));
    command.env("PEERS_URL", work.url()).env("PYTHONDONTWRITEBYTECODE", "1");
    if work.is_post() {
        command.env("PEERS_BODY", work.places.body());
    }
    command
}
