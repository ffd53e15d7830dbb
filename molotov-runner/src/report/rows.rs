//! The rows of a report: what has a name and numbers.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::panic::Location;
use std::time::Duration;

use molotov_core::{FailureKind, IdleFaultKind, Latencies, Origin};
use serde::{Deserialize, Serialize};

use super::course::Course;
use super::mergeable::{Merge, MergedByName, merge_fields};
use super::phases::Phases;
use crate::quantity::Share;
use crate::serialized::text_keys;

/// One scenario, route or timer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesRow {
    /// Its name.
    pub name: String,
    /// Latencies of what ended well: from when it was due, where it was, or else from its start.
    pub ok: Latencies,
    /// Latencies of what failed; a time-out counts as what elapsed.
    pub failed: Latencies,
    /// Service times of both, from the start, where some had due times. Without them the latencies are service times.
    pub service: Option<Service>,
    /// Cut by the end of the run, or dropped.
    pub cancelled: u64,
    /// The times of those that were cut, until then: each of them is known to be longer. In no other latencies, and in the
    /// percentiles that a threshold judges ([`Latencies::estimate`]).
    pub cut: Latencies,
    /// Failures by kind.
    pub kinds: BTreeMap<FailureKind, u64>,
    /// Responses by status (routes only).
    #[serde(with = "text_keys")]
    pub statuses: BTreeMap<u16, u64>,
    /// Of those that ended: while users were running, and not in a global set-up or tear-down. The rate is of these.
    pub in_load: u64,
    /// Of these: in the steady part of the load ([`Report::steady`](crate::Report::steady)).
    #[serde(rename = "in_steady")]
    pub steady: u64,
    /// The number of those that ended, well or not, and are kept apart as warm-up; they are in none of the above.
    #[serde(rename = "warm_up_count")]
    pub warm_up: u64,
    /// Of these, those that failed.
    pub warm_up_failed: u64,
    /// The faults of connections behind these responses, while they were idle (routes only). They failed no request.
    #[serde(flatten)]
    pub idle: IdleFaults,
    /// Waiting and receiving (routes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Of a scenario: iterations whose session sent, measured or counted anything, the warm-up included.
    pub busy: u64,
    /// The course of those that ended since the first user started.
    #[serde(default)]
    pub course: Course,
    /// Of a scenario: its attribute in the source, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declaration>,
}

/// The place of an attribute, or of a call, in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Declaration {
    /// The file, as rustc names it: of a workspace relative to its root.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl From<&Origin> for Declaration {
    fn from(origin: &Origin) -> Self {
        Self { file: origin.file.to_owned(), line: origin.line }
    }
}

impl From<&Location<'_>> for Declaration {
    fn from(call: &Location<'_>) -> Self {
        Self { file: call.file().to_owned(), line: call.line() }
    }
}

/// Faults of connections while no request was using them, at the route of the last response on each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdleFaults {
    /// The number of times that bytes came which no request had asked for. The connection was closed, and the next request
    /// went on a fresh one.
    pub stray_bytes: u64,
    /// The first bytes of one of them: at most 40 characters, escaped, with secrets masked.
    pub first_bytes: Option<String>,
    /// The number of times that the connection broke: a reset, or a fault of its encryption.
    #[serde(rename = "broken_idle")]
    pub broken: u64,
    /// The fault of one of them, in words.
    #[serde(rename = "broken_how")]
    pub how: Option<String>,
}

impl IdleFaults {
    pub(crate) fn add(&mut self, kind: IdleFaultKind) {
        match kind {
            IdleFaultKind::StrayBytes(first) => {
                self.stray_bytes += 1;
                self.first_bytes.get_or_insert(first);
            }
            IdleFaultKind::Broken(how) => {
                self.broken += 1;
                self.how.get_or_insert(how);
            }
            _ => {}
        }
    }
}

