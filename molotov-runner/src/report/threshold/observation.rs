//! The aggregated samples of a threshold, and the value of its metric.

use std::time::Duration;

use molotov_core::{Estimate, Latencies, Outcome, Sample, Value};

use super::{Observed, ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Key, Kind, Limit, Metric, RequestPhase, Threshold};
use crate::quantity::{Share, Throughput};
use crate::report::TREND_RESOLUTION;

/// Samples, added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observations {
    /// The number of ends, successful or failed.
    pub(crate) ended: u64,
    /// Of these, the failed ones.
    pub(crate) failed: u64,
    /// Of these, the ends while users were running. Rates are based on these.
    pub(crate) in_load: u64,
    pub(crate) latencies: Latencies,
    /// The durations of those that were cancelled.
    pub(crate) cut: Latencies,
    pub(crate) values: ObservedValues,
}

/// Observed values of a metric of the user's own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ObservedValues {
    pub(crate) count: u64,
    pub(crate) passed: u64,
    pub(crate) sum: f64,
    pub(crate) last: f64,
    /// The least and the greatest.
    pub(crate) extremes: Option<(f64, f64)>,
}

/// The measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measurement {
    pub(crate) observed: Observed,
    /// The exact parts of a share, for comparisons.
    parts: Option<(u64, u64)>,
    pub(crate) samples: u64,
}

impl Observations {
    pub(super) fn sample(&mut self, sample: &Sample) {
        if sample.outcome == Outcome::Cancelled {
            return self.cut.record(sample.latency());
        }
        self.ended += 1;
        self.in_load += 1;
        self.failed += u64::from(sample.outcome != Outcome::Ok);
        self.latencies.record(sample.latency());
    }

    /// Adds a phase of a request.
    pub(super) fn phase(&mut self, phase: RequestPhase, sample: &Sample) {
        let is_cut = sample.outcome == Outcome::Cancelled;
        match (phase, phase.time(sample)) {
            (RequestPhase::Receiving, _) if is_cut => {}
            (_, Some(time)) => {
                self.ended += 1;
                self.latencies.record(time);
            }
            (RequestPhase::Waiting, None) if is_cut && sample.sent > 0 => {
                self.cut.record(sample.service.saturating_sub(sample.written))
            }
            _ => {}
        }
    }

    pub(super) fn value(&mut self, value: Value) {
        self.values.count += 1;
        let number = match value {
            Value::Check(passed) => {
                self.values.passed += u64::from(passed);
                return;
            }
            Value::Add(number) | Value::Set(number) => number,
            Value::Observe(number) => {
                self.latencies.record(Duration::from_micros((number.max(0.0) * TREND_RESOLUTION) as u64));
                number
            }
            _ => return,
        };
        self.values.sum += number;
        self.values.last = number;
        self.values.extend((number, number));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ended + self.latencies.count() + self.cut.count() + self.values.count == 0
    }

    pub(super) fn add(&mut self, next: &Self) {
        self.ended += next.ended;
        self.failed += next.failed;
        self.in_load += next.in_load;
        self.latencies.add(&next.latencies);
        self.cut.add(&next.cut);
        if next.values.count == 0 {
            return;
        }
        self.values.count += next.values.count;
        self.values.passed += next.values.passed;
        self.values.sum += next.values.sum;
        self.values.last = next.values.last;
        next.values.extremes.into_iter().for_each(|extremes| self.values.extend(extremes));
    }
}

impl ObservedValues {
    fn extend(&mut self, (low, high): (f64, f64)) {
        let (least, greatest) = self.extremes.unwrap_or((low, high));
        self.extremes = Some((least.min(low), greatest.max(high)));
    }
}

impl Threshold {
    /// Returns the metric of these samples, over this time; `None` with too few of them. Counts and rates need none.
    pub(crate) fn measure(&self, seen: &Observations, time: Duration) -> Option<Measurement> {
        let key = self.of.as_ref().map(|of| of.key);
        let values = &seen.values;
        match (self.metric, key) {
            (
                Metric::Percentile(_) | Metric::Min | Metric::Mean | Metric::Max,
                Some(Key::Trend | Key::Gauge),
            )
            | (Metric::Sum | Metric::Last, _) => {
                self.own_value(seen).map(|value| number(value, values.count))
            }
            (Metric::Percentile(_) | Metric::Min | Metric::Mean | Metric::Max, _) => self.latency(seen),
            (Metric::Rate, Some(Key::Counter)) => {
                let rate = if time.is_zero() { 0.0 } else { values.sum / time.as_secs_f64() };
                Some(Measurement {
                    observed: Observed::Rate(Throughput::per_second(rate)),
                    parts: None,
                    samples: values.count,
                })
            }
            (Metric::Passed, _) => self.counted(values.passed, values.passed, values.count, time),
            (Metric::Count, Some(Key::Timer)) => self.counted(seen.ended, seen.in_load, seen.ended, time),
            (Metric::Count, _) => self.counted(values.count, values.count, values.count, time),
            (Metric::Rate | Metric::Iterations | Metric::Requests, _) => {
                self.counted(seen.ended, seen.in_load, seen.ended, time)
            }
            (Metric::Errors | Metric::FailedIterations | Metric::FailedRequests | Metric::Dropped, _) => {
                self.counted(seen.failed, seen.failed, seen.ended, time)
            }
        }
    }

