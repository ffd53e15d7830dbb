//! The course of the run and of its series: each sample is counted in the second in which it ended.
//!
//! Nearly all samples are of the open window. Those of the next one, which come with the same tick, are noted until it opens;
//! those of windows that are closed are added there. The course of a series costs nothing for each sample: when a window is
//! closed, its part is what the totals have more than before.

use std::collections::HashMap;
use std::time::Duration;

use molotov_core::{Latencies, Outcome, Sample, SeriesId, SeriesKind};

use super::Aggregator;
use super::series::Stats;
use crate::report::course::{CoarseCounts, Course, CoursePart, bucket_of};
use crate::report::windows::{Window, Windows, second_of};

/// Samples that are noted. When there are more, windows are closed although no tick has come.
const MAX_EARLY: usize = 65_536;

/// The window in which a sample ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowOfSample {
    Open,
    Other,
}

/// The counts that a sample belongs to: those of the warm-up are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    WarmUp,
    Measured,
}

/// The time of the open window, since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenTime {
    /// Zero of the first window.
    after: Duration,
    to: Duration,
}

impl Default for OpenTime {
    fn default() -> Self {
        Self { after: Duration::ZERO, to: Windows::default().end() }
    }
}

/// A sample that ended outside of the open window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlier {
    series: SeriesId,
    /// The time of its end, since the first user started.
    ended: Duration,
    latency: Duration,
    has_failed: bool,
    /// True where the totals of its series have it, which is not so in a warm-up.
    is_in_series: bool,
}

impl Aggregator {
    /// Returns the window of the course that a sample belongs to.
    #[inline]
    pub(super) fn window_of(&self, sample: &Sample) -> WindowOfSample {
        let ended = sample.start + sample.service;
        let OpenTime { after, to } = self.open_time;
        let is_open = ended <= to && (ended > after || after.is_zero());
        if is_open { WindowOfSample::Open } else { WindowOfSample::Other }
    }

    /// Counts a sample in another window than the open one.
    #[cold]
    pub(super) fn add_outlier(&mut self, sample: &Sample, counting: Counting) {
        if sample.outcome == Outcome::Cancelled {
            return;
        }
        let outlier = Outlier {
            series: sample.series,
            ended: (sample.start + sample.service).saturating_sub(self.begun),
            latency: sample.latency(),
            has_failed: sample.outcome != Outcome::Ok,
            is_in_series: counting == Counting::Measured,
        };
        if outlier.ended <= self.windows.open.start {
            self.add_late(outlier);
            return;
        }
        self.early.push(outlier);
        if self.early.len() > MAX_EARLY {
            let latest = self.early.iter().map(|early| early.ended).max().unwrap_or_default();
            self.close_windows(latest);
        }
    }

    /// Adds a sample to a window that was closed without it.
    fn add_late(&mut self, late: Outlier) {
        let mut window = Window::default();
        late.count_in(&mut window);
        if late.series.kind == SeriesKind::Route {
            let mut latencies = Latencies::default();
            latencies.record(late.latency);
            window.set_latencies(&latencies);
        }
        self.windows.add_late(late.ended, &window);
        if late.is_in_series {
            self.stats(late.series).add_late(&late);
        }
    }

    /// Closes the windows that are over.
    pub(super) fn close_windows(&mut self, now: Duration) {
        while now >= self.windows.end() {
            self.close_window(self.windows.end(), now);
        }
    }

    fn close_window(&mut self, end: Duration, now: Duration) {
        self.update_windows();
        self.update_courses();
        self.windows.close(end, now, self.users);
        self.open_next();
    }

    /// Closes the windows up to the end of the run, and those of samples that say that they ended later.
    pub(super) fn finish_windows(&mut self, now: Duration) {
        let latest = self.early.iter().map(|early| early.ended).max().unwrap_or_default();
        self.close_windows(now);
        while latest > self.windows.end() {
            self.close_window(self.windows.end(), now);
        }
        self.update_windows();
        self.update_courses();
        self.windows.finish(now);
        self.windows.release();
        self.open_next();
    }

