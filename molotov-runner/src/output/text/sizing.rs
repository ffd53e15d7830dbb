//! The number of users that the service sustains.

use super::facts::{ALL, fact};
use crate::output::text_style::TextStyle;
use crate::report::{Breach, Measured, Report, Sizing, SizingOutcome, SizingStep, Throughput};
use crate::units::{count, elapsed, latency, latency_or_none, many, percentage, rate, share};

const UNSTEADY: &str = "numbers of users that had been good were not when they were tried again";

const ONCE: &str = "once";
const MORE_THAN_ONCE: &str = "more than once";

/// The result in one sentence, without its end.
pub(super) fn answer(sizing: &Sizing) -> String {
    match &sizing.outcome {
        SizingOutcome::Broken { breach } => broken_by(breach, sizing),
        SizingOutcome::NoLimit => no_limit(sizing),
        SizingOutcome::TooFewSamples => match (&sizing.good, &sizing.bad) {
            (Some(_), None) => known_and(sizing, format!("with more, {}", too_few(sizing))),
            _ => known_and(sizing, too_few(sizing)),
        },
        SizingOutcome::GeneratorLimit { users: at, .. } => {
            let unknown = if sizing.bad.is_none() { ", and the service's is not known" } else { "" };
            let limit = format!("the load generator was at its limit with {}{unknown}", users(*at));
            known_and(sizing, limit)
        }
        SizingOutcome::Unsteady => known_and(sizing, UNSTEADY.into()),
        SizingOutcome::TimeOver => {
            let trying = trying(sizing).map(|trying| format!(" while {trying}")).unwrap_or_default();
            known_and(sizing, format!("the time of the sizing (--sizing-time) was over{trying}"))
        }
        SizingOutcome::Unfinished => {
            [so_far(sizing)].into_iter().chain(trying(sizing)).collect::<Vec<_>>().join("; ")
        }
    }
}

fn broken_by(breach: &Breach, sizing: &Sizing) -> String {
    match good(sizing) {
        Some(good) => format!("{good}; with {}", broken(breach)),
        None if breach.users == 1 => format!("no number of users is good: with {}", broken(breach)),
        None => format!("the first step was beyond the limit: with {}; {}", broken(breach), unseen(breach)),
    }
}

fn no_limit(sizing: &Sizing) -> String {
    let at = sizing.good.as_ref().map(|good| format!(", at {}", rates(good))).unwrap_or_default();
    let throughout = match &sizing.good {
        Some(good) if good.users < sizing.most_users => {
            format!("; {} there throughout the last window", were_there(good.users))
        }
        _ => String::new(),
    };
    format!("no limit found up to {}{throughout}{at}", users(sizing.most_users))
}

/// The number of users of the current attempt, and its signs so far.
fn trying(sizing: &Sizing) -> Option<String> {
    let signs = sizing.trying_broken.as_ref().map(|breach| format!(", and {} until then", measured(breach)));
    sizing.trying.map(|n| format!("{} tried{}", were(n), signs.unwrap_or_default()))
}

fn so_far(sizing: &Sizing) -> String {
    match (known(sizing), &sizing.bad) {
        (None, _) => "nothing was found yet".into(),
        (Some(known), None) => format!("{known}, so far; no limit was found yet"),
        (Some(known), Some(_)) => format!("so far, {known}"),
    }
}

/// Returns the numbers that held and broke, if any, followed by further text.
fn known_and(sizing: &Sizing, more: String) -> String {
    match known(sizing) {
        Some(known) => format!("{known}; {more}"),
        None => more,
    }
}

/// Returns the numbers that held and broke, if any did.
fn known(sizing: &Sizing) -> Option<String> {
    let good = sizing
        .good
        .as_ref()
        .map(|good| format!("{} good (held {}), at {}", are(good.users), times_held(good), rates(good)));
    let broken = sizing.bad.as_ref().map(|bad| format!("with {} ({})", broken(bad), times_broken(bad)));
    match (sizing.good.as_ref().zip(sizing.bad.as_ref()), good, broken) {
        (Some((low, high)), Some(good), Some(broken)) => {
            Some(format!("the limit is between {} and {}: {good}; {broken}", low.users, users(high.users)))
        }
        (_, good, broken) => good.or(broken),
    }
}

fn good(sizing: &Sizing) -> Option<String> {
    let good = sizing.good.as_ref()?;
    // Users that continue may break an objective that held before.
    let breaks_later = sizing.bad.as_ref().is_some_and(|bad| bad.users <= good.users);
    let but = if breaks_later { ", but not for long" } else { "" };
    Some(format!("{} good, at {}{but}", are(good.users), rates(good)))
}

fn were_there(n: u32) -> String {
    format!("{} {}", users(n), if n == 1 { "was" } else { "were" })
}

