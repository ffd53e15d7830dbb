//! A rate whose users wait together for a part of the service, while other users take the arrivals.

use molotov_runner::Plan;

use super::service::{Asked, Does, broken, on_paused_clock, run};
use crate::support::{MS, SECS};

/// One of two servers stands still from 8 s to 13 s, for the sessions that stay on it.
fn one_of_two(asked: Asked) -> Does {
    let is_still = asked.connection.is_multiple_of(2) && (SECS(8)..SECS(13)).contains(&asked.at);
    if is_still { Does::AnswersAt(SECS(13)) } else { Does::Answers(MS(20)) }
}

fn hint(plan: Plan, does: fn(Asked) -> Does) -> (Vec<bool>, String) {
    let report = on_paused_clock(run(plan.duration(SECS(20)), does));
    let hint = report.thresholds.first().and_then(|result| result.hint.clone()).unwrap_or_default();
    (broken(&report), hint)
}

/// 25 of 1,000 arrivals are late, since 25 users wait and 25 others take the arrivals. New visitors would be late in 12
/// % of all cases, or in none if a balancer removes the server: the samples are the same.
#[test]
fn users_of_a_rate_who_wait_together_are_a_hint_and_break_nothing() {
    for threshold in ["p95 < 250ms", "p97 < 1s"] {
        let (broken, hint) = hint(Plan::rate("50/s").threshold(threshold), one_of_two);

        assert_eq!(broken, [false], "{threshold}");
        assert!(hint.contains("users waited together for "), "{threshold}: {hint}");
        assert!(hint.contains("--users") && hint.contains("--fresh-session"), "{threshold}: {hint}");
    }
}

/// Half of 100 users get no answer from 13 s to the end, and the others take the arrivals.
#[test]
fn users_of_a_rate_who_wait_to_the_end_are_a_hint_too() {
    let hangs = |asked: Asked| match asked.connection.is_multiple_of(2) && asked.at > SECS(13) {
        true => Does::Hangs,
        false => Does::Answers(MS(20)),
    };
    let (broken, hint) = hint(Plan::rate("100/s").threshold("p93 < 250ms"), hangs);

    assert_eq!(broken, [false]);
    assert!(hint.contains("users waited together for "), "{hint}");
}

#[test]
fn more_users_show_the_late_visitors() {
    let (broken, hint) = hint(Plan::rate("50/s").up_to(1_000).threshold("p95 < 250ms"), one_of_two);

    assert_eq!(broken, [true]);
    assert!(!hint.contains("users waited together"), "{hint}");
}

#[test]
fn users_of_a_rate_who_are_late_by_chance_have_no_hint() {
    let by_chance = |asked: Asked| match asked.at.as_micros() % 97 {
        0 | 1 => Does::Answers(MS(900)),
        _ => Does::Answers(MS(20)),
    };
    for plan in [Plan::rate("50/s"), Plan::rate("200/s"), Plan::rate("50/s").up_to(400)] {
        let (broken, hint) = hint(plan.threshold("p95 < 250ms"), by_chance);

        assert_eq!((broken, hint.as_str()), (vec![false], ""));
    }
}

/// As many as the threshold allows.
#[test]
fn allowed_waits_have_no_hint() {
    let (broken, hint) = hint(Plan::rate("50/s").threshold("p80 < 250ms"), one_of_two);

    assert_eq!((broken, hint.as_str()), (vec![false], ""));
}

/// A hint belongs to the whole run.
#[test]
fn windows_of_a_rate_have_no_hint() {
    let (broken, hint) = hint(Plan::rate("50/s").threshold("p90(5s) < 250ms"), one_of_two);

    assert_eq!((broken, hint.as_str()), (vec![false], ""));
}
