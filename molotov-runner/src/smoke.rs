//! Smoke mode: each scenario once, as a test.

use std::collections::BTreeSet;
use std::process;

use libtest_mimic::{Arguments, Failed, Trial};
use molotov_core::{Scenario, Suite};

use crate::cli;
use crate::execute::{Hear, run_on_threads};
use crate::plan::{Job, Plan};
use crate::program::Program;
use crate::report::{Ended, Report};

/// Speaks libtest's protocol, with one test for each scenario.
///
/// Listing never fails: with a broken suite each scenario is there and fails with the reasons, because a runner such
/// as nextest would otherwise give up on the whole workspace.
pub(crate) fn harness(program: Program) -> process::ExitCode {
    let arguments = Arguments::from_args();
    let names: BTreeSet<String> =
        (program.suite)().scenarios().iter().map(|scenario| scenario.name().to_owned()).collect();
    let mut trials: Vec<Trial> = names
        .into_iter()
        .map(|name| {
            Trial::test(name.clone(), move || {
                smoke(&name, ((program.suite)(), (program.plan)())).map_err(Failed::from)
            })
        })
        .collect();
    if trials.is_empty() {
        // Nothing to run must not look like success.
        trials.push(Trial::test("scenarios", move || {
            smoke("", ((program.suite)(), (program.plan)())).map_err(Failed::from)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The body of the `#[test]` that `#[scenario]` emits.
///
/// # Panics
///
/// When the iteration fails, with what the report says of it.
#[track_caller]
pub fn smoke_test(name: &'static str) {
    if let Err(why) = smoke(name, (Suite::registered(), Plan::default())) {
        panic!("{why}");
    }
}

/// Executes one iteration of the scenario with all fixtures; the target comes from the environment or the suite.
fn smoke(name: &str, (suite, plan): (Suite, Plan)) -> Result<(), String> {
    let args = cli::parse_environment()?;
    let origin =
        suite.scenarios().iter().find(|scenario| scenario.name() == name).and_then(Scenario::origin).copied();
    // Two threads, so that a scenario that blocks one does not stop a server that a set-up started.
    let plan = cli::resolve(&args, plan).map_err(|error| error.to_string())?.smoke(name).threads(2);
    let job = Job::new(suite, plan).map_err(|error| error.to_string())?;
    let report = run_on_threads(job, Hear::Nothing, None).map_err(|error| error.to_string())?;
    let problems = problems(&report);
    if problems.is_empty() {
        return Ok(());
    }
    let place = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
    Err(format!("scenario `{name}`{place} failed:\n  {}", problems.join("\n  ")))
}

fn problems(report: &Report) -> Vec<String> {
    let mut problems = Vec::new();
    if let Ended::SetupFailed(why) = &report.ended {
        problems.push(format!("a set-up failed: {why}"));
    } else if report.iterations.finished() == 0 {
        problems.push(format!("it did not run: {}", report.ended));
    }
    if report.iterations.failures() > 0 {
        let line = |group: &crate::report::FailureGroup| {
            format!("{}: {}: {}", group.kind, group.place, group.message)
        };
        problems.extend(report.failures.iter().map(line));
    }
    problems.extend(report.teardown_failures.iter().map(|why| format!("a tear-down failed: {why}")));
    problems
}
