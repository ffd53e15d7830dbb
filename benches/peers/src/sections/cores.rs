//! The throughput of a client on all cores, against one core.

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

    // All in the same rounds, side by side.
    let contenders: Vec<Contender<'_>> = [On::Same(&on_one), On::One(&on_one), On::All(&on_all)]
        .into_iter()
        .flat_map(|on| field.ready.iter().map(move |client| (client, on)))
        .map(|(client, on)| field.contender(client, Kind::Get, on))
        .collect();
    let series = field.measure(&contenders)?;
    let [same, beside, all] =
        [0, 1, 2].map(|place| &series[place * field.ready.len()..][..field.ready.len()]);

    let mut whole = head(args, places);
    whole.push_str(&warning(series.iter().flat_map(|series| series.windows.iter().flatten())));
    let count = cores.count();
    let _ = write!(
        whole,
        "\nThe same GET, with {count} threads or processes of the client on {count} cores, and with one on one core. \
         **As requests/s**, each core has its share of the target too: as many of its workers as there are cores. So the \
         target takes the same part of both, and the ratio of the requests/s is what {count} cores are worth to both \
         together; but on one core a client need not wake up another core for its requests, which makes that one cheap. \
         wrk's threads share nothing, so its row tells what this machine allows. **With the target's share taken out**, \
         the client's own CPU a request on all {count} cores is compared with that on one core beside a target on \
         another: {count} × the latter / the former is what {count} cores make of one, when the target takes nothing of \
         them. Clients of one thread (ab) are left out.\n\n{}",
        table(&field, same, beside, all, count),
    );
    Ok(Text { name: "cores", whole, readme: None })
}

fn table(field: &Field<'_>, same: &[Series], beside: &[Series], all: &[Series], cores: usize) -> Table {
    let on_all = |figure: &str| format!("{figure}, {cores} cores");
    let mut table = Table::new(&[
        "client",
        "requests/s, 1 core",
        &on_all("requests/s"),
        "ratio",
        "CPU µs/request, beside the target",
        &on_all("CPU µs/request"),
        "ratio without the target's share",
        "peak MB",
    ]);
    for (client, series) in by_cost(&field.ready, all) {
        let Some(index) = field.ready.iter().position(|other| other.name() == client.name()) else {
            continue;
        };
        let (same, beside) = (&same[index], &beside[index]);
        if let Some(why) = [same, beside, series].iter().find_map(|series| series.windows.as_ref().err()) {
            table.without_figures(client.name(), why);
            continue;
        }
        let rates = [same, series].map(|series| series.values(Window::per_second));
        let costs = [beside, series].map(|series| series.values(Window::cost));
        // The throughput of that many cores at the cost of one.
        let ideal: Vec<f64> = costs[0].iter().map(|cost| cost * cores as f64).collect();
        table.row([
            emphasised(client.name()),
            shown(same.spread(Window::per_second).map(|spread| spread.median), 0),
            shown(series.spread(Window::per_second).map(|spread| spread.median), 0),
            shown(Spread::of_ratios(&rates[1], &rates[0]), 2),
            shown(beside.spread(Window::cost), 2),
            shown(series.spread(Window::cost), 2),
            shown(Spread::of_ratios(&ideal, &costs[1]), 2),
            shown(series.spread(Window::peak_megabytes).map(|spread| spread.median), 1),
        ]);
    }
    for absent in &field.absent {
        table.without_figures(absent.name, &absent.why);
    }
    table
}

fn shown(figure: Option<impl std::fmt::Display>, digits: usize) -> String {
    figure.map_or_else(String::new, |figure| format!("{figure:.digits$}"))
}
