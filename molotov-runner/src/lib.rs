//! The runner: from a command line to a plan, from a plan to a run, from a run to a report.

mod output;
mod report;

pub use self::report::{
    CheckRow, Connections, CounterRow, Ended, ExitCode, FailureGroup, GaugeRow, IterationCounts, Mix, Report,
    RequestCounts, Row, Settings, Stop, TrendRow, Window,
};
