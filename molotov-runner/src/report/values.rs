//! Rows of metrics of the user's own.

use std::time::SystemTime;

use molotov_core::Latencies;
use serde::{Deserialize, Serialize};

use super::TREND_RESOLUTION;
use super::mergeable::{Merge, MergedByName, merge_fields};
use super::threshold::{Observations, ObservedValues};
use crate::quantity::Share;
use crate::serialized::{moment, number};

/// A soft check.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for check in &report.soft_checks {
///     println!("{}: {} of {}", check.name, check.passed, check.passed + check.failed);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SoftCheckRow {
    /// Its name.
    pub name: String,
    /// The number of times that it passed.
    pub passed: u64,
    /// The number of times that it failed.
    pub failed: u64,
}

/// A counter of the user's own.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for counter in &report.counters {
///     println!("{}: {} in {} additions", counter.name, counter.sum, counter.count);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CounterRow {
    /// Its name.
    pub name: String,
    /// Its sum.
    #[serde(with = "number")]
    pub sum: f64,
    /// The number of additions.
    pub count: u64,
}

/// A gauge of the user's own.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for gauge in &report.gauges {
///     println!("{}: {} at last, from {} to {}", gauge.name, gauge.last, gauge.min, gauge.max);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GaugeRow {
    /// Its name.
    pub name: String,
    /// The last value.
    #[serde(with = "number")]
    pub last: f64,
    /// The least.
    #[serde(with = "number")]
    pub min: f64,
    /// The greatest.
    #[serde(with = "number")]
    pub max: f64,
    /// The number of times that it was set.
    pub count: u64,
    /// In a merged report: the latest time at which it was set.
    #[serde(default, with = "moment::option", skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<SystemTime>,
}

/// A trend of the user's own.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for trend in &report.trends {
///     println!("{}: median {:?}, p95 {:?}", trend.name, trend.p50, trend.p95);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrendRow {
    /// Its name.
    pub name: String,
    /// The number of values.
    pub count: u64,
    /// The least.
    #[serde(with = "number")]
    pub min: f64,
    /// The greatest.
    #[serde(with = "number")]
    pub max: f64,
    /// Their sum.
    #[serde(with = "number")]
    pub sum: f64,
    /// The median, with three digits; `None` with too few values.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// All values, in thousandths that are stored as microseconds.
    pub(crate) values: Latencies,
}

impl SoftCheckRow {
    /// Returns the share of passed checks; `None` without checks.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// for check in &report.soft_checks {
    ///     println!("{}: {:?}", check.name, check.passed_share());
    /// }
    /// # }
    /// ```
    pub fn passed_share(&self) -> Option<Share> {
        Share::new(self.passed, self.passed + self.failed)
    }

    pub(super) fn observations(&self) -> Observations {
        let (count, passed) = (self.passed + self.failed, self.passed);
        from_values(ObservedValues { count, passed, ..ObservedValues::default() })
    }
}

impl CounterRow {
    pub(super) fn observations(&self) -> Observations {
        from_values(ObservedValues { count: self.count, sum: self.sum, ..ObservedValues::default() })
    }
}

impl GaugeRow {
    pub(super) fn observations(&self) -> Observations {
        let extremes = Some((self.min, self.max));
        from_values(ObservedValues {
            count: self.count,
            last: self.last,
            extremes,
            ..ObservedValues::default()
        })
    }
}

impl TrendRow {
    /// Returns the value that `percent` of all did not exceed, with three digits; `None` with too few values.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let baskets = report.trend("basket value").unwrap();
    /// assert!(baskets.percentile(90.0).is_some_and(|value| value < 100.0));
    /// # }
    /// ```
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        self.values.percentile(percent).map(|value| value.as_micros() as f64 / TREND_RESOLUTION)
    }

    /// Returns the arithmetic mean; `None` without values.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let baskets = report.trend("basket value").unwrap();
    /// assert!(baskets.mean().is_some_and(|mean| mean > 10.0));
    /// # }
    /// ```
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Updates the percentiles from the values.
    pub(super) fn update_percentiles(&mut self) {
        (self.p50, self.p95, self.p99) =
            (self.percentile(50.0), self.percentile(95.0), self.percentile(99.0));
    }

    pub(super) fn observations(&self) -> Observations {
        let extremes = Some((self.min, self.max));
        let values =
            ObservedValues { count: self.count, sum: self.sum, extremes, ..ObservedValues::default() };
        Observations { latencies: self.values.clone(), ..from_values(values) }
    }
}

fn from_values(values: ObservedValues) -> Observations {
    Observations { values, ..Observations::default() }
}

impl MergedByName for SoftCheckRow {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Merge for SoftCheckRow {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => passed, failed; name: self.name)
    }
}

impl MergedByName for CounterRow {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Merge for CounterRow {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => count; name: self.name, sum: self.sum + other.sum)
    }
}

impl MergedByName for GaugeRow {
    fn name(&self) -> &str {
        &self.name
    }
}

/// The last value is from the run that ended last.
impl Merge for GaugeRow {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let is_later = other.until > self.until || (other.until == self.until && other.last > self.last);
        let (last, until) = if is_later { (other.last, other.until) } else { (self.last, self.until) };
        merge_fields!(self, other => count;
            name: self.name, min: self.min.min(other.min), max: self.max.max(other.max), last: last, until: until)
    }
}

impl MergedByName for TrendRow {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Merge for TrendRow {
    #[inline]
    fn merge(self, other: Self) -> Self {
        let mut row = merge_fields!(self, other => count, values;
            name: self.name, min: self.min.min(other.min), max: self.max.max(other.max), sum: self.sum + other.sum,
            p50: None, p95: None, p99: None);
        row.update_percentiles();
        row
    }
}
