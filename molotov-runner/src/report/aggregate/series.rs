//! The sums of one series.

use std::cell::Cell;
use std::time::Duration;

use molotov_core::{FailureKind, Latencies, Outcome, Sample, Series, Value};

use super::series_course::SeriesCourse;
use crate::report::TREND_RESOLUTION;
use crate::report::gaps::{Books, RequestLength};
use crate::report::phases::PhaseCounts;
use crate::report::rows::{IdleFaults, Service};
use crate::report::silence::Answered;
use crate::report::tally::Tally;

/// One series, with the parts that its kind needs.
#[derive(Debug, Default)]
pub(super) struct Stats {
    pub(super) series: Option<Series>,
    pub(super) started: u64,
    pub(super) ok: Latencies,
    pub(super) failed: Latencies,
    /// The service times, from the first due time on: until then they equal the latencies.
    pub(super) service: Option<Box<Service>>,
    pub(super) cancelled: u64,
    /// The durations of the cancelled samples up to their cancellation.
    pub(super) cut: Latencies,
    pub(super) answered: Answered,
    /// The books that count its samples for gaps, in addition to that of all requests.
    pub(super) books: Option<Box<Books>>,
    /// Twice the median of the good samples, in nanoseconds, with their number at that time.
    pub(super) usual: Cell<(u64, u64)>,
    pub(super) kinds: Tally<FailureKind>,
    pub(super) statuses: Tally<u16>,
    pub(super) in_load: u64,
    /// Their number at the start of the steady part, and those that were added until its end.
    pub(super) before_steady: u64,
    pub(super) steady: u64,
    /// The finished samples of the warm-up, and the failed ones of them.
    pub(super) warm_up: u64,
    pub(super) warm_up_failed: u64,
    /// For a scenario: iterations whose session sent or measured anything.
    pub(super) busy: u64,
    pub(super) values: RecordedValues,
    pub(super) idle: IdleFaults,
    pub(super) phases: PhaseCounts,
    pub(super) course: SeriesCourse,
}

#[derive(Debug, Default)]
pub(super) struct RecordedValues {
    pub(super) count: u64,
    pub(super) passed: u64,
    pub(super) sum: f64,
    pub(super) last: f64,
    pub(super) extremes: Option<(f64, f64)>,
}

impl Stats {
    pub(super) fn service_times(&self) -> &Latencies {
        self.service.as_deref().map_or(&self.ok, |service| &service.ok)
    }

    /// Compares a request's duration in nanoseconds with twice the median; returns `None` with fewer than `least` good
    /// samples.
    pub(super) fn request_length(&self, took: u64, least: u64) -> Option<RequestLength> {
        let times = self.service_times();
        let count = times.count();
        if count < least {
            return None;
        }
        let (known, mut usual) = self.usual.get();
        // The median is too expensive to compute for each sample.
        if count >= known + known / 4 {
            let median = times.percentile(50.0).or_else(|| times.max()).unwrap_or_default();
            usual = median.as_nanos() as u64 * 2;
            self.usual.set((count, usual));
        }
        Some(if took > usual { RequestLength::Unusual } else { RequestLength::Usual })
    }

    /// Adds a service time; must be called before its latency is added.
    pub(super) fn serve(&mut self, sample: &Sample) {
        let service = self
            .service
            .get_or_insert_with(|| Box::new(Service { ok: self.ok.clone(), failed: self.failed.clone() }));
        match sample.outcome {
            Outcome::Ok => service.ok.record(sample.service),
            Outcome::Failed(_) => service.failed.record(sample.service),
            _ => {}
        }
    }

    pub(super) fn value(&mut self, value: Value) {
        let values = &mut self.values;
        values.count += 1;
        let number = match value {
            Value::Check(passed) => {
                values.passed += u64::from(passed);
                return;
            }
            Value::Add(number) | Value::Set(number) | Value::Observe(number) => number,
            other => {
                // In tests, so that every new kind of value is shown somewhere.
                debug_assert!(false, "not counted: {other:?}");
                return;
            }
        };
        values.sum += number;
        values.last = number;
        let (least, greatest) = values.extremes.unwrap_or((number, number));
        values.extremes = Some((least.min(number), greatest.max(number)));
        if let Value::Observe(number) = value {
            // A trend is a distribution like any other; its unit is represented by a millisecond.
            self.ok.record(Duration::from_micros((number.max(0.0) * TREND_RESOLUTION) as u64));
        }
    }
}
