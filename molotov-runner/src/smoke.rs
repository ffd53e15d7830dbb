//! Smoke mode: each scenario once, as a test.

use std::collections::{BTreeMap, VecDeque};
use std::process;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use molotov_core::{Scenario, Suite, Trace, TraceSink};

use crate::cli;
use crate::entry::Program;
use crate::execute::Job;
use crate::execute::{SignalSource, check_threads, run_on_threads};
use crate::lock::lock;
use crate::output::{self, DisplayThread, Sink, Style, TraceLevel};
use crate::plan::Plan;
use crate::report::{Ended, Report};

/// The maximum number of remarks that are kept for a failing test.
const KEPT: usize = 100;

/// Implements libtest's protocol, with one test for each scenario.
///
/// Listing never fails: in a broken suite each scenario is listed and fails with the reasons, because a runner such as
/// nextest would otherwise give up on the whole workspace.
pub(crate) fn harness(program: Program) -> process::ExitCode {
    let arguments = Arguments::from_args();
    let scenarios: BTreeMap<String, u32> = (program.suite)()
        .scenarios()
        .iter()
        .map(|scenario| (scenario.name().to_owned(), scenario.weight()))
        .collect();
    let mut trials: Vec<Trial> = scenarios
        .into_iter()
        .map(|(name, weight)| {
            let is_left_out = weight == 0 && is_left_out(&name, &arguments);
            let is_marked = weight == 0 && (arguments.list || arguments.ignored);
            let test = Trial::ignorable_test(name.clone(), move || {
                if is_left_out {
                    return Ok(Completion::ignored_with(NO_WEIGHT));
                }
                let smoked = smoke(&name, ((program.suite)(), (program.plan)()));
                smoked.map(Completion::from).map_err(Failed::from)
            });
            // Runners such as nextest select each test by name, so the list must contain the flag.
            test.with_ignored_flag(is_marked)
        })
        .collect();
    if trials.is_empty() {
        // An empty suite must not look like success.
        trials.push(Trial::test("scenarios", move || {
            smoke("", ((program.suite)(), (program.plan)())).map(drop).map_err(Failed::from)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The reason why a scenario without a weight is ignored.
const NO_WEIGHT: &str =
    "weight 0: it runs only when it is asked for by its full name, or with --include-ignored";

/// Returns `true` if this scenario of weight 0 is not requested, neither by its full name nor by a flag for ignored
/// tests.
fn is_left_out(name: &str, arguments: &Arguments) -> bool {
    let is_named = arguments.filter.as_deref() == Some(name);
    !is_named && !arguments.ignored && !arguments.include_ignored
}

/// The body of the `#[test]` that `#[scenario]` emits. The harness of std cannot ignore a started test, so a test
/// without a host passes, with a message on standard error that nothing was tested.
///
/// # Panics
///
/// Panics if the iteration fails, with the failure from the report.
#[track_caller]
pub fn smoke_test(name: &'static str) {
    match smoke(name, (Suite::registered(), Plan::default())) {
        Ok(Smoked::Passed) => {}
        // Bypasses the capture of output, which would show the message only for a failing test.
        Ok(Smoked::NotTested) => Sink::stderr().line(&format!("scenario `{name}` was not tested: {NO_HOST}")),
        Err(why) => panic!("{why}"),
    }
}

/// The reason why a test is ignored.
const NO_HOST: &str = "no host; set MOLOTOV_HOST, or return a `Target` from a `#[global_setup]` (with \
                       MOLOTOV_REQUIRE_HOST=1 this fails)";

/// The message for a request without a host, in a scenario without its own.
const NO_BASE: &str =
    "it is relative, and there is no host; set MOLOTOV_HOST, or return a `Target` from a `#[global_setup]`";

/// The outcome of a test without failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Smoked {
    Passed,
    /// No host was given.
    NotTested,
}

impl From<Smoked> for Completion {
    fn from(smoked: Smoked) -> Self {
        match smoked {
            Smoked::Passed => Self::Completed,
            Smoked::NotTested => Self::ignored_with(NO_HOST),
        }
    }
}

/// The behaviour of a test without a target host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WithoutHost {
    Ignored,
    Fails,
}

/// Executes one iteration of the scenario with all fixtures; the target comes from the environment or the suite.
fn smoke(name: &str, program: (Suite, Plan)) -> Result<Smoked, String> {
    let without_host = if cli::requires_host()? { WithoutHost::Fails } else { WithoutHost::Ignored };
    run_scenario(name, program, &TestOutput::from_arguments(), without_host)
}

fn run_scenario(
    name: &str,
    (suite, plan): (Suite, Plan),
    output: &TestOutput,
    without_host: WithoutHost,
) -> Result<Smoked, String> {
    let args = cli::parse_environment()?;
    let origin =
        suite.scenarios().iter().find(|scenario| scenario.name() == name).and_then(Scenario::origin).copied();
    // Two threads, so that a scenario that blocks its thread does not stop a server that a set-up started.
    let plan = cli::resolve(&args, plan).map_err(|error| error.to_string())?.smoke(name).threads(2);
    let job = Job::new(suite, plan).map_err(|error| error.to_string())?;
    check_threads(&job).map_err(|error| error.to_string())?;
    let log = Arc::new(TestLog { exchanges: args.verbose >= 2, ..TestLog::default() });
    let report = match output {
        TestOutput::Captured => run_on_threads(job, SignalSource::Ignored, None, Some(Arc::clone(&log) as _)),
        TestOutput::Shown => {
            let screen = DisplayThread::start(Style::Plain, TraceLevel::from_verbosity(args.verbose));
            let report = run_on_threads(job, SignalSource::Ignored, None, Some(screen.trace_sink()));
            if let Some(note) = screen.finish() {
                Sink::stderr().line(&note);
            }
            report
        }
    };
    let report = report.map_err(|error| error.to_string())?;
    if lacks_host(&report) && without_host == WithoutHost::Ignored {
        return Ok(Smoked::NotTested);
    }
    let mut problems = problems(&report);
    if problems.is_empty() {
        // Bypasses the harness's capture, which would hide them for a passing test.
        doubts(name, &report).iter().for_each(|doubt| Sink::stderr().line(doubt));
        return Ok(Smoked::Passed);
    }
    problems.extend(log.excerpt());
    problems.push(repetition(&report));
    let place = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
    Err(format!("scenario `{name}`{place} failed:\n  {}", problems.join("\n  ")))
}

/// The cure for a failure by chance: the variable that repeats its random numbers and rows.
fn repetition(report: &Report) -> String {
    let seed = report.settings.seed;
    format!(
        "seed {seed}: set MOLOTOV_SEED={seed} to run the test again with the same random numbers and rows"
    )
}

/// The destination of a test's remarks.
enum TestOutput {
    /// Kept, and shown only for a failing test.
    Captured,
    /// Shown at once, on standard error.
    Shown,
}

impl TestOutput {
    /// Follows libtest's options. Runners such as nextest request all output, and filter it themselves.
    fn from_arguments() -> Self {
        let asked = std::env::args_os().any(|arg| arg == "--nocapture" || arg == "--no-capture");
        let set = std::env::var_os("RUST_TEST_NOCAPTURE").is_some_and(|set| set != "0");
        if asked || set { Self::Shown } else { Self::Captured }
    }
}

/// The remarks of a test, which are part of its failure message, like the output of other tests.
#[derive(Default)]
struct TestLog {
    exchanges: bool,
    remarks: Mutex<(u64, VecDeque<Trace>)>,
}

impl TestLog {
    /// The last remarks, if any.
    fn excerpt(&self) -> Option<String> {
        let (left_out, remarks) = &*lock(&self.remarks);
        let text = output::last_words(*left_out, remarks);
        (!text.is_empty()).then(|| format!("before that:\n    {}", text.trim_end().replace('\n', "\n    ")))
    }
}

impl TraceSink for TestLog {
    fn wants_exchange(&self) -> bool {
        self.exchanges
    }

    fn wants_pauses(&self) -> bool {
        self.exchanges
    }

    fn emit(&self, trace: Trace) {
        let (left_out, remarks) = &mut *lock(&self.remarks);
        if remarks.len() == KEPT {
            remarks.pop_front();
            *left_out += 1;
        }
        remarks.push_back(trace);
    }
}

/// Returns `true` if no host was given. Only a relative request shows that: a scenario may use no session, set its own
/// base, or use absolute URLs. An earlier failure with another reason still counts as a failure.
fn lacks_host(report: &Report) -> bool {
    report.settings.lacks_base.is_some() && report.requests.failures() == 0
}

/// Warnings about a passed test.
fn doubts(name: &str, report: &Report) -> Vec<String> {
    let warnings = report
        .oddities()
        .into_iter()
        .map(|oddity| format!("warning: scenario `{name}` passed, but {oddity}"));
    warnings.map(|warning| output::escape(&warning).into_owned()).collect()
}

fn problems(report: &Report) -> Vec<String> {
    let mut problems = Vec::new();
    if report.settings.lacks_base.is_some() && report.iterations.failures() == 0 {
        problems.push(format!("a request was not sent: {NO_BASE}"));
    }
    if let Ended::SetupFailed(why) = &report.ended {
        problems.push(format!("a set-up failed: {why}"));
    } else if report.iterations.finished() == 0 {
        problems.push(format!("it did not run: {}", report.ended));
    }
    if report.iterations.failures() > 0 {
        problems.extend(report.failures.iter().map(|group| {
            let body = group.excerpt.as_ref().map(|body| format!("\n    body: {body}")).unwrap_or_default();
            format!("{}: {}: {}{body}", group.kind, group.place, group.message)
        }));
    }
    problems.extend(report.teardown_failures.iter().map(|why| format!("a tear-down failed: {why}")));
    problems
}

#[cfg(test)]
mod tests;
