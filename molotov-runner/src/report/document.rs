//! The report as JSON: its parts, and beside them derived figures for people and scripts. Reading it back uses the
//! parts only.

mod indent;

use molotov_core::LatencySummary;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::failures::FailureGroup;
use super::finding::Finding;
use super::generator::Generator;
use super::mark::Mark;
use super::oddity::Oddity;
use super::offered::Offered;
use super::rows::SeriesRow;
use super::schema::{SCHEMA, Schema};
use super::settings::Settings;
use super::sizing::Capacity;
use super::summary::Report;
use super::threshold::ThresholdResult;
use super::values::CounterRow;
use super::verdict::Reason;
use super::{Conclusion, IterationCounts, Observed, RequestCounts, Verdict};
use crate::error::RunError;
use crate::quantity::{Share, Throughput};

impl Report {
    /// Returns the report as indented JSON, as `--report out.json` writes it. Its schema is in
    /// `docs/report.schema.json`.
    ///
    /// ```
    /// # use molotov::{Scenario, Suite};
    /// use molotov::{Plan, Report, RunExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    /// let report = suite.run(Plan::users(2).max_runs(5)).await?;
    ///
    /// let read = Report::from_json(&report.to_json())?;
    ///
    /// assert_eq!(read.iterations, report.iterations);
    /// # Ok(()) }
    /// ```
    pub fn to_json(&self) -> String {
        // Writing plain values with text keys to memory cannot fail.
        let text = serde_json::to_string(self)
            .unwrap_or_else(|error| unreachable!("the report is plain data: {error}"));
        indent::indented(&text)
    }

    /// Reads a report from JSON: it is equal to the written one, and can be merged in the same way. Times of more than
    /// 99 days are rounded to milliseconds, and the user's own numbers that are not finite are lost.
    ///
    /// ```no_run
    /// # fn read() -> Result<(), Box<dyn std::error::Error>> {
    /// let report = molotov::Report::from_json(&std::fs::read_to_string("report.json")?)?;
    /// report.check("p99 < 200ms")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the text is no such report, or one of another schema version.
    // Inlined, it is compiled only for its callers: it is a sixth of this crate.
    #[inline]
    pub fn from_json(text: &str) -> Result<Self, RunError> {
        #[derive(Deserialize)]
        struct Header {
            #[serde(rename = "schema")]
            _schema: Schema,
        }
        // Checked first, because another version may lack anything else.
        serde_json::from_str::<Header>(text)
            .and_then(|_| serde_json::from_str(text))
            .map_err(|why| RunError::new(format!("cannot read the report: {why}")))
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ReportDocument::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The derived function, not this one.
        Report::deserialize(deserializer)
    }
}

#[derive(Serialize)]
struct ReportDocument<'r> {
    schema: u32,
    molotov: &'static str,
    exit_code: u8,
    conclusion: Conclusion,
    oddities: Vec<With<Oddity, OddityFigures>>,
    findings: Vec<Finding>,
    marks: Vec<Mark>,
    verdict: Verdict,
    reasons: Vec<Reason>,
    /// Readers need it to interpret the latencies.
    model: &'static str,
    settings: With<&'r Settings, SettingsFigures>,
    iterations: With<&'r IterationCounts, RateFigures>,
    offered: Option<With<&'r Offered, OfferedFigures>>,
    requests: With<&'r RequestCounts, RateFigures>,
    #[serde(flatten)]
    parts: PlainParts<'r>,
    scenarios: Vec<With<&'r SeriesRow, RowFigures>>,
    routes: Vec<With<&'r SeriesRow, RowFigures>>,
    timers: Vec<With<&'r SeriesRow, RowFigures>>,
    counters: Vec<With<&'r CounterRow, RateFigures>>,
    failures: Vec<With<&'r FailureGroup, FailureFigures>>,
    thresholds: Vec<With<&'r ThresholdResult, ThresholdFigures>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<With<&'r Capacity, CapacityFigures>>,
    generator: With<&'r Generator, GeneratorFigures>,
}

/// A part of the report, and the figures derived from it.
#[derive(Serialize)]
struct With<P, F> {
    #[serde(flatten)]
    part: P,
    #[serde(flatten)]
    figures: F,
}

/// All parts without derived figures, as they are derived by serde.
struct PlainParts<'r>(&'r Report);

impl Serialize for PlainParts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Report::serialize(self.0, serializer)
    }
}

#[derive(Serialize)]
struct OddityFigures {
    text: String,
}

#[derive(Serialize)]
struct SettingsFigures {
    arrivals: Option<&'static str>,
}

