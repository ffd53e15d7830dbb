//! CPU per request and requests per second, with each client alone on one core.

use std::fmt::Write as _;

use anyhow::Result;

use super::compare::{Field, On, by_cost, ratio};
use super::head::{emphasised, head, warning};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::{Contender, Series, Window};
use crate::peers::{self, REFERENCE};
use crate::places::Places;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::Kind;

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let cores = Cores::allowed()?;
    let target = Target::open(places, &cores.first())?;
    let gets = Field::of(args, places, &cores, peers::ALL).tried(Kind::Get)?;
    let get = measure(&gets, &target, Kind::Get)?;
    let posts = Field::of(args, places, &cores, peers::ALL).tried(Kind::Post)?;
    let post = measure(&posts, &target, Kind::Post)?;

    let mut whole = head(args, places);
    whole.push_str(&warning(get.iter().chain(&post).flat_map(|series| series.windows.iter().flatten())));
    let _ = write!(
        whole,
        "\n64 connections that are kept alive. The target is {target}, on core {first}; each client is pinned to core \
         {last}. Medians of {rounds} interleaved rounds of {seconds:.1} s with least and greatest; a ratio is of the same \
         round. Requests are counted by the target, CPU is that of the client's processes by the scheduler's clock, \
         memory is its peak.\n\
         \n### GET, answered with 100 bytes\n\n{get}\n### POST of 1 kB of JSON, answered with 4 kB\n\n{post}",
        target = Target::describe(),
        first = cores.first(),
        last = cores.last(),
        rounds = args.rounds(),
        seconds = args.window().as_secs_f64(),
        get = table(&gets, &get, REFERENCE),
        post = table(&posts, &post, REFERENCE),
    );
    Ok(Text { name: "requests", whole, readme: Some(readme(&gets, &get)) })
}

pub(super) fn measure(field: &Field<'_>, target: &Target, kind: Kind) -> Result<Vec<Series>> {
    let contenders: Vec<Contender<'_>> =
        field.ready.iter().map(|client| field.contender(client, kind, On::One(target))).collect();
    field.measure(&contenders)
}

/// All clients, the cheapest first, relative to the reference.
pub(super) fn table(field: &Field<'_>, all: &[Series], reference: &str) -> Table {
    let mut table = Table::new(&[
        "client",
        "version",
        "CPU µs/request",
        &format!("× {reference}"),
        "user",
        "system",
        "requests/s",
        "peak MB",
        "target busy",
    ]);
    for (client, series) in by_cost(&field.ready, all) {
        if let Err(why) = &series.windows {
            table.without_figures(client.name(), &format!("failed: {why}"));
            continue;
        }
        let median = |of: fn(&Window) -> f64, digits: usize| {
            series.spread(of).map_or_else(String::new, |spread| format!("{:.digits$}", spread.median))
        };
        table.row([
            emphasised(client.name()),
            client.version.clone(),
            series.spread(Window::cost).map_or_else(String::new, |spread| format!("{spread:.2}")),
            ratio(&field.ready, all, series, reference),
            median(Window::user_cost, 2),
            median(Window::system_cost, 2),
            median(Window::per_second, 0),
            median(Window::peak_megabytes, 1),
            median(Window::target_load, 0) + " %",
        ]);
    }
    for absent in &field.absent {
        table.without_figures(absent.name, &absent.why);
    }
    table
}

/// The table of the README: costs and ratios of the GET.
fn readme(field: &Field<'_>, all: &[Series]) -> String {
    let mut table = Table::new(&["client", "CPU µs/request", &format!("× {REFERENCE}")]);
    for (client, series) in by_cost(&field.ready, all) {
        if let Some(cost) = series.spread(Window::cost) {
            table.row([
                emphasised(client.name()),
                format!("{cost:.1}"),
                ratio(&field.ready, all, series, REFERENCE),
            ]);
        }
    }
    table.to_string()
}
