//! The delay of the server: a pure function of the request's number, its time, and the number of requests in flight.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;

/// The rule of the delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Script {
    /// No delay: only the path remains.
    None,
    Constant(Duration),
    /// One of two delays; the rare one for this share of the requests.
    TwoPoint {
        often: Duration,
        rarely: Duration,
        share: f64,
    },
    /// Exponentially distributed delays.
    Exponential {
        mean: Duration,
    },
    /// A constant delay, and once a period without responses.
    Stall {
        each: Duration,
        after: Duration,
        lasts: Duration,
    },
    /// A delay that grows with each request in flight.
    Linear {
        base: Duration,
        step: Duration,
    },
}

/// The facts of a request for a script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) number: u64,
    /// The time since the first request.
    pub(crate) at: Duration,
    /// The number of requests in flight, including this one.
    pub(crate) in_flight: u32,
}

impl Script {
    pub(crate) fn delay(self, asked: Asked) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Constant(delay) => delay,
            Self::TwoPoint { often, rarely, share } => {
                if chance(asked.number) < share {
                    rarely
                } else {
                    often
                }
            }
            Self::Exponential { mean } => mean.mul_f64(-(1.0 - chance(asked.number)).ln()),
            Self::Stall { each, after, lasts } => {
                let stalled = asked.at >= after && asked.at < after + lasts;
                each + if stalled { after + lasts - asked.at } else { Duration::ZERO }
            }
            Self::Linear { base, step } => base + step * asked.in_flight,
        }
    }
}

/// A value from 0 to 1, the same for each request of this number.
fn chance(number: u64) -> f64 {
    Rng::with_seed(number).f64()
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "no delay"),
            Self::Constant(delay) => write!(f, "constant, {delay:?}"),
            Self::TwoPoint { often, rarely, share } => {
                write!(f, "two-point, {often:?} and for {:.0} % {rarely:?}", share * 100.0)
            }
            Self::Exponential { mean } => write!(f, "exponential, mean {mean:?}"),
            Self::Stall { each, lasts, .. } => write!(f, "{each:?}, one stall of {lasts:?}"),
            Self::Linear { base, step } => write!(f, "linear, {base:?} and {step:?} per request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn asked(number: u64) -> Asked {
        Asked { number, at: Duration::ZERO, in_flight: 1 }
    }

    #[test]
    fn of_two_delays_the_rare_one_has_its_share() {
        let script = Script::TwoPoint { often: MS, rarely: 50 * MS, share: 0.05 };

        let rare = (0..100_000).filter(|number| script.delay(asked(*number)) == 50 * MS).count();

        assert!((4_800..=5_200).contains(&rare), "{rare}");
    }

    #[test]
    fn exponential_delays_have_their_mean_and_their_median() {
        let script = Script::Exponential { mean: 10 * MS };
        let mut delays: Vec<_> = (0..100_000).map(|number| script.delay(asked(number))).collect();
        delays.sort_unstable();

        let mean = delays.iter().sum::<Duration>() / 100_000;

        assert!(mean.abs_diff(10 * MS) < MS / 10, "{mean:?}");
        assert!(delays[50_000].abs_diff(Duration::from_micros(6_931)) < MS / 10, "{:?}", delays[50_000]);
    }

    #[test]
    fn a_stall_holds_everything_until_its_end() {
        let script = Script::Stall { each: MS, after: 100 * MS, lasts: 50 * MS };
        let delay = |at: u32| script.delay(Asked { at: MS * at, ..asked(0) });

        assert_eq!([99, 100, 120, 149, 150].map(delay), [MS, 51 * MS, 31 * MS, 2 * MS, MS]);
    }

    #[test]
    fn a_linear_delay_grows_with_the_load() {
        let script = Script::Linear { base: MS, step: MS };

        assert_eq!(script.delay(Asked { in_flight: 4, ..asked(0) }), 5 * MS);
    }
}
