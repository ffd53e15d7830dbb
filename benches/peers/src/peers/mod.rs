//! The compared clients, with a file for the command of each.

mod ab;
mod autocannon;
pub(crate) mod epoll;
mod goose;
mod h2load;
mod hey;
mod hyper;
mod k6;
mod locust;
mod molotov;
mod oha;
mod python_molotov;
mod reqwest;
mod rlt;
mod source;
mod version;
mod wrk;

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use self::molotov::load_test;
pub(crate) use self::source::{Source, build, why_not};
pub(crate) use self::version::commit;
use crate::places::Places;
use crate::work::Work;

/// A load generator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) threads: Threads,
    /// Its command, with its program.
    pub(crate) command: fn(&Path, &Work<'_>) -> Command,
    /// Its command for users that make one request and wait, if that is measured.
    pub(crate) idle: Option<fn(&Path, &Work<'_>) -> Command>,
}

/// True if one process of it can use several cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    Many,
}

/// The reference of the comparisons.
pub(crate) const REFERENCE: &str = "wrk";

/// The name of ours in the tables.
pub(crate) const OURS: &str = "molotov";

/// All clients, ours first.
pub(crate) const ALL: &[Peer] = &[
    molotov::MOLOTOV,
    molotov::WITH_COOKIE,
    molotov::WITH_MIMALLOC,
    epoll::EPOLL,
    hyper::HYPER,
    wrk::WRK,
    ab::AB,
    h2load::H2LOAD,
    oha::OHA,
    rlt::RLT,
    reqwest::REQWEST,
    goose::GOOSE,
    autocannon::AUTOCANNON,
    hey::HEY,
    k6::K6,
    python_molotov::PYTHON_MOLOTOV,
    locust::FAST,
    locust::PLAIN,
];

/// The clients whose idle users are measured.
pub(crate) const WITH_IDLE_USERS: &[Peer] = &[molotov::MOLOTOV, goose::GOOSE, k6::K6, locust::FAST];

/// The choices of developers of a client, one for each.
pub(crate) const CHOICES: &[Peer] = &{
    let [task, nagle, small, large] = hyper::CHOICES;
    [hyper::HYPER, task, nagle, small, large]
};

/// A client that can be started.
#[derive(Debug)]
pub(crate) struct Ready {
    peer: Peer,
    program: PathBuf,
    pub(crate) version: String,
}

impl Ready {
    pub(crate) fn name(&self) -> &'static str {
        self.peer.name
    }

    pub(crate) fn command(&self, work: &Work<'_>) -> Command {
        (self.peer.command)(&self.program, work)
    }

    /// The command for users that make one request and then wait; without such users, its usual work.
    pub(crate) fn idle_command(&self, work: &Work<'_>) -> Command {
        self.peer.idle.unwrap_or(self.peer.command)(&self.program, work)
    }
}

/// A missing client, which the tables list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Absent {
    pub(crate) name: &'static str,
    pub(crate) why: String,
}

/// Finds these clients, and builds the Rust ones.
pub(crate) fn find(peers: &[Peer], places: &Places) -> (Vec<Ready>, Vec<Absent>) {
    let (mut ready, mut absent) = (Vec::new(), Vec::new());
    for peer in peers {
        match peer.source.program(peer.name, places) {
            Ok(program) => {
                let version = peer.source.version(&program, places);
                ready.push(Ready { peer: *peer, program, version });
            }
            Err(why) => absent.push(Absent { name: peer.name, why }),
        }
    }
    (ready, absent)
}
