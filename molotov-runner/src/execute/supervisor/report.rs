//! The report of a run.

use std::collections::BTreeMap;

use molotov_core::{Dependency, Scenario, SeriesId, Suite};

use super::Supervisor;
use crate::execute::job::Job;
use crate::execute::machine::local_targets;
use crate::execute::sizing::SizingRun;
use crate::lock::lock;
use crate::output::OutputQueue;
use crate::report::{Declaration, Ended, Generator, LoadSettings, Mix, Report, SeriesRow, Settings, Totals};

impl Supervisor {
    /// The final report, from all records of the run.
    pub(super) fn report(&mut self) -> Report {
        self.recorder.drain();
        self.count_arrivals();
        let (totals, mix) = {
            let mut aggregator = lock(&self.totals);
            aggregator.learn(&self.recorder);
            (aggregator.finish(self.context.now()), aggregator.mix(&self.wanted_mix()))
        };
        let (ended, settings) = (self.reason(), self.settings());
        self.complete_generator(&settings);
        let generator = self.generator.clone();
        let mut report = self.assemble(totals, mix, (ended, settings, generator));
        // A load generator that did not run proves nothing about the service.
        if let Some(silent) = self.silent(&report.ended).filter(|_| !report.is_rejected()) {
            report.ended = Ended::DeadTarget(self.at_targets(&silent));
        }
        report
    }

    /// The preliminary report, while the run continues.
    pub(super) fn report_so_far(&self) -> Report {
        let (totals, mix) = {
            let mut aggregator = lock(&self.totals);
            aggregator.learn(&self.recorder);
            (aggregator.so_far(self.context.now()), aggregator.mix(&self.wanted_mix()))
        };
        let mut generator = self.generator.clone();
        generator.heartbeats = self.heartbeats.so_far();
        if let Some(machine) = &self.machine {
            generator.processor = machine.processor;
            generator.descriptors = machine.descriptors;
            generator.ports = machine.ports;
        }
        self.count_starts(&mut generator);
        self.assemble(totals, mix, (self.reason(), self.settings(), generator))
    }

    fn assemble(
        &self,
        totals: Totals,
        mix: Vec<Mix>,
        (ended, settings, generator): (Ended, Settings, Generator),
    ) -> Report {
        let mut report = Report {
            shards: settings.shard.iter().map(ToString::to_string).collect(),
            settings,
            generator,
            started_at: self.started_at,
            elapsed: self.load.elapsed(),
            sizing: self.sizing.as_ref().and_then(|sizing| sizing.users(&ended)),
            capacity: self.sizing.as_ref().and_then(SizingRun::capacity),
            ended,
            mix,
            offered: self.context.source.get().offered(),
            refused_series: self.recorder.refused_series(),
            ..Report::from_totals(totals)
        };
        declare(&mut report.scenarios, &self.context.job.suite);
        report.thresholds =
            report.judged(&self.context.job.thresholds.judged, lock(&self.totals).thresholds());
        report.select_longest_gaps();
        report
    }

    /// The planned share of each scenario, if they are picked by their weights.
    fn wanted_mix(&self) -> Vec<(SeriesId, f64)> {
        let job = &self.context.job;
        // A scenario with a rate of its own has no weight, and then there is no mix of all.
        let is_mixed = job.choices.iter().all(|choice| choice.weight > 0);
        if !is_mixed || job.picker().is_some() || !job.mode.picks_scenarios() {
            return Vec::new();
        }
        let weights: u64 = job.choices.iter().map(|choice| u64::from(choice.weight)).sum();
        let shares = job.choices.iter().map(|choice| {
            let share = f64::from(choice.weight) / weights as f64;
            (self.context.scenarios[choice.index].series, share)
        });
        shares.collect()
    }

    /// Adds the observations of the load generator that depend on all others.
    fn complete_generator(&mut self, settings: &Settings) {
        let generator = &mut self.generator;
        generator.same_machine = local_targets(&settings.targets, &settings.resolve);
        generator.own_target = self.context.job.plan.target.is_none() && !generator.same_machine.is_empty();
        let mut generator = std::mem::take(&mut self.generator);
        self.count_starts(&mut generator);
        self.generator = generator;
    }

    /// Adds the delays of starts, and the losses of outputs.
    fn count_starts(&self, generator: &mut Generator) {
        if let Some(offered) = self.context.source.get().offered() {
            generator.starts.lag = offered.release_lag;
            generator.starts.dropped = offered.dropped;
            generator.starts.dropped_late = offered.dropped_late;
        }
        generator.dropped_records = self.queues.iter().map(OutputQueue::dropped_records).sum();
    }

