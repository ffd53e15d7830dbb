//! What a sizing has found, as serde sees it.

use serde::Serialize;

use super::rows::ms;
use crate::report::{Breach, Measured, Sizing, SizingOutcome, SizingStep};

#[derive(Serialize)]
pub(super) struct SizingView<'r> {
    objectives: &'r [String],
    most_users: u32,
    samples: u64,
    outcome: &'static str,
    good: Option<GoodView>,
    broken: Option<BrokenView<'r>>,
    trying_users: Option<u32>,
    trying_broken: Option<BrokenView<'r>>,
    /// What of the load generator was not enough.
    generator: Option<&'r str>,
    generator_limit_users: Option<u32>,
}

impl<'r> SizingView<'r> {
    pub(super) fn of(sizing: &'r Sizing) -> Self {
        let (outcome, limit) = match &sizing.outcome {
            SizingOutcome::Broken(_) => ("broken", None),
            SizingOutcome::NoLimit => ("no_limit", None),
            SizingOutcome::TooFewSamples => ("too_few_samples", None),
            SizingOutcome::GeneratorLimit { users, why } => ("generator_limit", Some((*users, why))),
            SizingOutcome::Unsteady => ("unsteady", None),
            SizingOutcome::TimeOver => ("time_over", None),
            SizingOutcome::Unfinished => ("unfinished", None),
        };
        Self {
            objectives: &sizing.objectives,
            most_users: sizing.most_users,
            samples: sizing.samples,
            outcome,
            good: sizing.good.as_ref().map(GoodView::of),
            broken: sizing.bad.as_ref().map(BrokenView::of),
            trying_users: sizing.trying,
            trying_broken: sizing.trying_broken.as_ref().map(BrokenView::of),
            generator: limit.map(|(_, why)| why.as_str()),
            generator_limit_users: limit.map(|(users, _)| users),
        }
    }
}

#[derive(Serialize)]
struct GoodView {
    users: u32,
    confirmed: bool,
    window_ms: f64,
    iterations: u64,
    failed_iterations: u64,
    iterations_per_second: f64,
    requests_per_second: f64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl GoodView {
    fn of(step: &SizingStep) -> Self {
        Self {
            users: step.users,
            confirmed: step.confirmed,
            window_ms: ms(step.window),
            iterations: step.iterations,
            failed_iterations: step.failed_iterations,
            iterations_per_second: step.iteration_rate.in_second(),
            requests_per_second: step.request_rate.in_second(),
            p50_ms: step.p50.map(ms),
            p95_ms: step.p95.map(ms),
            p99_ms: step.p99.map(ms),
        }
    }
}

#[derive(Serialize)]
struct BrokenView<'r> {
    users: u32,
    confirmed: bool,
    window_ms: f64,
    objective: &'r str,
    errors: Option<f64>,
    latency_ms: Option<f64>,
    at_least: bool,
}

impl<'r> BrokenView<'r> {
    fn of(breach: &'r Breach) -> Self {
        let (errors, latency) = match breach.measured {
            Measured::Errors(share) => (Some(share.fraction()), None),
            Measured::Latency(time) | Measured::AtLeast(time) => (None, Some(time)),
        };
        Self {
            users: breach.users,
            confirmed: breach.confirmed,
            window_ms: ms(breach.window),
            objective: &breach.objective,
            errors,
            latency_ms: latency.map(ms),
            at_least: matches!(breach.measured, Measured::AtLeast(_)),
        }
    }
}
