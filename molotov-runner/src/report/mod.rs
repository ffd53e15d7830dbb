//! From records to a report, and from a report to an exit code.

mod adder;
mod aggregate;
mod counts;
mod exit;
mod failures;
mod snapshot;
mod summary;
mod tally;
mod windows;

pub use self::adder::Adder;
pub(crate) use self::aggregate::{Aggregator, Totals};
pub use self::counts::{IterationCounts, RequestCounts};
pub use self::exit::ExitCode;
pub use self::failures::FailureGroup;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::summary::per_second;
pub use self::summary::{
    CheckRow, Connections, CounterRow, Ended, GaugeRow, ListenerSummary, Mix, Report, Row, Settings, Stop,
    TrendRow,
};
pub use self::windows::Window;
