//! The CPU use of processes outside of a measurement.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;

use super::idle::Idle;
use super::tree::{self, TICK};

/// The CPU use so far of all processes except the measured ones.
///
/// It is determined in two ways, and the greater result counts. First, `/proc` shows the CPU use of all visible
/// processes, including those that have ended, because their parents inherit their time. Second, invisible processes,
/// as in another container or another virtual machine, still reduce the idle time; but interrupts cannot be separated
/// from those of the load, so this way alone would hide a part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others {
    processes: Duration,
    idle: Idle,
}

impl Others {
    /// The CPU use of all except these processes and their children.
    pub(crate) fn now(known: &[u32]) -> Result<Self> {
        Ok(Self { processes: of_all_but(known), idle: Idle::now()? })
    }

    /// The CPU use of others since `earlier`, in percent of one core; `known` is that of the measured processes.
    pub(crate) fn since(self, earlier: Self, elapsed: Duration, known: Duration) -> f64 {
        let seen = self.processes.saturating_sub(earlier.processes);
        let unexplained = self.idle.unexplained_since(earlier.idle, elapsed, known);
        // The kernel counts in hundredths, so short times are inexact; at least one second is assumed.
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
    fn foreign_busy_process_is_found_beside_known_ones() {
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
