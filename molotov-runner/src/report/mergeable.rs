//! The trait for merging parts of simultaneous runs, and the rules for counts, latencies and lists.

use std::collections::BTreeMap;

use molotov_core::Latencies;

/// A part of a report that can be merged with that of a simultaneous run, as if they were one run. The order does not
/// matter.
pub(super) trait Merge {
    /// Merges both.
    fn merge(self, other: Self) -> Self;
}

/// A row that is merged with the row of its name.
pub(super) trait MergedByName {
    /// Its name.
    fn name(&self) -> &str;
}

/// Creates `Self` from two values: the fields before the semicolon are merged, those after it are given. None can be
/// forgotten.
macro_rules! merge_fields {
    ($one:ident, $other:ident => $($part:ident),* $(; $($name:ident: $value:expr),*)?) => {
        Self {
            $($part: $crate::report::mergeable::Merge::merge($one.$part, $other.$part),)*
            $($($name: $value,)*)?
        }
    };
}
pub(super) use merge_fields;

/// Counts add up.
impl Merge for u64 {
    fn merge(self, other: Self) -> Self {
        self + other
    }
}

/// Latencies add up, so that percentiles are those of all samples.
impl Merge for Latencies {
    fn merge(mut self, other: Self) -> Self {
        self.add(&other);
        self
    }
}

impl<T: Merge> Merge for Option<T> {
    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.merge(other)),
            (one, other) => one.or(other),
        }
    }
}

/// Counts of the same thing add up.
impl<K: Ord> Merge for BTreeMap<K, u64> {
    fn merge(mut self, other: Self) -> Self {
        other.into_iter().for_each(|(key, count)| *self.entry(key).or_default() += count);
        self
    }
}

/// Name by name, in order of names.
impl<T: MergedByName + Merge> Merge for Vec<T> {
    fn merge(self, other: Self) -> Self {
        let mut rows = self;
        rows.extend(other);
        rows.sort_by(|a, b| a.name().cmp(b.name()));
        let mut all: Self = Vec::new();
        for row in rows {
            let row = match all.pop_if(|last| last.name() == row.name()) {
                Some(earlier) => earlier.merge(row),
                None => row,
            };
            all.push(row);
        }
        all
    }
}

#[inline]
pub(super) fn sorted(one: Vec<String>, other: Vec<String>) -> Vec<String> {
    let mut all = [one, other].concat();
    all.sort();
    all
}

/// Returns the parts of both: equal lists keep their order, and others are sorted.
#[inline]
pub(super) fn union(one: Vec<String>, other: Vec<String>) -> Vec<String> {
    if one == other {
        return one;
    }
    let mut all = sorted(one, other);
    all.dedup();
    all
}
