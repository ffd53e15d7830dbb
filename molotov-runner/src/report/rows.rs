//! The named rows of a report.

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
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for route in &report.routes {
///     let p99 = route.ok.percentile(99.0);
///     println!("{}: {} requests, p99 {p99:?}, {:?}", route.name, route.count(), route.statuses);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesRow {
    /// Its name.
    pub name: String,
    /// Latencies of successes: from the due time, if there was one, or else from the start.
    pub ok: Latencies,
    /// Latencies of failures; a time-out counts with its elapsed time.
    pub failed: Latencies,
    /// Service times of both, from the start, if some had due times. Otherwise the latencies are service times.
    pub service: Option<Service>,
    /// Cancelled by the end of the run, or dropped.
    pub cancelled: u64,
    /// The durations of the cancelled ones up to their cancellation: each would have been longer. They are in no other
    /// latencies, and in the percentiles that a threshold judges ([`Latencies::estimate`]).
    pub cut: Latencies,
    /// Failures by kind.
    pub kinds: BTreeMap<FailureKind, u64>,
    /// Responses by status (routes only).
    #[serde(with = "text_keys")]
    pub statuses: BTreeMap<u16, u64>,
    /// The ends while users were running, excluding those of a global set-up or tear-down. The rate is based on these.
    pub in_load: u64,
    /// Of these: those in the steady part of the load ([`Report::steady`](crate::Report::steady)).
    #[serde(rename = "in_steady")]
    pub steady: u64,
    /// The number of ends in the warm-up, successful or failed; they are in none of the above.
    #[serde(rename = "warm_up_count")]
    pub warm_up: u64,
    /// Of these, the failed ones.
    pub warm_up_failed: u64,
    /// The faults of connections after these responses, while they were idle (routes only). They failed no request.
    #[serde(flatten)]
    pub idle: IdleFaults,
    /// Waiting and receiving (routes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// For a scenario: iterations whose session sent, measured or counted anything, including the warm-up.
    pub busy: u64,
    /// The course of the ends since the first user started.
    #[serde(default)]
    pub course: Course,
    /// For a scenario: its attribute in the source, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declaration>,
}

/// The place of an attribute, or of a call, in the source.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for declared in report.scenarios.iter().filter_map(|scenario| scenario.declared.as_ref()) {
///     println!("{}:{}", declared.file, declared.line);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Declaration {
    /// The file, as named by rustc: in a workspace relative to its root.
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

/// Faults of idle connections, at the route of the last response on each.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for route in report.routes.iter().filter(|route| route.idle.broken > 0) {
///     println!("{}: {} idle connections broke", route.name, route.idle.broken);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdleFaults {
    /// The number of times that unrequested bytes arrived. The connection was closed, and the next request used a fresh
    /// one.
    pub stray_bytes: u64,
    /// The first unrequested bytes of one connection: at most 40 characters, escaped, with secrets masked.
    pub first_bytes: Option<String>,
    /// The number of broken connections: by a reset, or a fault of the encryption.
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

/// Service times: from the start of an attempt to its end, independent of its due time.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for route in &report.routes {
///     if let Some(service) = &route.service {
///         println!("{}: {:?} of service, {:?} of waiting too", route.name, service.ok.mean(), route.ok.mean());
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Service {
    /// Of successes.
    pub ok: Latencies,
    /// Of failures.
    pub failed: Latencies,
}

impl SeriesRow {
    /// Returns the number of ends, successful or failed.
    pub fn count(&self) -> u64 {
        self.ok.count() + self.failed.count()
    }

    /// Returns the rows in order, those with the most samples first.
    pub(crate) fn busiest_first(rows: &[Self]) -> Vec<&Self> {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by_key(|row| Reverse(row.count()));
        rows
    }

    /// Returns the share of failures in all ends; `None` without ends.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let buy = report.scenario("buy").unwrap();
    /// assert!(buy.failed_share().is_some_and(|share| share.in_percent() < 1.0));
    /// # }
    /// ```
    pub fn failed_share(&self) -> Option<Share> {
        Share::new(self.failed.count(), self.count())
    }

    /// Returns the latencies of all ends, successful or failed.
    pub fn all(&self) -> Latencies {
        let mut all = self.ok.clone();
        all.add(&self.failed);
        all
    }
}

/// The final summary of a listener ([`Listener::summing_up`](molotov_core::Listener::summing_up)).
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for summary in &report.listener_summaries {
///     println!("{}:\n{}", summary.name, summary.text);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListenerSummary {
    /// The listener's name.
    pub name: String,
    /// Its text, in lines.
    pub text: String,
}

/// The share of a scenario in all iterations.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for mix in &report.mix {
///     println!("{}: {} of the iterations, {} by weight", mix.scenario, mix.actual, mix.wanted);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mix {
    /// The scenario.
    pub scenario: String,
    /// By its weight.
    pub wanted: Share,
    /// In the started iterations.
    pub actual: Share,
}

/// Connections of a run.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// println!("{} connections, {} requests reused one", report.connections.opened, report.connections.reused);
/// assert!(report.connections.connect.max().is_none_or(|longest| longest.as_millis() < 100));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connections {
    /// Opened.
    pub opened: u64,
    /// Requests on a connection that had served an earlier one.
    pub reused: u64,
    /// The times of resolving; only of connections to a name.
    pub dns: Latencies,
    /// The times of connecting.
    pub connect: Latencies,
    /// The times of the TLS handshake; only of connections with TLS.
    pub tls: Latencies,
    /// Connections that were closed because unrequested bytes arrived; [`SeriesRow::idle`] has the preceding responses.
    pub stray_bytes: u64,
    /// Connections that broke while they were idle, other than by a proper close.
    pub broken_idle: u64,
}

impl Connections {
    /// The total time of opening them.
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
        // If one of them had due times; the latencies of the other are service times then.
        let has_service = self.service.is_some() || other.service.is_some();
        let service = has_service.then(|| self.service_times().merge(other.service_times()));
        merge_fields!(self, other =>
            ok, failed, cancelled, cut, kinds, statuses, in_load, steady, warm_up, warm_up_failed, idle, phases, busy, course;
            name: self.name, service: service, declared: self.declared.into_iter().chain(other.declared).min())
    }
}

impl SeriesRow {
    /// All of these as one row of this name; `None` without rows.
    pub(crate) fn sum(rows: &[Self], name: &str) -> Option<Self> {
        let course = Course::sum(rows.iter().map(|row| &row.course));
        // Merged one after another they would be rewritten each time.
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

/// The choice between two examples does not depend on their order.
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
