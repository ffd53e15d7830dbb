//! The judgement of thresholds by a report.

use molotov_core::Latencies;

use super::observation::{Measurement, Observations};
use super::watch::Watch;
use super::whole::judge_whole;
use super::{Observed, ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Key, Kind, Metric, RequestPhase, Threshold};
use crate::report::{CounterRow, Declaration, GaugeRow, Report, SeriesRow, Share, SoftCheckRow, TrendRow};
use crate::suggest;
use crate::units::count;

impl ThresholdResult {
    /// Marks it as not kept, because the figures of its run are invalid.
    fn reject(&mut self) {
        if self.outcome == ThresholdOutcome::Held {
            self.outcome = ThresholdOutcome::InvalidRun;
        }
    }

    /// Sets the number of cancelled samples, because of which only a lower bound is known.
    pub(super) fn with_cut(mut self, cut: u64) -> Self {
        let were = if cut == 1 { "1 sample was".to_owned() } else { format!("{cut} samples were") };
        self.hint = Some(format!("{were} cut before the end, so it is at least what was observed"));
        self.cut = cut;
        self
    }

    pub(super) fn new(
        threshold: &Threshold,
        outcome: ThresholdOutcome,
        measured: Option<Measurement>,
    ) -> Self {
        Self {
            threshold: threshold.to_string(),
            origin: threshold.said.on.as_ref().map(ToString::to_string),
            declared: threshold.said.call.map(Declaration::from),
            outcome,
            observed: measured.map(|measured| measured.observed),
            samples: measured.map_or(0, |measured| measured.samples),
            windows: None,
            broken_at: None,
            gaps: None,
            time_share: None,
            cut: 0,
            hint: None,
            planned: threshold.clone(),
        }
    }
}

impl ThresholdResult {
    /// Judges the threshold by the figures of this report.
    pub(crate) fn judged_again(self, report: &Report) -> Self {
        let result = report.judged(std::slice::from_ref(&self.planned), None).remove(0);
        Self { origin: self.origin, declared: self.declared, ..result }
    }
}

impl Report {
    /// Judges the thresholds of a finished run. This is the only place where they can pass: any objection to the
    /// validity of the run's figures belongs here.
    pub(crate) fn judged(&self, thresholds: &[Threshold], watch: Option<&Watch>) -> Vec<ThresholdResult> {
        let rejected = self.is_rejected();
        let results = thresholds.iter().map(|threshold| {
            let vain = self.vain(threshold);
            let watched = watch.and_then(|watch| watch.result(threshold, vain));
            let mut result = watched.unwrap_or_else(|| self.judge(threshold, vain));
            result.apply_vain_waits(vain);
            result.apply_gaps(self.broken_by_gaps(threshold));
            result.apply_time(self.broken_by_time(threshold));
            result.apply_user_waits(self.waits_of_users(threshold));
            match result.outcome {
                ThresholdOutcome::NoSamples => result.hint = result.hint.or_else(|| self.hint(threshold)),
                ThresholdOutcome::TooFewSamples => {
                    result.hint = result.hint.take().or_else(|| samples_needed(&result))
                }
                _ => {}
            }
            if rejected {
                result.reject();
            }
            result
        });
        results.collect()
    }

    /// Judges a threshold by the samples of the whole run, without its warm-up; `vain` more count as not good.
    fn judge(&self, threshold: &Threshold, vain: u64) -> ThresholdResult {
        let time = if threshold.is_of_samples() { self.measured() } else { self.elapsed };
        let mut seen = self.observations(threshold);
        (seen.ended, seen.failed) = (seen.ended + vain, seen.failed + vain);
        judge_whole(threshold, &seen, time)
    }

    /// The share of the load's time that breaks a threshold of the whole by itself.
    fn broken_by_gaps(&self, threshold: &Threshold) -> Option<Share> {
        let subject = threshold.gap_subject();
        let is_told = threshold.window.is_some() || self.is_told_by_due_times(threshold);
        self.gaps.for_subject(&subject).breaks(threshold).filter(|_| !is_told)
    }

    /// Returns `true` if its samples have due times and none of them is missing: they include a hanging service.
    fn is_told_by_due_times(&self, threshold: &Threshold) -> bool {
        let none_dropped = self.offered.as_ref().is_some_and(|offered| offered.dropped == 0);
        self.settings.load.open && none_dropped && threshold.limit.kind() == Kind::Time
    }

