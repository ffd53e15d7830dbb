//! Mistakes in the values of a user's program.

use molotov_core::Suite;

use super::try_run;
use crate::cli::{self, Parsed};
use crate::entry::Program;
use crate::plan::Plan;

fn problems(plan: fn() -> Plan, suite: fn() -> Suite) -> Vec<String> {
    let Parsed::Run(args) = cli::parse(["loadtest".into()]) else { panic!("it is a command line") };
    let program = Program { test: false, unwinds: true, plan, suite };
    try_run(&program, &args).unwrap_err().problems().to_vec()
}

#[test]
fn a_panic_in_a_plan_or_a_suite_is_a_mistake_with_its_place() {
    let of_plan = problems(|| Plan::users(2).threshold("p99 < fast"), Suite::new);
    let of_suite = problems(Plan::default, || panic!("no file of users"));

    assert_eq!((of_plan.len(), of_suite.len()), (1, 1));
    assert!(of_plan[0].contains("program/tests.rs:") && of_plan[0].contains("p99 < fast"), "{of_plan:?}");
    assert!(of_suite[0].contains("program/tests.rs:"), "{of_suite:?}");
    assert!(of_suite[0].ends_with("no file of users"), "{of_suite:?}");
}
