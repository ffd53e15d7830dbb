//! The courses of two runs as one, on whole seconds since the first user of each.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Merge;
use crate::report::windows::Window;

/// Windows that begin in the same second become one, or in the same two, four, … where one of the runs was long.
impl Merge for Vec<Window> {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let seconds = unit(&self).max(unit(&other));
        let mut all = coarse(&self, seconds);
        for (start, window) in coarse(&other, seconds) {
            match all.get_mut(&start) {
                Some(earlier) => {
                    let users = earlier.users + window.users;
                    earlier.add(&window);
                    earlier.users = users;
                }
                None => drop(all.insert(start, window)),
            }
        }
        all.into_values().collect()
    }
}

/// Returns the length of the windows of the run, in seconds.
#[inline]
fn unit(windows: &[Window]) -> u64 {
    let longest = windows.iter().map(|window| window.length.as_secs_f64().round() as u64).max();
    // A window that was late is longer, but never twice as long.
    let longest = longest.unwrap_or(1).max(1);
    1 << longest.ilog2()
}

#[inline]
fn coarse(windows: &[Window], seconds: u64) -> BTreeMap<u64, Window> {
    let mut all: BTreeMap<u64, Window> = BTreeMap::new();
    for window in windows {
        let start = window.start.as_secs() / seconds * seconds;
        match all.get_mut(&start) {
            Some(earlier) => earlier.add(window),
            None => {
                let (start_at, length) = (Duration::from_secs(start), Duration::from_secs(seconds));
                all.insert(start, Window { start: start_at, length, ..window.clone() });
            }
        }
    }
    all
}
