//! Failures, grouped by place, kind and message.

use std::collections::HashMap;
use std::time::Duration;

use molotov_core::{FailureKind, FailureNote, Iteration, SeriesId, UserId};
use serde::{Deserialize, Serialize};

use crate::serialized::{place, text};

/// The maximum number of groups; failures with further messages are counted as one group of their kind.
const MAX_GROUPS: usize = 200;

/// The maximum length of a message, in characters.
const MAX_MESSAGE: usize = 4_000;

/// Statuses from 400 on that depend on the moment or on the state of a resource instead of the request.
const OF_THE_MOMENT: &[u16] = &[408, 409, 412, 423, 425, 429];

/// The message for failures beyond the limit.
const OTHER: &str = "(other messages)";

/// Failures of one kind with the same message in one route or scenario.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for failure in &report.failures {
///     let (iteration, user) = failure.first;
///     println!("{} × {}: {} (first by user {user} in iteration {iteration})", failure.count, failure.place, failure.message);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureGroup {
    /// The route or scenario.
    pub place: String,
    /// The kind.
    pub kind: FailureKind,
    /// The message.
    pub message: String,
    /// The number of failures.
    pub count: u64,
    /// Its earliest iteration, and the first user that failed there.
    #[serde(with = "place")]
    pub first: (Iteration, UserId),
    /// The times of the first and last failure, since the first user started; zero for earlier ones.
    #[serde(flatten, with = "seen")]
    pub seen: (Duration, Duration),
    /// The first 200 bytes of the body of the first such failed response, if it is text: on one line, without secrets.
    #[serde(rename = "body")]
    pub excerpt: Option<String>,
    /// The iteration and the user of the excerpt.
    #[serde(rename = "body_of", with = "place")]
    pub(crate) excerpt_of: (Iteration, UserId),
    /// In a merged report: the seed of the run with the first failure.
    #[serde(default, with = "text::option", skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

/// The times of a group's first and last failure, as two fields.
mod seen {
    use std::time::Duration;

    use molotov_core::millis;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct FirstAndLast {
        #[serde(rename = "first_at_ms", with = "millis")]
        first: Duration,
        #[serde(rename = "last_at_ms", with = "millis")]
        last: Duration,
    }

    pub(super) fn serialize<S: Serializer>(
        &(first, last): &(Duration, Duration),
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        FirstAndLast { first, last }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<(Duration, Duration), D::Error> {
        FirstAndLast::deserialize(deserializer).map(|FirstAndLast { first, last }| (first, last))
    }
}

#[derive(Debug, Default)]
pub(super) struct Failures {
    groups: HashMap<(SeriesId, FailureKind, String), FailureCount>,
}

#[derive(Debug)]
struct FailureCount {
    count: u64,
    first: (Iteration, UserId),
    seen: (Duration, Duration),
    excerpt: Option<Placed>,
}

/// An excerpt, with its iteration and user.
pub(super) type Placed = ((Iteration, UserId), String);

/// The excerpt of the earlier iteration.
pub(super) fn earlier(one: Option<Placed>, other: Option<Placed>) -> Option<Placed> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl FailureCount {
    fn add(&mut self, first: (Iteration, UserId), at: Duration, excerpt: Option<String>) {
        self.count += 1;
        // Buffers of several threads are read one by one, so the order of arrival has no meaning.
        self.first = self.first.min(first);
        self.seen = (self.seen.0.min(at), self.seen.1.max(at));
        self.excerpt = earlier(self.excerpt.take(), excerpt.map(|text| (first, text)));
    }
}

impl FailureGroup {
    /// Returns `true` if its first iteration is likely to fail again in a replay. A failure that depended on time, on a
    /// connection, on this machine or on the state of the server may not occur again.
    pub fn is_repeatable(&self) -> bool {
        let class = ["dns", "connect", "send", "closed", "timeout", "local"].contains(&self.kind.class());
        let kind = matches!(
            self.kind,
            FailureKind::Http5xx
                | FailureKind::TlsTimeout
                | FailureKind::UserTimeout
                | FailureKind::BodyTruncated
                | FailureKind::BodyReset
                | FailureKind::ProtocolUnexpectedBytes
                | FailureKind::DataExhausted
        );
        // The message of a route starts with the status; that of a scenario has its request before it.
        let status = self.kind == FailureKind::Http4xx
            && OF_THE_MOMENT.iter().any(|status| {
                self.message.starts_with(&format!("{status} "))
                    || self.message.contains(&format!(": {status} "))
            });
        !(class || kind || status)
    }
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
        let (first, at) = ((note.iteration, note.user), note.at);
        let group = self.groups.entry(key);
        group.or_insert_with(|| FailureCount { count: 0, first, seen: (at, at), excerpt: None }).add(
            first,
            at,
            note.excerpt,
        );
    }

