//! The course of the run and of its series: each sample is counted in the second in which it ended.
//!
//! Nearly all samples belong to the open window. Samples of the next window, which arrive with the same tick, are kept
//! until it opens; samples of closed windows are added to those. A sample costs the course one comparison: when a
//! window is closed, its counts, and its part of each series, are the differences to the previous totals.

use std::time::Duration;

use molotov_core::{FailureKind, Latencies, Outcome, Sample, SeriesId, SeriesKind};

use super::Aggregator;
use super::end_counts::EndCounts;
use super::series::Stats;
use crate::report::course::{CoarseCounts, Course, CoursePart, bucket_of};
use crate::report::gaps::nanos;
use crate::report::windows::{Window, Windows, second_of};

/// The maximum number of kept samples. With more, windows are closed before the next tick.
const MAX_EARLY: usize = 65_536;

/// The counts of a sample: those of the warm-up are separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    WarmUp,
    Measured,
}

/// The time of the open window, since the start of the run, in nanoseconds. All other times belong to another window.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenTime {
    from: u64,
    length: u64,
}

impl OpenTime {
    /// A first window, until this time: it includes samples that ended before the first user started and arrive only
    /// now.
    fn until(end: Duration) -> Self {
        Self { from: 0, length: nanos(end).saturating_add(1) }
    }

    /// The window between these times, excluding its start.
    fn between(start: Duration, end: Duration) -> Self {
        Self { from: nanos(start).saturating_add(1), length: nanos(end.saturating_sub(start)) }
    }

    /// Returns `true` if a sample ended in this window.
    #[inline]
    pub(super) fn has_end_of(self, sample: &Sample) -> bool {
        let ended = nanos(sample.start).wrapping_add(nanos(sample.service));
        ended.wrapping_sub(self.from) < self.length
    }
}

impl Default for OpenTime {
    fn default() -> Self {
        Self::until(Windows::default().end())
    }
}

/// A sample that ended outside the open window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlier {
    series: SeriesId,
    /// The time of its end, since the first user started.
    ended: Duration,
    latency: Duration,
    failure: Option<FailureKind>,
    /// `true` if the totals of its series include it, which is not the case in a warm-up.
    is_in_series: bool,
}

