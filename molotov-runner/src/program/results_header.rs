//! The first line of the results file of a job.

use std::hash::{BuildHasher, Hasher, RandomState};

use molotov_core::Scenario;

use crate::execute::Job;
use crate::output::results::{PlannedScenario, RunLine};

/// The run of this job, with its planned load.
pub(super) fn of_job(job: &Job) -> RunLine {
    let plan = &job.plan;
    let scenarios =
        job.choices.iter().map(|choice| scenario(&job.suite.scenarios()[choice.index], choice.weight));
    let thresholds = job.thresholds.judged.iter().map(ToString::to_string).collect();
    let of_load =
        (plan.user_count(), plan.ramp_up, plan.time_limit(), plan.runs_limit(), plan.load.settings());
    let of_users = (
        &plan.delay,
        plan.connection_settings.policy(),
        plan.connection_settings.fresh_session,
        job.mode.search().is_some(),
    );
    let id = RandomState::new().build_hasher().finish();
    let line = RunLine::new(id, scenarios.collect(), thresholds, &format!("{of_load:?} {of_users:?}"));
    let part = plan.part.clone();
    RunLine { labels: plan.labels.clone(), shard: part.shard, run: part.run, attempt: part.attempt, ..line }
}

fn scenario(scenario: &Scenario, weight: u32) -> PlannedScenario {
    let origin = scenario.origin();
    PlannedScenario {
        name: scenario.name().to_owned(),
        weight,
        tags: scenario.tags().to_vec(),
        file: origin.map(|origin| origin.file.to_owned()),
        line: origin.map(|origin| origin.line),
    }
}