    /// The groups, most frequent first; `begun` is the start of the first user.
    pub(super) fn groups(&self, begun: Duration, name: impl Fn(SeriesId) -> String) -> Vec<FailureGroup> {
        let groups = self.groups.iter().map(|((series, kind, message), group)| FailureGroup {
            place: name(*series),
            kind: *kind,
            message: message.clone(),
            count: group.count,
            first: group.first,
            seen: (group.seen.0.saturating_sub(begun), group.seen.1.saturating_sub(begun)),
            excerpt: group.excerpt.as_ref().map(|(_, excerpt)| excerpt.clone()),
            excerpt_of: group.excerpt.as_ref().map_or(group.first, |(of, _)| *of),
            seed: None,
        });
        let mut groups: Vec<_> = groups.collect();
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
        let series = SeriesId::new(0, molotov_core::SeriesKind::Scenario);
        let mut note = FailureNote::new(series, FailureKind::UserError, message, Duration::from_secs(4));
        (note.user, note.iteration) = (UserId(1), Iteration(2));
        note
    }

    #[test]
    fn groups_are_bounded_and_no_failure_is_lost() {
        let mut failures = Failures::default();
        (0..1000).for_each(|n| failures.add(note(format!("order {n} is missing"))));

        let groups = failures.groups(Duration::ZERO, |_| "buy".into());

        assert_eq!(groups.len(), MAX_GROUPS + 1);
        assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), 1000);
        assert_eq!(groups[0].message, OTHER);
    }

    #[test]
    fn a_group_shows_its_first_example_and_when_it_was_seen() {
        let mut failures = Failures::default();
        for (iteration, at, excerpt) in
            [(5, 9, Some("five")), (2, 3, Some("two")), (1, 4, None), (7, 12, Some("seven"))]
        {
            let mut note = note("503 Service Unavailable".into());
            (note.iteration, note.at) = (Iteration(iteration), Duration::from_secs(at));
            note.excerpt = excerpt.map(str::to_owned);
            failures.add(note);
        }

        let group = &failures.groups(Duration::from_secs(2), |_| "buy".into())[0];

        assert_eq!(group.first, (Iteration(1), UserId(1)));
        assert_eq!(group.seen, (Duration::from_secs(1), Duration::from_secs(10)));
        assert_eq!(group.excerpt.as_deref(), Some("two"), "of the first that has one");
    }

    #[test]
    fn failures_by_timing_are_not_repeatable() {
        let group = |kind, message: &str| {
            let mut failures = Failures::default();
            let mut note = note(message.into());
            note.kind = kind;
            failures.add(note);
            failures.groups(Duration::ZERO, |_| "buy".into()).remove(0).is_repeatable()
        };

        for kind in [
            "connect.refused",
            "timeout.head",
            "closed.before_response",
            "http.5xx",
            "local.fds",
            "user.timeout",
            "body.reset",
            "dns.failed",
            "send.reset",
            "tls.timeout",
            "data.exhausted",
        ] {
            let kind = *FailureKind::ALL.iter().find(|known| known.as_str() == kind).unwrap();
            assert!(!group(kind, "it failed"), "{kind}");
        }
        for kind in [
            FailureKind::UserAssert,
            FailureKind::BodyDecode,
            FailureKind::TlsUnknownIssuer,
            FailureKind::RedirectTooMany,
        ] {
            assert!(group(kind, "it failed"), "{kind}");
        }
        assert!(
            group(FailureKind::Http4xx, "404 Not Found") && group(FailureKind::Http4xx, "400 Bad Request")
        );
        assert!(!group(FailureKind::Http4xx, "429 Too Many Requests"));
        assert!(!group(FailureKind::Http4xx, "buying: POST /basket: 409 Conflict"));
    }
}
