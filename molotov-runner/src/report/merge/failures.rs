//! Failures of two reports.

use std::collections::BTreeMap;

use crate::report::failures::{FailureGroup, Placed, earlier as earlier_of};
use crate::report::mergeable::Merge;

/// Groups with the same message, most frequent first.
impl Merge for Vec<FailureGroup> {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let mut all: BTreeMap<_, FailureGroup> = BTreeMap::new();
        for group in self.into_iter().chain(other) {
            let key = (group.place.clone(), group.kind, group.message.clone());
            let group = match all.remove(&key) {
                Some(earlier) => earlier.merge(group),
                None => group,
            };
            all.insert(key, group);
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by(|a, b| {
            (b.count, &a.place, a.kind, &a.message).cmp(&(a.count, &b.place, b.kind, &b.message))
        });
        all
    }
}

impl Merge for FailureGroup {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let (first, seed) = (self.first, self.seed).min((other.first, other.seed));
        let (excerpt_of, excerpt) = match earlier_of(placed(&self), placed(&other)) {
            Some((of, excerpt)) => (of, Some(excerpt)),
            None => (first, None),
        };
        let seen = (self.seen.0.min(other.seen.0), self.seen.1.max(other.seen.1));
        Self { count: self.count + other.count, first, seen, excerpt, excerpt_of, seed, ..self }
    }
}

#[inline]
fn placed(group: &FailureGroup) -> Option<Placed> {
    group.excerpt.clone().map(|excerpt| (group.excerpt_of, excerpt))
}
