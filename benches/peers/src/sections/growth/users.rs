//! The same rate from few and from many users.

use std::time::Duration;

use anyhow::Result;

use super::{Bench, Part, costs, median, windows};
use crate::markdown::Table;
use crate::measure::{Contender, Window, interleaved};
use crate::sections::head::quiet;

const USERS: [u32; 4] = [10, 100, 1_000, 10_000];

/// Requests a second, of all users together. Ten users can keep it with pauses that a timer of 1 ms can tell apart.
const RATE: f64 = 2_000.0;

pub(super) fn table(bench: &Bench<'_>) -> Result<Part> {
    let contenders: Vec<Contender<'_>> = USERS.iter().map(|users| paced(bench, *users)).collect();
    let rounds = if bench.args.quick { 2 } else { bench.args.rounds() };
    let all = interleaved(&contenders, rounds, quiet(bench.args))?;

    let mut table = Table::new(&[
        "users",
        "pause",
        "CPU µs/request",
        "× 10 users",
        "user",
        "system",
        "requests/s",
        "resident MB",
    ]);
    for (users, series) in USERS.iter().zip(&all) {
        let [cost, ratio] = costs(&all, series);
        table.row([
            users.to_string(),
            format!("{} ms", pause(*users).as_millis()),
            cost,
            ratio,
            median(series, 2, Window::user_cost),
            median(series, 2, Window::system_cost),
            median(series, 0, Window::per_second),
            median(series, 1, Window::resident_megabytes),
        ]);
    }
    let words = format!(
        "The same rate, {RATE:.0} requests/s of all users together: each pauses after its request. {rounds} interleaved \
         rounds. The core is idle most of the time, so each request pays for its own wake-ups, and cost is not that of a \
         full load."
    );
    Ok(Part { title: "Users", words, table, windows: windows(&all) })
}

/// A timer of a millisecond is late by up to one, and that much less is paused.
fn pause(users: u32) -> Duration {
    Duration::from_secs_f64(f64::from(users) / RATE) - Duration::from_millis(1)
}

/// The users start evenly over one pause, so that their requests are spread evenly too.
fn paced<'a>(bench: &Bench<'a>, users: u32) -> Contender<'a> {
    let pause = pause(users);
    // Whole pauses of the slowest, so that each user's requests count alike.
    let window = Duration::from_secs(if bench.args.quick { 5 } else { 10 });
    let mut contender = bench.contender(format!("{users} users"), "get", users, window);
    let pause_text = format!("{}ms", pause.as_millis());
    contender.command.args(["--delay", &pause_text, "--ramp-up", &pause_text, "--duration", "90s"]);
    contender.warm_up = pause + Duration::from_secs(1);
    contender
}
