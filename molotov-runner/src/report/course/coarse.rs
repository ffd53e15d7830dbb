//! Counts of latencies in buckets that are 6 % wide.

use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use super::Merge;

/// Values below this have a bucket each; above it, each power of two is divided into half as many.
const EXACT: u64 = 32;

/// The exponent of two of half of `EXACT`.
const HALF_MAGNITUDE: u32 = 4;

/// The greatest value, in microseconds: an hour.
const HIGHEST: u64 = 3_600_000_000;

/// Counts by bucket, in their text form: it takes the least memory, and only few of them are evaluated.
///
/// It consists of runs of non-empty buckets: the first bucket of each run, then its count and the following counts, as
/// in `118,5,30,12 130,1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct CoarseCounts(Box<str>);

/// The bucket of this number of microseconds.
pub(in crate::report) fn bucket_of(micros: u64) -> usize {
    let micros = micros.clamp(1, HIGHEST);
    let octave = (micros | (EXACT - 1)).ilog2() - HALF_MAGNITUDE;
    ((u64::from(octave) << HALF_MAGNITUDE) + (micros >> octave)) as usize
}

fn greatest_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let octave = (bucket >> HALF_MAGNITUDE).saturating_sub(1);
    let place = bucket - (octave << HALF_MAGNITUDE);
    ((place + 1) << octave) - 1
}

impl CoarseCounts {
    /// Counts in the order of their buckets, none of them zero.
    pub(in crate::report) fn from_counts(counts: impl IntoIterator<Item = (usize, u64)>) -> Self {
        let mut text = String::new();
        let mut next = None;
        for (bucket, count) in counts {
            // Writing to a string cannot fail.
            let _ = match next {
                Some(next) if next == bucket => write!(text, ",{count}"),
                Some(_) => write!(text, " {bucket},{count}"),
                None => write!(text, "{bucket},{count}"),
            };
            next = Some(bucket + 1);
        }
        Self(text.into())
    }

    /// Calls this function for each non-empty bucket, with its count.
    fn for_each(&self, mut call: impl FnMut(usize, u64)) {
        let (mut number, mut bucket) = (0, None);
        // Text from a file has been validated, so it only contains numbers, commas and spaces.
        for byte in self.0.bytes().chain([b' ']) {
            if byte.is_ascii_digit() {
                number = number * 10 + u64::from(byte - b'0');
                continue;
            }
            bucket = match bucket {
                None => Some(number as usize),
                Some(bucket) => {
                    call(bucket, number);
                    Some(bucket + 1)
                }
            };
            bucket = bucket.filter(|_| byte != b' ');
            number = 0;
        }
    }
}

/// Counts by bucket, during their aggregation.
#[derive(Clone, Debug, Default)]
pub(super) struct BucketSums {
    counts: Vec<u64>,
    total: u64,
}

impl BucketSums {
    pub(super) fn add(&mut self, counts: &CoarseCounts) {
        counts.for_each(|bucket, count| {
            if bucket >= self.counts.len() {
                self.counts.resize(bucket + 1, 0);
            }
            self.counts[bucket] += count;
            self.total += count;
        });
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The latency that `percent` of these did not exceed; `None` without samples beyond it.
    pub(super) fn percentile(&self, percent: f64) -> Option<Duration> {
        let beyond = self.total as f64 * (100.0 - percent) / 100.0;
        let mut left = (self.total as f64 * percent / 100.0).ceil() as u64;
        let found = self.counts.iter().position(|count| {
            left = left.saturating_sub(*count);
            left == 0
        });
        found.filter(|_| beyond >= 1.0).map(|bucket| Duration::from_micros(greatest_of(bucket)))
    }

    pub(super) fn to_counts(&self) -> CoarseCounts {
        let counts = self.counts.iter().copied().enumerate();
        CoarseCounts::from_counts(counts.filter(|(_, count)| *count > 0))
    }
}

/// Counts add up.
impl Merge for CoarseCounts {
    fn merge(self, other: Self) -> Self {
        if self.0.is_empty() || other.0.is_empty() {
            return if self.0.is_empty() { other } else { self };
        }
        let mut sums = BucketSums::default();
        sums.add(&self);
        sums.add(&other);
        sums.to_counts()
    }
}

/// The buckets of a text and their counts; `None` for invalid numbers.
fn counts_in(text: &str) -> impl Iterator<Item = Option<(usize, u64)>> {
    text.split(' ').filter(|run| !run.is_empty()).flat_map(|run| {
        let (first, counts) = run.split_once(',').unwrap_or((run, ""));
        let first = first.parse::<usize>().ok().filter(|first| *first <= bucket_of(HIGHEST));
        let buckets = counts.split(',').enumerate();
        buckets
            .map(move |(place, count)| Some((first? + place, count.parse().ok().filter(|count| *count > 0)?)))
    })
}

impl fmt::Display for CoarseCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CoarseCounts {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut total = 0u64;
        let mut least = 0;
        if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b',' | b' ')) {
            return Err("the latencies of a course are not numbers");
        }
        for count in counts_in(text) {
            let (bucket, count) = count.ok_or("the latencies of a course are not numbers")?;
            if bucket < least || bucket > bucket_of(HIGHEST) {
                return Err("the latencies of a course are in no order");
            }
            total = total.checked_add(count).ok_or("a course counts more than there can be")?;
            least = bucket + 1;
        }
        Ok(Self(text.into()))
    }
}
