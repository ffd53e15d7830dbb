//! Thresholds by time: gaps, the experience of evenly distributed visitors, and requests that were cancelled after a
//! wait in vain.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::Latencies;

use super::{ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Key, Kind, Limit, Metric, Threshold};
use crate::report::gaps::{Tolerated, tolerated};
use crate::report::time_share::{LEAST_WAIT, ONE_OF, ShareEstimate, Wait};
use crate::report::{Ended, Report, SeriesRow, Share};
use crate::units::{count, number};

/// The minimum wait after the load of a user that counts as waiting in vain in its last window.
const LEAST_AFTER: Duration = Duration::from_secs(5);

impl ThresholdResult {
    /// Sets the share of the time in which the service did not respond, which is too much.
    pub(super) fn apply_gaps(&mut self, share: Option<Share>) {
        let Some(share) = share else { return };
        (self.outcome, self.gaps) = (ThresholdOutcome::Broken, Some(share));
        if self.is_broken_by_samples() {
            return;
        }
        self.hint = Some(match (self.planned.metric, self.planned.limit) {
            (Metric::Percentile(percentile), Limit::Time(limit)) => format!(
                "there were gaps, in which users waited and nothing ended: for {share} of the time a visitor would have waited \
                 longer than {}, and a {} allows {}%",
                humantime::format_duration(limit),
                self.planned.metric,
                number(100.0 - percentile.percent())
            ),
            (_, limit) => format!(
                "there were gaps, in which users waited and nothing ended well: they are {share} of the time, and the limit is \
                 {limit}"
            ),
        });
    }

    /// Sets the share of the time in which a visitor would have exceeded the limit.
    pub(super) fn apply_time(&mut self, share: Option<Share>) {
        let Some(share) = share.filter(|_| self.outcome != ThresholdOutcome::Broken) else { return };
        (self.outcome, self.time_share) = (ThresholdOutcome::Broken, Some(share));
        let mut why = "a closed model sends little to a service that is slow".to_owned();
        if let Some(length) = self.planned.window {
            why = format!("{why}; in a window of {}", humantime::format_duration(length));
        }
        self.hint = Some(match (self.planned.metric, self.planned.limit) {
            (Metric::Percentile(percentile), Limit::Time(limit)) => format!(
                "{why}: {share} of visitors who come evenly in time would have waited longer than {}, and a {} allows {}%",
                humantime::format_duration(limit),
                self.planned.metric,
                number(100.0 - percentile.percent())
            ),
            (_, limit) => format!(
                "{why}: {share} of visitors who come evenly in time would have had no good answer, and the limit is {limit}"
            ),
        });
    }

    /// Sets the share of their time in which the users of a rate were late together, while the threshold was kept.
    pub(super) fn apply_user_waits(&mut self, share: Option<Share>) {
        let Some(share) = share.filter(|_| self.outcome == ThresholdOutcome::Held && self.hint.is_none())
        else {
            return;
        };
        self.hint = Some(format!(
            "users waited together for {share} of their time, and other users took the arrivals meanwhile; if a session stays \
             on one server, as many visitors would be late: more users (--users) or --fresh-session show it"
        ));
    }

    /// Sets the number of samples that had no response when they were cancelled.
    pub(super) fn apply_vain_waits(&mut self, vain: u64) {
        if vain == 0 || self.outcome != ThresholdOutcome::Broken || self.hint.is_some() {
            return;
        }
        let were = if vain == 1 { "1 that was cut" } else { &format!("{} that were cut", count(vain)) };
        self.hint = Some(format!("{were} after a wait in vain for an answer count as not good"));
    }
}

impl Report {
    /// The share of the load's time that breaks a threshold of a closed model by itself.
    pub(super) fn broken_by_time(&self, threshold: &Threshold) -> Option<Share> {
        // If each user makes the same number of iterations, slow users make no fewer.
        let is_even = self.settings.max_runs.is_some() && matches!(self.ended, Ended::Completed);
        if self.settings.load.open || is_even {
            return None;
        }
        let (limit, allowed) = limit_and_allowed(threshold)?;
        let waited = self.waited_share(threshold, limit);
        let counted = self.time_shares.for_threshold(threshold);
        let estimates = match counted {
            Some(counted) => {
                [counted.parts.estimate(), counted.users.estimate(), counted.clusters.estimate()]
            }
            None => [ShareEstimate::default(); 3],
        };
        let others = 1.0 - waited;
        let shares =
            estimates.iter().map(|estimate| (waited + others * estimate.share, estimate.chance(allowed)));
        let broken = shares.filter(|(share, chance)| *share > allowed + others * chance + 1e-9);
        let window = counted.and_then(|counted| counted.window).map(Share::fraction);
        let last = Some(self.waited_share_at_end(threshold, limit)).filter(|share| *share > allowed);
        let shares = broken.map(|(share, _)| share).chain(window).chain(last);
        shares.reduce(f64::max).map(Share::from_fraction)
    }

