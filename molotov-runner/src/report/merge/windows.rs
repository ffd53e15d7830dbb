//! The merged course of two runs, on whole seconds since the first user of each.

use std::collections::BTreeMap;

use crate::report::mergeable::Merge;
use crate::report::windows::Window;

/// Windows that start in the same second are merged, or in the same two, four, … seconds if one of the runs was long.
impl Merge for Vec<Window> {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let seconds = unit(&self).max(unit(&other));
        let mut all = coarse(&self, seconds);
        for (start, window) in coarse(&other, seconds) {
            match all.get_mut(&start) {
                Some(one) => {
                    one.users += window.users;
                    one.length = one.length.max(window.length);
                    one.add(&window);
                }
                None => drop(all.insert(start, window)),
            }
        }
        all.into_values().collect()
    }
}

/// Returns the length of the windows of the run, in seconds. The last one may be shorter.
#[inline]
fn unit(windows: &[Window]) -> u64 {
    let longest = windows.iter().map(|window| window.length.as_secs()).max();
    longest.unwrap_or(1).max(1).next_power_of_two()
}

#[inline]
fn coarse(windows: &[Window], seconds: u64) -> BTreeMap<u64, Window> {
    let many = (seconds / unit(windows)) as usize;
    if many == 1 {
        return windows.iter().map(|window| (window.start.as_secs(), window.clone())).collect();
    }
    let mut all: BTreeMap<u64, Vec<&Window>> = BTreeMap::new();
    for window in windows {
        all.entry(window.start.as_secs() / seconds * seconds).or_default().push(window);
    }
    all.into_iter().map(|(start, parts)| (start, join(&parts, many))).collect()
}

/// Merges these windows; a run that ended earlier, with fewer windows, has no users there.
#[inline]
fn join(parts: &[&Window], many: usize) -> Window {
    let mut whole = parts[0].clone();
    parts[1..].iter().for_each(|part| whole.append(part));
    if parts.len() < many {
        whole.users = 0;
    }
    whole
}
