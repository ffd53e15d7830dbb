//! Counts of a few kinds of things, in which equal kinds often follow each other.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Tally<K> {
    /// The latest key and its number of consecutive occurrences; added to the map later.
    run: Option<(K, u64)>,
    counts: BTreeMap<K, u64>,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self { run: None, counts: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Tally<K> {
    #[inline]
    pub(super) fn add(&mut self, seen: K) {
        match &mut self.run {
            Some((last, count)) if *last == seen => *count += 1,
            _ => self.turn_to(seen),
        }
    }

    fn turn_to(&mut self, seen: K) {
        if let Some((last, count)) = self.run.replace((seen, 1)) {
            *self.counts.entry(last).or_default() += count;
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<K, u64> {
        let mut counts = self.counts.clone();
        if let Some((last, count)) = self.run {
            *counts.entry(last).or_default() += count;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_in_any_order() {
        let mut tally = Tally::default();
        assert_eq!(tally.counts(), BTreeMap::new());

        [200, 200, 404, 200, 503, 503].into_iter().for_each(|status| tally.add(status));

        assert_eq!(tally.counts(), BTreeMap::from([(200, 3), (404, 1), (503, 2)]));
    }
}
