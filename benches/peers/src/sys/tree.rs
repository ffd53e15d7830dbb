//! A process and those that it started.

use std::collections::HashMap;
use std::fs;

/// The process and its descendants, as they are now.
pub(crate) fn of(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (pid, parent) in processes() {
        children.entry(parent).or_default().push(pid);
    }
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next) {
        tree.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    tree
}

fn processes() -> impl Iterator<Item = (u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process may end while the folder is read.
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        Some((pid, fields(&stat)?.get(PARENT)?.parse().ok()?))
    })
}

/// Where the parent, and the ticks of user and system time, stand in [`fields`].
const PARENT: usize = 1;
pub(super) const USER_TICKS: usize = 11;
pub(super) const SYSTEM_TICKS: usize = 12;

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
    fn a_tree_contains_its_root() {
        assert!(of(std::process::id()).contains(&std::process::id()));
    }
}
