//! The rate that the service sustains.

use molotov_core::Rate;

use super::facts::{ALL, fact};
use crate::output::text_style::TextStyle;
use crate::report::{Capacity, CapacityOutcome, CapacityStep, Report};
use crate::units::{count, elapsed, latency_or_none};

/// The result in one sentence, without its end.
pub(crate) fn answer(capacity: &Capacity) -> String {
    match (&capacity.outcome, capacity.good, capacity.bad) {
        (CapacityOutcome::Found, Some(good), Some(bad)) => {
            format!("the service stands {good}, and not {bad}{}", why(capacity))
        }
        (CapacityOutcome::Found, ..) => known(capacity).unwrap_or_default(),
        (CapacityOutcome::NoLimit, ..) => known_and(capacity, "no limit was found".into()),
        (CapacityOutcome::Nothing, ..) => known_and(capacity, "no lower rate can be looked at".into()),
        (CapacityOutcome::Unsteady, ..) => {
            known_and(capacity, "rates that had held did not when they were tried again".into())
        }
        (CapacityOutcome::TooFewSamples { rate }, ..) => {
            known_and(capacity, format!("at {rate} there were too few samples in a minute to tell"))
        }
        (CapacityOutcome::Generator { rate, why }, _, bad) => {
            let unknown = if bad.is_none() { ", and the service's is not known" } else { "" };
            let limit = format!("the load generator was at its limit at {rate}{unknown}: {why}");
            known_and(capacity, limit)
        }
        (CapacityOutcome::TimeOver, ..) => {
            let trying = trying(capacity).map(|trying| format!(" while {trying}")).unwrap_or_default();
            known_and(capacity, format!("the time of the search (--sizing-time) was over{trying}"))
        }
        (CapacityOutcome::Unfinished, None, None) => ["nothing was found yet".to_owned()]
            .into_iter()
            .chain(trying(capacity))
            .collect::<Vec<_>>()
            .join("; "),
        (CapacityOutcome::Unfinished, ..) => {
            let so_far = known(capacity).map(|known| format!("so far, {known}"));
            so_far.into_iter().chain(trying(capacity)).collect::<Vec<_>>().join("; ")
        }
    }
}

/// The rate of the current attempt, and its signs so far.
fn trying(capacity: &Capacity) -> Option<String> {
    let signs = capacity.trying_broken.as_ref().map(|why| format!(", and {why} until then"));
    capacity.trying.map(|rate| format!("{rate} was being tried{}", signs.unwrap_or_default()))
}

/// Returns the rates that held and broke, if any, followed by further text.
fn known_and(capacity: &Capacity, more: String) -> String {
    match known(capacity) {
        Some(known) => format!("{known}; {more}"),
        None => more,
    }
}

/// Returns the rates that held and broke, and the number of times, if any did.
fn known(capacity: &Capacity) -> Option<String> {
    let good = capacity.good.map(|rate| format!("{rate} held {}", times(capacity.held(rate))));
    let bad = capacity.bad.map(|rate| {
        let why = broke(capacity).map(|why| format!(", {why}")).unwrap_or_default();
        format!("{rate} broke {}{why}", times(capacity.broke(rate)))
    });
    match (capacity.good.zip(capacity.bad), good, bad) {
        (Some((low, high)), Some(good), Some(bad)) => {
            Some(format!("the limit is between {low} and {high}: {good}; {bad}"))
        }
        (_, good, bad) => good.or(bad),
    }
}

fn times(n: usize) -> String {
    match n {
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n} times"),
    }
}

/// Returns the reason why the least rate broke.
fn broke(capacity: &Capacity) -> Option<&str> {
    let steps = capacity.steps.iter().rev();
    let mut broken = steps.filter(|step| Some(step.rate) == capacity.bad && step.generator.is_none());
    broken.find_map(|step| step.broken.as_deref())
}

/// The same after a colon.
fn why(capacity: &Capacity) -> String {
    broke(capacity).map(|why| format!(": {why}")).unwrap_or_default()
}

/// Returns the progress in short form.
pub(in crate::output) fn short((rate, good): (Rate, Option<Rate>)) -> String {
    match good {
        None => format!("trying {rate}, none held yet"),
        Some(good) => format!("trying {rate}, {good} held"),
    }
}

/// Objectives, and the attempted rates.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    let Some(capacity) = &report.capacity else { return String::new() };
    let mut lines = vec![look.bold("Sizing")];
    lines.extend(fact("Objectives", &capacity.objectives.join(", "), ALL, look));
    for (index, one) in capacity.steps.iter().enumerate() {
        lines.extend(fact(if index == 0 { "Rates" } else { "" }, &step(one), ALL, look));
    }
    lines.join("\n")
}

fn step(step: &CapacityStep) -> String {
    let (p50, p95, p99) = (latency_or_none(step.p50), latency_or_none(step.p95), latency_or_none(step.p99));
    let how = match (&step.broken, &step.generator) {
        (_, Some(why)) => format!("not known, the load generator was at its limit: {why}"),
        (Some(why), None) => format!("broke, {why}"),
        (None, None) => "held".into(),
    };
    format!(
        "{}: {how}; over {}: {} iterations, p50 {p50}, p95 {p95}, p99 {p99}",
        step.rate,
        elapsed(step.window),
        count(step.iterations)
    )
}
