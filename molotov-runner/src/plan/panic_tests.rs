//! Panics for mistakes in a plan in code point to the line of its author.

use std::time::Duration;

use super::Plan;
use crate::panics;

type WrongPlan = fn() -> Plan;

/// Each function that panics, the cure in its message, and a call with a value that it rejects.
const MISTAKES: &[(&str, &str, WrongPlan)] = &[
    ("users", "at least one user, for example 20", || Plan::users(0)),
    ("sizing", "for example `p99 < 200ms`", || Plan::sizing("p99 > 1s")),
    ("starting_at", "for example 500/s", || Plan::sizing("p99 < 1s").starting_at("fast")),
    ("starting_at zero", "for example 500/s", || Plan::sizing("p99 < 1s").starting_at("0/s")),
    ("sizing_time", "for example 500ms or 10s", || Plan::sizing("p99 < 1s").sizing_time(Duration::ZERO)),
    ("up_to", "at least", || Plan::rate("5/s").up_to(0)),
    ("duration", "for example 500ms or 10s", || Plan::users(1).duration(Duration::ZERO)),
    ("max_runs", "at least 1", || Plan::users(1).max_runs(0)),
    ("ramp_up", "a shorter time, for example 1h", || Plan::users(1).ramp_up(Duration::MAX)),
    ("delay", "for example", || Plan::users(1).delay("soon")),
    ("delay of many years", "year", || Plan::users(1).delay(Duration::MAX)),
    ("threads", "leave it out", || Plan::users(1).threads(0)),
    ("grace", "a shorter time", || Plan::users(1).grace(Duration::MAX)),
    ("setup_timeout", "for example 500ms or 10s", || Plan::users(1).setup_timeout(Duration::ZERO)),
    ("shard", "0/1 to 0/1", || Plan::users(1).shard("1/1")),
    ("host", "http://localhost", || Plan::users(1).host("localhost")),
    ("label", "for example", || Plan::users(1).label("two words", "x")),
    ("threshold", "for example `p99 < 200ms`", || Plan::users(1).threshold("p99 < fast")),
    ("threshold twice", "keep one", || Plan::users(1).threshold("p99 < 1s").threshold("p99 < 2s")),
    ("rate", "for example 500/s", || Plan::rate("fast")),
    ("rate of zero", "for example 500/s", || Plan::rate("0/s")),
    ("stages", "`200/s for 2m`", || Plan::stages("200/s")),
    ("max_late", "for example 500ms or 10s", || Plan::rate("5/s").max_late(Duration::ZERO)),
    ("pacing", "for example 500ms or 10s", || Plan::users(1).pacing(Duration::ZERO)),
    ("shared_runs", "at least 1", || Plan::users(1).shared_runs(0)),
    ("warm_up", "a shorter time", || Plan::users(1).warm_up(Duration::MAX)),
    ("redirects", "at most 100", || Plan::users(1).redirects(101)),
    ("resolve", "for example shop.example:443:127.0.0.1", || Plan::users(1).resolve("shop.example")),
    ("dns_ttl", "a shorter time", || Plan::users(1).dns_ttl(Duration::MAX)),
    ("dead_target_window", "for example 500ms or 10s", || Plan::users(1).dead_target_window(Duration::ZERO)),
];

#[test]
fn panic_is_at_the_line_of_the_caller_and_has_the_cure() {
    panics::install_hook();

    for (name, cure, call) in MISTAKES {
        let why = panics::catch_call(call).unwrap_err().to_string();
        assert!(why.contains("panic_tests.rs:"), "{name}: {why}");
        assert!(why.contains(cure), "{name} needs {cure:?}: {why}");
    }
}

#[test]
fn each_function_that_panics_is_in_the_list() {
    let sources = [
        include_str!("mod.rs"),
        include_str!("load.rs"),
        include_str!("connections.rs"),
        include_str!("dead.rs"),
        include_str!("share.rs"),
    ];
    for source in sources {
        for behind in source.split("    /// # Panics\n").skip(1) {
            let (_, function) = behind.split_once("    pub fn ").unwrap();
            let name = function.split(['<', '(']).next().unwrap();
            assert!(MISTAKES.iter().any(|(listed, ..)| *listed == name), "{name}");
        }
    }
}

#[test]
fn text_is_taken_by_reference_too() {
    let [host, rate, entry] =
        ["http://localhost:8080", "500/s", "shop.example:443:127.0.0.1"].map(str::to_owned);

    let plan = Plan::rate(&rate).host(&host).resolve(&entry);

    assert_eq!(plan.target.unwrap().to_string(), host);
    assert_eq!(plan.connection_settings.resolves[0].to_string(), entry);
}
