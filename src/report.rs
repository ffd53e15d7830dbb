//! The report of a run and its parts.

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