#[derive(Serialize)]
struct RateFigures {
    per_second: Throughput,
}

#[derive(Serialize)]
struct OfferedFigures {
    started: u64,
    finished: u64,
}

#[derive(Serialize)]
struct RowFigures {
    count: u64,
    per_second: Throughput,
    all: LatencySummary,
}

#[derive(Serialize)]
struct FailureFigures {
    replay: String,
    repeatable: bool,
}

#[derive(Serialize)]
struct ThresholdFigures {
    passed: bool,
    at_least: bool,
}

#[derive(Serialize)]
struct CapacityFigures {
    good_confirmed: bool,
    bad_confirmed: bool,
}

#[derive(Serialize)]
struct GeneratorFigures {
    cpu_share: Option<Share>,
}

impl<'r> From<&'r Report> for ReportDocument<'r> {
    fn from(report: &'r Report) -> Self {
        let load = &report.settings.load;
        Self {
            schema: SCHEMA,
            molotov: env!("CARGO_PKG_VERSION"),
            exit_code: report.exit_code().code(),
            conclusion: report.conclusion(),
            oddities: report.oddities().into_iter().map(oddity).collect(),
            findings: report.findings(),
            marks: report.marks(),
            verdict: report.verdict(),
            reasons: report.reasons(),
            model: if load.open { "open" } else { "closed" },
            settings: settings(&report.settings),
            iterations: With { part: &report.iterations, figures: rate(report.iteration_rate()) },
            offered: report.offered.as_ref().map(|part| offered(part, &report.iterations)),
            requests: With { part: &report.requests, figures: rate(report.request_rate()) },
            parts: PlainParts(report),
            scenarios: report.scenarios.iter().map(|part| row(part, report)).collect(),
            routes: report.routes.iter().map(|part| row(part, report)).collect(),
            timers: report.timers.iter().map(|part| row(part, report)).collect(),
            counters: report.counters.iter().map(|part| counter(part, report)).collect(),
            failures: report.failures.iter().map(|part| failure(part, report)).collect(),
            thresholds: report.thresholds.iter().map(threshold).collect(),
            capacity: report.capacity.as_ref().map(capacity),
            generator: With {
                part: &report.generator,
                figures: GeneratorFigures { cpu_share: report.generator.processor.share() },
            },
        }
    }
}

fn oddity(part: Oddity) -> With<Oddity, OddityFigures> {
    With { figures: OddityFigures { text: part.to_string() }, part }
}

fn settings(part: &Settings) -> With<&Settings, SettingsFigures> {
    let arrivals = part.load.open.then_some(if part.load.poisson { "poisson" } else { "even" });
    With { part, figures: SettingsFigures { arrivals } }
}

fn rate(per_second: Throughput) -> RateFigures {
    RateFigures { per_second }
}

fn offered<'r>(part: &'r Offered, iterations: &IterationCounts) -> With<&'r Offered, OfferedFigures> {
    let (started, finished) = (iterations.started, iterations.finished());
    With { part, figures: OfferedFigures { started, finished } }
}

fn row<'r>(part: &'r SeriesRow, report: &Report) -> With<&'r SeriesRow, RowFigures> {
    let (count, per_second, all) = (part.count(), report.rate_of(part), part.all().summary());
    With { part, figures: RowFigures { count, per_second, all } }
}

fn counter<'r>(part: &'r CounterRow, report: &Report) -> With<&'r CounterRow, RateFigures> {
    let seconds = report.elapsed.as_secs_f64();
    let per_second = if seconds > 0.0 { part.sum / seconds } else { 0.0 };
    With { part, figures: rate(Throughput::per_second(per_second)) }
}

fn failure<'r>(part: &'r FailureGroup, report: &Report) -> With<&'r FailureGroup, FailureFigures> {
    let (replay, repeatable) = (report.replay_of(part), part.is_repeatable());
    With { part, figures: FailureFigures { replay, repeatable } }
}

fn threshold(part: &ThresholdResult) -> With<&ThresholdResult, ThresholdFigures> {
    let at_least = matches!(part.observed, Some(Observed::AtLeast(_)));
    With { part, figures: ThresholdFigures { passed: part.passed(), at_least } }
}

fn capacity(part: &Capacity) -> With<&Capacity, CapacityFigures> {
    let good_confirmed = part.good.is_some_and(|rate| part.held(rate) > 1);
    let bad_confirmed = part.bad.is_some_and(|rate| part.broke(rate) > 1);
    With { part, figures: CapacityFigures { good_confirmed, bad_confirmed } }
}

#[cfg(test)]
pub(super) mod schema_tests;
#[cfg(test)]
mod tests;
