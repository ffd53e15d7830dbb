//! The windows of a threshold by time: a part that is small in the whole load may fill one of them.

use std::ops::Range;
use std::time::Duration;

use super::clusters::Clusters;
use super::parts::Parts;
use super::user_time::LoadTime;
use crate::report::sliding;

/// The minimum number of parts of a window that is judged by time.
const LEAST_PARTS: usize = 5;

/// The windows of one length in a load, as they slide over it.
#[derive(Clone, Copy, Debug)]
struct WindowSpans {
    /// The number of parts of each.
    length: usize,
    /// The number of parts between two starts.
    step: usize,
    /// The first part of the last window, which ends with the load.
    last: usize,
}

/// The parts of a load, and their evaluation.
struct Judged<'p> {
    parts: &'p Parts,
    load: LoadTime<'p>,
    clusters: Clusters,
    /// The average users' time per second of the load.
    users: f64,
    allowed: f64,
    windows: WindowSpans,
}

impl Parts {
    /// The share of the worst window in which a visitor would have been beyond the limit, if it exceeds `allowed` and a
    /// deviation by chance in any of the windows. The load has this time of users.
    pub(crate) fn broken_window(
        &self,
        length: Duration,
        allowed: f64,
        (load, time): (LoadTime<'_>, Duration),
    ) -> Option<f64> {
        let windows = WindowSpans::new(length, self.step(), load.length)?;
        let (clusters, users) = (Clusters::find(self), time.as_secs_f64() / load.whole());
        let judged = Judged { parts: self, load, clusters, users, allowed, windows };
        windows.spans().filter_map(|span| judged.beyond(&span)).reduce(f64::max)
    }
}

impl WindowSpans {
    /// Creates the windows of a load with this length of parts; `None` if they would be too short for its parts.
    fn new(length: Duration, part: Duration, load: Duration) -> Option<Self> {
        let step = parts_in(sliding::part(length), part).max(1);
        let length = parts_in(length, part);
        let last = parts_in(load, part).checked_sub(length)?;
        (length >= LEAST_PARTS).then_some(Self { length, step, last })
    }

    fn count(self) -> usize {
        self.last.div_ceil(self.step) + 1
    }

    fn spans(self) -> impl Iterator<Item = Range<usize>> {
        let starts = (0..self.count()).map(move |window| self.last.min(window * self.step));
        starts.map(move |from| from..from + self.length)
    }

    /// The parts with the ends of a window. Samples that ended after the load started in it, and belong to its last
    /// window.
    fn ends(self, span: &Range<usize>) -> Range<usize> {
        span.start..if span.start == self.last { usize::MAX } else { span.end }
    }
}

fn parts_in(time: Duration, part: Duration) -> usize {
    (time.as_nanos() / part.as_nanos()) as usize
}

impl Judged<'_> {
    /// The share of this window beyond the limit, if it is too much.
    fn beyond(&self, span: &Range<usize>) -> Option<f64> {
        let (from, to) = (self.parts.step() * span.start as u32, self.parts.step() * span.end as u32);
        let shares = [self.of_parts(span, self.load.part(from, to)), self.of_clusters(span, (from, to))];
        shares.into_iter().flatten().reduce(f64::max)
    }

    fn of_parts(&self, span: &Range<usize>, load: LoadTime<'_>) -> Option<f64> {
        let parts = self.parts.only(span);
        if parts.add_up().1 < 2 {
            return None;
        }
        let estimate = parts.estimate(self.allowed, load);
        let chance = estimate.chance_in_any(self.windows.count(), self.allowed);
        (estimate.share > self.allowed + chance).then_some(estimate.share)
    }

    /// The whole load determines the clusters that are not chance, and the slow rest.
    fn of_clusters(&self, span: &Range<usize>, (from, to): (Duration, Duration)) -> Option<f64> {
        let in_span = self.clusters.within(&self.windows.ends(span));
        // A stall that is longer than the window costs at most the window's length.
        let lost = in_span.lost.min(in_span.late * (to - from).as_secs_f64());
        let time = self.users * self.load.between(from, to);
        let estimate = self.parts.beside(self.clusters.whole, self.allowed, lost / time);
        (estimate.share > self.allowed + estimate.chance(self.allowed)).then_some(estimate.share)
    }
}
