//! The attributes work with any names of the user, and register the written values. This is a valid suite: the tests
//! that the attributes emit run here, too.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use molotov_core::{Dependency, Registration, Scenario, Scope, Suite, registered};

mod hygiene {
    pub(crate) mod feeding;
    pub(crate) mod hidden;
    pub(crate) mod names;
    pub(crate) mod options;
    pub(crate) mod passing;
    pub(crate) mod renamed;
    pub(crate) mod shadowed;
}

/// The registered scenario of this name.
fn scenario(name: &str) -> Scenario {
    let suite = Suite::registered();
    let found = suite.scenarios().iter().find(|scenario| scenario.name() == name);
    found.unwrap_or_else(|| panic!("`{name}` is not registered")).clone()
}

#[test]
fn the_suite_of_this_file_is_valid() {
    assert_eq!(Suite::registered().check(&[]), []);
}

#[test]
fn nothing_is_registered_twice() {
    let mut names: Vec<_> = registered().iter().map(|piece| format!("{piece:?}")).collect();
    let all = names.len();
    names.sort();
    names.dedup();

    assert_eq!(names.len(), all);
}

#[test]
fn every_kind_of_piece_is_registered() {
    let count = |wanted: fn(&Registration) -> bool| registered().iter().filter(|piece| wanted(piece)).count();

    assert_eq!(count(|piece| matches!(piece, Registration::GlobalSetup(_))), 3);
    assert_eq!(count(|piece| matches!(piece, Registration::Setup(_))), 3);
    assert_eq!(count(|piece| matches!(piece, Registration::SetupSession(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::TeardownSession(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::Teardown(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::GlobalTeardown(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::Picker(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::Events(_))), 1);
    assert_eq!(count(|piece| matches!(piece, Registration::Data(_))), 2);
}

/// The owner of an argument, and the last word of its type.
fn said(need: &Dependency) -> (Scope, &'static str) {
    (need.scope, need.type_name.rsplit("::").next().unwrap_or_default())
}
