//! The error of a scenario or fixture arrives with all of its causes, for every return type.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt;

use anyhow::Context as _;
use molotov::{scenario, setup};
use molotov_core::{Context, FailureKind, Result as OurResult, Shared, Suite};

thread_local! {
    /// The tests that the attributes emit run the same scenarios, which must not fail there.
    static FAILING: Cell<bool> = const { Cell::new(false) };
}

fn failing() -> bool {
    FAILING.get()
}

/// In the form that `thiserror` writes.
#[derive(Debug)]
struct Outer(Inner);

#[derive(Debug)]
struct Inner;

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot buy")
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no money")
    }
}

impl StdError for Outer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

impl StdError for Inner {}

#[scenario]
async fn chain() -> Result<(), Outer> {
    if failing() { Err(Outer(Inner)) } else { Ok(()) }
}

#[scenario]
async fn anyhow_error() -> anyhow::Result<()> {
    if failing() { Err(Inner).context("cannot buy") } else { Ok(()) }
}

#[scenario]
async fn boxed() -> Result<(), Box<dyn StdError>> {
    if failing() { Err(Outer(Inner).into()) } else { Ok(()) }
}

#[scenario]
async fn boxed_and_sent() -> Result<(), Box<dyn StdError + Send + Sync>> {
    if failing() { Err(Outer(Inner).into()) } else { Ok(()) }
}

#[scenario]
async fn string() -> Result<(), String> {
    if failing() { Err("cannot buy: no money".into()) } else { Ok(()) }
}

#[scenario]
async fn text() -> Result<(), &'static str> {
    if failing() { Err("cannot buy: no money") } else { Ok(()) }
}

#[scenario]
async fn ours() -> OurResult {
    if failing() { Err(molotov_core::Error::msg("cannot buy: no money")) } else { Ok(()) }
}

type Outcome = Result<(), Outer>;

/// A scenario's return type may have any name.
#[scenario]
async fn alias() -> Outcome {
    if failing() { Err(Outer(Inner)) } else { Ok(()) }
}

#[setup]
async fn made() -> Result<u8, Outer> {
    if failing() { Err(Outer(Inner)) } else { Ok(1) }
}

fn call(name: &str) -> OurResult {
    let shared = Shared::default();
    let suite = Suite::registered();
    let scenario = suite.scenarios().iter().find(|scenario| scenario.name() == name);
    futures::executor::block_on(scenario.expect("it is registered").call(Context::new(&shared)))
}

#[test]
fn every_error_arrives_with_its_causes() {
    FAILING.set(true);
    let all = ["chain", "anyhow_error", "boxed", "boxed_and_sent", "string", "text", "ours", "alias"];

    for name in all {
        let error = call(name).expect_err("it fails");

        assert_eq!(format!("{error:#}"), "cannot buy: no money", "{name}");
        assert_eq!(error.kind(), FailureKind::UserError, "{name}");
    }
}

#[test]
fn success_is_ok() {
    for scenario in Suite::registered().scenarios() {
        assert!(call(scenario.name()).is_ok(), "{}", scenario.name());
    }
}

#[test]
fn the_error_of_a_set_up_arrives_with_its_causes() {
    FAILING.set(true);
    let (suite, shared) = (Suite::registered(), Shared::default());

    let state = futures::executor::block_on(suite.setups()[0].call(Context::new(&shared)));

    assert_eq!(format!("{:#}", state.expect_err("it fails")), "cannot buy: no money");
}