    /// Returns the samples of the report for a threshold.
    fn observations(&self, threshold: &Threshold) -> Observations {
        if let Some(phase) = threshold.phase {
            return self.observations_in_phase(threshold, phase);
        }
        let Some(of) = &threshold.of else { return self.observations_in_all(threshold.metric) };
        let name = of.name.as_str();
        match of.key {
            Key::Scenario => rows(self.scenario(name)),
            Key::Tag => rows(self.scenarios.iter().filter(|row| self.has_tag(row, name))),
            Key::Route => rows(self.route(name)),
            Key::Timer => rows(self.timer(name)),
            Key::Trend => self.trend(name).map(TrendRow::observations).unwrap_or_default(),
            Key::Counter => self.counter(name).map(CounterRow::observations).unwrap_or_default(),
            Key::Gauge => self.gauge(name).map(GaugeRow::observations).unwrap_or_default(),
            Key::Check => self.soft_check(name).map(SoftCheckRow::observations).unwrap_or_default(),
        }
    }

    fn observations_in_phase(&self, threshold: &Threshold, phase: RequestPhase) -> Observations {
        let rows = self.routes.iter();
        let rows = rows.filter(|row| threshold.of.as_ref().is_none_or(|of| of.name == row.name));
        let phases = rows.filter_map(|row| row.phases.as_ref());
        phases.fold(Observations::default(), |mut seen, phases| {
            let (latencies, cut) = phases.latencies(phase);
            seen.ended += latencies.count();
            seen.latencies.add(&latencies);
            seen.cut.add(&cut);
            seen
        })
    }

    fn observations_in_all(&self, metric: Metric) -> Observations {
        match metric {
            Metric::Percentile(_) | Metric::Min | Metric::Mean | Metric::Max => {
                let requests = rows(&self.routes);
                if requests.ended + requests.cut.count() > 0 { requests } else { rows(&self.scenarios) }
            }
            Metric::Requests | Metric::FailedRequests => {
                let apart = self.warm_up.as_ref().map(|warm_up| warm_up.requests).unwrap_or_default();
                let ended_apart = apart.attempted - apart.cancelled;
                Observations {
                    ended: self.requests.attempted - self.requests.cancelled - ended_apart,
                    failed: self.requests.failures() - apart.failures(),
                    in_load: self.requests.in_load,
                    ..Observations::default()
                }
            }
            Metric::Dropped => {
                // In a closed model users start their own iterations, so none is dropped.
                let (ended, failed) = match &self.offered {
                    Some(offered) => (offered.scheduled, offered.dropped),
                    None => (self.iterations.started, 0),
                };
                Observations { ended, failed, in_load: ended, ..Observations::default() }
            }
            _ => {
                let apart = self.warm_up.as_ref().map(|warm_up| warm_up.iterations).unwrap_or_default();
                let ended = self.iterations.finished() - apart.finished();
                let failed = self.iterations.failures() - apart.failures();
                Observations { ended, failed, in_load: ended, ..Observations::default() }
            }
        }
    }

    pub(super) fn has_tag(&self, row: &SeriesRow, tag: &str) -> bool {
        self.settings.tags.get(tag).is_some_and(|scenarios| scenarios.contains(&row.name))
    }

    /// The possible subjects of a threshold, which are only known at the end.
    pub(super) fn names(&self, key: Key) -> Vec<&str> {
        match key {
            Key::Scenario => self.scenarios.iter().map(|row| row.name.as_str()).collect(),
            Key::Tag => self.settings.tags.keys().map(String::as_str).collect(),
            Key::Route => self.routes.iter().map(|row| row.name.as_str()).collect(),
            Key::Timer => self.timers.iter().map(|row| row.name.as_str()).collect(),
            Key::Trend => self.trends.iter().map(|row| row.name.as_str()).collect(),
            Key::Counter => self.counters.iter().map(|row| row.name.as_str()).collect(),
            Key::Gauge => self.gauges.iter().map(|row| row.name.as_str()).collect(),
            Key::Check => self.soft_checks.iter().map(|row| row.name.as_str()).collect(),
        }
    }

