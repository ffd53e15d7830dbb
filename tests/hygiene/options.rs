//! The options arrive as written.

use std::time::Duration;

use molotov::{scenario, teardown};
use molotov_core::{Iteration, Registration, UserId, registered};

#[scenario]
async fn without_parentheses() {}

#[scenario()]
async fn with_parentheses() {}

#[scenario(
    weight = 40,
    name = "buy it",
    delay = "500ms",
    timeout = "1m 10s",
    tags("a", "b"),
    threshold("p99 < 200ms", "errors < 1%"),
    crate = ::molotov,
)]
async fn all() {}

#[scenario(tags("a",), name = r#"raw "name""#, weight = 4_294_967_295)]
async fn odd_literals() {}

#[scenario(delay = " 1s .. 1m 3s")]
async fn thinking() {}

#[scenario(weight = 0)]
async fn only_by_name() {}

#[teardown(timeout = "1s 500ms")]
async fn put_away() {}

#[test]
fn no_options_are_the_defaults() {
    for name in ["without_parentheses", "with_parentheses"] {
        let scenario = crate::scenario(name);

        assert_eq!(scenario.weight(), 1);
        assert_eq!(scenario.delay(), Duration::ZERO.into());
        assert_eq!(scenario.timeout(), None);
        assert!(scenario.tags().is_empty());
        assert!(scenario.dependencies().is_empty());
    }
}

#[test]
fn all_options_arrive() {
    let scenario = crate::scenario("buy it");

    assert_eq!(scenario.weight(), 40);
    assert_eq!(scenario.delay(), Duration::from_millis(500).into());
    assert!(!scenario.delay().varies());
    assert_eq!(scenario.timeout(), Some(Duration::from_secs(70)));
    assert_eq!(scenario.tags(), ["a", "b"]);
    assert_eq!(scenario.thresholds(), ["p99 < 200ms", "errors < 1%"]);
    assert_eq!(scenario.origin().map(|origin| (origin.function, origin.line)), Some(("all", 14)));
}

#[test]
fn a_delay_may_be_a_range() {
    let scenario = crate::scenario("thinking");
    let delays: Vec<_> = (0..100).map(|n| scenario.delay_after(7, UserId(n), Iteration(2))).collect();

    let (least, most) = (Duration::from_secs(1), Duration::from_secs(63));
    assert!(scenario.delay().varies());
    assert!(delays.iter().all(|delay| (least..most).contains(delay)), "{delays:?}");
    assert!(delays.iter().any(|delay| *delay > most / 2) && delays.iter().any(|delay| *delay < most / 2));
}

#[test]
fn odd_literals_have_their_values() {
    assert_eq!(crate::scenario("raw \"name\"").weight(), u32::MAX);
    assert_eq!(crate::scenario("only_by_name").weight(), 0);
}

#[test]
fn a_fixture_has_its_own_time_limit() {
    let limit = registered().iter().find_map(|piece| match piece {
        Registration::Teardown(hook) => Some((hook.name().to_string(), hook.timeout())),
        _ => None,
    });

    assert_eq!(limit, Some(("put_away".to_string(), Some(Duration::from_millis(1500)))));
}
