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
    let (on_one, on_all) = (Target::open(places, &cores.first())?, Target::open(places, &cores.all())?);

    // One and all in the same rounds, side by side.
    let contenders: Vec<Contender<'_>> = [On::Same(&on_one), On::All(&on_all)]
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
        "\nThe same GET, with {count} threads or processes of the client on {count} cores, and with one on one core. Each \
         core has its share of the target too: as many of its workers as there are cores. So the target takes the same \
         part of both, and the ratio of the requests/s is what {count} cores are worth. wrk's threads share nothing, so \
         its row tells what this machine allows. Clients of one thread (ab) are left out.\n\n{}",
        table(&field, one, all, count),
    );
    Ok(Text { name: "cores", whole, readme: None })
}

fn table(field: &Field<'_>, one: &[Series], all: &[Series], cores: usize) -> Table {
    let (many_cost, many_rate) =
        (format!("CPU µs/request, {cores} cores"), format!("requests/s, {cores} cores"));
    let mut table = Table::new(&[
        "client",
        "CPU µs/request, 1 core",
        &many_cost,
        "requests/s, 1 core",
        &many_rate,
        "ratio",
        "peak MB",
    ]);
    for (client, series) in by_cost(&field.ready, all) {
        let single = field.ready.iter().zip(one).find(|(other, _)| other.name() == client.name());
        let of_single =
            |figure: fn(&Window) -> f64| single.map_or_else(Vec::new, |(_, one)| one.values(figure));
        let (rate, rates) = (of_single(Window::per_second), series.values(Window::per_second));
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
            Spread::of(of_single(Window::cost)).map_or_else(String::new, |spread| format!("{spread:.2}")),
            format!("{cost:.2}"),
            median(&rate),
            median(&rates),
            Spread::of_ratios(&rates, &rate).map_or_else(String::new, |spread| format!("{spread:.2}")),
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
