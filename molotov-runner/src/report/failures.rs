//! Failures, grouped by where they happened, their kind and their words.

use std::collections::HashMap;

use molotov_core::{FailureKind, FailureNote, Iteration, SeriesId, UserId};

/// Groups that are kept; failures with further words are counted as one group of their kind.
const MAX_GROUPS: usize = 200;

/// Characters of a message that are kept.
const MAX_MESSAGE: usize = 4_000;

/// What stands for the words of failures beyond the limit.
const OTHER: &str = "(other messages)";

/// Failures of one kind with the same words in one route or scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureGroup {
    /// The route or scenario.
    pub place: String,
    /// The kind.
    pub kind: FailureKind,
    /// The words.
    pub message: String,
    /// How many.
    pub count: u64,
    /// Its earliest iteration, and the first user that met it there.
    pub first: (Iteration, UserId),
    /// Of a merged report: the seed of the run in which that was.
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Failures {
    groups: HashMap<(SeriesId, FailureKind, String), Group>,
}

#[derive(Debug)]
struct Group {
    count: u64,
    first: (Iteration, UserId),
}

impl Failures {
    pub(super) fn add(&mut self, note: FailureNote) {
        let mut message = note.message;
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        let mut key = (note.series, note.kind, message);
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
            key.2 = OTHER.to_owned();
        }
        let first = (note.iteration, note.user);
        let group = self.groups.entry(key).or_insert(Group { count: 0, first });
        group.count += 1;
        // Buffers of several threads come one after the other, so the order of arrival says nothing.
        group.first = group.first.min(first);
    }

    /// The groups, most frequent first.
    pub(super) fn groups(&self, name: impl Fn(SeriesId) -> String) -> Vec<FailureGroup> {
        let group =
            |((series, kind, message), group): (&(SeriesId, FailureKind, String), &Group)| FailureGroup {
                place: name(*series),
                kind: *kind,
                message: message.clone(),
                count: group.count,
                first: group.first,
                seed: None,
            };
        let mut groups: Vec<_> = self.groups.iter().map(group).collect();
        groups.sort_by(|a, b| {
            (b.count, &a.place, a.kind, &a.message).cmp(&(a.count, &b.place, b.kind, &b.message))
        });
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(message: String) -> FailureNote {
        let (user, iteration) = (UserId(1), Iteration(2));
        let series = SeriesId { index: 0, kind: molotov_core::SeriesKind::Scenario };
        FailureNote { series, kind: FailureKind::UserError, message, user, iteration }
    }

    #[test]
    fn groups_are_bounded_and_no_failure_is_lost() {
        let mut failures = Failures::default();
        (0..1000).for_each(|n| failures.add(note(format!("order {n} is missing"))));

        let groups = failures.groups(|_| "buy".into());

        assert_eq!(groups.len(), MAX_GROUPS + 1);
        assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), 1000);
        assert_eq!(groups[0].message, OTHER);
    }
}
