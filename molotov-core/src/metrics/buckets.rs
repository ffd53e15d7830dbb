//! Counts by bucket, with the buckets of an HDR histogram of three significant digits.
//!
//! The same numbers as in the `hdrhistogram` crate, in blocks that are allocated at first use: the latencies of one
//! route are close together, so a thousand routes take little memory, and adding two histograms only visits the
//! allocated blocks.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Values below this have a bucket each; from there on each power of two is divided into half as many.
const EXACT: u64 = 2_048;

/// `EXACT` is two to the power of one more than this.
const HALF_MAGNITUDE: u32 = 10;

/// Buckets that are allocated together: 1 KiB.
const BLOCK: usize = 128;

/// The number of buckets for values of up to 32 bits, which is more than an hour of microseconds.
const BUCKETS: usize = 1_024 * 23;

#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    blocks: Vec<Option<Box<[u64; BLOCK]>>>,
    total: u64,
}

/// Equal counts, independent of the allocated blocks.
impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.total == other.total && self.beside(other).all(|(_, ours, theirs)| ours == theirs)
    }
}

impl Eq for Buckets {}

impl Buckets {
    #[inline]
    pub(super) fn record(&mut self, value: u64) {
        let (place, offset) = (index_of(value) / BLOCK, index_of(value) % BLOCK);
        match self.blocks.get_mut(place) {
            Some(Some(block)) => block[offset] += 1,
            _ => self.block(place)[offset] = 1,
        }
        self.total += 1;
    }

    /// Records a value this many times.
    pub(super) fn record_many(&mut self, value: u64, many: u64) {
        let (place, offset) = (index_of(value) / BLOCK, index_of(value) % BLOCK);
        self.block(place)[offset] += many;
        self.total += many;
    }

    #[cold]
    fn block(&mut self, place: usize) -> &mut [u64; BLOCK] {
        if place >= self.blocks.len() {
            self.blocks.resize_with(place + 1, || None);
        }
        self.blocks[place].get_or_insert_with(|| Box::new([0; BLOCK]))
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (place, theirs) in other.blocks.iter().enumerate() {
            if let Some(theirs) = theirs {
                let ours = self.block(place);
                ours.iter_mut().zip(theirs.iter()).for_each(|(ours, theirs)| *ours += theirs);
            }
        }
        self.total += other.total;
    }

    /// Returns the counts that were added since `earlier` was copied from these.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut since = Self::default();
        for (index, count) in self.filled() {
            let before = earlier.known_block(index / BLOCK).map_or(0, |block| block[index % BLOCK]);
            since.put(index, count.saturating_sub(before));
        }
        since
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The buckets that are not empty: the index of each, and its count.
    pub(super) fn filled(&self) -> impl Iterator<Item = (usize, u64)> {
        let blocks = self.blocks.iter().enumerate();
        let counts = blocks.flat_map(|(place, block)| {
            block.iter().flat_map(move |block| {
                block.iter().enumerate().map(move |(offset, count)| (place * BLOCK + offset, *count))
            })
        });
        counts.filter(|(_, count)| *count > 0)
    }

    /// The buckets that are not empty: the greatest value of each, and its count.
    pub(super) fn values(&self) -> impl Iterator<Item = (u64, u64)> {
        self.filled().map(|(index, count)| (greatest_of(index), count))
    }

    /// The greatest values of the first and the last bucket that are not empty.
    pub(super) fn extremes(&self) -> (Duration, Duration) {
        let mut values = self.values().map(|(value, _)| Duration::from_micros(value));
        let first = values.next().unwrap_or_default();
        (first, values.last().unwrap_or(first))
    }

    /// Adds this many to a bucket. Returns whether the bucket and the count are possible.
    pub(super) fn put(&mut self, index: usize, count: u64) -> bool {
        let Some(total) = self.total.checked_add(count).filter(|_| index < BUCKETS) else { return false };
        if count > 0 {
            // No count is greater than the total.
            self.block(index / BLOCK)[index % BLOCK] += count;
        }
        self.total = total;
        true
    }

