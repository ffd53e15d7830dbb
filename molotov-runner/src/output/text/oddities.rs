//! The oddities of a run, in words.

use std::fmt;
use std::time::Duration;

use crate::report::{Oddity, OddityKind};
use crate::units::{count, elapsed, many, moment, percentage, rate};

/// The maximum number of listed names.
const MOST: usize = 2;

/// The maximum length of a name, in characters; the tables have longer ones in full.
const NAME: usize = 60;

/// A clause for the start of a headline, with its figures and without a full stop.
impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text(self))
    }
}

fn text(oddity: &Oddity) -> String {
    let (part, whole) = (oddity.part as u64, oddity.whole as u64);
    let names = names(&oddity.names);
    match oddity.kind {
        OddityKind::NothingEnded => nothing_ended(&names, whole),
        OddityKind::WentSilent
        | OddityKind::FailedToTheEnd
        | OddityKind::IterationsFailedToTheEnd
        | OddityKind::StoodStill => in_time(oddity),
        OddityKind::UsersStuck => stuck(oddity),
        OddityKind::TimeLost => {
            let lost = percentage(part, whole);
            format!("{lost} of the users' time went by on requests that failed late or were cut")
        }
        OddityKind::NoRequests => no_requests(&oddity.names, whole),
        OddityKind::RequestsFailed => {
            format!("{} failed, although their iterations did not", requests(part, whole))
        }
        OddityKind::ScenariosFailed => scenarios_failed(&names, whole),
        OddityKind::RoutesFailed => format!("every request of {names} failed ({})", count(whole)),
        OddityKind::ChecksFailed if part == whole => {
            format!("{} never passed ({})", checks(&oddity.names, &names), many(whole, "check", "checks"))
        }
        OddityKind::ChecksFailed => format!(
            "{} failed {} ({})",
            checks(&oddity.names, &names),
            times(part, whole),
            percentage(part, whole)
        ),
        OddityKind::RateMissed => {
            format!("{} were due, {} were done", rate(oddity.whole), rate(oddity.part))
        }
    }
}

fn nothing_ended(names: &str, started: u64) -> String {
    let names = if names.is_empty() { String::new() } else { format!(" of {names}") };
    format!("no iteration{names} came to its end ({} started)", count(started))
}

fn no_requests(all: &[String], iterations: u64) -> String {
    let take = if all.len() > 1 { "they take" } else { "it takes" };
    format!(
        "no request was sent by {} in {}, although {take} a session: is an `.await` missing?",
        names(all),
        many(iterations, "iteration", "iterations")
    )
}

fn scenarios_failed(names: &str, iterations: u64) -> String {
    match iterations {
        _ if !names.is_empty() => format!("every iteration of {names} failed ({})", count(iterations)),
        1 => "the only iteration failed".into(),
        _ => format!("all {} iterations failed", count(iterations)),
    }
}

/// Returns the times in which the service was unhealthy, or their length.
fn in_time(oddity: &Oddity) -> String {
    let (part, whole) = (Duration::from_secs_f64(oddity.part), Duration::from_secs_f64(oddity.whole));
    match oddity.kind {
        OddityKind::WentSilent => {
            let (last, end) = (elapsed(part), elapsed(whole));
            format!("nothing ended from {last} to the end at {end} while users waited")
        }
        OddityKind::StoodStill => {
            let (stood, load) = (elapsed(part), elapsed(whole));
            format!("for {stood} of {load} nothing ended although requests were waiting")
        }
        OddityKind::FailedToTheEnd => format!("from {} to the end every request failed", moment(part)),
        _ => format!("from {} to the end every iteration failed", moment(part)),
    }
}

fn stuck(oddity: &Oddity) -> String {
    let (part, whole) = (oddity.part as u64, oddity.whole as u64);
    let Some(since) = oddity.since else {
        return format!("{} of {} had no answer", count(part), many(whole, "arrival", "arrivals"));
    };
    let who = match whole {
        1 => "the only user".into(),
        _ => format!("{} of {} users", count(part), count(whole)),
    };
    format!("{who} waited in vain from {} to the end", moment(since))
}

/// Requests, as the subject of a sentence.
fn requests(part: u64, whole: u64) -> String {
    match (part, whole) {
        (1, 1) => "the only request".into(),
        (part, whole) if part == whole => format!("all {} requests", count(whole)),
        _ => format!("{} of {} requests ({})", count(part), count(whole), percentage(part, whole)),
    }
}

fn checks(all: &[String], names: &str) -> String {
    let noun = if all.len() == 1 { "the check" } else { "the checks" };
    format!("{noun} {names}")
}

fn times(part: u64, whole: u64) -> String {
    format!("{} of {}", count(part), many(whole, "time", "times"))
}

/// The first names, and how many more there are.
fn names(all: &[String]) -> String {
    let shown: Vec<_> = all.iter().take(MOST).map(|name| shortened(name)).collect();
    match all.len() {
        0..=1 => shown.concat(),
        2 => shown.join(" and "),
        all => format!("{} and {} more", shown.join(", "), count((all - MOST) as u64)),
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    }
}
