//! The idle time of the cores, which shows the CPU use of other processes.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::tree::TICK;

/// Time without work, summed over all cores of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Idle {
    time: Duration,
    cores: u32,
}

impl Idle {
    pub(super) fn now() -> Result<Self> {
        parse(&fs::read_to_string("/proc/stat")?).context("/proc/stat has no line `cpu`")
    }

    /// CPU time since `earlier` that neither idle time nor known processes explain.
    pub(super) fn unexplained_since(self, earlier: Self, elapsed: Duration, known: Duration) -> Duration {
        let explained = self.time.saturating_sub(earlier.time) + known;
        (elapsed * self.cores).saturating_sub(explained)
    }
}

/// Idle, waiting for a disk, and interrupts, which belong to no process: those of the load's own packets and wake-ups.
/// Time that the hypervisor took away is in none of them, so it counts as use by others. Some of the interrupts are
/// also charged to the load's processes, so they may hide a part of the use by others.
fn parse(stat: &str) -> Option<Idle> {
    let fields = stat.lines().find_map(|line| line.strip_prefix("cpu "))?.split_whitespace().skip(3);
    let none: Vec<u32> = fields.take(4).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [idle, waiting, hard, soft] = none[..] else { return None };
    let cores = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
    Some(Idle { time: TICK * (idle + waiting + hard + soft), cores: u32::try_from(cores).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_that_of_all_cores_with_waiting_and_interrupts() {
        let stat = "cpu  10 0 20 300 40 1 2 3 0 0\ncpu0 5 0 10 150 20 0 1 1 0 0\n";

        assert_eq!(parse(stat), Some(Idle { time: Duration::from_millis(3_430), cores: 1 }));
    }

    #[test]
    fn unexplained_processor_time_belongs_to_others() {
        let [start, end] = [10, 11].map(|seconds| Idle { time: Duration::from_secs(seconds), cores: 2 });

        let unexplained = end.unexplained_since(start, Duration::from_secs(2), Duration::from_secs(2));

        assert_eq!(unexplained, Duration::from_secs(1));
    }
}
