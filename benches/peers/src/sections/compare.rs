//! All clients that are there, measured at the same work.

use std::time::Duration;

use anyhow::Result;

use super::head::quiet;
use crate::args::Args;
use crate::measure::{Layout, Series, Window, interleaved, try_out};
use crate::peers::{self, Absent, Peer, REFERENCE, Ready};
use crate::places::Places;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::{Kind, Work};

/// Connections that are kept alive.
const USERS: u32 = 64;

/// How long clients are told to run; they are stopped before.
const SECONDS: u64 = 90;

/// What is compared, and how.
pub(super) struct Comparison<'a> {
    args: &'a Args,
    places: &'a Places,
    cores: &'a Cores,
    /// Cores that a client may use.
    client: &'a str,
    threads: usize,
    ready: Vec<Ready>,
    absent: Vec<Absent>,
}

impl<'a> Comparison<'a> {
    pub(super) fn prepare(
        args: &'a Args,
        places: &'a Places,
        cores: &'a Cores,
        client: &'a str,
        threads: usize,
    ) -> Result<Self> {
        let wanted: Vec<Peer> = peers::ALL.iter().copied().filter(|peer| args.wants(peer.name)).collect();
        let (ready, absent) = peers::find(&wanted, places)?;
        Ok(Self { args, places, cores, client, threads, ready, absent })
    }

    pub(super) fn measure(&self, target: &Target, kind: Kind) -> Result<Compared<'_>> {
        let mistakes = self.try_all(kind)?;
        let works: Vec<Work<'_>> = self.ready.iter().map(|_| self.work(target, kind)).collect();
        let layout = self.layout(self.args.window());
        let rounds = self.args.rounds();
        let mut series = interleaved(&self.ready, &works, target, layout, rounds, quiet(self.args))?;
        for (series, mistake) in series.iter_mut().zip(mistakes) {
            if let Err(mistake) = mistake {
                series.windows = Err(mistake);
            }
        }
        Ok(Compared { ready: &self.ready, absent: &self.absent, series })
    }

    /// Whether each client does the work that is compared.
    fn try_all(&self, kind: Kind) -> Result<Vec<Result<(), String>>> {
        let target = Target::open_own(self.places, &self.cores.first())?;
        let work = self.work(&target, kind);
        let layout = self.layout(Duration::ZERO);
        let tried = self.ready.iter().map(|client| {
            try_out(client, &work, &target, layout).map_err(|error| {
                let error = format!("{error:#}");
                eprintln!("peers: {}: {error}", client.name());
                error
            })
        });
        Ok(tried.collect())
    }

    fn work(&self, target: &Target, kind: Kind) -> Work<'a> {
        Work {
            places: self.places,
            address: target.address,
            kind,
            users: USERS,
            threads: self.threads,
            seconds: SECONDS,
        }
    }

    fn layout(&self, window: Duration) -> Layout<'_> {
        Layout { cores: self.cores, client: self.client, window }
    }
}

/// What was measured.
pub(super) struct Compared<'c> {
    ready: &'c [Ready],
    absent: &'c [Absent],
    series: Vec<Series>,
}

impl Compared<'_> {
    pub(super) fn windows(&self) -> impl Iterator<Item = &Window> {
        self.series.iter().flat_map(|series| series.windows.iter().flatten())
    }

    /// The cheapest first; those that failed last.
    pub(super) fn by_cost(&self) -> Vec<(&Ready, &Series)> {
        let mut rows: Vec<_> = self.ready.iter().zip(&self.series).collect();
        let cost = |series: &Series| median(&series.values(Window::cost)).unwrap_or(f64::INFINITY);
        rows.sort_by(|(_, one), (_, other)| cost(one).total_cmp(&cost(other)));
        rows
    }

    pub(super) fn absent(&self) -> &[Absent] {
        self.absent
    }

    /// The costs of what the others are compared with, by round; empty when it is not there.
    pub(super) fn reference(&self) -> Vec<f64> {
        let mut rows = self.ready.iter().zip(&self.series);
        let reference = rows.find(|(client, _)| client.name() == REFERENCE);
        reference.map_or_else(Vec::new, |(_, series)| series.values(Window::cost))
    }
}

fn median(values: &[f64]) -> Option<f64> {
    crate::stats::Spread::of(values.iter().copied()).map(|spread| spread.median)
}
