//! The CPU use of other processes on this machine during a measurement.

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

    /// The CPU use of other processes, in percent of one core.
    pub(crate) fn others(&self) -> Result<f64> {
        let (elapsed, ours) = (self.start.elapsed(), ours()?.saturating_sub(self.cpu));
        Ok(others()?.since(self.others, elapsed, ours))
    }
}

/// CPU time of this program and of all its children that have ended.
fn ours() -> Result<Duration> {
    Ok(Cpu::of_this_program().total + Cpu::of_children()?)
}

fn others() -> Result<Others> {
    Others::now(&[std::process::id()])
}
