//! What all cores make of a client, against one.

use std::fmt::Write as _;

use anyhow::Result;

use super::compare::{Field, On, by_cost};
use super::head::{emphasised, head, warning};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::{Contender, Series, Window};
use crate::peers::{self, Peer, Threads};
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::Kind;

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let cores = Cores::allowed()?;
    let many: Vec<Peer> = peers::ALL.iter().copied().filter(|peer| peer.threads == Threads::Many).collect();
    let field = Field::of(args, places, &cores, &many).tried(Kind::Get)?;
    let (apart, beside) = (Target::open(places, &cores.first())?, Target::open(places, &cores.all())?);

    // One and all in the same rounds, side by side.
    let contenders: Vec<Contender<'_>> = [On::One(&apart), On::All(&beside)]
        .into_iter()
        .flat_map(|on| field.ready.iter().map(move |client| (client, on)))
        .map(|(client, on)| field.contender(client, Kind::Get, on))
        .collect();
    let series = field.measure(&contenders)?;
    let (one, all) = series.split_at(field.ready.len());

    let mut whole = head(args, places);
    whole.push_str(&warning(series.iter().flat_map(|series| series.windows.iter().flatten())));
    let count = cores.count();
    let _ = write!(
        whole,
        "\nThe same GET, with {count} threads or processes of the client on {count} cores, which it shares with the target. \
         \"Requests/s beside the target\" is what came out. The columns behind it take the target's share out: the client's \
         requests for each second of its own CPU, times {count} cores, against the same on one core with the target on \
         another. wrk's threads share nothing, so its \
         row tells what this machine allows. Clients of one thread (ab) are left out.\n\n{}",
        table(&field, one, all, count),
    );
    Ok(Text { name: "cores", whole, readme: None })
}

fn table(field: &Field<'_>, one: &[Series], all: &[Series], cores: usize) -> Table {
    let capacity = format!("requests/s of {cores} cores, without the target");
    let mut table = Table::new(&[
        "client",
        "CPU µs/request",
        "requests/s beside the target",
        &capacity,
        "requests/s of 1 core",
        "ratio",
        "peak MB",
    ]);
    for (client, series) in by_cost(&field.ready, all) {
        let single = field.ready.iter().zip(one).find(|(other, _)| other.name() == client.name());
        let single = single.map_or_else(Vec::new, |(_, single)| single.values(|window| 1e6 / window.cost()));
        let many = series.values(|window| 1e6 / window.cost() * cores as f64);
        let (Some(cost), Ok(_)) = (series.spread(Window::cost), &series.windows) else {
            table.without_figures(
                client.name(),
                series.windows.as_ref().err().map_or("nothing", String::as_str),
            );
            continue;
        };
        let median = |values: &[f64]| {
            Spread::of(values.iter().copied())
                .map_or_else(String::new, |spread| format!("{:.0}", spread.median))
        };
        table.row([
            emphasised(client.name()),
            format!("{cost:.2}"),
            median(&series.values(Window::per_second)),
            median(&many),
            median(&single),
            Spread::of_ratios(&many, &single).map_or_else(String::new, |spread| format!("{spread:.2}")),
            series
                .spread(Window::peak_megabytes)
                .map_or_else(String::new, |spread| format!("{:.1}", spread.median)),
        ]);
    }
    for absent in &field.absent {
        table.without_figures(absent.name, &absent.why);
    }
    table
}
