//! Scripted delays under a closed load: reported against true percentiles.

use std::time::Duration;

use anyhow::Result;

use super::{Compared, of_other};
use crate::client::Lab;
use crate::clients::{self, Molotov};
use crate::doc::{self, Table};
use crate::server::{Log, Script, Server};
use crate::stats::Figures;

const MS: Duration = Duration::from_millis(1);

/// A script, and the load for it.
#[derive(Clone, Copy, Debug)]
struct Case {
    script: Script,
    users: u32,
    /// The ramp-up of molotov's users, so that the load grows.
    ramp_up: Option<Duration>,
}

impl Case {
    /// Users that wait for most of the time, so that neither side waits for a core.
    const fn of(script: Script, users: u32) -> Self {
        Self { script, users, ramp_up: None }
    }

    fn options(&self) -> Vec<String> {
        let mut options = vec!["--users".to_owned(), self.users.to_string()];
        if let Some(ramp_up) = self.ramp_up {
            options.extend(["--ramp-up".to_owned(), format!("{}ms", ramp_up.as_millis())]);
        }
        options
    }
}

fn cases(duration: Duration) -> Vec<Case> {
    let lasts = duration / 5;
    vec![
        Case::of(Script::None, 1),
        Case::of(Script::Constant(10 * MS), 16),
        Case::of(Script::TwoPoint { often: 2 * MS, rarely: 50 * MS, share: 0.05 }, 16),
        Case::of(Script::Exponential { mean: 10 * MS }, 16),
        Case::of(Script::Stall { each: MS, after: duration * 3 / 10, lasts }, 4),
        Case { ramp_up: Some(duration / 2), ..Case::of(Script::Linear { base: MS, step: MS / 2 }, 16) },
    ]
}

pub(super) fn run(lab: &Lab) -> Result<String> {
    let mut table = Table::new(&[
        "delay", "client", "requests", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "close",
    ]);
    for case in cases(lab.args.duration()) {
        let name = case.script.to_string();
        let (ran, log) = lab.measured(&format!("{name}: molotov"), || molotov(lab, case))?;
        row(&mut table, case, ran.name(), &ran.latency("latency")?, &log);
        match lab.measured(&format!("{name}: wrk"), || of_other(wrk(lab, case)))? {
            Ok((reported, log)) => row(&mut table, case, "wrk", &reported, &log),
            Err(why) => table.row([name.as_str(), "wrk", &why]),
        }
    }
    Ok(format!("{}{}\n{table}", doc::head(lab), lab.warning()))
}

fn molotov(lab: &Lab, case: Case) -> Result<(Molotov, Log)> {
    let server = Server::start(case.script)?;
    let ran = clients::molotov(lab, &server.url(), lab.args.duration(), &case.options())?;
    Ok((ran, server.log()))
}

fn wrk(lab: &Lab, case: Case) -> Result<Option<(Figures, Log)>> {
    let server = Server::start(case.script)?;
    let figures = clients::wrk(lab, &server.url(), lab.args.duration(), case.users)?;
    Ok(figures.map(|figures| (figures, server.log())))
}

fn row(table: &mut Table, case: Case, client: &str, reported: &Figures, log: &Log) {
    let compared = Compared::of(reported, &log.services());
    let requests = match log.count() {
        all if all == reported.count => all.to_string(),
        all => format!("{} of {all}", reported.count),
    };
    let name = format!("{}; {} users", case.script, case.users);
    let cells = [name, client.to_owned(), requests].into_iter().chain(compared.cells.iter().cloned());
    table.row(cells.chain([compared.verdict()]));
}
