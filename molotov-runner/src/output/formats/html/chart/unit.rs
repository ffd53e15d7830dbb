//! The unit of the values of a chart.

use std::time::Duration;

use crate::units;

/// The unit of the values of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Unit {
    /// Per second.
    Rate,
    Count,
    /// Microseconds.
    Time,
}

impl Unit {
    /// The word for it, as the script reads it.
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Count => "count",
            Self::Time => "time",
        }
    }

    /// The text of a value.
    pub(in super::super) fn text(self, value: f64) -> String {
        match self {
            Self::Rate => units::rate(value),
            Self::Count => units::number(value),
            Self::Time => units::latency(Duration::from_secs_f64(value / 1e6)),
        }
    }

    /// The text of a round value.
    pub(super) fn tick(self, value: f64) -> String {
        match self {
            Self::Rate | Self::Count => units::number(value),
            Self::Time if value < 999.0 => format!("{value:.0} µs"),
            Self::Time if value < 999e3 => format!("{:.0} ms", value / 1e3),
            Self::Time => format!("{} s", units::number((value / 1e6).round())),
        }
    }
}
