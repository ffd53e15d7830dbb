//! The few slow requests at a low rate: molotov's beside those of a plain client at the same time.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::Compared;
use crate::client::Lab;
use crate::clients::{self, Molotov};
use crate::control::{self, Seen};
use crate::doc::{self, Table};
use crate::load;
use crate::server::{Log, Script, Server};

/// Arrivals per second.
const RATE: u32 = 200;

const GAP: Duration = Duration::from_micros(1_000_000 / RATE as u64);

/// The response time of the server.
const EACH: Duration = Duration::from_millis(2);

/// A request that takes this much more is too slow.
const MORE: Duration = Duration::from_millis(1);

/// As many connections as a rate has users by default, and fewer.
const CONNECTIONS: [u32; 2] = [RATE, 4];

pub(super) fn run(lab: &Lab) -> Result<String> {
    let mut table = Table::new(&[
        "client",
        "connections",
        "requests",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "close",
        "too long: first ones",
        "later ones",
    ]);
    for connections in CONNECTIONS {
        let what = format!("tails at {RATE}/s: {connections} connections");
        let both = lab.measured(&what, || measure(lab, connections))?;
        let (seen, log) = &both.control;
        let late = [&seen.firsts, &seen.later].map(|times| times.above(EACH + MORE));
        row(
            &mut table,
            ("control", connections),
            &Compared::of(&seen.all.figures(), &log.latencies(GAP)),
            log,
            late,
        );
        let (ran, log) = &both.molotov;
        let late = [load::LATE_FIRST, load::LATE_LATER].map(|name| ran.counter(name));
        let compared = Compared::of(&ran.latency("latency")?, &log.latencies(GAP));
        row(&mut table, (ran.name(), connections), &compared, log, late);
    }
    Ok(format!(
        "{}{}\n{RATE} arrivals a second, evenly; a server that answers in {EACH:?}. Both clients are there at the same \
         time, each with a server of its own. Too long is what took more than {:?}.\n\n{table}",
        doc::head(lab),
        lab.warning(),
        EACH + MORE
    ))
}

/// The latencies of both clients, each with the truth.
struct Both {
    control: (Seen, Log),
    molotov: (Molotov, Log),
}

fn measure(lab: &Lab, connections: u32) -> Result<Both> {
    let duration = lab.args.duration() * 2;
    let (for_control, for_molotov) =
        (Server::start(Script::Constant(EACH))?, Server::start(Script::Constant(EACH))?);
    let address = for_control.address();
    let control = thread::spawn(move || control::run(address, connections as usize, GAP, duration));
    let options =
        ["--rate", &format!("{RATE}/s"), "--users", &connections.to_string(), "--scenario", load::TIMED];
    let limit = EACH + MORE;
    let ran = clients::timed(lab, &for_molotov.url(), duration, limit, &options.map(str::to_owned));
    let seen = control.join().map_err(|_| anyhow!("the control client panicked"))??;
    Ok(Both { control: (seen, for_control.log()), molotov: (ran?, for_molotov.log()) })
}

fn row(
    table: &mut Table,
    (client, connections): (&str, u32),
    compared: &Compared,
    log: &Log,
    late: [usize; 2],
) {
    let first = [client.to_owned(), connections.to_string(), log.count().to_string()];
    let last = [compared.verdict()].into_iter().chain(late.map(|late| late.to_string()));
    table.row(first.into_iter().chain(compared.cells.iter().cloned()).chain(last));
}
