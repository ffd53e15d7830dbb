//! One route and many.

use anyhow::Result;

use super::{Bench, Part, costs, median, windows};
use crate::markdown::Table;
use crate::measure::{Contender, Window, interleaved};
use crate::sections::compare::USERS;
use crate::sections::head::quiet;

const ROUTES: [u32; 3] = [1, 50, 500];

pub(super) fn table(bench: &Bench<'_>) -> Result<Part> {
    let contenders: Vec<Contender<'_>> = ROUTES.iter().map(|routes| roaming(bench, *routes)).collect();
    let rounds = bench.args.rounds();
    let all = interleaved(&contenders, rounds, quiet(bench.args))?;

    let mut table = Table::new(&["routes", "CPU µs/request", "× 1 route", "requests/s", "resident MB"]);
    for (routes, series) in ROUTES.iter().zip(&all) {
        let [cost, ratio] = costs(&all, series);
        let rate = median(series, 0, Window::per_second);
        table.row([routes.to_string(), cost, ratio, rate, median(series, 1, Window::resident_megabytes)]);
    }
    let words = format!(
        "{USERS} users that take one route after the other, as fast as they can; each route has its own histogram. {rounds} \
         interleaved rounds."
    );
    Ok(Part { title: "Routes", words, table, windows: windows(&all) })
}

fn roaming<'a>(bench: &Bench<'a>, routes: u32) -> Contender<'a> {
    let mut contender = bench.contender(format!("{routes} routes"), "routes", USERS, bench.args.window());
    contender.command.env("PEERS_ROUTES", routes.to_string()).args(["--duration", "90s"]);
    contender
}