    /// Returns the reason why a threshold has no samples: there were none, or the name was misspelt.
    pub(super) fn hint(&self, threshold: &Threshold) -> Option<String> {
        let of = threshold.of.as_ref()?;
        let (word, mut names) = (of.key.word(), self.names(of.key));
        if names.contains(&of.name.as_str()) {
            return None;
        }
        if of.key == Key::Scenario {
            if self.settings.scenarios.contains(&of.name) {
                return Some(format!("no iteration of `{}` came to its end", of.name));
            }
            names.extend(self.settings.scenarios.iter().map(String::as_str));
        }
        // Routes, timers and the like only become known by their use.
        if names.is_empty() {
            return Some(format!("this run has used no {word} at all"));
        }
        let shown = of.shown_name();
        // A route's name includes its method.
        let end = format!(" {}", of.name);
        if let Some(route) = names.iter().find(|name| of.key == Key::Route && name.ends_with(&end)) {
            return Some(format!("no route is called `{shown}`; did you mean `{route}`?"));
        }
        Some(format!("no {word} is called `{shown}`; {}", suggest::cure(word, &of.name, names)))
    }
}

/// Returns the number of samples that a percentile needs, in words.
fn samples_needed(result: &ThresholdResult) -> Option<String> {
    let Metric::Percentile(percentile) = result.planned.metric else { return None };
    let needed = count(Latencies::samples_for(percentile.percent()));
    let metric = result.planned.metric;
    Some(match result.windows {
        Some(_) => format!("a {metric} takes {needed} samples in a window, and none had so many"),
        None => format!("a {metric} takes {needed} samples, and there were {}", count(result.samples)),
    })
}

fn rows<'r>(rows: impl IntoIterator<Item = &'r SeriesRow>) -> Observations {
    rows.into_iter().fold(Observations::default(), |mut seen, row| {
        seen.ended += row.count();
        seen.failed += row.failed.count();
        seen.in_load += row.in_load;
        seen.latencies.add(&row.ok);
        seen.latencies.add(&row.failed);
        seen.cut.add(&row.cut);
        seen
    })
}

/// Returns `true` if these thresholds bound the failures of a scenario.
pub(crate) fn covers(report: &Report, scenario: &SeriesRow) -> bool {
    report.thresholds.iter().map(|result| &result.planned).any(|threshold| {
        threshold.bounds_failed_iterations()
            && threshold.of.as_ref().is_none_or(|of| match of.key {
                Key::Tag => report.has_tag(scenario, &of.name),
                _ => of.name == scenario.name,
            })
    })
}

/// Judges thresholds of two reports by the merged report.
#[inline]
pub(crate) fn merged(
    report: &Report,
    one: &[ThresholdResult],
    other: &[ThresholdResult],
) -> Vec<ThresholdResult> {
    let both = one.iter().map(|result| (result.clone(), twin(result, other)));
    let rest = other.iter().filter(|result| twin(result, one).is_none()).map(|result| (result.clone(), None));
    let mut all: Vec<_> = both
        .chain(rest)
        .map(
            |(one, other)| {
                if one.planned.is_of_whole_run() { one.judged_again(report) } else { joined(one, other) }
            },
        )
        .collect();
    if report.is_rejected() {
        all.iter_mut().for_each(ThresholdResult::reject);
    }
    all.sort_by(|one, other| one.threshold.cmp(&other.threshold));
    all
}

/// The result of the same threshold in the other run.
#[inline]
fn twin(of: &ThresholdResult, all: &[ThresholdResult]) -> Option<ThresholdResult> {
    all.iter().find(|result| result.planned == of.planned).cloned()
}

/// A threshold with a window or a start, in two runs. A percentile or a share that was kept in both is kept in both
/// together; for rates and counts that does not follow.
#[inline]
fn joined(one: ThresholdResult, other: Option<ThresholdResult>) -> ThresholdResult {
    let Some(other) = other else { return one };
    let is_told = matches!(one.planned.limit.kind(), Kind::Time | Kind::Share)
        || matches!(one.planned.of.as_ref().map(|of| of.key), Some(Key::Trend))
            && one.planned.metric != Metric::Sum
            && one.planned.metric != Metric::Count;
    let samples = one.samples + other.samples;
    let windows = one.windows.zip(other.windows).map(|(a, b)| a + b);
    if !is_told {
        let none = ThresholdResult::new(&one.planned, ThresholdOutcome::NotMergeable, None);
        return ThresholdResult { samples, windows, origin: one.origin, declared: one.declared, ..none };
    }
    let [a, b] = [&one, &other].map(|result| {
        let size = result.observed.map_or(f64::NEG_INFINITY, Observed::size);
        (result.outcome as u8, if one.planned.relation.is_upper() { size } else { -size })
    });
    let is_first_worse = a.0 > b.0 || (a.0 == b.0 && a.1 >= b.1);
    let broken_at = match (one.broken_at, other.broken_at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let worse = if is_first_worse { one } else { other };
    ThresholdResult { samples, windows, broken_at, ..worse }
}
