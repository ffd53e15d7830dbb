//! Packed samples on their way from the writing thread to the reading one, without a lock.
//!
//! An uncontended lock costs 20 ns, most of the time for recording a sample. Here the writer only stores: first the
//! words of a sample, then the number of samples. The reader loads that number first.

use std::sync::atomic::{AtomicU64, Ordering};

/// The words of a packed sample.
pub(super) const WORDS: usize = 8;

/// A packed sample.
pub(super) type Words = [u64; WORDS];

type RingSlot = [AtomicU64; WORDS];

/// Samples between two threads, each with a single role: one writes and one reads.
pub(super) struct Ring {
    slots: Box<[RingSlot]>,
    written: CacheLine,
    read: CacheLine,
}

// Two cache lines each, so that the stores of the writer do not take the reader's line away, and vice versa.
#[repr(align(128))]
#[derive(Default)]
struct CacheLine(AtomicU64);

impl Ring {
    /// A ring for this many samples, which must be a power of two.
    pub(super) fn new(capacity: usize) -> Self {
        assert!(capacity.is_power_of_two());
        let slots = std::iter::repeat_with(RingSlot::default).take(capacity).collect();
        Self { slots, written: CacheLine::default(), read: CacheLine::default() }
    }

    /// Adds a sample; returns `false` if there is no room.
    #[inline]
    pub(super) fn push(&self, words: Words) -> bool {
        // No other thread writes it.
        let written = self.written.0.load(Ordering::Relaxed);
        if written - self.read.0.load(Ordering::Acquire) >= self.slots.len() as u64 {
            return false;
        }
        let slot = self.slot(written);
        slot.iter().zip(words).for_each(|(place, word)| place.store(word, Ordering::Relaxed));
        // A reader that sees this number sees the words, too.
        self.written.0.store(written + 1, Ordering::Release);
        true
    }

    /// The number of all samples ever written.
    pub(super) fn written(&self) -> u64 {
        self.written.0.load(Ordering::Acquire)
    }

    /// Moves samples to the end of `taken`, at most this many, up to the sample with this number.
    pub(super) fn drain<T>(&self, end: u64, most: usize, taken: &mut Vec<T>, unpack: impl Fn(Words) -> T) {
        let start = self.read.0.load(Ordering::Relaxed);
        let end = end.min(start + most as u64);
        // A range of known length reserves memory for all of them at once.
        taken.extend(
            (start..end).map(|number| {
                unpack(self.slot(number).each_ref().map(|place| place.load(Ordering::Relaxed)))
            }),
        );
        // From now on the writer may overwrite the places.
        self.read.0.store(end, Ordering::Release);
    }

    #[inline]
    fn slot(&self, number: u64) -> &RingSlot {
        // A mask, because a division would cost more than all the rest.
        &self.slots[number as usize & (self.slots.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(ring: &Ring, most: usize) -> Vec<u64> {
        let mut numbers = Vec::new();
        ring.drain(ring.written(), most, &mut numbers, |words| words[0]);
        numbers
    }

    #[test]
    fn samples_are_read_once_and_in_order_also_across_the_wrap() {
        let ring = Ring::new(4);
        assert!((0..4).all(|n| ring.push([n; WORDS])));
        assert!(!ring.push([4; WORDS]));

        assert_eq!(taken(&ring, 3), [0, 1, 2]);
        assert!((4..7).all(|n| ring.push([n; WORDS])));
        assert_eq!(taken(&ring, 9), [3, 4, 5, 6]);
        assert!(taken(&ring, 9).is_empty());
    }

    #[test]
    fn a_reader_beside_the_writer_sees_whole_samples() {
        const ALL: u64 = 100_000;
        let ring = Ring::new(64);

        let mut next = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..ALL {
                    while !ring.push([n; WORDS]) {
                        std::thread::yield_now();
                    }
                }
            });
            while next < ALL {
                let mut taken = Vec::new();
                ring.drain(ring.written(), 7, &mut taken, |words| words);
                for words in taken {
                    assert_eq!(words, [next; WORDS]);
                    next += 1;
                }
                std::thread::yield_now();
            }
        });
    }
}
