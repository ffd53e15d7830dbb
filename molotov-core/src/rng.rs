//! Random numbers of a scenario, which repeat with the seed of the run.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Bound, Range, RangeBounds, RangeInclusive};
use std::time::Duration;

use rand_core::{TryRng, utils};

use crate::seed::{self, Purpose};

/// Random numbers that repeat with the seed of the run; see [`Session::rng`](crate::Session::rng).
///
/// They are suitable for test data and think times, not for secrets.
///
/// ```
/// use molotov::data::Rng;
///
/// let mut rng = Rng::with_seed(7);
/// let dice = rng.range(1..=6);
/// let colour = rng.pick(&["red", "green"]).unwrap();
/// assert!((1..=6).contains(&dice) && ["red", "green"].contains(colour));
/// ```
///
/// It is also a generator for the `rand` crate: it implements [`rand_core::TryRng`] of `rand_core` 0.10, and
/// so `Rng`, the base of `rand` 0.10.
///
/// # Stability
///
/// A seed gives the same numbers on every machine and in every version, because a replay (`--replay`) must
/// repeat the values of the run. The generator is SplitMix64 (Steele, Lea, Flood, 2014,
/// <https://doi.org/10.1145/2714064.2660195>); numbers of a range are made by multiplication (D. Lemire,
/// 2019, <https://doi.org/10.1145/3230636>). Another sequence would be a breaking change.
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of this seed.
    pub fn with_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number of 64 bits; also the seed of a generator of your own (`StdRng::seed_from_u64(session.rng().u64())`).
    pub fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(seed::GAMMA);
        seed::finalized(self.0)
    }

    /// A whole number of this range, `0..10` or `1..=6`; all are equally likely.
    ///
    /// ```
    /// # let mut rng = molotov::data::Rng::with_seed(7);
    /// let item = rng.range(1..=1_000);
    /// assert!((1..=1_000).contains(&item));
    /// ```
    ///
    /// # Panics
    ///
    /// When the range is empty.
    pub fn range<N: SampleInt>(&mut self, range: impl SampleRange<N>) -> N {
        N::sample(self, range)
    }

    /// A number from 0 to 1, without 1 itself.
    pub fn f64(&mut self) -> f64 {
        (self.u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability: never with 0 or less, always with 1 or more.
    ///
    /// ```
    /// # let mut rng = molotov::data::Rng::with_seed(7);
    /// // Three of ten visitors buy.
    /// let buys = rng.chance(0.3);
    /// assert!(rng.chance(1.0) && !rng.chance(0.0));
    /// ```
    pub fn chance(&mut self, probability: f64) -> bool {
        self.f64() < probability
    }

    /// A random element, all equally likely; `None` for an empty slice.
    ///
    /// ```
    /// # let mut rng = molotov::data::Rng::with_seed(7);
    /// let word = rng.pick(&["shoes", "socks"]).unwrap();
    /// assert!(["shoes", "socks"].contains(word));
    /// ```
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        if things.is_empty() { None } else { things.get(self.range(0..things.len())) }
    }

    /// Puts the elements in random order.
    ///
    /// ```
    /// # let mut rng = molotov::data::Rng::with_seed(7);
    /// let mut pages = ["/basket", "/items", "/news"];
    /// rng.shuffle(&mut pages);
    /// pages.sort();
    /// assert_eq!(pages, ["/basket", "/items", "/news"]);
    /// ```
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in 1..things.len() {
            things.swap(last, self.range(0..=last));
        }
    }

    /// A random duration of this range, for instance a think time:
    /// `tokio::time::sleep(session.rng().duration(a..b)).await`. An empty range gives its start.
    pub fn duration(&mut self, range: Range<Duration>) -> Duration {
        let most = range.end.saturating_sub(range.start).as_nanos().min(u64::MAX.into()) as u64;
        range.start + Duration::from_nanos(if most == 0 { 0 } else { self.below(most) })
    }

    /// A text of this many random ASCII letters and digits.
    ///
    /// ```
    /// # let mut rng = molotov::data::Rng::with_seed(7);
    /// let name = format!("user-{}", rng.text(8));
    /// assert_eq!(name.len(), 13);
    /// ```
    pub fn text(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(LETTERS[self.below(62) as usize])).collect()
    }

    /// A number below this bound, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.u64()) * u128::from(bound);
            // Some of the 64-bit numbers would make a few results more likely; these are drawn again.
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }
}

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.u64() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || Ok(self.u64()))
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rng").finish_non_exhaustive()
    }
}

/// A whole number that an [`Rng`] can give: `u8` to `u64`, `i8` to `i64`, `usize` and `isize`.
pub trait SampleInt: sealed::Sealed {
    /// A random number of this range.
    #[doc(hidden)]
    fn sample(rng: &mut Rng, range: impl RangeBounds<Self>) -> Self;
}

/// A range with two ends. Without a lower end it would start at the least number of the type, which is hardly
/// ever meant.
pub trait SampleRange<N>: RangeBounds<N> {}

