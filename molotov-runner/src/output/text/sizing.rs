//! How many users the service stands.

use super::facts::{ALL, fact};
use crate::output::look::Look;
use crate::output::units::{count, elapsed, latency, latency_or_none, many, percentage, rate, share};
use crate::report::{Breach, Measured, Report, Sizing, SizingOutcome, SizingStep, Throughput};

const UNSTEADY: &str = "numbers of users that had been good were not when they were tried again";

/// The answer in one sentence, without its end.
pub(super) fn answer(sizing: &Sizing) -> String {
    let good = sizing.good.as_ref().map(|good| format!("{} good, at {}", are(good.users), rates(good)));
    match (&sizing.outcome, good) {
        (SizingOutcome::Broken(breach), Some(good)) => format!("{good}; with {}", broken(breach)),
        (SizingOutcome::Broken(breach), None) => {
            format!("no number of users is good: with {}", broken(breach))
        }
        (SizingOutcome::NoLimit, _) => {
            let at = sizing.good.as_ref().map(|good| format!(", at {}", rates(good)));
            format!("no limit found up to {}{}", users(tried(sizing)), at.unwrap_or_default())
        }
        (SizingOutcome::TooFewSamples, Some(good)) => format!("{good}; with more, {}", too_few(sizing)),
        (SizingOutcome::TooFewSamples, None) => too_few(sizing),
        (SizingOutcome::GeneratorLimit { users: at, .. }, good) => {
            let limit = format!(
                "the load generator was at its limit with {}, and the service's is not known",
                users(*at)
            );
            good.map_or_else(|| limit.clone(), |good| format!("{good}; {limit}"))
        }
        (SizingOutcome::Unsteady, good) => {
            let good = good.map(|good| format!("{good}, once; ")).unwrap_or_default();
            format!("{good}{UNSTEADY}")
        }
        (SizingOutcome::Unfinished, Some(good)) => format!("{good}, so far; no limit was found yet"),
        (SizingOutcome::Unfinished, None) => "nothing was found yet".into(),
    }
}

/// Up to how many users all was good.
fn tried(sizing: &Sizing) -> u32 {
    sizing.good.as_ref().map_or(sizing.most_users, |good| good.users)
}

fn are(n: u32) -> String {
    format!("{} {}", users(n), if n == 1 { "is" } else { "are" })
}

fn users(n: u32) -> String {
    many(n.into(), "user", "users")
}

fn rates(step: &SizingStep) -> String {
    let told =
        |of: Throughput, what: &str| format!("{} {what}/s", rate(of.in_second()).trim_end_matches("/s"));
    let iterations = told(step.iteration_rate, "iterations");
    if step.request_rate > Throughput::default() {
        return format!("{iterations} and {}", told(step.request_rate, "requests"));
    }
    iterations
}

/// The same where there is little room.
pub(in crate::output) fn short(good: Option<&SizingStep>) -> String {
    good.map_or_else(
        || "none good yet".into(),
        |good| format!("{} good at {}", users(good.users), rates(good)),
    )
}

fn broken(breach: &Breach) -> String {
    let measured = match breach.measured {
        Measured::Errors(part) => format!("{} failed", share(part)),
        Measured::Latency(time) => {
            let name = breach.objective.split(' ').next().unwrap_or_default();
            format!("{name} was {}", latency(time))
        }
    };
    format!("{} {measured} ({})", users(breach.users), breach.objective)
}

fn too_few(sizing: &Sizing) -> String {
    let samples = count(sizing.samples);
    format!("too few samples to tell: it takes {samples} iterations or requests within a minute")
}

/// Objectives, the last good window, and what broke.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let Some(sizing) = &report.sizing else { return String::new() };
    let mut lines = vec![look.bold("Sizing")];
    lines.extend(fact("Objectives", &sizing.objectives.join(", "), ALL, look));
    let good = sizing.good.as_ref().map_or_else(|| "no number of users".into(), window);
    lines.extend(fact("Good", &good, ALL, look));
    let (label, text) = match &sizing.outcome {
        SizingOutcome::Broken(breach) => {
            ("Broken", format!("with {}, over {}", broken(breach), elapsed(breach.window)))
        }
        SizingOutcome::NoLimit => ("Limit", format!("none found up to {}", users(tried(sizing)))),
        SizingOutcome::TooFewSamples => ("Limit", too_few(sizing)),
        SizingOutcome::GeneratorLimit { users: at, why } => {
            ("Limit", format!("of this machine, with {}: {why}", users(*at)))
        }
        SizingOutcome::Unsteady => ("Limit", UNSTEADY.into()),
        SizingOutcome::Unfinished => ("Limit", "none found before the run ended".into()),
    };
    lines.extend(fact(label, &text, ALL, look));
    if let (SizingOutcome::Broken(breach), None) = (&sizing.outcome, &sizing.good)
        && breach.users > 1
    {
        lines.extend(fact(
            "",
            "fewer users were not looked at long enough; a longer --ramp-up does",
            ALL,
            look,
        ));
    }
    lines.join("\n")
}

fn window(step: &SizingStep) -> String {
    let failed = match step.failed_iterations {
        0 => "none failed".into(),
        some => format!("{} failed", percentage(some, step.iterations)),
    };
    let [p50, p95, p99] = [step.p50, step.p95, step.p99].map(latency_or_none);
    format!(
        "{} over {}: {}, {failed}, p50 {p50}, p95 {p95}, p99 {p99}",
        users(step.users),
        elapsed(step.window),
        rates(step)
    )
}
