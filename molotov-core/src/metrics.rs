//! Sums of latencies: counts by bucket with three digits, and exact extremes and sums.

mod buckets;
mod censored;
mod compressed;
mod hdr;
mod serialized;
mod sparse;

use std::time::Duration;

use hdrhistogram::Histogram;

use self::buckets::Buckets;
pub use self::censored::Estimate;
pub use self::compressed::CompressedLatencies;
pub use self::serialized::LatencySummary;
pub use self::sparse::SparseLatencies;
use crate::base64;

/// The longest latency of the histogram; longer ones are counted with this value, and as clamped.
const MAX: Duration = Duration::from_secs(HOUR);

const HOUR: u64 = 3_600;

/// The range of the histogram, in microseconds.
const LOWEST: u64 = 1;
const HIGHEST: u64 = 3_600_000_000;

const NANOS: u128 = 1_000_000_000;

/// The distribution of some latencies.
///
/// Percentiles are those of an HDR histogram with three significant digits, from 1 µs to one hour; count,
/// sum, least and greatest are exact. Two distributions add up exactly, in any order. Memory grows with the
/// values: none without values, usually some KiB, at most about 190 KiB.
///
/// With serde, the figures are written in milliseconds and the histogram as base64 of the uncompressed V2
/// encoding of HdrHistogram; reading returns the same distribution.
///
/// ```
/// use molotov::report::Latencies;
/// use std::time::Duration;
///
/// let mut latencies = Latencies::default();
/// (1..=100).for_each(|ms| latencies.record(Duration::from_millis(ms)));
/// assert_eq!(latencies.percentile(50.0).unwrap().as_millis(), 50);
/// assert_eq!(latencies.percentile(99.9), None); // 100 samples are too few
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latencies {
    buckets: Buckets,
    /// In nanoseconds.
    sum: u128,
    least: Duration,
    greatest: Duration,
    clamped: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        let (least, greatest) = (Duration::MAX, Duration::ZERO);
        Self { buckets: Buckets::default(), sum: 0, least, greatest, clamped: 0 }
    }
}

impl Latencies {
    /// Adds a latency.
    pub fn record(&mut self, latency: Duration) {
        // The nanoseconds of an hour fit in one word; each instruction here is executed for each sample.
        let nanos = match latency.as_secs() {
            seconds @ 0..HOUR => seconds * 1_000_000_000 + u64::from(latency.subsec_nanos()),
            _ => return self.record_long(latency),
        };
        self.buckets.record((nanos / 1_000).max(1));
        self.sum = self.sum.saturating_add(nanos.into());
        self.bound(latency);
    }

    /// Adds a latency of an hour or more.
    #[cold]
    fn record_long(&mut self, latency: Duration) {
        self.clamped += u64::from(latency > MAX);
        self.buckets.record(HIGHEST);
        self.sum = self.sum.saturating_add(latency.as_nanos());
        self.bound(latency);
    }

    /// Extends the extremes to a latency beyond them.
    #[inline]
    fn bound(&mut self, latency: Duration) {
        if latency < self.least {
            self.least = latency;
        }
        if latency > self.greatest {
            self.greatest = latency;
        }
    }

    /// Records this many latencies of zero.
    #[doc(hidden)]
    pub fn record_zeros(&mut self, many: u64) {
        if many > 0 {
            self.buckets.record_many(1, many);
            self.least = Duration::ZERO;
        }
    }

    /// Adds all latencies of another distribution.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use molotov::report::Latencies;
    ///
    /// let (mut north, mut south) = (Latencies::default(), Latencies::default());
    /// north.record(Duration::from_millis(12));
    /// south.record(Duration::from_millis(30));
    /// north.add(&south);
    /// assert_eq!((north.count(), north.max()), (2, Some(Duration::from_millis(30))));
    /// ```
    pub fn add(&mut self, other: &Self) {
        self.buckets.add(&other.buckets);
        self.sum = self.sum.saturating_add(other.sum);
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.clamped += other.clamped;
    }

    /// The latencies that were added since `earlier` was copied from these. The sum of `earlier` and the
    /// result equals these. The extremes of the result are exact if they are the extremes of all, otherwise
    /// as exact as the buckets.
    #[doc(hidden)]
    pub fn since(&self, earlier: &Self) -> Self {
        if self.count() == earlier.count() {
            return Self::default();
        }
        let buckets = self.buckets.since(&earlier.buckets);
        let (first, last) = buckets.extremes();
        let least =
            if self.least < earlier.least { self.least } else { first.clamp(self.least, self.greatest) };
        let greatest =
            if self.greatest > earlier.greatest { self.greatest } else { last.clamp(least, self.greatest) };
        let sum = self.sum.saturating_sub(earlier.sum);
        Self { buckets, sum, least, greatest, clamped: self.clamped - earlier.clamped }
    }

    /// The number of latencies.
    pub fn count(&self) -> u64 {
        self.buckets.total()
    }

    /// The least, exactly.
    pub fn min(&self) -> Option<Duration> {
        (self.count() > 0).then_some(self.least)
    }

    /// The greatest, exactly.
    pub fn max(&self) -> Option<Duration> {
        (self.count() > 0).then_some(self.greatest)
    }

