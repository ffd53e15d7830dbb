//! JUnit's XML: a case for each scenario and each threshold, with file and line, and for the run itself.
//!
//! Names are unique within a suite, because GitLab only counts the first of two cases with the same name.

use std::collections::BTreeSet;
use std::time::Duration;

use super::diagnostics::{declaration_of, failed_share, failures, observation, of_run, scenario_of};
use super::seconds;
use super::xml::XmlWriter;
use crate::output::escape::{self, escape};
use crate::report::{Declaration, Report, SeriesRow, ThresholdOutcome, ThresholdResult, Verdict};

/// The name of the whole document.
const NAME: &str = "molotov";

struct TestSuite<'r> {
    name: &'static str,
    time: Duration,
    cases: Vec<TestCase<'r>>,
}

struct TestCase<'r> {
    name: String,
    time: Duration,
    declared: Option<&'r Declaration>,
    outcome: CaseOutcome,
    /// Lines that are shown for any outcome.
    output: Vec<String>,
}

enum CaseOutcome {
    Passed,
    Skipped(String),
    /// The service was not healthy.
    Failed(Mishap),
    /// There were no data to judge the service.
    Error(Mishap),
}

/// The type of a failure, its message, and further lines.
struct Mishap {
    kind: &'static str,
    message: String,
    lines: Vec<String>,
}

pub(super) fn render(report: &Report) -> String {
    let suites = [scenarios(report), thresholds(report), run(report)];
    let tests = suites.iter().map(|suite| suite.cases.len()).sum::<usize>();
    let started = humantime::format_rfc3339_seconds(report.started_at).to_string();
    let mut xml = XmlWriter::new();
    xml.open(
        "testsuites",
        &[
            ("name", NAME),
            ("tests", &tests.to_string()),
            ("failures", &number(&suites, CaseOutcome::is_failed)),
            ("errors", &number(&suites, CaseOutcome::is_error)),
            ("time", &seconds(report.elapsed)),
            ("timestamp", &started),
        ],
    );
    suites.iter().for_each(|suite| suite.write(report, &started, &mut xml));
    xml.finish()
}

/// The number of cases with this outcome.
fn number(suites: &[TestSuite<'_>], is: fn(&CaseOutcome) -> bool) -> String {
    let counts = suites.iter().map(|suite| suite.cases.iter().filter(|case| is(&case.outcome)).count());
    counts.sum::<usize>().to_string()
}

fn scenarios(report: &Report) -> TestSuite<'_> {
    let mut cases: Vec<_> = report.scenarios.iter().map(|row| scenario(report, row)).collect();
    let others = report.settings.scenarios.iter().filter(|name| report.scenario(name).is_none());
    cases.extend(others.map(|name| TestCase {
        outcome: CaseOutcome::Skipped("it was not executed".into()),
        ..TestCase::passed(escape::name(name).into_owned())
    }));
    TestSuite { name: "scenarios", time: report.elapsed, cases }
}

fn scenario<'r>(report: &'r Report, row: &'r SeriesRow) -> TestCase<'r> {
    let median = row.ok.percentile(50.0).or_else(|| row.all().percentile(50.0));
    let mut case = TestCase {
        time: median.unwrap_or_default(),
        declared: row.declared.as_ref(),
        ..TestCase::passed(escape::name(&row.name).into_owned())
    };
    let lines = failures(report, Some(row));
    if report.blames(row) {
        case.outcome = CaseOutcome::Failed(Mishap { kind: "iterations", message: failed_share(row), lines });
    } else if row.failed.count() > 0 {
        case.output.push(failed_share(row));
        case.output.extend(lines);
    }
    case
}

fn thresholds(report: &Report) -> TestSuite<'_> {
    let cases = report.thresholds.iter().map(|result| threshold(report, result)).collect();
    TestSuite { name: "thresholds", time: Duration::ZERO, cases }
}

fn threshold<'r>(report: &'r Report, result: &'r ThresholdResult) -> TestCase<'r> {
    let mut case = TestCase {
        declared: declaration_of(report, result),
        ..TestCase::passed(escape(&result.threshold).into_owned())
    };
    let message = observation(result);
    if result.passed() {
        case.output.push(message);
    } else {
        let is_broken = result.outcome == ThresholdOutcome::Broken;
        let lines = if is_broken { failures(report, scenario_of(report, result)) } else { Vec::new() };
        case.outcome = CaseOutcome::Failed(Mishap { kind: "threshold", message, lines });
    }
    case
}

