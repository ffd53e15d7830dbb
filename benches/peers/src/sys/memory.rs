//! Resident memory of a process and its descendants.

use std::fs;

use super::tree;

/// In bytes. Shared memory is counted in each process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

impl Memory {
    pub(crate) fn of_tree(root: u32) -> Self {
        let mut sum = Self::default();
        for pid in tree::of(root) {
            // A process may have ended meanwhile.
            let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
            let Some(memory) = parse(&status) else { continue };
            sum.now += memory.now;
            sum.peak += memory.peak;
        }
        sum
    }
}

fn parse(status: &str) -> Option<Memory> {
    Some(Memory { now: field(status, "VmRSS:")?, peak: field(status, "VmHWM:")? })
}

fn field(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";

        assert_eq!(parse(status), Some(Memory { now: 1 << 20, peak: 2 << 20 }));
    }

    #[test]
    fn ended_run_has_no_phase() {
        assert_eq!(parse("Name:\tx\nState:\tZ (zombie)\n"), None);
    }
}
