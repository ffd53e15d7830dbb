//! Rows of metrics of the user's own, as thresholds and merged reports see them.

use super::TREND_RESOLUTION;
use super::rows::{CheckRow, CounterRow, GaugeRow, TrendRow};
use super::threshold::{Seen, Values};
use crate::quantity::Share;

impl CheckRow {
    /// How often it passed, of all times; none where it was never made.
    pub fn passed_share(&self) -> Option<Share> {
        Share::of(self.passed, self.passed + self.failed)
    }

    pub(super) fn seen(&self) -> Seen {
        let (count, passed) = (self.passed + self.failed, self.passed);
        of(Values { count, passed, ..Values::default() })
    }
}

impl CounterRow {
    pub(super) fn seen(&self) -> Seen {
        of(Values { count: self.count, sum: self.sum, ..Values::default() })
    }
}

impl GaugeRow {
    pub(super) fn seen(&self) -> Seen {
        let extremes = Some((self.min, self.max));
        of(Values { count: self.count, last: self.last, extremes, ..Values::default() })
    }
}

impl TrendRow {
    /// The value that `percent` of all did not exceed, with three digits; none where there are too few.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        self.values.percentile(percent).map(|value| value.as_micros() as f64 / TREND_RESOLUTION)
    }

    /// The arithmetic mean; none where there are no values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Brings the percentiles up to date with the values.
    pub(super) fn settle(&mut self) {
        [self.p50, self.p95, self.p99] = [50.0, 95.0, 99.0].map(|percent| self.percentile(percent));
    }

    pub(super) fn seen(&self) -> Seen {
        let extremes = Some((self.min, self.max));
        let values = Values { count: self.count, sum: self.sum, extremes, ..Values::default() };
        Seen { latencies: self.values.clone(), ..of(values) }
    }
}

fn of(values: Values) -> Seen {
    Seen { values, ..Seen::default() }
}
