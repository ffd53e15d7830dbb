//! Ours: a real scenario, picked by weight, with cookies, all time-outs, route names and the whole report.

use std::path::Path;
use std::process::Command;

use super::{OURS, Peer, Source, Threads};
use crate::work::{Kind, Work};

const SOURCE: Source = Source::Built { package: "client-molotov", krate: "molotov" };

pub(super) const MOLOTOV: Peer =
    Peer { name: OURS, source: SOURCE, threads: Threads::Many, command, idle: Some(idle) };

/// Its users log in first, so that each of their requests carries a cookie; no other client's does.
pub(super) const WITH_COOKIE: Peer = Peer {
    name: "molotov, a cookie in each request",
    source: SOURCE,
    threads: Threads::Many,
    command: |program, work| {
        let mut command = command(program, work);
        command.env("PEERS_LOG_IN", "1");
        command
    },
    idle: None,
};

/// An allocator chosen by the user; a library does not choose one.
pub(super) const WITH_MIMALLOC: Peer = Peer {
    name: "molotov with mimalloc",
    source: Source::Built { package: "client-molotov-mimalloc", krate: "molotov" },
    threads: Threads::Many,
    command,
    idle: Some(idle),
};

fn command(program: &Path, work: &Work<'_>) -> Command {
    let tag = match work.kind {
        Kind::Get => "get",
        Kind::Post => "post",
    };
    let mut command = load_test(program, work, tag);
    command.args(["--duration", &format!("{}s", work.seconds)]);
    command
}

/// An interrupt ends it at once, without a grace period for its users.
fn idle(program: &Path, work: &Work<'_>) -> Command {
    let mut command = load_test(program, work, "idle");
    command.args(["--grace", "0s", "--duration", "600s"]);
    command
}

/// The load test with the scenarios of this tag.
pub(crate) fn load_test(program: &Path, work: &Work<'_>, tag: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["--host", &work.host(), "--quiet", "--tag", tag]);
    command.args(["--users", &work.users.to_string(), "--threads", &work.threads.to_string()]);
    command.env("PEERS_BODY", work.places.body());
    command
}
