//! From records to a report, and from a report to an exit code.

mod adder;
mod aggregate;
mod counts;
mod exit;
mod failures;
mod objective;
mod offered;
mod reach;
mod sizing;
mod sliding;
mod snapshot;
mod summary;
mod tally;
mod windows;

pub use self::adder::Adder;
pub(crate) use self::aggregate::{Aggregator, Totals};
pub use self::counts::{IterationCounts, RequestCounts};
pub use self::exit::ExitCode;
pub use self::failures::FailureGroup;
pub use self::objective::Measured;
pub use self::offered::{LoadSettings, Offered, WarmUp};
pub(crate) use self::reach::Reach;
pub use self::sizing::{Breach, Sizing, SizingOutcome, SizingStep};
pub(crate) use self::sizing::{Found, Search};
#[cfg(test)]
pub(crate) use self::snapshot::ArrivalCounts;
pub(crate) use self::snapshot::{Snapshot, Sought};
pub(crate) use self::summary::per_second;
pub use self::summary::{
    CheckRow, Connections, CounterRow, Ended, GaugeRow, ListenerSummary, Mix, Report, Row, Service, Settings,
    Stop, TrendRow,
};
pub use self::windows::Window;