    fn latency(&self, seen: &Observations) -> Option<Measurement> {
        let (latencies, cut) = (&seen.latencies, &seen.cut);
        let estimate = match self.metric {
            Metric::Percentile(percentile) => latencies.estimate(percentile.percent(), cut),
            Metric::Min => latencies.min().map(Estimate::Exactly),
            Metric::Mean => mean(latencies, cut),
            _ => match (latencies.max(), cut.max()) {
                (Some(ended), cut) if cut.is_none_or(|cut| cut <= ended) => Some(Estimate::Exactly(ended)),
                (_, cut) => cut.map(Estimate::AtLeast),
            },
        };
        let estimate = estimate?;
        let time = estimate.time();
        let observed = if estimate.is_bound() { Observed::AtLeast(time) } else { Observed::Time(time) };
        let samples = latencies.count().max(u64::from(latencies.count() + cut.count() > 0));
        Some(Measurement { observed, parts: None, samples })
    }

    fn own_value(&self, seen: &Observations) -> Option<f64> {
        let values = &seen.values;
        let some = (values.count > 0).then_some(values);
        match self.metric {
            Metric::Percentile(percentile) => {
                let value = seen.latencies.percentile(percentile.percent())?;
                Some(value.as_micros() as f64 / TREND_RESOLUTION)
            }
            Metric::Min => values.extremes.map(|(least, _)| least),
            Metric::Max => values.extremes.map(|(_, greatest)| greatest),
            Metric::Mean => some.map(|values| values.sum / values.count as f64),
            Metric::Last => some.map(|values| values.last),
            _ => some.map(|values| values.sum),
        }
    }

    /// Returns a count of a whole in the form of the limit.
    fn counted(&self, part: u64, in_load: u64, samples: u64, time: Duration) -> Option<Measurement> {
        let (observed, parts) = match self.limit.kind() {
            Kind::Share => (Observed::Share(Share::new(part, samples)?), Some((part, samples))),
            Kind::Rate => (Observed::Rate(Throughput::new(in_load, time)), None),
            _ => (Observed::Number(part as f64), None),
        };
        Some(Measurement { observed, parts, samples })
    }

    /// Returns `true` if the measurement is within the bound.
    pub(crate) fn holds(&self, measured: &Measurement) -> bool {
        match (self.limit, measured.observed, measured.parts) {
            (Limit::Share(share), _, Some((part, whole))) => share.bounds(self.relation, part, whole),
            (Limit::Time(limit), Observed::Time(time), _) => self.relation.holds(time, limit),
            // An unknown value could be beyond any bound.
            (Limit::Time(limit), Observed::AtLeast(time), _) => {
                !self.relation.is_upper() && self.relation.holds(time, limit)
            }
            // With the written number, in its own unit: a division could move it away from its bound.
            (Limit::Rate(limit, per), Observed::Rate(rate), _) => {
                self.relation.holds(rate.in_second() * per.seconds(), limit)
            }
            (Limit::Number(limit), Observed::Number(number), _) => self.relation.holds(number, limit),
            // Measured values have the unit of their limit.
            _ => false,
        }
    }

    /// Returns `true` if the first is farther towards the wrong side.
    pub(crate) fn is_worse(&self, one: &Measurement, other: &Measurement) -> bool {
        let (one, other) = (one.observed.size(), other.observed.size());
        if self.relation.is_upper() { one > other } else { one < other }
    }
}

impl ThresholdResult {
    /// Returns `true` if the observed value is beyond the bound. Otherwise a broken threshold was broken by time.
    pub(super) fn is_broken_by_samples(&self) -> bool {
        let Some(observed) = self.observed else { return false };
        let is_kept = match (self.planned.limit, observed) {
            (Limit::Share(limit), Observed::Share(share)) => {
                self.planned.relation.holds(share.fraction(), limit.fraction())
            }
            _ => self.planned.holds(&Measurement { observed, parts: None, samples: self.samples }),
        };
        self.outcome == ThresholdOutcome::Broken && !is_kept
    }
}

impl Limit {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Time(_) => Kind::Time,
            Self::Share(_) => Kind::Share,
            Self::Rate(..) => Kind::Rate,
            Self::Number(_) => Kind::Number,
        }
    }
}

impl Observed {
    /// As a number: seconds, a part of 1, times per second, the number itself.
    pub(crate) fn size(self) -> f64 {
        match self {
            Self::Time(time) | Self::AtLeast(time) => time.as_secs_f64(),
            Self::Share(share) => share.fraction(),
            Self::Rate(rate) => rate.in_second(),
            Self::Number(number) => number,
        }
    }
}

/// The mean of the finished ones, or the mean that includes the bounds of cancelled ones, which is at least as good an
/// estimate if it is greater.
fn mean(latencies: &Latencies, cut: &Latencies) -> Option<Estimate> {
    let mut all = latencies.clone();
    all.add(cut);
    latencies.mean().max(all.mean()).map(Estimate::Exactly)
}

fn number(value: f64, samples: u64) -> Measurement {
    Measurement { observed: Observed::Number(value), parts: None, samples }
}
