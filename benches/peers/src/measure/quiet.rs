//! Refuses figures of a busy machine.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Result, bail};

/// The limit of CPU used by other processes, in percent of one core; a measurement beyond it is worthless.
pub(crate) const OTHERS: f64 = 8.0;

/// The number of attempts of a measurement.
const TRIES: u32 = 6;

/// The rule for figures of a busy machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    Required,
    /// Accepted, for development; they are marked.
    Wanted,
}

impl Quiet {
    /// Measures again until the machine is quiet; `others` returns the CPU use of other processes, in percent of a
    /// core.
    pub(crate) fn measured<T>(
        self,
        others: impl Fn(&T) -> f64,
        mut measure: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let mut used = 0.0;
        for attempt in 0..TRIES {
            let measured = measure()?;
            used = others(&measured);
            if used <= OTHERS || self == Self::Wanted {
                return Ok(measured);
            }
            eprintln!("peers: others used {used:.0} % of a core; again");
            // The other process may end soon.
            std::thread::sleep(Duration::from_secs(u64::from(attempt)));
        }
        Err(Busy { used: Some(used) }.into())
    }
}

/// The exit code when the machine was not quiet enough to report anything.
pub(crate) const BUSY: u8 = 3;

/// The machine was not quiet.
#[derive(Debug)]
pub(crate) struct Busy {
    /// `None` if another process has printed it.
    used: Option<f64>,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(used) = self.used else { return write!(f, "the machine is busy") };
        write!(
            f,
            "the machine is busy: others used {used:.0} % of a core in the last of {TRIES} measurements, and \
             {OTHERS} % are tolerated"
        )
    }
}

impl std::error::Error for Busy {}

/// The outcome of a process of this program that measured something.
pub(crate) fn outcome_of(status: ExitStatus) -> Result<()> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if code == i32::from(BUSY) => Err(Busy { used: None }.into()),
        _ => bail!("the process that measures ended with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_taken_again_when_others_disturbed_it() {
        let mut others = [50.0, 2.0].into_iter();

        let taken = Quiet::Required.measured(|used| *used, || Ok(others.next().unwrap())).unwrap();

        assert_eq!(taken, 2.0);
    }

    #[test]
    fn busy_machine_with_consent_uses_the_first_figures() {
        assert_eq!(Quiet::Wanted.measured(|used| *used, || Ok(50.0)).unwrap(), 50.0);
    }
}
