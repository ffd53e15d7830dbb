//! What rate the service stands.

use molotov_core::Rate;

use super::facts::{ALL, fact};
use crate::output::look::Look;
use crate::output::units::{count, elapsed, latency_or_none};
use crate::report::{Capacity, CapacityOutcome, CapacityStep, Report};

/// The answer in one sentence, without its end.
pub(super) fn answer(capacity: &Capacity) -> String {
    let good = capacity.good.map(|good| format!("{good} held"));
    let bad = capacity.bad.map(|bad| format!("{bad} did not"));
    let so_far = [good, bad].into_iter().flatten().collect::<Vec<_>>().join(", and ");
    let but = |why: String| if so_far.is_empty() { why } else { format!("{so_far}; {why}") };
    match &capacity.outcome {
        CapacityOutcome::Found => match (capacity.good, capacity.bad) {
            (Some(good), Some(bad)) => format!("the service stands {good}, and not {bad}{}", why(capacity)),
            _ => so_far,
        },
        CapacityOutcome::NoLimit => but("no limit was found".into()),
        CapacityOutcome::Nothing => but(format!("no lower rate can be looked at{}", why(capacity))),
        CapacityOutcome::Unsteady => but("rates that had held did not when they were tried again".into()),
        CapacityOutcome::TooFewSamples(rate) => {
            but(format!("at {rate} there were too few samples in a minute to tell"))
        }
        CapacityOutcome::Generator { rate, why } => {
            let held = capacity.good.map(|good| format!("{good} held; ")).unwrap_or_default();
            format!(
                "{held}the load generator was at its limit at {rate}, and the service's is not known: {why}"
            )
        }
        CapacityOutcome::Unfinished if so_far.is_empty() => "nothing was found yet".into(),
        CapacityOutcome::Unfinished => format!("{so_far}, so far"),
    }
}

/// Why the least rate that broke did.
fn why(capacity: &Capacity) -> String {
    let broke = capacity.steps.iter().rev().find(|step| Some(step.rate) == capacity.bad);
    broke.and_then(|step| step.broken.as_ref()).map(|why| format!(": {why}")).unwrap_or_default()
}

/// How it stands where there is little room.
pub(in crate::output) fn short((rate, good): (Rate, Option<Rate>)) -> String {
    match good {
        None => format!("trying {rate}, none held yet"),
        Some(good) => format!("trying {rate}, {good} held"),
    }
}

/// Objectives, and the rates that were tried.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let Some(capacity) = &report.capacity else { return String::new() };
    let mut lines = vec![look.bold("Sizing")];
    lines.extend(fact("Objectives", &capacity.objectives.join(", "), ALL, look));
    for (index, one) in capacity.steps.iter().enumerate() {
        lines.extend(fact(if index == 0 { "Rates" } else { "" }, &step(one), ALL, look));
    }
    lines.join("\n")
}

fn step(step: &CapacityStep) -> String {
    let [p50, p95, p99] = [step.p50, step.p95, step.p99].map(latency_or_none);
    let how = step.broken.as_ref().map_or_else(|| "held".into(), |why| format!("broke, {why}"));
    format!(
        "{}: {how}; over {}: {} iterations, p50 {p50}, p95 {p95}, p99 {p99}",
        step.rate,
        elapsed(step.window),
        count(step.iterations)
    )
}