    /// Begins with an empty course.
    pub(super) fn start_course(&mut self) {
        self.early.clear();
        self.windows = Windows::default();
        for stats in &mut self.series {
            stats.update_course(0, &[]);
            stats.course.course = Course::default();
        }
        self.open_next();
    }

    /// Counts the samples that were noted for the window that is open now.
    fn open_next(&mut self) {
        let (start, end) = (self.windows.open.start, self.windows.end());
        // What had ended before the first user started and comes only now is of the first window.
        let after = if start.is_zero() { start } else { self.begun + start };
        self.open_time = OpenTime { after, to: self.begun + end };
        let windows = &mut self.windows;
        self.early.retain(|early| {
            let is_of_later = early.ended > end;
            if !is_of_later {
                early.count_in(&mut windows.open);
                if early.series.kind == SeriesKind::Route {
                    windows.latencies.record(early.latency);
                }
            }
            is_of_later
        });
    }

    /// Adds to the courses of the series what they have more than at the window before, but for samples of later ones.
    fn update_courses(&mut self) {
        let mut later: HashMap<u32, Vec<Outlier>> = HashMap::new();
        for early in self.early.iter().filter(|early| early.is_in_series) {
            later.entry(early.series.index).or_default().push(*early);
        }
        let second = self.windows.open.start.as_secs();
        for (stats, index) in self.series.iter_mut().zip(0..) {
            stats.update_course(second, later.get(&index).map_or(&[], Vec::as_slice));
        }
    }
}

impl Outlier {
    fn count_in(&self, window: &mut Window) {
        let failed = u64::from(self.has_failed);
        match self.series.kind {
            SeriesKind::Scenario => {
                window.iterations += 1;
                window.failed_iterations += failed;
            }
            SeriesKind::Route => {
                window.requests += 1;
                window.failed_requests += failed;
            }
            _ => {}
        }
    }

    fn bucket(&self) -> usize {
        bucket_of(self.latency.as_micros() as u64)
    }
}

impl Stats {
    /// The course so far.
    pub(super) fn course(&self) -> &Course {
        &self.course.course
    }

    /// Adds to the course, in this second, what has ended since the last call, but for these.
    fn update_course(&mut self, second: u64, later: &[Outlier]) {
        let count = self.ok.count() + self.failed.count() - later.len() as u64;
        // The values of a trend have no course.
        if count == self.course.count || self.values.count > 0 {
            return;
        }
        let mut counts = vec![0; self.course.counts.len()];
        for (micros, count) in self.ok.buckets().chain(self.failed.buckets()) {
            *place(&mut counts, bucket_of(micros)) += count;
        }
        later.iter().for_each(|later| *place(&mut counts, later.bucket()) -= 1);
        let failed = self.failed.count() - later.iter().filter(|later| later.has_failed).count() as u64;
        let known = self.course.counts.iter().copied().chain(std::iter::repeat(0));
        let more = counts.iter().zip(known).map(|(count, known)| count - known).enumerate();
        let latencies = CoarseCounts::from_counts(more.filter(|(_, more)| *more > 0));
        let part = CoursePart { failed: failed - self.course.failed, latencies };
        self.course.course.add(second, part);
        (self.course.counts, self.course.count, self.course.failed) = (counts, count, failed);
    }

    /// Adds a sample to the course, in the second in which it ended.
    fn add_late(&mut self, late: &Outlier) {
        let failed = u64::from(late.has_failed);
        let latencies = CoarseCounts::from_counts([(late.bucket(), 1)]);
        self.course.course.add(second_of(late.ended), CoursePart { failed, latencies });
        *place(&mut self.course.counts, late.bucket()) += 1;
        self.course.count += 1;
        self.course.failed += failed;
    }
}

fn place(counts: &mut Vec<u64>, bucket: usize) -> &mut u64 {
    if bucket >= counts.len() {
        counts.resize(bucket + 1, 0);
    }
    &mut counts[bucket]
}
