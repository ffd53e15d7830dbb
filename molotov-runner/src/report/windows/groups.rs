//! The course of a run in fewer parts: neighbours are merged, never sampled.

use std::time::Duration;

use molotov_core::Latencies;

use super::Window;
use crate::quantity::Throughput;
use crate::report::Report;

/// Some consecutive windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowGroup<'r> {
    windows: &'r [Window],
    /// Users that were active at its end.
    users: u32,
}

impl Report {
    /// The windows in at most this number of groups of equal length. A short rest at the end, with the ends of the last
    /// iterations, is a part of the group before it.
    pub(crate) fn course_groups(&self, most: usize) -> Vec<WindowGroup<'_>> {
        let windows = self.windows.as_slice();
        let whole = match windows {
            [.., last, rest] if rest.length * 2 < last.length => windows.len() - 1,
            _ => windows.len(),
        };
        let each = whole.div_ceil(most).max(1);
        let groups = (0..whole).step_by(each).map(|start| {
            let end = (start + each).min(whole);
            let users = windows[end - 1].users;
            WindowGroup { windows: &windows[start..if end == whole { windows.len() } else { end }], users }
        });
        groups.collect()
    }

    /// The course of the run in at most this number of windows of equal length.
    pub(crate) fn course(&self, most: usize) -> Vec<Window> {
        self.course_groups(most).iter().map(WindowGroup::window).collect()
    }
}

impl Report {
    /// The rate at which arrivals were due in a part of the course. Nothing is due in the rest after the load, with the
    /// ends of the last iterations, so its time is ignored.
    pub(crate) fn due_rate_in(&self, window: &Window) -> Option<f64> {
        let of_load = match self.settings.repeats {
            // Each of its runs may have such a rest, and all other windows are of whole seconds.
            Some(_) => Duration::from_secs(window.length.as_secs()),
            None => self.due_time().saturating_sub(window.start).min(window.length),
        };
        let time = if of_load * 2 > window.length { of_load } else { window.length };
        (!time.is_zero()).then(|| Throughput::new(window.scheduled, time).in_second())
    }
}

impl Window {
    /// The rate of a count in the group; `None` for a window without a length.
    pub(crate) fn per_second(&self, count: u64) -> Option<f64> {
        (!self.length.is_zero()).then(|| Throughput::new(count, self.length).in_second())
    }
}

impl WindowGroup<'_> {
    /// The group as one window.
    fn window(&self) -> Window {
        if let [window] = self.windows {
            return window.clone();
        }
        let mut window = self.counts();
        window.set_latencies(&self.latencies());
        window
    }

    /// The group as one window without its latencies, which take the most time to merge.
    pub(crate) fn counts(&self) -> Window {
        let mut all = Window { start: self.windows[0].start, users: self.users, ..Window::default() };
        for window in self.windows {
            all.length += window.length;
            all.add_counts(window);
        }
        all
    }

    /// The number of its requests.
    pub(crate) fn requests(&self) -> u64 {
        self.windows.iter().map(|window| window.requests).sum()
    }

    /// The latencies of its requests.
    pub(crate) fn latencies(&self) -> Latencies {
        let mut all = Latencies::default();
        self.windows.iter().for_each(|window| all.add(&window.latency.to_latencies()));
        all
    }
}
