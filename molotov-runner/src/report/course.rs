//! The course of a series: counts and latencies over time.

mod coarse;
mod serialized;

use std::time::Duration;

use self::coarse::BucketSums;
pub(super) use self::coarse::{CoarseCounts, bucket_of};
use super::mergeable::Merge;

/// The maximum number of points of a course. Beyond it, pairs of points are merged, and so on.
const MAX_POINTS: usize = 120;

/// The course of a series, in at most 120 points from the start of the first user on.
///
/// Each point covers one second, or in a longer run a power of two of seconds. Its percentiles are based on buckets
/// that are 6 % wide, so that points add up exactly.
///
/// ```
/// # use molotov::{Scenario, Suite};
/// use molotov::{Plan, RunExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
/// let report = suite.run(Plan::users(2).max_runs(5)).await?;
///
/// let points = report.scenarios[0].course.points();
///
/// assert_eq!(points.iter().map(|point| point.count).sum::<u64>(), 10);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The length of a point, in seconds.
    unit: u64,
    parts: Vec<CoursePart>,
}

/// A part of a course, in its stored form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CoursePart {
    pub(super) failed: u64,
    pub(super) latencies: CoarseCounts,
}

/// A part of the time of a series.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for point in report.routes.iter().flat_map(|route| route.course.points()) {
///     println!("{:?}: {} ends, {} failed", point.start, point.count, point.failed);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoursePoint {
    /// The start, since the first user started.
    pub start: Duration,
    /// Its length; the series may have ended earlier.
    pub length: Duration,
    /// The number of ends in it, successful or failed.
    pub count: u64,
    /// Of these, the failed ones.
    pub failed: u64,
    /// The median latency, up to 6 % too great.
    pub p50: Option<Duration>,
    /// The 99th percentile, up to 6 % too great.
    pub p99: Option<Duration>,
}

impl Default for Course {
    fn default() -> Self {
        Self { unit: 1, parts: Vec::new() }
    }
}

impl Course {
    /// The points, from the start of the first user to the last point with an end.
    pub fn points(&self) -> Vec<CoursePoint> {
        self.in_groups(1)
    }

    fn in_groups(&self, many: usize) -> Vec<CoursePoint> {
        let length = Duration::from_secs(self.unit * many as u64);
        let groups = self.parts.chunks(many).map(PartSums::from_parts).zip(0u32..);
        let points = groups.map(|(sums, place)| CoursePoint {
            start: length * place,
            length,
            count: sums.latencies.total(),
            failed: sums.failed,
            p50: sums.latencies.percentile(50.0),
            p99: sums.latencies.percentile(99.0),
        });
        points.collect()
    }

    /// The points, with neighbours merged to at most this number.
    pub(crate) fn in_points(&self, most: usize) -> Vec<CoursePoint> {
        let many = self.parts.len().div_ceil(most.max(1)).max(1).next_power_of_two();
        self.in_groups(many)
    }

    /// The sum of all courses.
    pub(super) fn sum<'c>(courses: impl Iterator<Item = &'c Self> + Clone) -> Self {
        let unit = courses.clone().map(|course| course.unit).max().unwrap_or(1);
        let mut sums: Vec<PartSums> = Vec::new();
        for course in courses {
            for (place, part) in course.parts.iter().enumerate() {
                let place = place * course.unit as usize / unit as usize;
                if place >= sums.len() {
                    sums.resize_with(place + 1, PartSums::default);
                }
                sums[place].add(part);
            }
        }
        Self { unit, parts: sums.iter().map(PartSums::to_part).collect() }
    }

    /// The median latency of the point that includes this second.
    pub(super) fn median_at(&self, second: u64) -> Option<Duration> {
        let part = self.parts.get((second / self.unit) as usize)?;
        PartSums::from_parts(std::slice::from_ref(part)).latencies.percentile(50.0)
    }

    /// Adds the ends of a second.
    pub(super) fn add(&mut self, second: u64, part: CoursePart) {
        while second / self.unit >= MAX_POINTS as u64 {
            self.coarsen(self.unit * 2);
        }
        let place = (second / self.unit) as usize;
        if place >= self.parts.len() {
            self.parts.resize_with(place + 1, CoursePart::default);
        }
        self.parts[place].add(part);
    }

    /// The course, moved by this number of seconds.
    #[inline]
    pub(super) fn shifted(&self, seconds: u64) -> Self {
        let mut shifted = Self { unit: self.unit, parts: Vec::new() };
        for (part, place) in self.parts.iter().zip(0..) {
            shifted.add(place * self.unit + seconds, part.clone());
        }
        shifted
    }

    /// Makes the points longer.
    fn coarsen(&mut self, unit: u64) {
        let many = (unit / self.unit) as usize;
        if many > 1 {
            let parts = self.parts.chunks(many).map(|parts| PartSums::from_parts(parts).to_part());
            (self.parts, self.unit) = (parts.collect(), unit);
        }
    }
}

/// The sum of several parts.
#[derive(Default)]
struct PartSums {
    failed: u64,
    latencies: BucketSums,
}

impl PartSums {
    fn from_parts(parts: &[CoursePart]) -> Self {
        let mut sums = Self::default();
        parts.iter().for_each(|part| sums.add(part));
        sums
    }

    fn add(&mut self, part: &CoursePart) {
        self.failed += part.failed;
        self.latencies.add(&part.latencies);
    }

    fn to_part(&self) -> CoursePart {
        CoursePart { failed: self.failed, latencies: self.latencies.to_counts() }
    }
}

impl CoursePart {
    fn add(&mut self, other: Self) {
        self.failed += other.failed;
        self.latencies = std::mem::take(&mut self.latencies).merge(other.latencies);
    }
}

/// Points of the same time are added up.
impl Merge for Course {
    #[inline]
    fn merge(mut self, mut other: Self) -> Self {
        let unit = self.unit.max(other.unit);
        self.coarsen(unit);
        other.coarsen(unit);
        if self.parts.len() < other.parts.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.parts.iter_mut().zip(other.parts).for_each(|(part, other)| part.add(other));
        self
    }
}

#[cfg(test)]
mod tests;
