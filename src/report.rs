//! The report of a run and its parts.
//!
//! [`Report`] has totals ([`IterationCounts`], [`RequestCounts`]), a [`SeriesRow`] for each scenario, route and timer, the
//! rows of custom metrics, [`FailureGroup`]s, the course of the run in [`Window`]s, and the results of thresholds and
//! sizings. The [`Verdict`] judges the figures themselves. Times are [`Duration`](std::time::Duration)s, in JSON
//! milliseconds.
//!
//! ```
//! use molotov::report::{Report, Verdict};
//!
//! fn judge(report: &Report) {
//!     assert_eq!(report.verdict(), Verdict::Valid);
//!     assert_eq!(report.iterations.failures(), 0);
//!     let login = report.route("POST /login").unwrap();
//!     assert!(login.ok.percentile(99.0).unwrap().as_millis() < 200);
//! }
//! ```

pub use molotov_core::{Estimate, Latencies, SparseLatencies};
pub use molotov_runner::{
    Breach, Capacity, CapacityOutcome, CapacityStep, Conclusion, Connections, CounterRow, Course,
    CoursePoint, Declaration, Ended, ExitCode, FailureGroup, Finding, FindingKind, Gap, GapEnd, Gaps,
    GaugeRow, Generator, Heartbeat, IdleFaults, IterationCounts, Limited, ListenerSummary, LoadSettings,
    Mark, MarkKind, Measured, Mix, Observed, Oddity, OddityKind, Offered, Phases, PlannedStage, Processor,
    Reason, ReasonKind, Report, RequestCounts, SeriesRow, Service, Settings, Share, Sizing, SizingOutcome,
    SizingStep, SoftCheckRow, StartLag, Steady, Stop, ThresholdOutcome, ThresholdResult, Throughput,
    TrendRow, Verdict, WarmUp, Window,
};
