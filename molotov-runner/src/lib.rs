//! The runner: from a command line to a plan, from a plan to a run, from a run to a report.

mod cli;
mod descriptors;
mod entry;
mod error;
mod execute;
mod hash;
mod hostname;
mod output;
mod panics;
mod plan;
mod program;
mod quantity;
mod report;
mod restart;
pub mod results;
mod schedule;
mod serialized;
mod smoke;
mod suggest;
mod typed;
mod units;

// Its place in the crate's own paths.
use molotov_core::lock;

pub use self::entry::Program;
pub use self::error::RunError;
#[doc(hidden)]
pub use self::execute::PreciseTimer;
pub use self::execute::RunExt;
/// For the `molotov` command, which forwards signals.
#[cfg(unix)]
#[doc(hidden)]
pub use self::execute::hang_up_is_ignored;
pub use self::output::{ArrivalTotals, Interest, Output, RunFacts};
/// For the `molotov` command, which writes to the same terminals.
#[doc(hidden)]
pub use self::output::{Sink, escape};
pub use self::plan::{Objectives, Plan, Stages, Threshold, Thresholds};
pub use self::program::main;
#[doc(hidden)]
pub use self::report::Adder;
pub use self::report::{
    ArrivalCounts, Breach, Capacity, CapacityOutcome, CapacityStep, Conclusion, Connections, CounterRow,
    Course, CoursePoint, Declaration, Ended, ExitCode, FailureGroup, Finding, FindingKind, Gap, GapEnd, Gaps,
    GaugeRow, Generator, Heartbeat, IdleFaults, IterationCounts, Limited, ListenerSummary, LoadSettings,
    Mark, MarkKind, Measured, Mix, Observed, Oddity, OddityKind, Offered, Phases, PlannedStage, Processor,
    Reason, ReasonKind, Report, RequestCounts, RunProgress, SeriesRow, Service, Settings, Share, Sizing,
    SizingOutcome, SizingStep, Snapshot, SoftCheckRow, StartLag, Steady, Stop, Stopping, ThresholdOutcome,
    ThresholdResult, Throughput, TrendRow, Verdict, WarmUp, Window,
};
pub use self::smoke::smoke_test;
/// For the `molotov` command, whose messages also repeat arguments.
#[doc(hidden)]
pub use self::typed::masked;
