//! Rounds in which each client is measured once, so that changes on the machine affect all of them.

use anyhow::Result;

use super::one::Contender;
use super::quiet::{Busy, Quiet};
use super::window::Window;
use crate::stats::Spread;

/// All measurements of one client, in order of the rounds; or the reason why there are none.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) windows: Result<Vec<Window>, String>,
}

impl Series {
    /// One figure of each round.
    pub(crate) fn values(&self, of: impl Fn(&Window) -> f64) -> Vec<f64> {
        self.windows.iter().flatten().map(of).collect()
    }

    pub(crate) fn spread(&self, of: impl Fn(&Window) -> f64) -> Option<Spread> {
        Spread::of(self.values(of))
    }
}

/// Measures all clients in each round, each time in another order.
pub(crate) fn interleaved(contenders: &[Contender<'_>], rounds: u32, quiet: Quiet) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = contenders.iter().map(|_| Series { windows: Ok(Vec::new()) }).collect();
    for round in 0..rounds as usize {
        eprintln!("peers: round {} of {rounds}", round + 1);
        for place in 0..contenders.len() {
            let index = (place + round) % contenders.len();
            let contender = &contenders[index];
            let Ok(windows) = &mut all[index].windows else { continue };
            match quiet.measured(|window: &Window| window.others, || contender.measure()) {
                Ok(window) => {
                    let (cost, others) = (window.cost(), window.others);
                    eprintln!("peers:   {:<40} {cost:>8.2} µs/request, others {others:.1} %", contender.name);
                    windows.push(window);
                }
                Err(error) if error.is::<Busy>() => return Err(error),
                Err(error) => {
                    eprintln!("peers:   {}: {error:#}", contender.name);
                    all[index].windows = Err(format!("{error:#}"));
                }
            }
        }
    }
    Ok(all)
}