/// Service times: from the start of an attempt to its end, whenever it was due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Service {
    /// Of what ended well.
    pub ok: Latencies,
    /// Of what failed.
    pub failed: Latencies,
}

impl SeriesRow {
    /// Returns the number of those that ended, well or not.
    pub fn count(&self) -> u64 {
        self.ok.count() + self.failed.count()
    }

    /// Returns the rows in order, those with the most samples first.
    pub(crate) fn busiest_first(rows: &[Self]) -> Vec<&Self> {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by_key(|row| Reverse(row.count()));
        rows
    }

    /// Returns the share of failures, of those that ended; `None` where none did.
    pub fn failed_share(&self) -> Option<Share> {
        Share::new(self.failed.count(), self.count())
    }

    /// The latencies of everything that ended, well or not.
    pub fn all(&self) -> Latencies {
        let mut all = self.ok.clone();
        all.add(&self.failed);
        all
    }
}

/// The summary of a listener when the run was over ([`Listener::summing_up`](molotov_core::Listener::summing_up)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListenerSummary {
    /// The listener's name.
    pub name: String,
    /// Its text, in lines.
    pub text: String,
}

/// The share of a scenario in all iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mix {
    /// The scenario.
    pub scenario: String,
    /// By its weight.
    pub wanted: Share,
    /// Of the iterations that were started.
    pub actual: Share,
}

/// Connections of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connections {
    /// Opened.
    pub opened: u64,
    /// Requests that were sent on a connection which had served one before.
    pub reused: u64,
    /// The times of resolving; only of connections to a name.
    pub dns: Latencies,
    /// The times of connecting.
    pub connect: Latencies,
    /// The times of the TLS handshake; only of connections with TLS.
    pub tls: Latencies,
    /// Connections that were closed because bytes came that no request had asked for; [`SeriesRow::idle`] says behind which
    /// responses.
    pub stray_bytes: u64,
    /// Connections that broke while they were idle, otherwise than by being closed properly.
    pub broken_idle: u64,
}

impl Connections {
    /// The time that it took to open them, all together.
    pub(crate) fn opening_time(&self) -> Duration {
        self.dns.sum() + self.connect.sum() + self.tls.sum()
    }
}

impl MergedByName for SeriesRow {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Merge for SeriesRow {
    #[inline]
    fn merge(self, other: Self) -> Self {
        // Where one of them had due times; the latencies of the other are service times then.
        let has_service = self.service.is_some() || other.service.is_some();
        let service = has_service.then(|| self.service_times().merge(other.service_times()));
        merge_fields!(self, other =>
            ok, failed, cancelled, cut, kinds, statuses, in_load, steady, warm_up, warm_up_failed, idle, phases, busy, course;
            name: self.name, service: service, declared: self.declared.into_iter().chain(other.declared).min())
    }
}

impl SeriesRow {
    /// All of these as one row of this name; none of none.
    pub(crate) fn sum(rows: &[Self], name: &str) -> Option<Self> {
        let course = Course::sum(rows.iter().map(|row| &row.course));
        // One after the other they would be written anew each time.
        let rows = rows.iter().map(|row| Self { course: Course::default(), ..row.clone() });
        let sum = rows.reduce(Merge::merge)?;
        Some(Self { name: name.to_owned(), course, ..sum })
    }

    fn service_times(&self) -> Service {
        match &self.service {
            Some(service) => service.clone(),
            None => Service { ok: self.ok.clone(), failed: self.failed.clone() },
        }
    }
}

impl Merge for Service {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => ok, failed)
    }
}

/// Of two examples the same one remains, whichever comes first.
impl Merge for IdleFaults {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => stray_bytes, broken;
            first_bytes: self.first_bytes.into_iter().chain(other.first_bytes).min(),
            how: self.how.into_iter().chain(other.how).min())
    }
}

impl Merge for Connections {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => opened, reused, dns, connect, tls, stray_bytes, broken_idle)
    }
}
