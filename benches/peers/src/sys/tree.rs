//! A process and its descendants.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// The process and its current descendants.
pub(crate) fn of(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for process in processes() {
        children.entry(process.parent).or_default().push(process.pid);
    }
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next) {
        tree.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    tree
}

/// The current state of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    parent: u32,
    /// Its CPU use, including that of its children that have ended.
    pub(super) ticks: u64,
}

impl Process {
    /// Threads of the kernel, which work for all processes: the load's packets are theirs too.
    pub(super) fn is_of_kernel(self) -> bool {
        self.pid == KERNEL || self.parent == KERNEL
    }
}

pub(super) fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process may end while the folder is read.
        process(pid, &fs::read_to_string(entry.path().join("stat")).ok()?)
    })
}

fn process(pid: u32, stat: &str) -> Option<Process> {
    let fields = fields(stat)?;
    let used = fields.get(USER_TICKS..CHILDREN_END)?;
    let ticks = used.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Process { pid, parent: fields.get(PARENT)?.parse().ok()?, ticks })
}

/// `/proc` counts in hundredths of a second on every Linux, independent of its timer.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// `kthreadd`, the parent of all threads of the kernel.
const KERNEL: u32 = 2;

/// The positions of the parent and of the ticks of user and system time in [`fields`]; those of children that were
/// waited for follow.
const PARENT: usize = 1;
pub(super) const USER_TICKS: usize = 11;
pub(super) const SYSTEM_TICKS: usize = 12;
const CHILDREN_END: usize = 15;

/// The fields of `/proc/PID/stat` behind the name, which itself may contain blanks and parentheses.
pub(super) fn fields(stat: &str) -> Option<Vec<&str>> {
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_begin_behind_a_name_with_blanks_and_parentheses() {
        let stat = "17 (a) b (c)) S 4 17 17 0 -1 4194304 100 0 0 0 250 130 0 0 20 0 1 0 5";

        let fields = fields(stat).unwrap();

        assert_eq!((fields[PARENT], fields[USER_TICKS], fields[SYSTEM_TICKS]), ("4", "250", "130"));
    }

    #[test]
    fn processor_time_includes_ended_children() {
        let stat = "17 (sh) S 4 17 17 0 -1 4194304 100 0 0 0 250 130 20 7 20 0 1 0 5";

        assert_eq!(process(17, stat), Some(Process { pid: 17, parent: 4, ticks: 407 }));
    }

    #[test]
    fn a_tree_contains_its_root() {
        assert!(of(std::process::id()).contains(&std::process::id()));
    }
}
