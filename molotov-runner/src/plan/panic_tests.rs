//! Panics for mistakes in a plan in code point to the line of its author.

use std::time::Duration;

use super::Plan;
use crate::panics;

type WrongPlan = fn() -> Plan;

/// Each function that panics, with a value that it rejects.
const MISTAKES: &[(&str, WrongPlan)] = &[
    ("users", || Plan::users(0)),
    ("sizing", || Plan::sizing("p99 > 1s")),
    ("starting_at", || Plan::sizing("p99 < 1s").starting_at("fast")),
    ("starting_at zero", || Plan::sizing("p99 < 1s").starting_at("0/s")),
    ("sizing_time", || Plan::sizing("p99 < 1s").sizing_time(Duration::ZERO)),
    ("up_to", || Plan::rate("5/s").up_to(0)),
    ("duration", || Plan::users(1).duration(Duration::ZERO)),
    ("max_runs", || Plan::users(1).max_runs(0)),
    ("ramp_up", || Plan::users(1).ramp_up(Duration::MAX)),
    ("delay", || Plan::users(1).delay("soon")),
    ("delay of many years", || Plan::users(1).delay(Duration::MAX)),
    ("threads", || Plan::users(1).threads(0)),
    ("grace", || Plan::users(1).grace(Duration::MAX)),
    ("setup_timeout", || Plan::users(1).setup_timeout(Duration::ZERO)),
    ("shard", || Plan::users(1).shard("1/1")),
    ("host", || Plan::users(1).host("localhost")),
    ("label", || Plan::users(1).label("two words", "x")),
    ("threshold", || Plan::users(1).threshold("p99 < fast")),
    ("threshold twice", || Plan::users(1).threshold("p99 < 1s").threshold("p99 < 2s")),
    ("rate", || Plan::rate("fast")),
    ("rate of zero", || Plan::rate("0/s")),
    ("stages", || Plan::stages("200/s")),
    ("max_late", || Plan::rate("5/s").max_late(Duration::ZERO)),
    ("pacing", || Plan::users(1).pacing(Duration::ZERO)),
    ("shared_runs", || Plan::users(1).shared_runs(0)),
    ("warm_up", || Plan::users(1).warm_up(Duration::MAX)),
    ("redirects", || Plan::users(1).redirects(101)),
    ("resolve", || Plan::users(1).resolve("shop.example")),
    ("dns_ttl", || Plan::users(1).dns_ttl(Duration::MAX)),
    ("dead_target_window", || Plan::users(1).dead_target_window(Duration::ZERO)),
];

#[test]
fn panic_is_at_the_line_of_the_caller() {
    panics::install_hook();

    for (name, call) in MISTAKES {
        let why = panics::catch_call(call).unwrap_err().to_string();
        assert!(why.contains("panic_tests.rs:"), "{name}: {why}");
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
            assert!(MISTAKES.iter().any(|(listed, _)| *listed == name), "{name}");
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
