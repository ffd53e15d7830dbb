//! The times at which arrivals are due: a pure function of a curve of rates and a seed.
//!
//! Even arrivals are due when the area below the curve has grown by one. Poisson arrivals are due when it has grown by
//! an exponentially distributed amount of mean one, which turns any curve into a Poisson process (inversion of the
//! cumulative rate: Çinlar, Introduction to Stochastic Processes, 1975). Areas are whole numbers, so that no rounding
//! errors add up and a stage passes the remaining part of an arrival to the next stage.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::Rng;

use super::load_profile::{CurvePiece, LoadProfile, ProfilePart};

/// Twice the area of one arrival: thousandths in an hour, times nanoseconds.
const ONE: u128 = 2 * 1_000 * 3_600 * 1_000_000_000;

/// The spacing of arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// At equal distances.
    #[default]
    Even,
    /// Independent of each other, like visitors.
    Poisson,
}

/// The due times of arrivals, since the start of the schedule; they never decrease.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalTimes {
    curve: Arc<LoadProfile>,
    /// For Poisson arrivals.
    gaps: Option<Rng>,
    /// The current piece, and twice the area below all pieces before it.
    piece: usize,
    before: u128,
    /// The number of past arrivals of the current burst.
    burst: u64,
    /// Twice the area at which the next arrival is due.
    target: u128,
    /// The due time of the last arrival.
    last: Duration,
}

impl ArrivalTimes {
    /// Arrivals along a curve of rates. The seed distinguishes Poisson schedules.
    pub(crate) fn new(curve: Arc<LoadProfile>, spacing: Spacing, seed: u64) -> Self {
        let mut gaps = (spacing == Spacing::Poisson).then(|| Rng::with_seed(seed));
        // Even arrivals start at once, and so with the first moment of each second.
        let target = gaps.as_mut().map_or(0, gap);
        Self { curve, gaps, piece: 0, before: 0, burst: 0, target, last: Duration::ZERO }
    }

    fn piece(&self) -> Option<CurvePiece> {
        self.curve.pieces().get(self.piece).copied()
    }

    fn leave(&mut self, part: ProfilePart) {
        self.before += part.twice_area();
        self.piece += 1;
        self.burst = 0;
    }
}

impl Iterator for ArrivalTimes {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        loop {
            let CurvePiece { start, part } = self.piece()?;
            let due = match part {
                ProfilePart::Burst(many) if self.burst < many => {
                    self.burst += 1;
                    start
                }
                // An arrival that is due at the very end of a piece is the first of the next.
                ProfilePart::Line { from, to, over } if self.target < self.before + part.twice_area() => {
                    let due = start + reached(from, to, over, self.target - self.before);
                    self.target += self.gaps.as_mut().map_or(ONE, gap);
                    due
                }
                _ => {
                    self.leave(part);
                    continue;
                }
            };
            // Roots are rounded, so a due time could be a nanosecond before the last one.
            self.last = due.max(self.last);
            return Some(self.last);
        }
    }
}

/// Twice the area until the next Poisson arrival.
fn gap(rng: &mut Rng) -> u128 {
    // From 0 to 1, excluding 1, so that the logarithm is finite.
    let exponential = -(1.0 - rng.f64()).ln();
    (exponential * ONE as f64) as u128
}

/// The time after the line's start at which twice the area below it reaches this value, which is less than the whole.
fn reached(from: u64, to: u64, over: Duration, twice_area: u128) -> Duration {
    if from == to {
        // Exact, and rounded up, so that the area is complete.
        return Duration::from_nanos(twice_area.div_ceil(2 * u128::from(from)) as u64);
    }
    let (from, to, nanos) = (from as f64, to as f64, over.as_nanos() as f64);
    // The root of from·t + (to − from)·t²/(2·over) = area, in the form that loses no digits for small slopes.
    let area = twice_area as f64 / 2.0;
    let slope = (to - from) / nanos;
    let root = (from * from + 2.0 * slope * area).max(0.0).sqrt();
    let time = if area > 0.0 { 2.0 * area / (from + root) } else { 0.0 };
    Duration::from_nanos(time.clamp(0.0, nanos).ceil() as u64).min(over)
}

#[cfg(test)]
mod tests;
