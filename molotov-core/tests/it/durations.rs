//! Durations in words.

use std::time::Duration;

use molotov_core::{NoDuration, Rate, parse_duration, rate_seconds};
use proptest::prelude::*;

const MS: u64 = 1_000_000;
const S: u64 = 1_000 * MS;

#[test]
fn case_is_ignored() {
    for (text, nanos) in [
        ("10S", 10 * S),
        ("5MIN", 300 * S),
        ("1H", 3_600 * S),
        ("500MS", 500 * MS),
        ("500Ms", 500 * MS),
        ("2 Hours", 7_200 * S),
        ("1D", 86_400 * S),
        ("1W", 7 * 86_400 * S),
        ("3us", 3_000),
        ("3µs", 3_000),
        ("3μs", 3_000),
        ("3US", 3_000),
        ("7NS", 7),
        ("1H30M", 0),
        ("1h30m", 5_400 * S),
        ("1h 30 min", 5_400 * S),
        ("0.5s", 500 * MS),
        ("1.5m", 90 * S),
        ("0", 0),
        ("0s", 0),
        (" 10s ", 10 * S),
        ("1month", 2_630_016 * S),
        ("1year", 31_557_600 * S),
    ] {
        match parse_duration(text) {
            Ok(duration) => assert_eq!(duration, Duration::from_nanos(nanos), "{text}"),
            Err(why) => {
                assert!(text == "1H30M" && why.to_string().contains("1m is a minute"), "{text}: {why}")
            }
        }
    }
}

#[test]
fn each_mistake_in_a_duration_has_a_valid_value() {
    for (text, part) in [
        ("1M", "`1M` may be a minute or a month; 1m is a minute, 30d are a month"),
        ("1.5 M", "1m is a minute, 30d are a month"),
        ("1mo", "1m is a minute, 30d are a month"),
        ("5", "5s, 5ms or 5m"),
        ("1.5", "needs a unit, for example 1.5s"),
        ("1m30", "30s, 30ms or 30m"),
        ("", "not a duration; write a number and a unit"),
        ("soon", "not a duration"),
        ("s", "not a duration"),
        ("1_000ms", "not a duration"),
        ("1..5s", "not a duration"),
        (".5s", "not a duration"),
        ("+5s", "not a duration"),
        ("inf", "not a duration"),
        ("-5s", "not negative"),
        ("5 parsecs", "the unit `parsecs` is not known; there are ns, us, ms, s, m, h, d and w"),
        ("5x", "the unit `x` is not known"),
        ("PT1M30S", "`PT1M30S` is 1m30s here"),
        ("pt10s", "10s here"),
        ("P1DT2H", "1d2h here"),
        ("00:01:30", "0h1m30s here"),
        ("1:30", "1m30s, or 1h30m here"),
        ("1,5s", "1.5s here"),
        ("99999999999999999999s", "longer than a year"),
        ("9999999999999h", "longer than a year"),
    ] {
        let why = parse_duration(text).unwrap_err().to_string();
        assert!(why.contains(part), "{text}: {why}");
    }
    assert_eq!(parse_duration("5"), Err(NoDuration::Bare("5".into())));
}

#[test]
fn long_value_is_not_repeated_as_a_unit() {
    let why = parse_duration("5averylongsecret").unwrap_err().to_string();

    assert!(!why.contains("secret"), "{why}");
}

#[test]
fn the_unit_of_a_rate_is_read_as_that_of_a_duration() {
    for (text, right) in
        [("30/M", None), ("500/S", Some("500/s")), ("30/MIN", Some("30/m")), ("9/Hours", Some("9/h"))]
    {
        let rate = text.parse::<Rate>();
        assert_eq!(
            rate.as_ref().ok(),
            right.map(|right| right.parse::<Rate>().unwrap()).as_ref(),
            "{text}: {rate:?}"
        );
    }
    assert!(rate_seconds("M").unwrap_err().contains("1m is a minute, 30d are a month"));
    assert!(rate_seconds("d").is_err() && rate_seconds("ms").is_err() && rate_seconds("").is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".*", likely in "[0-9.:,pPtT]{0,22} ?[a-zA-Zµ]{0,3}[0-9]{0,3}[smhM]?") {
        drop((parse_duration(&text), parse_duration(&likely), rate_seconds(&text)));
    }

    #[test]
    fn pieces_add_up(hours in 0u64..1_000, minutes in 0u64..100, millis in 0u64..100_000, capitals: bool) {
        let text = format!("{hours}h {minutes}min{millis}ms");
        let text = if capitals { text.to_uppercase() } else { text };
        let sum = Duration::from_millis((hours * 60 + minutes) * 60_000 + millis);
        prop_assert_eq!(parse_duration(&text).unwrap(), sum);
    }
}
