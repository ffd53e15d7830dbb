//! What others did on this machine while something was measured.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::sys::{Cpu, Others};

/// The time of a measurement.
#[derive(Debug)]
pub(crate) struct Window {
    start: Instant,
    cpu: Duration,
    others: Others,
}

impl Window {
    pub(crate) fn open() -> Result<Self> {
        Ok(Self { start: Instant::now(), cpu: ours()?, others: others()? })
    }

    /// What others used of one core, in percent.
    pub(crate) fn others(&self) -> Result<f64> {
        let (elapsed, ours) = (self.start.elapsed(), ours()?.saturating_sub(self.cpu));
        Ok(others()?.since(self.others, elapsed, ours))
    }
}

/// CPU of this program and of all that it has started and that has ended.
fn ours() -> Result<Duration> {
    Ok(Cpu::of_this_program().total + Cpu::of_children()?)
}

fn others() -> Result<Others> {
    Others::now(&[std::process::id()])
}
