//! CPU per request and requests per second, with each client alone on one core.

use std::fmt::Write as _;

use anyhow::Result;

use super::compare::{Compared, Comparison};
use super::head::{head, warning};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::Window;
use crate::peers::{OURS, REFERENCE};
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::Kind;

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let cores = Cores::allowed()?;
    let core = cores.last();
    let comparison = Comparison::prepare(args, places, &cores, &core, 1)?;
    let target = Target::open(places, &cores.first())?;
    let get = comparison.measure(&target, Kind::Get)?;
    let post = comparison.measure(&target, Kind::Post)?;

    let mut whole = head(args, places);
    whole.push_str(&warning(get.windows().chain(post.windows())));
    let _ = write!(
        whole,
        "\n64 connections that are kept alive. The target is {}, on core {}; each client is pinned to core {}. Medians of \
         {} interleaved rounds of {:.1} s with least and greatest; a ratio is of the same round. Requests are counted \
         by the target, CPU is that of the client's processes by the scheduler's clock, memory is its peak.\n\
         \n### GET, answered with 100 bytes\n\n{}\n### POST of 1 kB of JSON, answered with 4 kB\n\n{}",
        Target::describe(),
        cores.first(),
        cores.last(),
        args.rounds(),
        args.window().as_secs_f64(),
        table(&get),
        table(&post),
    );
    Ok(Text { name: "requests", whole, readme: Some(readme(&get)) })
}

fn table(compared: &Compared<'_>) -> Table {
    let ratio = format!("× {REFERENCE}");
    let mut table = Table::new(&[
        "client",
        "version",
        "CPU µs/request",
        &ratio,
        "user",
        "system",
        "requests/s",
        "peak MB",
        "target busy",
    ]);
    let reference = compared.reference();
    for (client, series) in compared.by_cost() {
        if let Err(why) = &series.windows {
            table.row([client.name(), &client.version, &format!("failed: {why}")]);
            continue;
        }
        let costs = series.values(Window::cost);
        let spread = |of: fn(&Window) -> f64| Spread::of(series.values(of));
        let median = |of: fn(&Window) -> f64, digits| {
            spread(of).map_or_else(String::new, |spread| format!("{:.digits$}", spread.median))
        };
        table.row([
            emphasised(client.name()),
            client.version.clone(),
            spread(Window::cost).map_or_else(String::new, |spread| format!("{spread:.2}")),
            Spread::of_ratios(&costs, &reference).map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}")),
            median(Window::user_cost, 2),
            median(Window::system_cost, 2),
            median(Window::per_second, 0),
            median(|window| window.memory.peak as f64 / 1e6, 1),
            median(Window::target_load, 0) + " %",
        ]);
    }
    for absent in compared.absent() {
        table.row([absent.name, "–", &absent.why]);
    }
    table
}

/// Ours is found at once.
fn emphasised(name: &str) -> String {
    if name == OURS { format!("**{name}**") } else { name.to_owned() }
}

/// The table of the README: costs and ratios of the GET.
fn readme(compared: &Compared<'_>) -> String {
    let ratio = format!("× {REFERENCE}");
    let mut table = Table::new(&["client", "CPU µs/request", &ratio]);
    let reference = compared.reference();
    for (client, series) in compared.by_cost() {
        let costs = series.values(Window::cost);
        let (Some(cost), Some(ratio)) =
            (Spread::of(costs.iter().copied()), Spread::of_ratios(&costs, &reference))
        else {
            continue;
        };
        let (cost, ratio) = (format!("{:.1}", cost.median), format!("{:.2}", ratio.median));
        table.row([emphasised(client.name()), cost, ratio]);
    }
    table.to_string()
}
