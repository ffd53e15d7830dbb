//! The settings of a run in a report.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{ConnectionPolicy, Iteration, Rate, Shard, UserId, millis};
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields, union};
use crate::plan::LoadSettings;
use crate::serialized::{place, text};

/// The settings of a run.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let settings = &report.settings;
/// println!("{} users for {:?}, seed {}", settings.users, settings.duration, settings.seed);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settings {
    /// Virtual users.
    pub users: u32,
    /// Runtime threads.
    pub threads: usize,
    /// The time over which the users started.
    #[serde(rename = "ramp_up_ms", with = "millis")]
    pub ramp_up: Duration,
    /// The part of a run that is split between several processes (`--shard`); the users are those of this part. `None`
    /// for a whole run, and in a merged report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The planned duration of the load after the ramp-up.
    #[serde(rename = "duration_ms", with = "millis::option")]
    pub duration: Option<Duration>,
    /// The planned number of iterations of each user.
    pub max_runs: Option<u64>,
    /// The pause after each iteration; the shortest if pauses vary.
    #[serde(rename = "delay_ms", with = "millis")]
    pub delay: Duration,
    /// The longest pause if pauses vary.
    #[serde(
        rename = "delay_up_to_ms",
        with = "millis::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub delay_up_to: Option<Duration>,
    /// The settings of the load.
    #[serde(flatten)]
    pub load: LoadSettings,
    /// The seed of all randomness; in a merged report the least of them.
    #[serde(with = "text")]
    pub seed: u64,
    /// The replayed iteration, if the run was a replay (`--replay`).
    #[serde(with = "place::option")]
    pub replay: Option<(UserId, Iteration)>,
    /// The base URLs: the given one (`--host`), and those of sessions; at most 9.
    pub targets: Vec<String>,
    /// The error of the first relative request without a base URL, with its cure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lacks_base: Option<String>,
    /// The proxy variables that other clients use and this run did not, in words. Only the command line reads them.
    pub notes: Vec<String>,
    /// The policy of connection reuse.
    pub connections: ConnectionPolicy,
    /// `true` if each iteration had a session of its own (`--fresh-session`).
    pub fresh_session: bool,
    /// Addresses that replaced DNS (`--resolve`), as `host:port:address`.
    pub resolve: Vec<String>,
    /// The time for which an answer of DNS was cached.
    #[serde(rename = "dns_ttl_ms", with = "millis")]
    pub dns_ttl: Duration,
    /// The selected scenarios, in order of registration.
    pub scenarios: Vec<String>,
    /// `true` if there is a scenario picker that was not used, because scenarios were named (`--scenario`, `--tag`), or
    /// each was executed once.
    pub picker_unasked: bool,
    /// `true` if certificates were not checked (`--insecure`).
    pub insecure: bool,
    /// `true` if the load generator itself was built without optimisation.
    pub debug_build: bool,
    /// The number of tolerated failed iterations (`--fail N` less one).
    pub tolerated_failures: u64,
    /// The number of thresholds that were not judged, because each scenario was executed once, or because the run was a
    /// sizing.
    pub unjudged_thresholds: usize,
    /// The scenarios with a session.
    pub(crate) with_session: Vec<String>,
    /// The scenarios of each tag.
    pub(crate) tags: BTreeMap<String, Vec<String>>,
    /// `true` if an invalid run has no exit code of its own (`--allow-invalid`).
    pub allow_invalid: bool,
    /// The percentiles of all requests that the objectives of a sizing and thresholds name, in percent.
    pub percentiles: Vec<f64>,
    /// The number of consecutive runs in a merged report (`molotov merge --repeats`); `None` for a single run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// The labels of the run (`--label`): names and values of the user's own. A merged report has those common to all
    /// runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Merge for Settings {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let mut percentiles = [self.percentiles, other.percentiles].concat();
        percentiles.sort_by(f64::total_cmp);
        percentiles.dedup();
        merge_fields!(self, other => load;
            users: self.users.saturating_add(other.users),
            threads: self.threads + other.threads,
            ramp_up: self.ramp_up.max(other.ramp_up),
            // Whether the shards are complete is known from their names.
            shard: None,
            duration: self.duration.max(other.duration),
            max_runs: self.max_runs.max(other.max_runs),
            delay: self.delay.max(other.delay),
            delay_up_to: self.delay_up_to.max(other.delay_up_to),
            seed: self.seed.min(other.seed),
            replay: self.replay.filter(|_| self.replay == other.replay),
            targets: union(self.targets, other.targets),
            lacks_base: self.lacks_base.into_iter().chain(other.lacks_base).min(),
            notes: union(self.notes, other.notes),
            connections: self.connections,
            fresh_session: self.fresh_session || other.fresh_session,
            resolve: union(self.resolve, other.resolve),
            dns_ttl: self.dns_ttl.max(other.dns_ttl),
            scenarios: union(self.scenarios, other.scenarios),
            with_session: union(self.with_session, other.with_session),
            picker_unasked: self.picker_unasked || other.picker_unasked,
            insecure: self.insecure || other.insecure,
            debug_build: self.debug_build || other.debug_build,
            tolerated_failures: self.tolerated_failures.max(other.tolerated_failures),
            unjudged_thresholds: self.unjudged_thresholds.max(other.unjudged_thresholds),
            tags: tags(self.tags, other.tags),
            allow_invalid: self.allow_invalid && other.allow_invalid,
            percentiles: percentiles,
            repeats: self.repeats.max(other.repeats),
            labels: common(self.labels, &other.labels))
    }
}

/// The labels common to both.
pub(crate) fn common(
    mut one: BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    one.retain(|name, value| other.get(name) == Some(value));
    one
}

fn tags(
    mut one: BTreeMap<String, Vec<String>>,
    other: BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    for (tag, scenarios) in other {
        let all = one.entry(tag).or_default();
        *all = union(std::mem::take(all), scenarios);
    }
    one
}

/// Keeps the common settings of both. Rates add up; with stages, or with scenarios' own rates only, there is no rate of
/// the whole.
impl Merge for LoadSettings {
    #[inline]
    fn merge(self, other: Self) -> Self {
        Self {
            open: self.open || other.open,
            rate: self.rate.zip(other.rate).map(|(one, other)| sum(one, other)),
            poisson: self.poisson || other.poisson,
            staged: self.staged || other.staged,
            stages: if self.stages == other.stages { self.stages } else { Vec::new() },
            max_late: self.max_late.max(other.max_late),
            pacing: self.pacing.filter(|_| self.pacing == other.pacing),
            shared_runs: self
                .shared_runs
                .zip(other.shared_runs)
                .map(|(one, other)| one.saturating_add(other)),
            warm_up: self.warm_up.max(other.warm_up),
        }
    }
}

fn sum(one: Rate, other: Rate) -> Rate {
    Rate::from_thousandths_per_hour(one.thousandths_per_hour().saturating_add(other.thousandths_per_hour()))
}
