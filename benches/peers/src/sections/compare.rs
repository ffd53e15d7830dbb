//! All available clients, at the same work.

use std::time::Duration;

use anyhow::Result;

use super::head::quiet;
use crate::args::Args;
use crate::measure::{Contender, Series, Window, interleaved, try_out};
use crate::peers::{self, Absent, Peer, Ready};
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::{Kind, Work};

/// The number of kept-alive connections.
pub(super) const USERS: u32 = 64;

/// The duration for clients that require one; they are stopped before.
const SECONDS: u64 = 90;

/// The time after the first request that is not measured.
const WARM_UP: Duration = Duration::from_millis(700);

/// The clients, and the conditions of their measurement.
pub(super) struct Field<'a> {
    pub(super) args: &'a Args,
    pub(super) places: &'a Places,
    pub(super) cores: &'a Cores,
    pub(super) ready: Vec<Ready>,
    pub(super) absent: Vec<Absent>,
}

/// The cores of a client.
#[derive(Clone, Copy, Debug)]
pub(super) enum On<'a> {
    /// On one core, beside the target.
    One(&'a Target),
    /// On one core, which it shares with the target.
    Same(&'a Target),
    /// On all cores, with the target.
    All(&'a Target),
}

impl<'a> Field<'a> {
    pub(super) fn of(args: &'a Args, places: &'a Places, cores: &'a Cores, peers: &[Peer]) -> Self {
        let wanted: Vec<Peer> = peers.iter().copied().filter(|peer| args.wants(peer.name)).collect();
        let (ready, absent) = peers::find(&wanted, places);
        Self { args, places, cores, ready, absent }
    }

    /// Removes the clients that cannot do this work, with the reason.
    pub(super) fn tried(mut self, kind: Kind) -> Result<Self> {
        let target = Target::open_own(self.places, &self.cores.first())?;
        for client in std::mem::take(&mut self.ready) {
            match try_out(&self.contender(&client, kind, On::One(&target)), kind, USERS) {
                Ok(()) => self.ready.push(client),
                Err(error) => {
                    eprintln!("peers: {}: {error:#}", client.name());
                    self.absent.push(Absent { name: client.name(), why: format!("failed: {error:#}") });
                }
            }
        }
        Ok(self)
    }

    pub(super) fn contender<'t>(&self, client: &Ready, kind: Kind, on: On<'t>) -> Contender<'t> {
        let (target, cores, threads, place) = match on {
            On::One(target) => (target, self.cores.last(), 1, "one core"),
            On::Same(target) => (target, self.cores.first(), 1, "one core"),
            On::All(target) => (target, self.cores.all(), self.cores.count(), "all cores"),
        };
        let work = Work {
            places: self.places,
            address: target.address,
            kind,
            users: USERS,
            threads,
            seconds: SECONDS,
        };
        Contender {
            name: format!("{}, {place}", client.name()),
            command: client.command(&work),
            target,
            cores,
            warm_up: WARM_UP,
            window: self.args.window(),
            output: self.places.scratch.join("client.out"),
        }
    }

    /// One series for each available client.
    pub(super) fn measure(&self, contenders: &[Contender<'_>]) -> Result<Vec<Series>> {
        interleaved(contenders, self.args.rounds(), quiet(self.args))
    }
}

/// The cheapest first; failed ones last.
pub(super) fn by_cost<'s>(ready: &'s [Ready], series: &'s [Series]) -> Vec<(&'s Ready, &'s Series)> {
    let mut rows: Vec<_> = ready.iter().zip(series).collect();
    rows.sort_by(|(_, one), (_, other)| cost(one).total_cmp(&cost(other)));
    rows
}

fn cost(series: &Series) -> f64 {
    series.spread(Window::cost).map_or(f64::INFINITY, |spread| spread.median)
}

/// Costs relative to those of the reference in the same rounds; `–` without a reference.
pub(super) fn ratio(ready: &[Ready], all: &[Series], series: &Series, reference: &str) -> String {
    let reference = ready.iter().zip(all).find(|(client, _)| client.name() == reference);
    let spread = reference.and_then(|(_, reference)| {
        Spread::of_ratios(&series.values(Window::cost), &reference.values(Window::cost))
    });
    spread.map_or_else(|| "–".to_owned(), |spread| format!("{spread:.2}"))
}