    /// The share of the users' time in which the users of a rate were late together, if a threshold of the whole run
    /// does not allow that share.
    ///
    /// The samples cannot decide it: sessions that stay on a stalled server, and a balancer that removes this server at
    /// once, produce the same samples.
    pub(super) fn waits_of_users(&self, threshold: &Threshold) -> Option<Share> {
        if !self.settings.load.open {
            return None;
        }
        let (limit, allowed) = limit_and_allowed(threshold)?;
        let estimate = self.time_shares.for_threshold(threshold)?.clusters.estimate();
        // Their waits may also end with the run.
        let waited = self.waited_share(threshold, limit);
        let others = 1.0 - waited;
        let share = waited + others * estimate.share;
        let is_more = share > allowed + others * estimate.chance(allowed) + 1e-9;
        is_more.then(|| Share::from_fraction(share))
    }

    /// The share of the last window of a threshold in which users waited for longer than the limit, and got no response
    /// for long after the load either: by chance many may be slow at its end. Zero for a threshold without windows.
    fn waited_share_at_end(&self, threshold: &Threshold, limit: Duration) -> f64 {
        let Some(length) = threshold.window else { return 0.0 };
        let start = threshold.start(self.settings.load.warm_up);
        let waits = self.waits_that_count(threshold, limit).into_iter();
        let waits = waits.filter(|wait| wait.to >= wait.stopped + LEAST_AFTER);
        let waited = waits.filter_map(|wait| {
            let from = wait.stopped.checked_sub(length).filter(|from| *from >= start)?;
            Some(wait.beyond(limit, from))
        });
        let known = self.time_shares.for_threshold(threshold).map(|counted| counted.last);
        let known = known.filter(|time| !time.is_zero());
        let all = known.unwrap_or_else(|| length.saturating_mul(self.settings.users));
        waited.sum::<Duration>().as_secs_f64() / all.as_secs_f64()
    }

    /// The waits in vain of a threshold's requests, unless there is a single one of many users.
    fn waits_that_count(&self, threshold: &Threshold, limit: Duration) -> Vec<&Wait> {
        let waits: Vec<_> = self.waits_in_vain(limit).filter(|wait| is_of(wait, threshold)).collect();
        let is_one_of_many = waits.len() == 1 && u64::from(self.settings.users) >= ONE_OF;
        if is_one_of_many { Vec::new() } else { waits }
    }

    /// The share of all users' time in which they waited for longer than the limit, and had no response at the end
    /// either.
    fn waited_share(&self, threshold: &Threshold, limit: Duration) -> f64 {
        let waits = self.waits_that_count(threshold, limit);
        if waits.is_empty() {
            return 0.0;
        }
        let start = threshold.start(self.settings.load.warm_up);
        let waited: Duration = waits.iter().map(|wait| wait.beyond(limit, start)).sum();
        let known = self
            .time_shares
            .for_threshold(threshold)
            .map(|counted| counted.load)
            .filter(|load| !load.is_zero());
        let all = known.unwrap_or_else(|| self.time_of_users(threshold)).as_secs_f64();
        (waited.as_secs_f64() / all.max(f64::MIN_POSITIVE)).min(1.0)
    }

    /// The estimated time of all users in the load, if their presence is unknown.
    fn time_of_users(&self, threshold: &Threshold) -> Duration {
        let time = self.gaps.time.saturating_sub(threshold.after.saturating_sub(self.settings.load.warm_up));
        // During the ramp-up, half of the users are present on average.
        let ramp_up = self.settings.ramp_up.min(time) / 2;
        (time - ramp_up).saturating_mul(self.settings.users)
    }

