//! A server that stops once, under an open load: latencies from due times, and service times.

use std::time::Duration;

use anyhow::Result;

use super::Compared;
use crate::client::Lab;
use crate::clients::{self, Molotov};
use crate::doc::{self, Table};
use crate::server::{Log, Script, Server};

/// Arrivals per second.
const RATE: u32 = 100;

const GAP: Duration = Duration::from_micros(1_000_000 / RATE as u64);

/// The response time of the server without a stall.
const EACH: Duration = Duration::from_millis(1);

/// A later response has met the stall.
const LATE: Duration = Duration::from_millis(20);

/// More users than can wait at once, and few enough that arrivals have to wait for users.
const USERS: [u32; 2] = [300, 8];

pub(super) fn run(lab: &Lab) -> Result<String> {
    let lasts = lab.args.duration() / 5;
    let mut table = Table::new(&[
        "program",
        "users",
        "latency",
        "requests",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "close",
        "late, in truth",
    ]);
    for users in USERS {
        let (ran, log) =
            lab.measured(&format!("a stall of {lasts:?}: {users} users"), || measure(lab, users, lasts))?;
        for (name, told, truth) in [
            ("from due time", "latency", log.latencies(GAP)),
            ("service time", "service_latency", log.services()),
        ] {
            let reported = ran.latency(told)?;
            let compared = Compared::of(&reported, &truth);
            let first = [
                ran.name().to_owned(),
                users.to_string(),
                name.to_owned(),
                format!("{} of {}", reported.count, log.count()),
            ];
            let last = [compared.verdict(), truth.above(LATE).to_string()];
            table.row(first.into_iter().chain(compared.cells).chain(last));
        }
    }
    let expected = RATE * u32::try_from(lasts.as_millis())? / 1_000;
    Ok(format!(
        "{}{}\n{RATE} arrivals a second, evenly; a server that answers in {EACH:?} and stops once, for {lasts:?}: \
         {expected} arrivals are due while it does. Late is what took more than {LATE:?}.\n\n{table}",
        doc::head(lab),
        lab.warning()
    ))
}

fn measure(lab: &Lab, users: u32, lasts: Duration) -> Result<(Molotov, Log)> {
    let duration = lab.args.duration();
    let server = Server::start(Script::Stall { each: EACH, after: duration * 3 / 10, lasts })?;
    let options = ["--rate", &format!("{RATE}/s"), "--users", &users.to_string()].map(str::to_owned);
    let ran = clients::molotov(lab, &server.url(), duration, &options)?;
    Ok((ran, server.log()))
}
