//! Numbers for human readers: three significant digits, a fitting unit, and no false precision.

use std::time::Duration;

use crate::quantity::Share;

/// The text for a missing number.
pub(crate) const NONE: &str = "–";

/// A latency in the unit that suits it: `843 µs`, `12.3 ms`, `1.05 s`.
///
/// Histograms store whole microseconds, so less than a millisecond has no decimals.
pub(crate) fn latency(time: Duration) -> String {
    // Calculated from whole nanoseconds: as seconds, 4.075 ms would become 4.0749999 ms and print as 4.07 ms.
    let micros = time.as_nanos() as f64 / 1e3;
    if time.is_zero() {
        "0 µs".into()
    } else if micros < 1.0 {
        "<1 µs".into()
    } else if micros < 999.5 {
        format!("{micros:.0} µs")
    } else if micros < 999.5e3 {
        format!("{} ms", three_digits(micros / 1e3))
    } else if micros < 999.5e6 {
        format!("{} s", three_digits(micros / 1e6))
    } else {
        clock(time)
    }
}

/// [`latency`], or `–` for too few samples.
pub(crate) fn latency_or_none(time: Option<Duration>) -> String {
    time.map_or_else(|| NONE.into(), latency)
}

/// Formats a duration: `843 ms`, `12.3 s`, `2m 05s`.
pub(crate) fn elapsed(time: Duration) -> String {
    if time < Duration::from_millis(59_950) { latency(time) } else { clock(time) }
}

/// A point in time since the first user started, to a tenth of a second: `0 s`, `4.1 s`, `1h 02m 05s`.
pub(crate) fn moment(at: Duration) -> String {
    let tenths = (at.as_secs_f64() * 10.0).round();
    match tenths {
        0.0 => "0 s".into(),
        ..36_000.0 => format!("{:.1} s", tenths / 10.0),
        _ => clock(at),
    }
}

/// Whole seconds: `12 s`, `2m 05s`, `1h 02m 05s`, `3d 04h 05m`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_millis() >= 500);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes:02}m {:02}s", seconds % 60),
        _ => format!("{days}d {hours:02}h {minutes:02}m"),
    }
}

/// A configured duration, in the notation of options: `10s`, `1m 30s`, `500ms`.
pub(crate) fn setting(time: Duration) -> String {
    humantime::format_duration(time).to_string()
}

/// A count: `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 user`, `1,234 users`.
pub(crate) fn many(n: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { more })
}

/// A rate: `1,234/s`, `66.7/s`, `0.25/s`.
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", significant(per_second))
}

/// The minimum time for a rate: a single event would otherwise count as 10/s.
const SHORTEST: Duration = Duration::from_millis(100);

/// [`rate`], or `None` if the time is too short.
pub(crate) fn rate_over(per_second: f64, time: Duration) -> Option<String> {
    (time >= SHORTEST).then(|| rate(per_second))
}

/// Bytes: `843 B`, `1.21 KiB`, `33.4 MiB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", three_digits(value), UNITS[unit])
}

/// A part of a whole. `0%` and `100%` are only used for none and all.
pub(crate) fn percentage(part: u64, whole: u64) -> String {
    let percent = part as f64 / whole.max(1) as f64 * 100.0;
    match percent {
        _ if part == 0 => "0%".into(),
        _ if part >= whole => "100%".into(),
        percent if percent < 0.01 => "<0.01%".into(),
        percent if percent < 0.995 => format!("{percent:.2}%"),
        percent if percent < 99.95 => format!("{percent:.1}%"),
        _ => ">99.9%".into(),
    }
}

/// [`percentage`], or `–` for an empty whole.
pub(crate) fn percentage_or_none(part: u64, whole: u64) -> String {
    if whole == 0 { NONE.into() } else { percentage(part, whole) }
}

/// A share: `33.3%`.
pub(crate) fn share(share: Share) -> String {
    format!("{:.1}%", share.in_percent())
}

/// A number of the user's own: whole numbers without decimals, others with up to three.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    if size >= 1e15 || (size < 0.001 && size > 0.0) {
        return format!("{value:.2e}");
    }
    let text = format!("{size:.3}");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 { "-" } else { "" };
    // Less than 1e15, so it is a number.
    let whole = count(whole.parse().unwrap_or_default());
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

