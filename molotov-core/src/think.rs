//! Think times: the pauses of a visitor.

use std::ops::{Range, RangeInclusive};
use std::str::FromStr;
use std::time::Duration;

use crate::duration::{NoDuration, parse_duration};
use crate::error::{Error, Result};
use crate::rng::Rng;
use crate::run::{Iteration, UserId};
use crate::seed::{self, Purpose};

/// The longest think time.
const MOST: Duration = Duration::from_secs(366 * 24 * 3600);

/// A duration, or a range of durations that are all equally likely: of a [pause](crate::Session::pause), and
/// of the [delay](crate::ScenarioBuilder::delay) after an iteration.
///
/// As text it is `"2s"` or `"1s..3s"`, with the units of all durations in molotov (`ms`, `s`, `m`, `h`,
/// `1m30s`).
///
/// ```
/// use std::time::Duration;
///
/// use molotov::data::ThinkTime;
///
/// let second = Duration::from_secs(1);
/// assert_eq!("1s..3s".parse::<ThinkTime>().unwrap(), (second..second * 3).into());
/// assert_eq!("1s".parse::<ThinkTime>().unwrap(), second.into());
/// assert!("1..3s".parse::<ThinkTime>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThinkTime {
    least: Duration,
    most: Duration,
}

impl ThinkTime {
    /// The shortest duration of the range, or the single duration.
    pub fn least(&self) -> Duration {
        self.least
    }

    /// The end of the range, or the single duration.
    pub fn most(&self) -> Duration {
        self.most
    }

    /// Returns `true` if this is a range.
    pub fn varies(&self) -> bool {
        self.least < self.most
    }

    /// Returns `true` if there is nothing to wait for.
    pub fn is_zero(&self) -> bool {
        self.most.is_zero()
    }

    /// The delay of the run after this iteration of this user, for a runner.
    #[doc(hidden)]
    pub fn for_run(&self, run: u64, user: UserId, iteration: Iteration) -> Duration {
        self.draw_for(run, Purpose::RunDelay, &[user.0.into(), iteration.0])
    }

    /// The delay after this iteration of this user, in a run of this seed.
    pub(crate) fn after_iteration(&self, run: u64, user: UserId, iteration: Iteration) -> Duration {
        self.draw_for(run, Purpose::Delay, &[user.0.into(), iteration.0])
    }

    /// The pause of this number, in this iteration of this user.
    pub(crate) fn draw(&self, run: u64, numbers: &[u64]) -> Duration {
        self.draw_for(run, Purpose::Pause, numbers)
    }

    fn draw_for(&self, run: u64, purpose: Purpose, numbers: &[u64]) -> Duration {
        if !self.varies() {
            return self.least;
        }
        Rng::with_seed(seed::derive(run, purpose, numbers)).duration(self.least..self.most)
    }

    /// Reads a duration or a range, with `duration` for each part; for a runner, which has its own words.
    #[doc(hidden)]
    pub fn parse(text: &str, duration: impl Fn(&str) -> Result<Duration, String>) -> Result<Self, String> {
        let range =
            text.split_once("..").map(|(least, most)| (least, most.strip_prefix('=').unwrap_or(most)));
        let (least, most) = range.unwrap_or((text, text));
        let (least, most) = (duration(least)?, duration(most)?);
        if least > most {
            return Err("the shorter time comes first, as in `1s..3s`".into());
        }
        Ok(Self { least, most })
    }
}

impl From<Duration> for ThinkTime {
    fn from(time: Duration) -> Self {
        Self { least: time, most: time }
    }
}

/// An empty range gives its start.
impl From<Range<Duration>> for ThinkTime {
    fn from(range: Range<Duration>) -> Self {
        Self { least: range.start, most: range.end.max(range.start) }
    }
}

impl From<RangeInclusive<Duration>> for ThinkTime {
    fn from(range: RangeInclusive<Duration>) -> Self {
        let (start, end) = range.into_inner();
        (start..end).into()
    }
}

impl FromStr for ThinkTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text, duration)
            .map_err(|why| Error::msg(format!("invalid pause `{}`: {why}", text.escape_debug())))
    }
}

