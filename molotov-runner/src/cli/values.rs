//! The values of options: each is parsed once, and a mistake says what would be right.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use molotov_core::Target;

use crate::output::statsd::{Address, Format};
use crate::plan::limits;

pub(super) fn users(text: &str) -> Result<NonZeroU32, String> {
    limits::users(whole(text, "20")?)
}

pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    limits::threads(whole(text, "2")?)
}

pub(super) fn runs(text: &str) -> Result<NonZeroU64, String> {
    limits::runs(whole(text, "100")?)
}

pub(super) fn failures(text: &str) -> Result<NonZeroU64, String> {
    NonZeroU64::new(whole(text, "3")?)
        .ok_or_else(|| "the number of failures from which on the run has failed; at least 1".into())
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    whole(text, "42")
}

/// A duration that may be zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let trimmed = text.trim();
    let bare_number = !trimmed.is_empty() && trimmed.parse::<f64>().is_ok_and(f64::is_finite);
    if trimmed == "0" {
        return Ok(Duration::ZERO);
    }
    if bare_number && !trimmed.starts_with('-') {
        return Err(format!("a duration needs a unit, for example {trimmed}s, {trimmed}ms or {trimmed}m"));
    }
    let parsed = humantime::parse_duration(trimmed).map_err(|_| {
        "not a duration; write a number and a unit, for example 500ms, 10s, 1m30s or 2h".to_owned()
    })?;
    limits::bounded(parsed)
}

/// A duration that may not be zero.
pub(super) fn positive(text: &str) -> Result<Duration, String> {
    limits::positive(duration(text)?)
}

pub(super) fn target(text: &str) -> Result<Target, String> {
    Target::parse(text).map_err(|error| error.to_string())
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

fn whole(text: &str, example: &str) -> Result<u64, String> {
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

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".*") {
            drop((users(&text), threads(&text), runs(&text), failures(&text), seed(&text), positive(&text)));
            drop(target(&text));
        }

        #[test]
        fn what_humantime_prints_is_read_back(ms in 1u64..30_000_000_000) {
            let printed = humantime::format_duration(Duration::from_millis(ms)).to_string();
            proptest::prop_assert_eq!(positive(&printed).unwrap(), Duration::from_millis(ms));
        }
    }
}
