//! A duration in words: `500ms`, `10s`, `1m30s`.
//!
//! `molotov-macros` has an exact copy of this file, because it depends on no other crate of ours; a test
//! there compares the two.

use std::fmt;
use std::time::Duration;

/// The words of a unit, and its nanoseconds. A month and a year are those that `humantime` prints.
const UNITS: [(&[&str], u64); 10] = [
    (&["ns", "nsec", "nsecs", "nano", "nanos", "nanosecond", "nanoseconds"], 1),
    (&["us", "µs", "μs", "usec", "usecs", "micro", "micros", "microsecond", "microseconds"], 1_000),
    (&["ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60 * 1_000_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600 * 1_000_000_000),
    (&["d", "day", "days"], 86_400 * 1_000_000_000),
    (&["w", "wk", "wks", "week", "weeks"], 7 * 86_400 * 1_000_000_000),
    (&["month", "months"], 2_630_016 * 1_000_000_000),
    (&["y", "yr", "yrs", "year", "years"], 31_557_600 * 1_000_000_000),
];

/// The possible meanings of a capital M: a minute, because the other units are accepted in capitals, or a
/// month.
const MINUTE_OR_MONTH: &str = "1m is a minute, 30d are a month";

/// The digits of a fraction that are read; a nanosecond needs fewer in every unit.
const DIGITS: usize = 15;

/// The reason why a text is not a duration, and the right form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoDuration {
    /// A number without a unit.
    Bare(String),
    /// Neither a number nor a duration, or an empty text.
    Form,
    /// Another reason, in words.
    Other(String),
}

/// Reads a duration: a number and its unit, several such pairs in a row, or `0`.
///
/// The units are `ns`, `us` (or `µs`), `ms`, `s`, `m`, `h`, `d` and `w`, or longer words for them, in small letters or
/// capitals. Only `M` alone is refused: it is a month for some, and a minute for others.
///
/// # Errors
///
/// When the text is not a duration, or the duration is longer than 584 years.
pub fn parse_duration(text: &str) -> Result<Duration, NoDuration> {
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.is_empty() {
        return Err(NoDuration::Form);
    }
    if let Some(mistake) = other_form(text) {
        return Err(mistake);
    }
    let (mut rest, mut nanos) = (text, 0u64);
    while !rest.is_empty() {
        let (number, unit, behind) = piece(rest)?;
        rest = behind;
        let unit = unit_nanos(number, unit)?;
        let part = number_of(number, unit).ok_or_else(too_long)?;
        nanos = nanos.checked_add(part).ok_or_else(too_long)?;
    }
    Ok(Duration::from_nanos(nanos))
}

fn too_long() -> NoDuration {
    NoDuration::Other("longer than a year; write a shorter time, for example 1h".into())
}

/// The seconds of the unit of a rate, which is the part behind the slash of `500/s`.
///
/// # Errors
///
/// When the unit is neither a second nor a minute nor an hour.
pub fn rate_seconds(unit: &str) -> Result<u64, String> {
    let unit = unit.trim();
    if unit == "M" {
        return Err(format!(
            "`/M` may be a minute or a month; 30/m is 30 in a minute, and {MINUTE_OR_MONTH}"
        ));
    }
    match known(unit).map(|nanos| nanos / 1_000_000_000) {
        Some(seconds @ (1 | 60 | 3_600)) => Ok(seconds),
        _ => Err("the unit of a rate is s, m or h, for example 500/s".into()),
    }
}

/// A number, its unit, and the rest of the text.
fn piece(text: &str) -> Result<(&str, &str, &str), NoDuration> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, behind) = rest.split_at(end);
    match (is_number(number), unit) {
        (true, "") if rest.is_empty() => Err(NoDuration::Bare(number.to_owned())),
        (true, unit) if !unit.is_empty() => Ok((number, unit, behind.trim_start())),
        _ => Err(NoDuration::Form),
    }
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn unit_nanos(number: &str, unit: &str) -> Result<u64, NoDuration> {
    if unit == "M" {
        return Err(NoDuration::Other(format!("`{number}M` may be a minute or a month; {MINUTE_OR_MONTH}")));
    }
    known(unit).ok_or_else(|| {
        // A long word that is not a unit may be anything.
        let which = if unit.chars().count() > 12 { String::new() } else { format!(" `{unit}`") };
        let units = "ns, us, ms, s, m, h, d and w";
        NoDuration::Other(match unit.to_lowercase().starts_with("mo") {
            true => format!("the unit{which} is not known; {MINUTE_OR_MONTH}"),
            false => format!("the unit{which} is not known; there are {units}, for example 500ms or 10s"),
        })
    })
}

fn known(unit: &str) -> Option<u64> {
    let unit = unit.to_lowercase();
    UNITS.iter().find(|(words, _)| words.contains(&unit.as_str())).map(|(_, nanos)| *nanos)
}

/// This number of a unit in nanoseconds; `None` if that is too many. Fractions of a nanosecond are dropped.
fn number_of(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = &fraction[..fraction.len().min(DIGITS)];
    let scale = 10u128.pow(fraction.len() as u32);
    let parts = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    whole.checked_add(u64::try_from(parts * u128::from(unit) / scale).ok()?)
}

/// A duration in the notation of another tool, and its form here.
fn other_form(text: &str) -> Option<NoDuration> {
    if text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return Some(NoDuration::Other("a duration is not negative; for example 500ms or 10s".into()));
    }
    let right = from_iso_8601(text).or_else(|| from_clock(text)).or_else(|| from_comma(text))?;
    Some(NoDuration::Other(format!(
        "a duration is written as a number and its unit; `{text}` is {right} here"
    )))
}

/// `PT1M30S`, as Java prints it.
fn from_iso_8601(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (days, time) = lower.strip_prefix('p')?.split_once('t').unwrap_or((lower.strip_prefix('p')?, ""));
    let right = format!("{days}{time}");
    (has_units(days, "dw") && has_units(time, "hms") && parse_duration(&right).is_ok()).then_some(right)
}

/// Returns `true` if a text consists of numbers and these units.
fn has_units(text: &str, units: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.' || units.contains(c))
}

/// `00:01:30`.
fn from_clock(text: &str) -> Option<String> {
    let parts: Vec<u64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes, seconds] => Some(format!("{hours}h{minutes}m{seconds}s")),
        [long, short] => Some(format!("{long}m{short}s, or {long}h{short}m")),
        _ => None,
    }
}

/// `1,5s`.
fn from_comma(text: &str) -> Option<String> {
    let right = text.replacen(',', ".", 1);
    (right != text && text.len() < 24 && parse_duration(&right).is_ok()).then_some(right)
}

impl fmt::Display for NoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare(number) => {
                write!(f, "a duration needs a unit, for example {number}s, {number}ms or {number}m")
            }
            Self::Form => {
                f.write_str("not a duration; write a number and a unit, for example 500ms, 10s, 1m30s or 2h")
            }
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NoDuration {}
