//! Rounds in which each client is measured once, so that what changes on the machine changes for all of them.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::one::{Layout, measure};
use super::window::Window;
use crate::peers::Ready;
use crate::target::Target;
use crate::work::Work;

/// What others may use of one core, in percent, before a measurement is worthless.
pub(crate) const OTHERS: f64 = 5.0;

/// How often a measurement is tried.
const TRIES: u32 = 6;

/// Whether figures of a busy machine are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    Required,
    /// For development; they are marked.
    Wanted,
}

impl Quiet {
    /// Measures again until nobody disturbs.
    pub(crate) fn measured(self, mut measure: impl FnMut() -> Result<Window>) -> Result<Window> {
        let mut others = 0.0;
        for attempt in 0..TRIES {
            let window = measure()?;
            if window.others <= OTHERS || self == Self::Wanted {
                return Ok(window);
            }
            others = window.others;
            eprintln!("peers: others used {others:.0} % of a core; again");
            // Who disturbs may be done soon.
            std::thread::sleep(Duration::from_secs(u64::from(attempt)));
        }
        Err(Busy { others }.into())
    }
}

/// The machine was not quiet.
#[derive(Debug)]
pub(crate) struct Busy {
    others: f64,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the machine is busy: others used {:.0} % of a core in {TRIES} measurements, and {OTHERS} % are tolerated",
            self.others
        )
    }
}

impl std::error::Error for Busy {}

/// All measurements of one client, in order of the rounds; or why there are none.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) windows: Result<Vec<Window>, String>,
}

impl Series {
    /// One figure of each round.
    pub(crate) fn values(&self, of: impl Fn(&Window) -> f64) -> Vec<f64> {
        self.windows.iter().flatten().map(of).collect()
    }
}

/// Measures all clients in each round, each time in another order.
pub(crate) fn interleaved(
    clients: &[Ready],
    works: &[Work<'_>],
    target: &Target,
    layout: Layout<'_>,
    rounds: u32,
    quiet: Quiet,
) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = clients.iter().map(|_| Series { windows: Ok(Vec::new()) }).collect();
    for round in 0..rounds as usize {
        eprintln!("peers: round {} of {rounds}", round + 1);
        for place in 0..clients.len() {
            let index = (place + round) % clients.len();
            let Ok(windows) = &mut all[index].windows else { continue };
            match quiet.measured(|| measure(&clients[index], &works[index], target, layout)) {
                Ok(window) => {
                    eprintln!("peers:   {:<28} {:>8.2} µs/request", clients[index].name(), window.cost());
                    windows.push(window);
                }
                Err(error) if error.is::<Busy>() => return Err(error),
                Err(error) => all[index].windows = Err(format!("{error:#}")),
            }
        }
    }
    Ok(all)
}
