//! The runner: from a command line to a plan, from a plan to a run, from a run to a report.

mod cli;
mod descriptors;
mod error;
mod execute;
mod output;
mod plan;
mod program;
mod report;
mod schedule;
mod smoke;

pub use self::error::Error;
pub use self::execute::RunExt;
pub use self::plan::Plan;
pub use self::program::{Program, main};
#[doc(hidden)]
pub use self::report::Adder;
pub use self::report::{
    CheckRow, Connections, CounterRow, Ended, ExitCode, FailureGroup, GaugeRow, IterationCounts,
    ListenerSummary, Mix, Report, RequestCounts, Row, Settings, Stop, TrendRow, Window,
};
pub use self::smoke::smoke_test;