fn are(n: u32) -> String {
    format!("{} {}", users(n), if n == 1 { "is" } else { "are" })
}

fn were(n: u32) -> String {
    format!("{} {} being", users(n), if n == 1 { "was" } else { "were" })
}

fn users(n: u32) -> String {
    many(n.into(), "user", "users")
}

fn rates(step: &SizingStep) -> String {
    let iterations = rate_of("iterations", step.iteration_rate);
    if step.request_rate > Throughput::default() {
        return format!("{iterations} and {}", rate_of("requests", step.request_rate));
    }
    iterations
}

fn rate_of(what: &str, throughput: Throughput) -> String {
    format!("{} {what}/s", rate(throughput.in_second()).trim_end_matches("/s"))
}

/// The same in short form.
pub(in crate::output) fn short(good: Option<&SizingStep>) -> String {
    good.map_or_else(
        || "none good yet".into(),
        |good| format!("{} good at {}", users(good.users), rates(good)),
    )
}

fn broken(breach: &Breach) -> String {
    format!("{} {}", users(breach.users), measured(breach))
}

fn measured(breach: &Breach) -> String {
    let measured = match breach.measured {
        Measured::Errors(part) => format!("{} failed", share(part)),
        Measured::Latency(time) => {
            let name = breach.objective.split(' ').next().unwrap_or_default();
            format!("{name} was {}", latency(time))
        }
        Measured::AtLeast(time) => {
            let name = breach.objective.split(' ').next().unwrap_or_default();
            format!("{name} was at least {}", latency(time))
        }
    };
    format!("{measured} ({})", breach.objective)
}

fn too_few(sizing: &Sizing) -> String {
    let samples = count(sizing.samples);
    format!("too few samples to tell: it takes {samples} iterations or requests within a minute")
}

/// Objectives, the last good window, and the broken objective.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    let Some(sizing) = &report.sizing else { return String::new() };
    let mut lines = vec![look.bold("Sizing")];
    lines.extend(fact("Objectives", &sizing.objectives.join(", "), ALL, look));
    let good = sizing.good.as_ref().map_or_else(|| none_good(sizing).into(), window);
    lines.extend(fact("Good", &good, ALL, look));
    if let Some(breach) = &sizing.bad {
        let times = times_broken(breach);
        let text = format!("with {}, over {}, {times}", broken(breach), elapsed(breach.window));
        lines.extend(fact("Broken", &text, ALL, look));
    }
    if let Some(text) = limit(sizing) {
        lines.extend(fact("Limit", &text, ALL, look));
    }
    if let (SizingOutcome::Broken { breach }, None) = (&sizing.outcome, &sizing.good)
        && breach.users > 1
    {
        lines.extend(fact("", &unseen(breach), ALL, look));
    }
    lines.join("\n")
}

/// The text for no good number is only used if a single user was too many.
fn none_good(sizing: &Sizing) -> &'static str {
    match &sizing.bad {
        Some(breach) if breach.users == 1 => "no number of users",
        _ => "not known: no number of users held for long enough",
    }
}

/// Returns the note on fewer users than the first that broke an objective.
fn unseen(breach: &Breach) -> String {
    let many = users(breach.users);
    format!("fewer than {many} were not looked at long enough, which a longer --ramp-up does")
}

/// Returns the reason why no more is known.
fn limit(sizing: &Sizing) -> Option<String> {
    Some(match &sizing.outcome {
        SizingOutcome::Broken { .. } => return None,
        SizingOutcome::NoLimit => format!("none found up to {}", users(sizing.most_users)),
        SizingOutcome::TooFewSamples => too_few(sizing),
        SizingOutcome::GeneratorLimit { users: at, why } => {
            format!("of this machine, with {}: {why}", users(*at))
        }
        SizingOutcome::Unsteady => UNSTEADY.into(),
        SizingOutcome::TimeOver => "not found more exactly before the time was over (--sizing-time)".into(),
        SizingOutcome::Unfinished => "not found before the run ended".into(),
    })
}

fn times_held(step: &SizingStep) -> &'static str {
    if step.confirmed { MORE_THAN_ONCE } else { ONCE }
}

fn times_broken(breach: &Breach) -> &'static str {
    if breach.confirmed { MORE_THAN_ONCE } else { ONCE }
}

fn window(step: &SizingStep) -> String {
    let failed = match step.failed_iterations {
        0 => "none failed".into(),
        some => format!("{} failed", percentage(some, step.iterations)),
    };
    let (p50, p95, p99) = (latency_or_none(step.p50), latency_or_none(step.p95), latency_or_none(step.p99));
    format!(
        "{} over {}, {}: {}, {failed}, p50 {p50}, p95 {p95}, p99 {p99}",
        users(step.users),
        elapsed(step.window),
        times_held(step),
        rates(step)
    )
}
