//! Tests of the mistakes in a suite.

use super::*;
use crate::fixture::{GlobalSetup, Setup};
use crate::scenario::{Scenario, ScenarioBuilder};
use crate::session::Session;

fn idle(name: &str) -> ScenarioBuilder {
    Scenario::builder(name, |_| Box::pin(async { Ok(()) }))
}

fn messages(suite: &Suite) -> String {
    suite.check(&[]).iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_suite_says_how_to_fill_it() {
    assert!(messages(&Suite::new()).starts_with("there are no scenarios"));
}

#[test]
fn all_mistakes_are_found_at_once() {
    let suite = Suite::new()
        .scenario(idle("a").needs::<&u8>().needs::<&mut u16>())
        .scenario(idle("a").needs::<&mut Session>().needs::<&mut Session>())
        .teardown(Hook::builder("x", |_| Box::pin(async { Ok(()) })))
        .teardown(Hook::builder("y", |_| Box::pin(async { Ok(()) })));

    let found = suite.check(&[]);

    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn a_state_of_the_other_kind_is_pointed_at() {
    let suite = Suite::new()
        .scenario(idle("a").needs::<&u8>().needs::<&mut u16>())
        .setup(Setup::builder("mine", |_| Box::pin(async { Ok(1u8) })))
        .global_setup(GlobalSetup::builder("ours", |_| Box::pin(async { Ok(1u16) })));

    let text = messages(&suite);

    assert!(
        text.contains("setup `mine` (built by hand) makes one for each user, take it as `&mut u8`"),
        "{text}"
    );
    assert!(
        text.contains("global_setup `ours` (built by hand) makes one for everybody, take it as `&u16`"),
        "{text}"
    );
}

#[test]
fn set_ups_that_need_each_other_are_named_and_others_are_put_in_order() {
    let circle = Suite::new()
        .scenario(idle("a"))
        .global_setup(GlobalSetup::builder("x", |_| Box::pin(async { Ok(1u8) })).needs::<&u16>())
        .global_setup(GlobalSetup::builder("y", |_| Box::pin(async { Ok(1u16) })).needs::<&u8>());
    let chain = Suite::new()
        .global_setup(GlobalSetup::builder("late", |_| Box::pin(async { Ok(1u8) })).needs::<&u16>())
        .global_setup(GlobalSetup::builder("early", |_| Box::pin(async { Ok(1u16) })));

    assert!(messages(&circle).contains("in a circle: `x` (built by hand), `y` (built by hand)"));
    let names: Vec<_> = chain.global_setups().iter().map(|setup| setup.name()).collect();
    assert_eq!(names, ["early", "late"]);
}

#[test]
fn long_type_names_are_cut_to_what_the_user_wrote() {
    assert_eq!(short("alloc::vec::Vec<app::Item>"), "Vec<Item>");
}
