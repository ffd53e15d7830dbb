//! Rates: `500/s`.

use std::fmt;
use std::str::FromStr;

use crate::duration::rate_seconds;
use crate::parse_error::ParseError;

/// The rate of one in a second, in thousandths in an hour.
const SECOND: u64 = 3_600_000;

/// The rates of one in a minute and of one in an hour, in thousandths in an hour.
const MINUTE: u64 = SECOND / 60;
const HOUR: u64 = MINUTE / 60;

/// The highest rate: a million in a second.
const MAX: u64 = 1_000_000 * SECOND;

/// A rate, exactly: a whole number of thousandths in an hour, and at most 1,000,000 in a second.
///
/// ```
/// use molotov::Rate;
///
/// let rate: Rate = "500/s".parse().unwrap();
/// assert_eq!(rate, Rate::per_second(500));
/// assert_eq!("90/m".parse::<Rate>().unwrap().to_string(), "1.5/s");
/// assert!("500".parse::<Rate>().unwrap_err().to_string().contains("500/s, 500/m or 500/h"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// A rate per second; more than 1,000,000 becomes 1,000,000.
    pub const fn per_second(count: u32) -> Self {
        Self::bounded(count as u64 * SECOND)
    }

    /// A rate per minute.
    pub const fn per_minute(count: u32) -> Self {
        Self::bounded(count as u64 * MINUTE)
    }

    /// A rate per hour.
    pub const fn per_hour(count: u32) -> Self {
        Self::bounded(count as u64 * HOUR)
    }

    const fn bounded(thousandths: u64) -> Self {
        if thousandths > MAX { Self(MAX) } else { Self(thousandths) }
    }

    /// The rate of this many thousandths in an hour. For generated code.
    #[doc(hidden)]
    pub const fn from_thousandths_per_hour(thousandths: u64) -> Self {
        Self::bounded(thousandths)
    }

    /// The rate in thousandths in an hour: always a whole number.
    pub const fn thousandths_per_hour(self) -> u64 {
        self.0
    }

    /// The rate in a second.
    pub fn in_a_second(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// Returns `true` if the rate is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// A rate per second, from text without a unit; see [`Rate::from_str`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the text is not a rate.
    fn number(text: &str, unit: u64) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let (Some(number), Some(parts)) = (parse_digits(whole), parse_digits(fraction)) else {
            return Err(
                "the number before the unit is not one; write for example 500/s, 30/m or 0.5/s".into()
            );
        };
        let scale = 10u128.pow(fraction.len() as u32);
        let scaled = (number * scale + parts) * u128::from(unit);
        if !scaled.is_multiple_of(scale) {
            return Err(
                "too fine: a rate is a whole number of thousandths in an hour; write fewer digits".into()
            );
        }
        match u64::try_from(scaled / scale) {
            Ok(thousandths) if thousandths <= MAX => Ok(Self(thousandths)),
            _ => Err("more than one process can start; at most 1000000/s".into()),
        }
    }
}

/// The value of some digits; `None` without digits, with too many, or with other characters.
fn parse_digits(digits: &str) -> Option<u128> {
    let are_digits = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    are_digits.then(|| digits.parse().ok()).flatten()
}

impl FromStr for Rate {
    type Err = ParseError;

    /// A number and, behind a slash, its unit: `s`, `m` or `h`. The number may be 0, for the first and last
    /// stage of a load.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let Some((number, unit)) = text.split_once('/') else {
            return Err(ParseError::new(match text.parse::<f64>() {
                Ok(_) => format!("a rate needs a unit, for example {text}/s, {text}/m or {text}/h"),
                Err(_) => "a rate is a number and its unit, for example 500/s, 30/m or 1000/h".into(),
            }));
        };
        Ok(Self::number(number.trim(), SECOND / rate_seconds(unit)?)?)
    }
}

impl TryFrom<&str> for Rate {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl TryFrom<&String> for Rate {
    type Error = ParseError;

    fn try_from(text: &String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl TryFrom<String> for Rate {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

/// Prints the largest unit that needs at most three digits behind the point.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            n if n.is_multiple_of(SECOND / 1_000) => (SECOND, "s"),
            n if n.is_multiple_of(MINUTE / 1_000) => (MINUTE, "m"),
            _ => (HOUR, "h"),
        };
        let thousandths = self.0 * 1_000 / unit;
        let (whole, parts) = (thousandths / 1_000, thousandths % 1_000);
        if parts == 0 {
            write!(f, "{whole}/{name}")
        } else {
            let parts = format!("{parts:03}");
            write!(f, "{whole}.{}/{name}", parts.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_rate_is_reported_with_a_valid_one() {
        for (text, part) in [
            ("500", "500/s, 500/m or 500/h"),
            ("", "a number and its unit"),
            ("fast", "a number and its unit"),
            ("5/d", "s, m or h"),
            ("-5/s", "not one"),
            ("/s", "not one"),
            ("1e3/s", "not one"),
            ("1000001/s", "at most 1000000/s"),
            ("9999999999999/s", "not one"),
            ("0.0000001/h", "too fine"),
        ] {
            let why = text.parse::<Rate>().unwrap_err().to_string();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn rate_is_reported_in_its_largest_simple_unit() {
        for (text, told) in [
            ("500/s", "500/s"),
            ("0.5 / s", "0.5/s"),
            ("90/m", "1.5/s"),
            ("100/m", "100/m"),
            ("1000/h", "1000/h"),
            ("0/s", "0/s"),
            ("1000000/s", "1000000/s"),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), told);
        }
    }

    proptest::proptest! {
        #[test]
        fn shown_text_is_parsed_again(thousandths in 0..=MAX) {
            let rate = Rate(thousandths);
            proptest::prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<Rate>();
        }
    }
}