macro_rules! from_text {
    ($($text:ty),*) => {$(
        impl TryFrom<$text> for ThinkTime {
            type Error = Error;

            fn try_from(text: $text) -> Result<Self> {
                text.parse()
            }
        }
    )*};
}

from_text!(&str, &String, String);

/// Prints a duration in the format of all other places.
fn duration(text: &str) -> Result<Duration, String> {
    if text.trim().is_empty() {
        return Err("a time is missing; write `2s`, or `1s..3s` for another one each time".into());
    }
    let time = parse_duration(text).map_err(|why| match why {
        NoDuration::Form => {
            "not a time; write a number and a unit, for example `500ms`, `2s` or `1s..3s`".into()
        }
        why => why.to_string(),
    })?;
    if time > MOST { Err("longer than a year".into()) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        text.parse::<ThinkTime>().unwrap_err().to_string()
    }

    fn ms(text: &str) -> (u128, u128) {
        let time: ThinkTime = text.parse().unwrap();
        (time.least.as_millis(), time.most.as_millis())
    }

    #[test]
    fn a_time_and_a_range_are_read_with_their_units() {
        assert_eq!(ms("250ms"), (250, 250));
        assert_eq!(ms(" 1s .. 1m30s "), (1000, 90_000));
        assert_eq!(ms("1s..=3s"), (1000, 3000));
        assert_eq!(ms("0s..1s"), (0, 1000));
        assert_eq!(ms("2s..2s"), (2000, 2000));
        assert_eq!(ms("500MS..2 Seconds"), (500, 2000));
        assert_eq!(ThinkTime::try_from("1s".to_owned()).unwrap(), Duration::from_secs(1).into());
    }

    #[test]
    fn a_wrong_text_names_itself_and_the_cure() {
        for (text, cure) in [
            ("5", "invalid pause `5`: a duration needs a unit, for example 5s, 5ms or 5m"),
            ("1..3s", "invalid pause `1..3s`: a duration needs a unit, for example 1s, 1ms or 1m"),
            ("", "a time is missing"),
            ("..3s", "a time is missing"),
            ("1s..", "a time is missing"),
            ("3s..1s", "the shorter time comes first"),
            ("1M", "1m is a minute, 30d are a month"),
            ("5 parsecs", "the unit `parsecs` is not known"),
            ("1,5s", "`1,5s` is 1.5s here"),
            ("1s-3s", "not a time"),
            ("1s..2s..3s", "not a time"),
            ("-1s", "not negative"),
            ("soon\n", "invalid pause `soon\\n`: not a time"),
            ("400d", "longer than a year"),
        ] {
            assert!(said(text).contains(cure), "{text:?}: {}", said(text));
        }
    }

    /// Golden values, computed apart from this code. They may never change: `--replay` repeats an iteration from them.
    #[test]
    fn think_times_are_golden() {
        let time: ThinkTime = "1s..3s".parse().unwrap();
        let (user, iteration) = (UserId(3), Iteration(5));

        assert_eq!(time.after_iteration(42, user, iteration), Duration::from_nanos(1_689_592_028));
        assert_eq!(time.draw(42, &[3, 5, 1]), Duration::from_nanos(1_024_722_509));
        assert_eq!(time.for_run(42, user, iteration), Duration::from_nanos(1_883_201_499));
    }

    #[test]
    fn each_pause_has_a_time_of_its_own_within_the_range() {
        let time: ThinkTime = "1s..3s".parse().unwrap();
        let drawn: Vec<_> = (0..100).map(|n| time.draw(7, &[0, 0, n])).collect();

        assert!(drawn.iter().all(|time| (1000..3000).contains(&time.as_millis())), "{drawn:?}");
        assert!(drawn[1..].iter().all(|time| *time != drawn[0]));
        assert_eq!(drawn[5], time.draw(7, &[0, 0, 5]));
        let (second, empty) = (Duration::from_secs(1), Duration::from_secs(3)..Duration::from_secs(1));
        assert_eq!(ThinkTime::from(second).draw(7, &[0]), second);
        assert_eq!(ThinkTime::from(empty).draw(7, &[0]), second * 3);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", ends in "[0-9smhMS. =]{0,12}") {
            drop((text.parse::<ThinkTime>(), ends.parse::<ThinkTime>()));
        }
    }
}
