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
    /// The name of the unit in the script.
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
            Self::Time if value <= 0.0 => "0".into(),
            Self::Time if value < 999.0 => format!("{} µs", units::number(value.round())),
            Self::Time if value < 999e3 => format!("{} ms", units::number(value / 1e3)),
            Self::Time => format!("{} s", units::number(value / 1e6)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_a_linear_axis_of_time_keep_their_decimals() {
        let ticks = [0.0, 500.0, 1_500.0, 10_000.000_000_2, 2_500_000.0].map(|value| Unit::Time.tick(value));

        assert_eq!(ticks, ["0", "500 µs", "1.5 ms", "10 ms", "2.5 s"]);
    }
}