    /// The requests that had no response when they were cancelled, after more than this time, and more than twice the
    /// slowest good response of their route; of all routes, if the route has none. The slowest responses, as many as
    /// requests wait, are ignored: one slow response does not explain ten users without any.
    pub(crate) fn waits_in_vain(&self, limit: Duration) -> impl Iterator<Item = &Wait> {
        let least = limit.max(LEAST_WAIT);
        let waits = self.time_shares.waits.iter().filter(move |wait| wait.is_longer(least));
        let mut waiting: BTreeMap<&str, u64> = BTreeMap::new();
        waits.clone().for_each(|wait| *waiting.entry(&wait.name).or_default() += 1);
        let rows = if self.requests.attempted > 0 { &self.routes } else { &self.timers };
        let slowest = rows.iter().filter_map(|row| slow_good(row, 0)).max();
        // In the order of the names, like the former map.
        let mut usual: Vec<(&str, Duration)> = Vec::new();
        for (name, waiting) in waiting {
            let row = rows.iter().find(|row| *row.name == *name);
            let slow = row.and_then(|row| slow_good(row, waiting)).or(slowest).unwrap_or_default();
            usual.push((name, slow * 2));
        }
        waits.filter(move |wait| {
            let place = usual.partition_point(|(name, _)| **name < *wait.name);
            wait.is_longer(usual[place].1)
        })
    }

    /// Returns the number of cancelled requests without a response, which count as not good in a share of failures.
    pub(super) fn vain(&self, threshold: &Threshold) -> u64 {
        if threshold.limit.kind() != Kind::Share {
            return 0;
        }
        let requests =
            self.waits_in_vain(Duration::ZERO).filter(|wait| is_of(wait, threshold)).count() as u64;
        let key = threshold.of.as_ref().map(|of| of.key);
        match (threshold.metric, key) {
            (Metric::FailedRequests, _) | (Metric::Errors, Some(Key::Route | Key::Timer)) => requests,
            (Metric::Errors | Metric::FailedIterations, _) => {
                self.iterations_in_vain(threshold).min(requests)
            }
            _ => 0,
        }
    }

    /// Iterations that were cancelled after more than twice the slowest good one of their scenario.
    fn iterations_in_vain(&self, threshold: &Threshold) -> u64 {
        let scenarios = self.scenarios.iter().filter(|row| match &threshold.of {
            None => true,
            Some(of) if of.key == Key::Tag => self.has_tag(row, &of.name),
            Some(of) => of.name == row.name,
        });
        scenarios.map(cut_in_vain).sum()
    }
}

/// The longest wait that a threshold tolerates, and the share of visitors that may exceed it.
fn limit_and_allowed(threshold: &Threshold) -> Option<(Duration, f64)> {
    Some(match tolerated(threshold)? {
        Tolerated::Waiting(limit, allowed) => (limit, allowed),
        Tolerated::Absence(allowed) => (Duration::ZERO, allowed),
    })
}

/// The number of samples that were cancelled after more than twice the slowest good one; see [`Report::waits_in_vain`].
fn cut_in_vain(row: &SeriesRow) -> u64 {
    let Some(slow) = slow_good(row, longer(&row.cut, LEAST_WAIT)) else { return row.cancelled };
    longer(&row.cut, (slow * 2).max(LEAST_WAIT))
}

/// The number of longer latencies.
fn longer(latencies: &Latencies, than: Duration) -> u64 {
    let all = latencies.histogram();
    let longer = all.iter_recorded().filter(|it| u128::from(it.value_iterated_to()) > than.as_micros());
    longer.map(|it| it.count_at_value()).sum()
}

/// The slowest good response, ignoring this number of the slowest ones; of all, if there are no more. It is measured
/// from the start of the request, even if it was due earlier.
fn slow_good(row: &SeriesRow, without: u64) -> Option<Duration> {
    let good = row.service.as_ref().map_or(&row.ok, |service| &service.ok);
    let rest = good.count().checked_sub(without).filter(|rest| *rest > 0 && without > 0);
    let Some(rest) = rest else { return good.max() };
    let micros = good.histogram().value_at_quantile(rest as f64 / good.count() as f64);
    good.max().map(|max| max.min(Duration::from_micros(micros)))
}

/// Returns `true` if the wait belongs to the threshold. A scenario waits for all its requests.
fn is_of(wait: &Wait, threshold: &Threshold) -> bool {
    match &threshold.of {
        Some(of) if matches!(of.key, Key::Route | Key::Timer) => *of.name == *wait.name,
        _ => true,
    }
}