impl Aggregator {
    /// Counts a sample that ended outside the open window.
    #[cold]
    pub(super) fn add_outlier(&mut self, sample: &Sample) {
        // Its latency belongs to the interval, but not to the window.
        std::mem::swap(&mut self.recent, &mut self.interval.latencies);
        self.count(sample);
        std::mem::swap(&mut self.recent, &mut self.interval.latencies);
        if sample.outcome == Outcome::Cancelled {
            return;
        }
        let outlier = Outlier {
            series: sample.series,
            ended: (sample.start + sample.service).saturating_sub(self.begun),
            latency: sample.latency(),
            failure: failure_of(sample),
            is_in_series: self.counting(sample) == Counting::Measured,
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

    /// Adds a late sample to a window that is already closed.
    fn add_late(&mut self, late: Outlier) {
        let counts = EndCounts::default().and(late.series.kind, late.failure.is_some());
        self.placed = self.placed.plus(counts);
        let mut window = Window::default();
        counts.put_in(&mut window);
        if late.series.kind == SeriesKind::Route {
            let mut latencies = Latencies::default();
            latencies.record(late.latency);
            window.set_latencies(&latencies);
            late.failure.iter().for_each(|kind| self.failure_kinds.place_late(*kind, &mut window));
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
        self.count_open();
        self.windows.close(end, now, self.users);
        self.open_next();
    }

    /// Closes the windows up to the end of the run, and those of samples with a later end.
    pub(super) fn finish_windows(&mut self, now: Duration) {
        let latest = self.early.iter().map(|early| early.ended).max().unwrap_or_default();
        self.close_windows(now);
        while latest > self.windows.end() {
            self.close_window(self.windows.end(), now);
        }
        self.update_windows();
        self.update_courses();
        self.count_open();
        self.windows.finish(now);
        self.windows.release();
        self.open_next();
    }

    /// Starts with an empty course.
    pub(super) fn start_course(&mut self) {
        self.early.clear();
        self.placed = self.all_ends();
        self.failure_kinds.start();
        self.windows = Windows::default();
        for stats in &mut self.series {
            stats.update_course(0, &[]);
            stats.course.course = Course::default();
        }
        self.open_next();
    }

    /// Adds the ends that are in no window yet to the open window, except for samples of later windows.
    fn count_open(&mut self) {
        let early = self.early.iter();
        let of_later = early
            .fold(EndCounts::default(), |ends, early| ends.and(early.series.kind, early.failure.is_some()));
        let open = self.all_ends().minus(self.placed).minus(of_later);
        open.put_in(&mut self.windows.open);
        self.placed = self.placed.plus(open);
        let later = self.early.iter().filter(|early| early.series.kind == SeriesKind::Route);
        self.failure_kinds.place(&mut self.windows.open, later.filter_map(|early| early.failure));
    }

    /// Returns the number of all iterations and requests that have ended, and of all connections.
    pub(super) fn all_ends(&self) -> EndCounts {
        EndCounts {
            iterations: self.iterations.finished(),
            failed_iterations: self.iterations.failures(),
            requests: self.requests.ok + self.requests.failures(),
            failed_requests: self.requests.failures(),
            connections: self.connections.opened,
            connecting: self.connections.opening_time(),
        }
    }

    /// Adds the kept latencies of the newly opened window; its counts come from the totals.
    fn open_next(&mut self) {
        let (start, end) = (self.windows.open.start, self.windows.end());
        self.open_time = match start.is_zero() {
            true => OpenTime::until(self.begun + end),
            false => OpenTime::between(self.begun + start, self.begun + end),
        };
        let latencies = &mut self.windows.latencies;
        self.early.retain(|early| {
            let is_of_later = early.ended > end;
            if !is_of_later && early.series.kind == SeriesKind::Route {
                latencies.record(early.latency);
            }
            is_of_later
        });
    }

    /// Adds the increases since the previous window to the courses of the series, except for samples of later windows.
    fn update_courses(&mut self) {
        let second = self.windows.open.start.as_secs();
        self.early.sort_unstable_by_key(|early| (!early.is_in_series, early.series.index));
        let in_series = self.early.partition_point(|early| early.is_in_series);
        let mut later = &self.early[..in_series];
        for (stats, index) in self.series.iter_mut().zip(0..) {
            let (of_series, others) =
                later.split_at(later.partition_point(|early| early.series.index == index));
            stats.update_course(second, of_series);
            later = others;
        }
    }
}

/// The failure of a finished sample.
fn failure_of(sample: &Sample) -> Option<FailureKind> {
    match sample.outcome {
        Outcome::Failed(kind) => Some(kind),
        _ => None,
    }
}

impl Outlier {
    fn bucket(&self) -> usize {
        bucket_of(self.latency.as_micros() as u64)
    }
}

impl Stats {
    /// The course so far.
    pub(super) fn course(&self) -> &Course {
        &self.course.course
    }

    /// Adds the ends since the last call to the course, in this second, except for these samples.
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
        let failed =
            self.failed.count() - later.iter().filter(|later| later.failure.is_some()).count() as u64;
        let known = self.course.counts.iter().copied().chain(std::iter::repeat(0));
        let more = counts.iter().zip(known).map(|(count, known)| count - known).enumerate();
        let latencies = CoarseCounts::from_counts(more.filter(|(_, more)| *more > 0));
        let part = CoursePart { failed: failed - self.course.failed, latencies };
        self.course.course.add(second, part);
        (self.course.counts, self.course.count, self.course.failed) = (counts, count, failed);
    }

    /// Adds a sample to the course, in the second in which it ended.
    fn add_late(&mut self, late: &Outlier) {
        let failed = u64::from(late.failure.is_some());
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
