//! The values of options: each is parsed once, and the error names the cure.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use molotov_core::{ConnectionPolicy, ParseError, Rate, Resolve, Target, ThinkTime, parse_duration};

use crate::output::statsd::{Address, Format};
use crate::plan::common_start::moment;
use crate::plan::objective::{Objective, Percent};
use crate::plan::stages::Stages;
use crate::plan::threshold::Threshold;
use crate::plan::{CommonStart, Label, Replay, limits};
use crate::schedule::Spacing;

pub(super) fn users(text: &str) -> Result<NonZeroU32, String> {
    limits::users(whole_number(text, "20")?)
}

pub(super) fn processes(text: &str) -> Result<NonZeroU32, String> {
    let processes = whole_number(text, "2")?;
    match limits::users(processes) {
        Ok(processes) => Ok(processes),
        Err(_) if processes == 0 => Err("it multiplies the users; at least 1, or leave it out".into()),
        Err(_) => Err(format!(
            "{processes} times as many users are too many; write the number of users with --users N"
        )),
    }
}

pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    limits::threads(whole_number(text, "2")?)
}

pub(super) fn runs(text: &str) -> Result<NonZeroU64, String> {
    limits::runs(whole_number(text, "100")?)
}

pub(super) fn failures(text: &str) -> Result<NonZeroU64, String> {
    NonZeroU64::new(whole_number(text, "3")?)
        .ok_or_else(|| "at least 1 failed iteration, for example 3; leave it out for the default of 1".into())
}

pub(super) fn redirects(text: &str) -> Result<u32, String> {
    limits::redirects(whole_number(text, "10")?)
}

pub(super) fn start_at(text: &str) -> Result<CommonStart, String> {
    match text.strip_prefix("file:") {
        Some("") => Err("it names no file, for example file:/go/at".into()),
        Some(path) => Ok(CommonStart::File(path.into())),
        None => moment(text).map(CommonStart::At),
    }
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    whole_number(text, "42")
}

pub(super) fn replay(text: &str) -> Result<Replay, String> {
    text.parse()
}

/// A duration that may be zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = parse_duration(text).map_err(|why| why.to_string())?;
    limits::bounded(parsed)
}

/// A duration that may be zero, or a range of them: `1s..3s`.
pub(super) fn pause(text: &str) -> Result<ThinkTime, String> {
    ThinkTime::parse(text, duration)
}

/// A duration that may not be zero.
pub(super) fn positive(text: &str) -> Result<Duration, String> {
    limits::positive(duration(text)?)
}

/// A duration, which Taurus passes as a bare number of seconds.
pub(super) fn taurus_time(text: &str) -> Result<Duration, String> {
    match text.trim().parse::<f64>().map(Duration::try_from_secs_f64) {
        Ok(Ok(seconds)) => limits::bounded(seconds),
        _ => duration(text),
    }
}

/// The same for a pause.
pub(super) fn taurus_pause(text: &str) -> Result<ThinkTime, String> {
    if text.contains("..") { pause(text) } else { taurus_time(text).map(ThinkTime::from) }
}

/// The same for the time under load. Taurus passes 0 if nothing is held after the ramp-up.
pub(super) fn taurus_duration(text: &str) -> Result<Duration, String> {
    taurus_time(text).map(|held| held.max(Duration::from_millis(1)))
}

pub(super) fn rate(text: &str) -> Result<Rate, String> {
    limits::rate(text.parse()?)
}

/// A scenario and its rate. A name may contain any character, a rate contains no `=`.
pub(super) fn scenario_rate(text: &str) -> Result<(String, Rate), String> {
    let form = "the name of a scenario and its rate, for example buy=50/s";
    let (name, rate) = text.rsplit_once('=').ok_or(form)?;
    match name.trim() {
        "" => Err(form.into()),
        name => Ok((name.to_owned(), self::rate(rate)?)),
    }
}

pub(super) fn label(text: &str) -> Result<Label, String> {
    text.parse()
}

pub(super) fn arrivals(text: &str) -> Result<Spacing, String> {
    match text.trim() {
        "even" => Ok(Spacing::Even),
        "poisson" => Ok(Spacing::Poisson),
        _ => Err("either even (at equal distances) or poisson (as visitors come)".into()),
    }
}

pub(super) fn stages(text: &str) -> Result<Stages, String> {
    text.parse().map_err(|why: ParseError| why.to_string())
}

/// The value of `--sizing` or `MOLOTOV_SIZING`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SizingRequest {
    /// These objectives; if empty, only the tolerance counts.
    Objectives(Vec<Objective>),
    /// `MOLOTOV_SIZING=false`.
    No,
}

/// The value of a bare `--sizing`.
pub(super) const PLAIN_SIZING: &str = "true";

pub(super) fn sizing(text: &str) -> Result<SizingRequest, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(SizingRequest::Objectives(Vec::new())),
        "false" | "no" | "off" | "0" => Ok(SizingRequest::No),
        _ => Objective::parse_all(text).map(SizingRequest::Objectives),
    }
}