impl<N> SampleRange<N> for Range<N> {}

impl<N> SampleRange<N> for RangeInclusive<N> {}

mod sealed {
    pub trait Sealed: Sized {}
}

macro_rules! sample_int {
    ($($number:ident of $bits:ident)*) => {$(
        impl sealed::Sealed for $number {}

        impl SampleInt for $number {
            fn sample(rng: &mut Rng, range: impl RangeBounds<Self>) -> Self {
                let (low, high) = match (range.start_bound(), range.end_bound()) {
                    (Bound::Included(low), Bound::Included(high)) if low <= high => (*low, *high),
                    (Bound::Included(low), Bound::Excluded(end)) if low < end => (*low, end - 1),
                    _ => panic!("a random number of an empty range"),
                };
                let width = high.wrapping_sub(low) as $bits as u64;
                let offset = match width.checked_add(1) {
                    Some(bound) => rng.below(bound),
                    None => rng.u64(),
                };
                low.wrapping_add(offset as $number)
            }
        }
    )*};
}

sample_int!(u8 of u8 u16 of u16 u32 of u32 u64 of u64 usize of usize i8 of u8 i16 of u16 i32 of u32 i64 of u64 isize of usize);

/// The random numbers of a session, made at their first use.
pub(crate) enum Numbers {
    /// Not used yet, in a fixture.
    SetUp,
    /// Not used yet in this iteration.
    Unasked,
    Asked(Rng),
}

impl Numbers {
    pub(crate) fn rng(&mut self, seed: u64, user: u32, iteration: u64) -> &mut Rng {
        let seed = match self {
            Self::Asked(rng) => return rng,
            Self::SetUp => seed::derive(seed, Purpose::SetUp, &[user.into()]),
            Self::Unasked => seed::derive(seed, Purpose::Scenario, &[user.into(), iteration]),
        };
        *self = Self::Asked(Rng::with_seed(seed));
        self.rng(seed, user, iteration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_repeats_every_kind_of_draw() {
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

    /// Golden values, computed apart from this code: another version, algorithm or machine must give the same
    /// numbers for a seed.
    #[test]
    fn a_seed_gives_these_numbers_for_ever() {
        let mut rng = Rng::with_seed(42);
        let mut order = [0, 1, 2, 3, 4, 5, 6, 7];

        assert_eq!([rng.u64(), rng.u64()], [13_679_457_532_755_275_413, 2_949_826_092_126_892_291]);
        assert_eq!([rng.range(0..1000u16), rng.range(0..=u16::MAX)], [278, 22_556]);
        assert_eq!([rng.range(-5..=5i64), rng.range(i64::MIN..=i64::MAX)], [-5, 6_792_609_088_808_213_254]);
        assert_eq!(rng.f64().to_bits(), 0x3FCB_F4B3_8E22_9BB4);
        assert_eq!(rng.text(12), "xVmMefgpMGeF");
        assert_eq!(rng.duration(Duration::ZERO..Duration::from_secs(1)), Duration::from_nanos(688_946_372));
        rng.shuffle(&mut order);
        assert_eq!(order, [5, 6, 3, 4, 0, 7, 1, 2]);
    }

    /// The numbers that the author's C program prints (Vigna, <https://prng.di.unimi.it/splitmix64.c>).
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut rng = Rng::with_seed(1_234_567);

        assert_eq!(rng.try_next_u64(), Ok(6_457_827_717_110_365_317));
        assert_eq!([rng.u64(), rng.u64()], [3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn numbers_of_a_range_reach_both_ends_and_are_equally_likely() {
        let mut rng = Rng::with_seed(1);
        let mut counts = [0; 6];
        (0..60_000).for_each(|_| counts[rng.range(0..6usize)] += 1);
        // Five standard deviations of 91.
        assert!(counts.iter().all(|count| (9_545..10_455).contains(count)), "{counts:?}");

        assert_eq!(rng.range(3..=3u8), 3);
        assert_eq!(rng.range(i8::MIN..i8::MIN + 1), i8::MIN);
    }

    #[test]
    #[should_panic = "a random number of an empty range"]
    fn an_empty_range_has_no_number() {
        Rng::with_seed(1).range(5..5u8);
    }

    #[test]
    fn empty_or_certain_sets_are_no_mistake() {
        let mut rng = Rng::with_seed(1);
        let second = Duration::from_secs(1);

        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.duration(second..second), second);
        assert_eq!(rng.duration(second * 2..second), second * 2);
        assert!((0..100).all(|_| rng.chance(1.0) && !rng.chance(0.0)));
        assert_eq!(rng.text(0), "");
    }

    /// Golden values, computed apart from this code. They may never change: `--replay` repeats an iteration from them.
    #[test]
    fn first_numbers_of_sessions_are_golden() {
        assert_eq!(Numbers::SetUp.rng(42, 3, 5).u64(), 17_385_720_162_997_395_211);
        assert_eq!(Numbers::Unasked.rng(42, 3, 5).u64(), 16_611_860_197_632_811_617);
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