/// The end of the run, and the verdict on its figures.
fn run(report: &Report) -> TestSuite<'_> {
    let verdict = report.verdict();
    let reasons = report.reasons().iter().map(|reason| escape(&reason.text).into_owned()).collect();
    let mut numbers = TestCase::passed("the numbers are those of the target".into());
    if verdict == Verdict::Invalid {
        let message = "the load generator was at fault, so the numbers are its own".into();
        numbers.outcome = CaseOutcome::Error(Mishap { kind: "verdict", message, lines: reasons });
    } else {
        numbers.output.push(format!("verdict: {}", verdict.as_str()));
        numbers.output.extend::<Vec<_>>(reasons);
    }
    let mut end = TestCase::passed("the run came to a result".into());
    end.output.push(escape(&report.ended.to_string()).into_owned());
    end.output.extend(report.oddities().iter().map(|oddity| escape(&oddity.to_string()).into_owned()));
    end.output.extend(report.findings().iter().map(|finding| escape(&finding.text).into_owned()));
    end.output.extend(report.teardown_failures.iter().map(|why| escape(why).into_owned()));
    if let Some(message) = of_run(report) {
        let lines = std::mem::take(&mut end.output);
        end.outcome = CaseOutcome::Error(Mishap { kind: "run", message, lines });
    }
    TestSuite { name: "run", time: Duration::ZERO, cases: vec![end, numbers] }
}

impl TestSuite<'_> {
    fn write(&self, report: &Report, started: &str, xml: &mut XmlWriter) {
        let alone = std::slice::from_ref(self);
        xml.open(
            "testsuite",
            &[
                ("name", self.name),
                ("tests", &self.cases.len().to_string()),
                ("failures", &number(alone, CaseOutcome::is_failed)),
                ("errors", &number(alone, CaseOutcome::is_error)),
                ("skipped", &number(alone, CaseOutcome::is_skipped)),
                ("time", &seconds(self.time)),
                ("timestamp", started),
            ],
        );
        xml.open("properties", &[]);
        for (name, value) in [
            ("molotov.version", env!("CARGO_PKG_VERSION")),
            ("molotov.seed", &report.settings.seed.to_string()),
            ("molotov.conclusion", report.conclusion().as_str()),
            ("molotov.exit_code", &report.exit_code().code().to_string()),
        ] {
            xml.empty("property", &[("name", name), ("value", value)]);
        }
        for (name, value) in &report.settings.labels {
            let (name, value) = (format!("molotov.label.{name}"), escape(value));
            xml.empty("property", &[("name", &name), ("value", &value)]);
        }
        xml.close();
        let mut names = BTreeSet::new();
        self.cases.iter().for_each(|case| case.write(self.name, unique(&case.name, &mut names), xml));
        xml.close();
    }
}

/// The name, with a number if it already exists.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let free = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

impl TestCase<'_> {
    fn passed(name: String) -> Self {
        Self { name, time: Duration::ZERO, declared: None, outcome: CaseOutcome::Passed, output: Vec::new() }
    }

    fn write(&self, suite: &str, name: String, xml: &mut XmlWriter) {
        let (class, time) = (format!("{NAME}.{suite}"), seconds(self.time));
        let place = self.declared.map(|declared| (escape(&declared.file), declared.line.to_string()));
        let mut attributes = vec![("classname", class.as_str()), ("name", &name), ("time", &time)];
        if let Some((file, line)) = &place {
            attributes.extend([("file", &**file), ("line", line)]);
        }
        xml.open("testcase", &attributes);
        match &self.outcome {
            CaseOutcome::Passed => {}
            CaseOutcome::Skipped(why) => xml.empty("skipped", &[("message", why)]),
            CaseOutcome::Failed(mishap) => mishap.write("failure", xml),
            CaseOutcome::Error(mishap) => mishap.write("error", xml),
        }
        if !self.output.is_empty() {
            xml.text("system-out", &[], &self.output.join("\n"));
        }
        xml.close();
    }
}

impl CaseOutcome {
    fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped(_))
    }
}

impl Mishap {
    fn write(&self, element: &'static str, xml: &mut XmlWriter) {
        xml.text(element, &[("type", self.kind), ("message", &self.message)], &self.lines.join("\n"));
    }
}