    /// The sum, exactly.
    pub fn sum(&self) -> Duration {
        duration(self.sum.min(Duration::MAX.as_nanos()))
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> Option<Duration> {
        let count = u128::from(self.count());
        // In whole nanoseconds: as a float the longest sum would be rounded up beyond the range of a
        // duration.
        (self.sum().as_nanos() + count / 2).checked_div(count).map(duration)
    }

    /// The number of latencies that were longer than one hour.
    pub fn clamped(&self) -> u64 {
        self.clamped
    }

    /// The latency that `percent` of the samples did not exceed, or `None` for too few samples: at least one
    /// sample must lie beyond it, so p99 takes 100 samples and p99.9 takes 1,000.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use molotov::report::Latencies;
    ///
    /// let mut latencies = Latencies::default();
    /// (1..=100).for_each(|time| latencies.record(Duration::from_millis(time)));
    /// assert!(latencies.percentile(50.0).is_some_and(|median| median.as_millis() == 50));
    /// assert_eq!(latencies.percentile(99.9), None);
    /// ```
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        let beyond = self.count() as f64 * (100.0 - percent) / 100.0;
        // The tolerance is for percentages that have no exact binary form, such as 99.9.
        (beyond >= 1.0 - 1e-9).then(|| self.value_at(percent))
    }

    /// The number of samples that the percentile needs; see [`Latencies::percentile`].
    ///
    /// ```
    /// use molotov::report::Latencies;
    ///
    /// assert_eq!(Latencies::samples_for(99.9), 1_000);
    /// ```
    pub fn samples_for(percent: f64) -> u64 {
        // The same tolerance. For a percentage that no number of samples can give, the result is the greatest
        // number.
        (100.0 / (100.0 - percent).max(0.0) - 1e-9).ceil() as u64
    }

    fn value_at(&self, percent: f64) -> Duration {
        // 99.9 / 100 is a little more than 0.999, so without the tolerance 1,000 samples would give the last
        // sample instead of the 999th.
        let share = percent / 100.0 * (1.0 - 1e-12);
        let value = Duration::from_micros(self.buckets.value_at(share));
        // The histogram returns the upper end of a bucket; the true value is always within the extremes.
        value.clamp(self.least, self.greatest)
    }

    /// All latencies as an HDR histogram of three digits, in microseconds.
    pub fn histogram(&self) -> Histogram<u64> {
        self.buckets.histogram()
    }

    /// The buckets that are not empty: the greatest latency of each, in microseconds, and its count.
    #[doc(hidden)]
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.buckets.values()
    }

    /// All latencies as text that HdrHistogram reads in every language: base64 of its compressed V2 encoding,
    /// in microseconds.
    pub fn compressed_histogram(&self) -> String {
        base64::encode(&hdr::compress(&self.buckets))
    }

    /// Removes all latencies and keeps the memory.
    pub fn clear(&mut self) {
        self.buckets.clear();
        let (buckets, empty) = (std::mem::take(&mut self.buckets), Self::default());
        *self = Self { buckets, ..empty };
    }
}

fn duration(nanos: u128) -> Duration {
    Duration::new((nanos / NANOS) as u64, (nanos % NANOS) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn percentile_is_reported_only_when_a_sample_lies_beyond_it() {
        let mut latencies = Latencies::default();
        (0..999).for_each(|_| latencies.record(ms(1)));
        assert_eq!(latencies.percentile(99.9), None);

        latencies.record(ms(1));

        assert_eq!(latencies.percentile(99.9), Some(ms(1)));
    }

    #[test]
    fn a_percentile_is_the_least_latency_that_so_many_do_not_exceed() {
        let mut latencies = Latencies::default();
        (1..=1_000).for_each(|n| latencies.record(ms(n)));

        for (percent, rank) in [(50.0, 500), (90.0, 900), (95.0, 950), (99.0, 990), (99.9, 999)] {
            let told = latencies.percentile(percent).unwrap();
            // Three digits.
            assert!(told.abs_diff(ms(rank)) < Duration::from_micros(600), "p{percent}: {told:?}");
        }
    }

    #[test]
    fn adding_in_any_order_gives_the_same() {
        let (mut a, mut b) = (Latencies::default(), Latencies::default());
        (1..500).for_each(|n| a.record(ms(n)));
        (1..50).for_each(|n| b.record(ms(n * 97)));
        let (mut ab, mut ba) = (a.clone(), b.clone());

        ab.add(&b);
        ba.add(&a);

        assert_eq!(ab.histogram(), ba.histogram());
        assert_eq!((ab.min(), ab.max(), ab.sum()), (ba.min(), ba.max(), ba.sum()));
        assert_eq!(ab.max(), Some(ms(49 * 97)));
    }

    #[test]
    fn latency_beyond_an_hour_is_clamped_and_exact_in_the_maximum() {
        let mut latencies = Latencies::default();
        latencies.record(Duration::from_secs(4000));
        latencies.record(ms(1));
        assert_eq!(latencies.clamped(), 1);
        assert_eq!(latencies.max(), Some(Duration::from_secs(4000)));
    }
}
