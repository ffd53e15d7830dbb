//! What processes used that have nothing to do with a measurement.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;

use super::idle::Idle;
use super::tree::{self, TICK};

/// What everybody has used until now but those who are measured.
///
/// It is told in two ways, of which the greater counts. The processes that are seen in `/proc` tell what they used, also
/// those that have ended, because who waited for them took their time over. Whoever is not seen there, as in another
/// container or another virtual machine, still takes idle time away; but interrupts are not told from the load's own, so
/// that way alone would hide some of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others {
    processes: Duration,
    idle: Idle,
}

impl Others {
    /// Of all but these processes and what they started.
    pub(crate) fn now(known: &[u32]) -> Result<Self> {
        Ok(Self { processes: of_all_but(known), idle: Idle::now()? })
    }

    /// What they used in the time since `earlier`, in percent of one core; `known` is what those used that are measured.
    pub(crate) fn since(self, earlier: Self, elapsed: Duration, known: Duration) -> f64 {
        let seen = self.processes.saturating_sub(earlier.processes);
        let unexplained = self.idle.unexplained_since(earlier.idle, elapsed, known);
        // The kernel counts in hundredths, so a short time cannot be told exactly; one second is taken as the least.
        seen.max(unexplained).as_secs_f64() / elapsed.as_secs_f64().max(1.0) * 100.0
    }
}

fn of_all_but(known: &[u32]) -> Duration {
    let known: HashSet<u32> = known.iter().flat_map(|root| tree::of(*root)).collect();
    let others = tree::processes().filter(|process| !known.contains(&process.pid) && !process.is_of_kernel());
    others.map(|process| TICK * u32::try_from(process.ticks).unwrap_or(u32::MAX)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::time::Instant;

    #[test]
    fn a_process_that_computes_is_told_from_those_that_are_known() {
        let mut busy = Busy::start();
        let (at, foreign, known) = (Instant::now(), others(&[]), others(&[busy.0.id()]));

        busy.until_it_has_used(Duration::from_millis(300));

        let grown = [(&[][..], foreign), (&[busy.0.id()][..], known)]
            .map(|(roots, before)| others(roots).since(before, at.elapsed(), at.elapsed() * 1_000));
        assert!(grown[0] - grown[1] > 0.0, "{grown:?}");
    }

    fn others(known: &[u32]) -> Others {
        Others::now(known).unwrap()
    }

    /// A process that computes until it is dropped.
    struct Busy(Child);

    impl Busy {
        fn start() -> Self {
            let mut command = Command::new("sh");
            Self(command.args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap())
        }

        fn until_it_has_used(&mut self, cpu: Duration) {
            while super::super::Cpu::of_tree(self.0.id()).total < cpu {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    impl Drop for Busy {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
