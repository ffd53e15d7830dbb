//! Random numbers of a scenario, which the seed of the run repeats.

use std::fmt;
use std::ops::{Range, RangeBounds, RangeInclusive};
use std::time::Duration;

use crate::seed::{self, Purpose};

/// Random numbers that the seed of the run repeats: see [`Session::rng`](crate::Session::rng).
///
/// They are good for test data and think times, and for nothing secret.
///
/// ```
/// use molotov_core::Rng;
///
/// let mut rng = Rng::with_seed(7);
/// let dice = rng.range(1..=6);
/// let colour = rng.pick(&["red", "green"]).unwrap();
/// assert!((1..=6).contains(&dice) && ["red", "green"].contains(colour));
/// ```
#[derive(Clone)]
pub struct Rng(fastrand::Rng);

impl Rng {
    /// The numbers of this seed.
    pub fn with_seed(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Any number of 64 bits; also the seed of a generator of your own (`StdRng::seed_from_u64(session.rng().u64())`).
    pub fn u64(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A whole number of this range, `0..10` or `1..=6`, each as likely as the others.
    ///
    /// # Panics
    ///
    /// When the range is empty.
    pub fn range<N: Whole>(&mut self, range: impl Bounded<N>) -> N {
        N::of(&mut self.0, range)
    }

    /// A number from 0 to 1, without 1 itself.
    pub fn f64(&mut self) -> f64 {
        self.0.f64()
    }

    /// True with this probability: never with 0 or less, always with 1 or more.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.f64() < probability
    }

    /// One of these, each as likely as the others; none of nothing.
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        self.0.choice(things)
    }

    /// Puts them in any order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        self.0.shuffle(things);
    }

    /// A time of this range, for instance to think: `tokio::time::sleep(session.rng().duration(a..b)).await`. An empty
    /// range is its start.
    pub fn duration(&mut self, range: Range<Duration>) -> Duration {
        let most = range.end.saturating_sub(range.start).as_nanos().min(u64::MAX.into()) as u64;
        range.start + Duration::from_nanos(if most == 0 { 0 } else { self.0.u64(..most) })
    }

    /// A text of this many letters and digits of ASCII.
    pub fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| self.0.alphanumeric()).collect()
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rng").finish_non_exhaustive()
    }
}

/// A whole number that an [`Rng`] can give: `u8` to `u64`, `i8` to `i64`, `usize` and `isize`.
pub trait Whole: sealed::Sealed {
    /// One of this range.
    #[doc(hidden)]
    fn of(rng: &mut fastrand::Rng, range: impl RangeBounds<Self>) -> Self;
}

/// A range with two ends. One without would begin with the least number that there is, which is hardly ever meant.
pub trait Bounded<N>: RangeBounds<N> {}

impl<N> Bounded<N> for Range<N> {}

impl<N> Bounded<N> for RangeInclusive<N> {}

mod sealed {
    pub trait Sealed: Sized {}
}

macro_rules! whole {
    ($($number:ident)*) => {$(
        impl sealed::Sealed for $number {}

        impl Whole for $number {
            fn of(rng: &mut fastrand::Rng, range: impl RangeBounds<Self>) -> Self {
                rng.$number(range)
            }
        }
    )*};
}

whole!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

/// The random numbers of a session, made when they are first asked for.
pub(crate) enum Numbers {
    /// Nobody has asked yet, in a fixture.
    SetUp,
    /// Nobody has asked yet in this iteration.
    Unasked,
    Asked(Rng),
}

impl Numbers {
    pub(crate) fn rng(&mut self, seed: u64, user: u32, iteration: u64) -> &mut Rng {
        let seed = match self {
            Self::Asked(rng) => return rng,
            Self::SetUp => seed::of(seed, Purpose::SetUp, &[user.into()]),
            Self::Unasked => seed::of(seed, Purpose::Scenario, &[user.into(), iteration]),
        };
        *self = Self::Asked(Rng::with_seed(seed));
        self.rng(seed, user, iteration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_whatever_is_asked_for() {
        let ask = || {
            let mut rng = Rng::with_seed(9);
            let mut order = [1, 2, 3, 4, 5];
            rng.shuffle(&mut order);
            let second = Duration::from_secs(1);
            (
                rng.u64(),
                rng.range(0..9u8),
                rng.f64().to_bits(),
                rng.text(8),
                rng.duration(second..second * 2),
                order,
            )
        };

        assert_eq!(ask(), ask());
    }

    #[test]
    fn what_is_empty_or_certain_is_no_mistake() {
        let mut rng = Rng::with_seed(1);
        let second = Duration::from_secs(1);

        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.duration(second..second), second);
        assert_eq!(rng.duration(second * 2..second), second * 2);
        assert!((0..100).all(|_| rng.chance(1.0) && !rng.chance(0.0)));
        assert_eq!(rng.text(0), "");
    }

    #[test]
    fn each_iteration_has_numbers_of_its_own_and_so_has_the_set_up() {
        let first = |mut numbers: Numbers, user, iteration| numbers.rng(7, user, iteration).u64();
        let numbers = [
            first(Numbers::SetUp, 0, 0),
            first(Numbers::Unasked, 0, 0),
            first(Numbers::Unasked, 0, 1),
            first(Numbers::Unasked, 1, 0),
        ];

        assert_eq!(first(Numbers::Unasked, 1, 0), numbers[3]);
        for (index, number) in numbers.iter().enumerate() {
            assert!(!numbers[..index].contains(number), "{index}");
        }
    }
}