pub(super) fn sizing_tolerance(text: &str) -> Result<Percent, String> {
    Percent::parse(text)
}

/// The value of one `--threshold`: thresholds with commas between them, as in the variable.
#[derive(Clone, Debug)]
pub(super) struct TypedThresholds(pub(super) Vec<Threshold>);

pub(super) fn thresholds(text: &str) -> Result<TypedThresholds, String> {
    Threshold::parse_all(text).map(TypedThresholds).map_err(|mistake| mistake.to_string())
}

pub(super) fn target(text: &str) -> Result<Target, String> {
    Target::parse(text).map_err(|error| error.to_string())
}

/// The value of one `--resolve`: entries with commas between them, as in the variable.
#[derive(Clone, Debug)]
pub(super) struct Resolves(pub(super) Vec<Resolve>);

pub(super) fn resolves(text: &str) -> Result<Resolves, String> {
    Resolve::parse_list(text).map(Resolves).map_err(|error| error.to_string())
}

pub(super) fn connections(text: &str) -> Result<ConnectionPolicy, String> {
    let number = text.trim();
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "write the lifetime of connections (`user`, `iteration` or `request`); each user has its own connection, so write \
             `--users {number}` for {number} of them"
        ));
    }
    text.parse().map_err(|error: molotov_core::Error| error.to_string())
}

pub(super) fn statsd_address(text: &str) -> Result<Address, String> {
    text.trim().parse()
}

pub(super) fn statsd_format(text: &str) -> Result<Format, String> {
    match text.trim() {
        "dogstatsd" => Ok(Format::Dogstatsd),
        "plain" => Ok(Format::Plain),
        _ => Err("either dogstatsd (tags) or plain (Python Molotov's names)".into()),
    }
}

fn whole_number(text: &str, example: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| {
        let digits = text.trim().bytes().all(|b| b.is_ascii_digit()) && !text.trim().is_empty();
        if digits {
            format!("too large; a whole number up to {}", u64::MAX)
        } else {
            format!("a whole number that is not negative, for example {example}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_duration_or_a_range_of_them() {
        let (second, three) = (Duration::from_secs(1), Duration::from_secs(3));
        assert_eq!(pause("1s").unwrap(), second.into());
        assert_eq!(pause("0").unwrap(), ThinkTime::default());
        for range in ["1s..3s", " 1s .. 3000ms", "1s..=3s"] {
            assert_eq!(pause(range).unwrap(), (second..three).into(), "{range}");
        }
        for (wrong, cure) in [
            ("3s..1s", "the shorter time comes first"),
            ("1..3s", "a duration needs a unit, for example 1s"),
            ("1s..", "not a duration"),
            ("1s..400d", "longer than a year"),
            ("1s..2s..3s", "not a duration"),
        ] {
            let told = pause(wrong).unwrap_err();
            assert!(told.contains(cure), "{wrong}: {told}");
        }
    }

    #[test]
    fn durations_need_a_unit_and_are_finite() {
        assert_eq!(duration("1m30s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("0").unwrap(), Duration::ZERO);
        assert!(duration("5").unwrap_err().contains("5s, 5ms or 5m"));
        assert!(duration("1.5").unwrap_err().contains("needs a unit"));
        for wrong in ["", "NaN", "inf", "-5s", "-1", "5 parsecs", "99999999999999999999s", "1e9"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(duration("400d").unwrap_err().contains("longer than a year"));
        assert!(positive("0s").unwrap_err().contains("longer than zero"));
    }

    #[test]
    fn taurus_gives_seconds_and_0_for_no_time_to_hold() {
        assert_eq!(taurus_time("5.0").unwrap(), Duration::from_secs(5));
        assert_eq!(taurus_time("0").unwrap(), Duration::ZERO);
        assert_eq!(taurus_time("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(taurus_duration("60").unwrap(), Duration::from_secs(60));
        assert!(!taurus_duration("0").unwrap().is_zero());
        assert_eq!(taurus_pause("2.5").unwrap(), Duration::from_millis(2_500).into());
        assert_eq!(taurus_pause("1s..3s").unwrap(), pause("1s..3s").unwrap());
        for wrong in ["", "-1", "NaN", "inf", "1e30", "soon"] {
            assert!(taurus_duration(wrong).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".*") {
            drop((users(&text), threads(&text), runs(&text), failures(&text), seed(&text), positive(&text)));
            drop((target(&text), processes(&text), taurus_time(&text), taurus_duration(&text)));
            drop((scenario_rate(&text), resolves(&text), connections(&text), rate(&text), arrivals(&text), stages(&text)));
        }

        #[test]
        fn durations_of_humantime_are_parsed(ms in 1u64..30_000_000_000) {
            let printed = humantime::format_duration(Duration::from_millis(ms)).to_string();
            proptest::prop_assert_eq!(positive(&printed).unwrap(), Duration::from_millis(ms));
        }
    }
}
