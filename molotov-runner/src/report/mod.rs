//! From records to a report, and from a report to an exit code.

mod adder;
mod aggregate;
mod counts;
mod course;
mod document;
mod ended;
mod exit;
mod failures;
mod figures;
mod finding;
mod gaps;
#[cfg(test)]
pub(crate) mod generated_runs;
mod generator;
mod last_part;
mod limit_side;
mod load_phase;
mod mark;
mod merge;
mod mergeable;
mod objective;
mod oddity;
mod offered;
mod phases;
mod rebuilt;
mod rows;
mod run_progress;
mod schema;
mod settings;
mod shard;
mod silence;
mod sizing;
mod sliding;
mod snapshot;
mod steady;
mod summary;
mod tally;
mod target_health;
#[cfg(test)]
pub(crate) mod test_reports;
mod threshold;
mod time_share;
mod user_counts;
mod values;
mod verdict;
mod windows;

pub use self::adder::Adder;
pub(crate) use self::aggregate::{Aggregator, Totals};
pub use self::counts::{IterationCounts, RequestCounts};
pub use self::course::{Course, CoursePoint};
#[cfg(test)]
pub(crate) use self::document::schema_tests::schema_mistakes;
pub use self::ended::{Ended, Stop};
pub use self::exit::ExitCode;
pub use self::failures::FailureGroup;
pub use self::finding::{Finding, FindingKind};
pub use self::gaps::{Gap, GapEnd, Gaps};
pub(crate) use self::gaps::{GeneratorState, Ledger};
pub use self::generator::{Generator, Heartbeat, Limited, Processor, StartLag};
pub(crate) use self::load_phase::LoadPhase;
pub use self::mark::{Mark, MarkKind};
pub use self::objective::Measured;
pub use self::oddity::{Conclusion, Oddity, OddityKind};
pub(crate) use self::offered::ArrivalTally;
pub use self::offered::{Offered, WarmUp};
pub use self::phases::Phases;
pub(crate) use self::rebuilt::{Rebuilt, RowPart};
pub use self::rows::{Connections, Declaration, IdleFaults, ListenerSummary, Mix, SeriesRow, Service};
#[cfg(test)]
pub(crate) use self::run_progress::CourseDetail;
pub(crate) use self::run_progress::Sought;
pub use self::run_progress::{ArrivalCounts, RunProgress, Stopping};
pub use self::settings::Settings;
pub(crate) use self::shard::missing as missing_shards;
pub use self::sizing::{Breach, Capacity, CapacityOutcome, CapacityStep, Sizing, SizingOutcome, SizingStep};
pub(crate) use self::sizing::{
    Counted, RateSearch, RateSearchAction, Search, UserSearch, UserSearchAction, outlook,
};
pub(crate) use self::sliding::Span;
pub use self::snapshot::Snapshot;
pub use self::steady::Steady;
pub use self::summary::Report;
pub(crate) use self::target_health::TargetHealth;
pub use self::threshold::{Observed, ThresholdOutcome, ThresholdResult};
pub(crate) use self::threshold::{Subjects, Watch, is_unjudged, not_kept};
pub(crate) use self::time_share::{CountedRun, Counters, ModelKind, UserTime};
pub use self::values::{CounterRow, GaugeRow, SoftCheckRow, TrendRow};
pub use self::verdict::{Reason, ReasonKind, Verdict};
pub use self::windows::Window;
pub(crate) use self::windows::WindowGroup;
pub use crate::plan::{LoadSettings, PlannedStage};
pub use crate::quantity::{Share, Throughput};

/// The resolution of the values of a trend: its unit is represented by a millisecond.
const TREND_RESOLUTION: f64 = 1_000.0;