    /// The reason why the run ended. A sizing whose set-up fails because nothing can be reached has found a dead
    /// target.
    fn reason(&self) -> Ended {
        // Users that leave by stages have not made a number of iterations.
        let is_over = self.context.presence.is_staged() && self.context.job.plan.max_runs.is_none();
        let natural = if is_over { Ended::Duration } else { Ended::Completed };
        let reason = self.context.shutdown.reason().unwrap_or(natural);
        match reason {
            Ended::SetupFailed(why) => {
                let checks = self.context.job.mode.search().is_some() && self.target_health.is_some();
                match lock(&self.totals).reach().never(1).filter(|_| checks) {
                    Some(dead) => Ended::DeadTarget(format!("{}; {why}", self.at_targets(&dead.to_string()))),
                    None => Ended::SetupFailed(why),
                }
            }
            reason => reason,
        }
    }

    /// The evidence that the service had stopped responding before the load ended, if it had.
    fn silent(&self, ended: &Ended) -> Option<String> {
        use Ended::{Completed, DataExhausted, Duration, FailFast, Stopped};
        if !matches!(ended, Duration | Completed | FailFast | Stopped(_) | DataExhausted(_)) {
            return None;
        }
        let window = self.target_health.as_ref()?.silence_limit()?;
        let users = self.context.job.plan.own_user_count();
        let silent = lock(&self.totals).silent(window, self.context.now(), users)?;
        Some(silent.to_string())
    }

    /// A message about an event, with the targets.
    pub(super) fn at_targets(&self, what: &str) -> String {
        let targets = self.targets();
        if targets.is_empty() { what.to_owned() } else { format!("{}: {what}", targets.join(", ")) }
    }

    /// The base URL of the plan, and those of the suite's sessions.
    fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = self.context.job.plan.target.iter().map(ToString::to_string).collect();
        let set = self.recorder.targets().into_iter().filter(|set| !targets.contains(set));
        let set: Vec<_> = set.collect();
        targets.extend(set);
        targets
    }

    fn settings(&self) -> Settings {
        let job = &self.context.job;
        Settings {
            users: job.plan.own_user_count(),
            threads: self.env.workload.threads,
            shard: job.plan.part.shard,
            ramp_up: job.plan.ramp_up,
            duration: job.plan.time_limit(),
            max_runs: job.plan.runs_limit().map(|runs| runs.get()),
            delay: job.plan.delay.least(),
            delay_up_to: job.plan.delay.varies().then(|| job.plan.delay.most()),
            replay: job.mode.replay().map(|replay| (replay.user, replay.iteration)),
            load: LoadSettings { open: job.arrivals.is_some(), ..job.plan.load.settings() }
                .in_shard(job.plan.share()),
            seed: job.seed,
            targets: self.targets(),
            lacks_base: self.recorder.lacks_base().map(ToOwned::to_owned),
            notes: Vec::new(),
            connections: job.plan.connection_settings.policy(),
            fresh_session: job.plan.connection_settings.fresh_session,
            resolve: job.plan.connection_settings.resolves.iter().map(ToString::to_string).collect(),
            dns_ttl: job.plan.connection_settings.dns_ttl,
            scenarios: names(job, |_| true),
            with_session: names(job, |scenario| scenario.dependencies().iter().any(Dependency::is_session)),
            picker_unasked: job.suite.scenario_picker().is_some() && job.picker().is_none(),
            insecure: job.plan.trust.insecure,
            debug_build: cfg!(debug_assertions),
            tolerated_failures: job.plan.tolerated,
            unjudged_thresholds: job.thresholds.unjudged,
            tags: tags(&job.suite),
            allow_invalid: job.plan.allow_invalid,
            percentiles: job.percentiles(),
            repeats: None,
            labels: job.plan.labels.clone(),
        }
    }
}

/// The names of the selected scenarios for which `of` returns `true`.
fn names(job: &Job, of: impl Fn(&Scenario) -> bool) -> Vec<String> {
    let scenarios = job.choices.iter().map(|choice| &job.suite.scenarios()[choice.index]);
    scenarios.filter(|scenario| of(scenario)).map(|scenario| scenario.name().to_owned()).collect()
}

/// Adds the places of scenarios in the source.
fn declare(rows: &mut [SeriesRow], suite: &Suite) {
    for row in rows {
        let scenario = suite.scenarios().iter().find(|scenario| scenario.name() == row.name);
        row.declared = scenario.and_then(Scenario::origin).map(Declaration::from);
    }
}

/// The scenarios of each tag.
fn tags(suite: &Suite) -> BTreeMap<String, Vec<String>> {
    let mut tags = BTreeMap::<_, Vec<_>>::new();
    for scenario in suite.scenarios() {
        for tag in scenario.tags() {
            tags.entry(tag.clone()).or_default().push(scenario.name().to_owned());
        }
    }
    tags
}