/// A number with a precision of three digits, such as a percentile.
pub(crate) fn estimate(value: f64) -> String {
    // The text was formatted from a number, so it parses.
    number(format!("{value:.2e}").parse().unwrap_or(value))
}

/// Three significant digits of a number from 1 to 999, as `1.23`, `12.3`, `123`.
fn three_digits(value: f64) -> String {
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}

/// Three significant digits, and all digits before the point.
fn significant(value: f64) -> String {
    if !value.is_finite() {
        NONE.into()
    } else if value <= 0.0 {
        "0".into()
    } else if value < 0.001 {
        "<0.001".into()
    } else if value < 0.9995 {
        format!("{value:.3}").trim_end_matches('0').to_owned()
    } else if value < 99.95 {
        three_digits(value)
    } else {
        count(value.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    #[test]
    fn latencies_have_three_digits_and_the_unit_that_suits() {
        let cases = [
            (0, "0 µs"),
            (1, "1 µs"),
            (843, "843 µs"),
            (1_000, "1.00 ms"),
            (4_075, "4.08 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (12_345, "12.3 ms"),
            (99_960, "100 ms"),
            (999_499, "999 ms"),
            (999_600, "1.00 s"),
            (1_054_000, "1.05 s"),
            (60_000_000, "60.0 s"),
            (3_600_000_000, "1h 00m 00s"),
        ];
        for (time, text) in cases {
            assert_eq!(latency(micros(time)), text);
        }
        assert_eq!(latency(Duration::from_nanos(999_600)), "1.00 ms");
        assert_eq!(latency(Duration::from_nanos(300)), "<1 µs");
    }

    #[test]
    fn points_in_time_are_reported_to_a_tenth_of_a_second() {
        for (at, text) in
            [(0, "0 s"), (49, "0 s"), (51, "0.1 s"), (4_060, "4.1 s"), (3_600_000, "1h 00m 00s")]
        {
            assert_eq!(moment(Duration::from_millis(at)), text);
        }
    }

    #[test]
    fn longer_times_read_like_a_clock() {
        assert_eq!(elapsed(micros(12_340_000)), "12.3 s");
        assert_eq!(elapsed(micros(59_960_000)), "1m 00s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2m 05s");
        assert_eq!(elapsed(Duration::from_secs(3_725)), "1h 02m 05s");
        assert_eq!(elapsed(Duration::from_secs(273_900)), "3d 04h 05m");
        assert_eq!(clock(Duration::from_secs(12)), "12 s");
    }

    #[test]
    fn counts_rates_and_bytes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(rate(0.0), "0/s");
        assert_eq!(rate(0.25), "0.25/s");
        assert_eq!(rate(66.666), "66.7/s");
        assert_eq!(rate(1234.4), "1,234/s");
        assert_eq!(rate(f64::INFINITY), "–/s");
        assert_eq!(bytes(843), "843 B");
        assert_eq!(bytes(1_240), "1.21 KiB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.00 MiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn a_rate_takes_a_tenth_of_a_second() {
        assert_eq!(rate_over(3_710.0, Duration::from_millis(99)), None);
        assert_eq!(rate_over(10.0, Duration::from_millis(100)).as_deref(), Some("10.0/s"));
    }

    #[test]
    fn words_none_and_all_are_exact() {
        assert_eq!(percentage(0, 10), "0%");
        assert_eq!(percentage(10, 10), "100%");
        assert_eq!(percentage(1, 1_000_000), "<0.01%");
        assert_eq!(percentage(999_999, 1_000_000), ">99.9%");
        assert_eq!(percentage(1, 300), "0.33%");
        assert_eq!(percentage(1, 3), "33.3%");
        assert_eq!(percentage(0, 0), "0%");
    }

    #[test]
    fn numbers_of_the_users_own_are_shown_as_they_are() {
        assert_eq!(number(19.9), "19.9");
        assert_eq!(number(-1234.0), "-1,234");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(1e-9), "1.00e-9");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(estimate(44.671), "44.7");
        assert_eq!(estimate(-1_234_567.0), "-1,230,000");
        assert_eq!(estimate(f64::INFINITY), "inf");
    }
}
