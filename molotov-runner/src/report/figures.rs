//! Derived figures of a report: rates of the steady part, the time of arrivals, a short course.

use std::time::Duration;

use super::rows::SeriesRow;
use super::summary::Report;
use crate::quantity::Throughput;

impl Report {
    /// Returns `true` if the run searched for the load at which an objective breaks.
    pub(crate) fn is_sizing(&self) -> bool {
        self.sizing.is_some() || self.capacity.is_some()
    }

    /// The rate of iterations that ended in the steady part of the load, or in the whole load without such a part.
    pub fn steady_iteration_rate(&self) -> Throughput {
        let steady = self.steady.as_ref().map(|steady| Throughput::new(steady.iterations, steady.time));
        steady.unwrap_or_else(|| self.iteration_rate())
    }

    /// The rate of requests that ended in the steady part of the load, or in the whole load without such a part.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// println!("{:.1} requests per second in the steady part", report.steady_request_rate().in_second());
    /// # }
    /// ```
    pub fn steady_request_rate(&self) -> Throughput {
        let steady = self.steady.as_ref().map(|steady| Throughput::new(steady.requests, steady.time));
        steady.unwrap_or_else(|| self.request_rate())
    }

    /// Returns the rate at which this route, scenario or timer ended in the steady part of the load, or in the whole
    /// load.
    pub fn steady_rate_of(&self, row: &SeriesRow) -> Throughput {
        let steady = self.steady.as_ref().map(|steady| Throughput::new(row.steady, steady.time));
        steady.unwrap_or_else(|| self.rate_of(row))
    }

    /// The time in which arrivals were due: waiting arrivals, or iterations in flight after an interruption, may make a
    /// run longer.
    pub(crate) fn due_time(&self) -> Duration {
        let settings = &self.settings;
        let one = settings.duration.map_or(Duration::MAX, |time| settings.ramp_up.saturating_add(time));
        let planned = one.saturating_mul(settings.repeats.unwrap_or(1));
        let warm_up = self.warm_up.as_ref().map_or(Duration::ZERO, |warm_up| warm_up.time);
        // In a merged report it is the sum of all runs, and none is longer than that.
        let load = Some(self.gaps.time).filter(|load| !load.is_zero()).unwrap_or(Duration::MAX);
        self.elapsed.min(planned).min(load.saturating_add(warm_up))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::report::test_reports;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn nothing_is_due_after_an_interruption() {
        let mut report = test_reports::due();
        report.warm_up = None;
        (report.elapsed, report.settings.duration) = (S(9), Some(S(60)));
        report.gaps.time = S(4);

        assert_eq!(report.due_time(), S(4));
        report.gaps.time = Duration::ZERO;
        assert_eq!(report.due_time(), S(9), "of a run that does not know it");
    }
}