    /// The greatest value of the bucket in which this share of all values, from 0 to 1, is reached.
    pub(super) fn value_at(&self, share: f64) -> u64 {
        let wanted = ((share * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (place, block) in self.blocks.iter().enumerate() {
            let Some(block) = block else { continue };
            let in_block: u64 = block.iter().sum();
            if seen + in_block < wanted {
                seen += in_block;
                continue;
            }
            for (offset, count) in block.iter().enumerate() {
                seen += count;
                if seen >= wanted {
                    return greatest_of(place * BLOCK + offset);
                }
            }
        }
        0
    }

    /// The buckets that are not empty in either, in order: the greatest value, its count here, and its count there.
    pub(super) fn beside<'b>(&'b self, other: &'b Self) -> impl Iterator<Item = (u64, u64, u64)> + 'b {
        let empty = &[0; BLOCK];
        let places = 0..self.blocks.len().max(other.blocks.len());
        let pairs =
            places.filter_map(move |place| match (self.known_block(place), other.known_block(place)) {
                (None, None) => None,
                (ours, theirs) => Some((place, ours.unwrap_or(empty), theirs.unwrap_or(empty))),
            });
        let counts = pairs.flat_map(|(place, ours, theirs)| {
            let pairs = ours.iter().zip(theirs).enumerate();
            pairs.map(move |(offset, (ours, theirs))| (greatest_of(place * BLOCK + offset), *ours, *theirs))
        });
        counts.filter(|(_, ours, theirs)| ours + theirs > 0)
    }

    fn known_block(&self, place: usize) -> Option<&[u64; BLOCK]> {
        self.blocks.get(place).and_then(Option::as_deref)
    }

    pub(super) fn clear(&mut self) {
        self.blocks.iter_mut().flatten().for_each(|block| block.fill(0));
        self.total = 0;
    }

    /// The same counts as a histogram of the `hdrhistogram` crate.
    pub(super) fn histogram(&self) -> Histogram<u64> {
        // Three digits are always in range and the histogram grows with the values, so this cannot fail.
        let mut histogram = Histogram::new(3).unwrap_or_else(|_| unreachable!("3 digits are valid"));
        for (index, count) in self.filled() {
            if histogram.record_n(greatest_of(index), count).is_err() {
                unreachable!("the histogram grows on demand");
            }
        }
        histogram
    }
}

fn index_of(value: u64) -> usize {
    let octave = octave_of(value);
    // The remainder of a value from `EXACT` on is in the upper half of `EXACT`, so octaves do not overlap.
    ((u64::from(octave) << HALF_MAGNITUDE) + (value >> octave)) as usize
}

/// The number of low bits of a value that do not affect its bucket.
fn octave_of(value: u64) -> u32 {
    (value | (EXACT - 1)).ilog2() - HALF_MAGNITUDE
}

fn greatest_of(index: usize) -> u64 {
    let index = index as u64;
    let octave = (index >> HALF_MAGNITUDE).saturating_sub(1);
    let place = index - (octave << HALF_MAGNITUDE);
    ((place + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of all magnitudes, including the edges of the buckets.
    fn values() -> Vec<u64> {
        let random = std::iter::repeat_with({
            let mut rng = crate::rng::Rng::with_seed(3);
            move || rng.range(1..3_600_000_000_u64) >> rng.range(0..31)
        });
        let edges = (0..31).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        random.take(2_000).chain(edges).map(|value| value.max(1)).collect()
    }

    fn both(values: &[u64]) -> (Buckets, Histogram<u64>) {
        let (mut ours, mut theirs) = (Buckets::default(), Histogram::new(3).unwrap());
        for value in values {
            ours.record(*value);
            theirs.record(*value).unwrap();
        }
        (ours, theirs)
    }

    #[test]
    fn the_numbers_are_those_of_hdrhistogram() {
        let (ours, theirs) = both(&values());

        assert_eq!(ours.total(), theirs.len());
        for percent in (0..=1_000).map(|n| f64::from(n) / 10.0) {
            assert_eq!(ours.value_at(percent / 100.0), theirs.value_at_percentile(percent), "{percent} %");
        }
        assert_eq!(ours.histogram(), theirs);
    }

    #[test]
    fn each_value_is_in_the_bucket_of_hdrhistogram() {
        for value in values() {
            let (ours, theirs) = both(&[value]);

            assert_eq!(ours.value_at(0.5), theirs.value_at_percentile(50.0), "{value}");
        }
    }

    #[test]
    fn adding_is_recording_both() {
        let values = values();
        let (early, late) = values.split_at(values.len() / 3);
        let (mut sum, _) = both(early);

        sum.add(&both(late).0);

        let (all, _) = both(&values);
        assert_eq!(sum.histogram(), all.histogram());
        assert_eq!(sum.total(), all.total());
    }

    #[test]
    fn memory_is_allocated_for_used_buckets_only() {
        let (one, _) = both(&[1_000_000; 1_000]);

        assert_eq!(one.blocks.iter().flatten().count(), 1);
    }
}
