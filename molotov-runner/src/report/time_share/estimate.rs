//! A share of the time with its possible deviation by chance, and sums of such shares.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The number of standard deviations beyond which a difference is not by chance.
const DEVIATIONS: f64 = 3.0;

/// A share of the time, from 0 to 1, and its possible deviation by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ShareEstimate {
    pub(crate) share: f64,
    /// The standard deviation, if the true share equals the allowed one.
    pub(crate) deviation: f64,
}

/// The time of users, and its part beyond a limit.
///
/// In whole numbers, so that runs can be added in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WeighedTime {
    #[serde(rename = "time_us")]
    time: u64,
    #[serde(rename = "beyond_us")]
    beyond: u64,
    /// The variance of the time beyond the limit, if the true share equals the allowed one: in billionths of square
    /// seconds.
    variance: u64,
}

impl ShareEstimate {
    /// Returns the distance from the allowed share that chance may cause.
    ///
    /// It consists of three standard deviations and one more event: small numbers are not normally distributed, and a
    /// single event may exceed three deviations.
    pub(crate) fn chance(&self, allowed: f64) -> f64 {
        self.chance_in_any(1, allowed)
    }

    /// The same for the farthest of this number of estimates, after Bernstein's inequality.
    pub(super) fn chance_in_any(&self, estimates: usize, allowed: f64) -> f64 {
        let spread = allowed * (1.0 - allowed);
        let one = if spread > 0.0 { self.deviation * self.deviation / spread } else { 0.0 };
        let more = 2.0 * (estimates as f64).ln();
        (DEVIATIONS * DEVIATIONS + more).sqrt() * self.deviation + (1.0 + more / 3.0) * one
    }
}

impl WeighedTime {
    /// Creates a time, of which this share was beyond the limit.
    pub(super) fn new(time: Duration, estimate: ShareEstimate) -> Self {
        let seconds = time.as_secs_f64();
        Self {
            time: time.as_micros() as u64,
            beyond: (seconds * estimate.share * 1e6) as u64,
            variance: ((seconds * estimate.deviation).powi(2) * 1e9) as u64,
        }
    }

    /// The time alone.
    pub(super) fn time(&self) -> Duration {
        Duration::from_micros(self.time)
    }

    /// The sum of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            time: self.time.saturating_add(other.time),
            beyond: self.beyond.saturating_add(other.beyond),
            variance: self.variance.saturating_add(other.variance),
        }
    }

    /// The share of the time that was beyond the limit.
    pub(crate) fn estimate(&self) -> ShareEstimate {
        if self.time == 0 {
            return ShareEstimate::default();
        }
        let time = self.time as f64;
        ShareEstimate {
            share: self.beyond as f64 / time,
            deviation: (self.variance as f64 / 1e9).sqrt() * 1e6 / time,
        }
    }
}
