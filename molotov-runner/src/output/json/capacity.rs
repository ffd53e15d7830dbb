//! What rate the service stands, as serde sees it.

use serde::Serialize;

use super::rows::ms;
use crate::report::{Capacity, CapacityOutcome, CapacityStep};

#[derive(Serialize)]
pub(super) struct CapacityView<'r> {
    objectives: &'r [String],
    outcome: &'static str,
    /// What of the load generator was not enough.
    generator: Option<&'r str>,
    good_per_second: Option<f64>,
    good_confirmed: bool,
    bad_per_second: Option<f64>,
    bad_confirmed: bool,
    trying_per_second: Option<f64>,
    trying_broken: Option<&'r str>,
    steps: Vec<StepView<'r>>,
}

impl<'r> CapacityView<'r> {
    pub(super) fn of(capacity: &'r Capacity) -> Self {
        let (outcome, generator) = match &capacity.outcome {
            CapacityOutcome::Found => ("found", None),
            CapacityOutcome::NoLimit => ("no_limit", None),
            CapacityOutcome::Nothing => ("nothing", None),
            CapacityOutcome::Unsteady => ("unsteady", None),
            CapacityOutcome::TooFewSamples(_) => ("too_few_samples", None),
            CapacityOutcome::Generator { why, .. } => ("generator_limit", Some(why.as_str())),
            CapacityOutcome::TimeOver => ("time_over", None),
            CapacityOutcome::Unfinished => ("unfinished", None),
        };
        Self {
            objectives: &capacity.objectives,
            outcome,
            generator,
            good_per_second: capacity.good.map(|rate| rate.in_a_second()),
            good_confirmed: capacity.good.is_some_and(|rate| capacity.held(rate) > 1),
            bad_per_second: capacity.bad.map(|rate| rate.in_a_second()),
            bad_confirmed: capacity.bad.is_some_and(|rate| capacity.broke(rate) > 1),
            trying_per_second: capacity.trying.map(|rate| rate.in_a_second()),
            trying_broken: capacity.trying_broken.as_deref(),
            steps: capacity.steps.iter().map(StepView::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct StepView<'r> {
    rate_per_second: f64,
    broken: Option<&'r str>,
    generator: Option<&'r str>,
    window_ms: f64,
    scheduled: u64,
    iterations: u64,
    failed_iterations: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl<'r> StepView<'r> {
    fn of(step: &'r CapacityStep) -> Self {
        Self {
            rate_per_second: step.rate.in_a_second(),
            broken: step.broken.as_deref(),
            generator: step.generator.as_deref(),
            window_ms: ms(step.window),
            scheduled: step.scheduled,
            iterations: step.iterations,
            failed_iterations: step.failed_iterations,
            p50_ms: step.p50.map(ms),
            p95_ms: step.p95.map(ms),
            p99_ms: step.p99.map(ms),
        }
    }
}
