//! The same rate from few and from many users.

use std::time::Duration;

use anyhow::Result;

use super::{Bench, Part, costs, median, windows};
use crate::markdown::Table;
use crate::measure::{Contender, Window, interleaved};
use crate::sections::head::quiet;

const USERS: [u32; 4] = [10, 100, 1_000, 10_000];

/// Requests per second, of all users together. Ten users can keep it with pauses that a timer of 1 ms can resolve.
const RATE: f64 = 2_000.0;

pub(super) fn table(bench: &Bench<'_>) -> Result<Part> {
    let ours = USERS.iter().map(|users| paced(bench, *users));
    let floor = USERS.iter().map(|users| floor(bench, *users));
    let contenders: Vec<Contender<'_>> = ours.chain(floor).collect();
    let rounds = if bench.args.quick { 2 } else { bench.args.rounds() };
    let all = interleaved(&contenders, rounds, quiet(bench.args))?;
    let (ours, floor) = all.split_at(USERS.len());

    let mut table = Table::new(&[
        "users",
        "pause",
        "CPU µs/request",
        "× 10 users",
        "user",
        "system",
        "requests/s",
        "resident MB",
        "bare epoll loop",
        "× 10 connections",
    ]);
    for ((users, series), least) in USERS.iter().zip(ours).zip(floor) {
        let [cost, ratio] = costs(ours, series);
        let [floor_cost, floor_ratio] = costs(floor, least);
        table.row([
            users.to_string(),
            format!("{} ms", pause(*users).as_millis()),
            cost,
            ratio,
            median(series, 2, Window::user_cost),
            median(series, 2, Window::system_cost),
            median(series, 0, Window::per_second),
            median(series, 1, Window::resident_megabytes),
            floor_cost,
            floor_ratio,
        ]);
    }
    let words = format!(
        "The same rate, {RATE:.0} requests/s of all users together: each pauses after its request. {rounds} interleaved \
         rounds. The core is idle most of the time, so each request pays for its own wake-ups, and cost is not that of a \
         full load. The last two columns are of the bare loop on epoll with as many connections and the same pauses: what \
         grows there is the kernel's part and the processor's caches, which no client can avoid."
    );
    Ok(Part { title: "Users", words, table, windows: windows(&all) })
}

/// A timer with a resolution of a millisecond is late by up to one; the pause is shorter by that.
fn pause(users: u32) -> Duration {
    Duration::from_secs_f64(f64::from(users) / RATE) - Duration::from_millis(1)
}

/// The starts of users are spread evenly over one pause, so that their requests are spread evenly too.
fn paced<'a>(bench: &Bench<'a>, users: u32) -> Contender<'a> {
    let mut contender = bench.contender(format!("{users} users"), "get", users, window(bench));
    let pause_text = format!("{}ms", pause(users).as_millis());
    contender.command.args(["--delay", &pause_text, "--ramp-up", &pause_text, "--duration", "90s"]);
    warmed(contender, users)
}

fn floor<'a>(bench: &Bench<'a>, users: u32) -> Contender<'a> {
    warmed(bench.floor(users, pause(users).as_millis(), window(bench)), users)
}

fn warmed(contender: Contender<'_>, users: u32) -> Contender<'_> {
    Contender { warm_up: pause(users) + Duration::from_secs(1), ..contender }
}

/// Whole pauses of the slowest, so that all users have the same number of requests.
fn window(bench: &Bench<'_>) -> Duration {
    Duration::from_secs(if bench.args.quick { 5 } else { 10 })
}
