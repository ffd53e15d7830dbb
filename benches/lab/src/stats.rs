//! Distributions of times, and the distances between them.

use std::time::Duration;

/// The compared percentiles.
pub(crate) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// The tolerance, the greater of both.
const SHARE: f64 = 0.02;
const LEAST: Duration = Duration::from_micros(100);

/// The exact times in order, without rounding or omissions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exact(Vec<Duration>);

impl Exact {
    pub(crate) fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The least time that this share of all does not exceed, as in a histogram.
    pub(crate) fn quantile(&self, quantile: f64) -> Option<Duration> {
        // Without the tiny subtraction, 0.999 of 1,000 would be the 1,000th instead of the 999th.
        let rank = (quantile * self.0.len() as f64 - 1e-9).ceil().max(1.0);
        self.0.get(rank as usize - 1).copied()
    }

    pub(crate) fn max(&self) -> Option<Duration> {
        self.0.last().copied()
    }

    /// The number of times above this.
    pub(crate) fn above(&self, time: Duration) -> usize {
        self.0.len() - self.0.partition_point(|each| *each <= time)
    }

    pub(crate) fn figures(&self) -> Figures {
        Figures {
            count: self.count() as u64,
            quantiles: QUANTILES.map(|quantile| self.quantile(quantile)),
            max: self.max(),
        }
    }
}

/// The reported figures of a distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) count: u64,
    /// The times at [`QUANTILES`]; `None` if it is not reported.
    pub(crate) quantiles: [Option<Duration>; 4],
    pub(crate) max: Option<Duration>,
}

/// Returns `true` if a reported time is close enough to the true time.
pub(crate) fn is_close(reported: Duration, truth: Duration) -> bool {
    reported.abs_diff(truth) <= truth.mul_f64(SHARE).max(LEAST)
}

/// The excess of a reported time over the true time, in percent of the true time.
pub(crate) fn error(reported: Duration, truth: Duration) -> f64 {
    (reported.as_secs_f64() / truth.as_secs_f64() - 1.0) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        millis.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_quantile_is_the_least_time_that_so_many_do_not_exceed() {
        let exact = Exact::of(millis((1..=1_000).rev()));

        let told = exact.figures();

        assert_eq!(told.quantiles.map(Option::unwrap).to_vec(), millis([500, 900, 990, 999]));
        assert_eq!((told.count, told.max), (1_000, Some(Duration::from_secs(1))));
        assert_eq!((exact.above(Duration::from_millis(990)), exact.above(Duration::from_secs(1))), (10, 0));
    }

    #[test]
    fn without_samples_there_are_no_figures() {
        assert_eq!(Exact::default().figures(), Figures::default());
    }

    #[test]
    fn two_percent_or_a_hundred_microseconds_are_close() {
        let micros = Duration::from_micros;

        assert!(is_close(micros(10_200), micros(10_000)) && !is_close(micros(10_201), micros(10_000)));
        assert!(is_close(micros(1_100), micros(1_000)) && !is_close(micros(1_101), micros(1_000)));
        assert!(!is_close(micros(9_799), micros(10_000)));
        assert!((error(micros(11), micros(10)) - 10.0).abs() < 1e-9);
    }
}
