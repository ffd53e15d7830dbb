//! How long the cores had nothing to do, which tells what others did.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// `/proc` counts in hundredths of a second on every Linux, whatever its timer does.
const TICK: Duration = Duration::from_millis(10);

/// Time without work, summed over all cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Idle(pub(crate) Duration);

impl Idle {
    pub(crate) fn now() -> Result<Self> {
        parse(&fs::read_to_string("/proc/stat")?).context("/proc/stat has no line `cpu`")
    }
}

/// Idle and waiting for a disk. What the hypervisor took away is in neither, so it counts as somebody else's work.
fn parse(stat: &str) -> Option<Idle> {
    let mut fields = stat.lines().find_map(|line| line.strip_prefix("cpu "))?.split_whitespace().skip(3);
    let idle: u32 = fields.next()?.parse().ok()?;
    let waiting: u32 = fields.next()?.parse().ok()?;
    Some(Idle(TICK * (idle + waiting)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_that_of_all_cores_with_the_waiting() {
        let stat = "cpu  10 0 20 300 40 1 2 3 0 0\ncpu0 5 0 10 150 20 0 1 1 0 0\n";

        assert_eq!(parse(stat), Some(Idle(Duration::from_millis(3_400))));
    }
}
