//! Cookie dates, parsed like in user agents (RFC 6265, section 5.1.1).

/// The time of a cookie date, in seconds since 1970.
///
/// Senders write dates in many formats, so the parser expects none: the first words of the text that look like a time,
/// a day, a month and a year count, and everything else (week days, time zones, comments) is skipped.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|byte| is_delimiter(*byte)) {
        if time.is_none()
            && let Some(found) = hms(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        long => long,
    };
    let ([hour, minute, second], day, month) = (time?, day?, month?);
    let exists = year >= 1601 && (1..=days_in(month, year)).contains(&day);
    let is_time = hour <= 23 && minute <= 59 && second <= 59;
    (exists && is_time)
        .then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// Hours, minutes and seconds, of one or two digits each; text behind a non-digit is ignored.
fn hms(token: &[u8]) -> Option<[i64; 3]> {
    let mut fields = token.splitn(3, |byte| *byte == b':');
    let mut whole = || fields.next().filter(|field| field.iter().all(u8::is_ascii_digit));
    let (hour, minute) = (number(whole()?, 1, 2)?, number(whole()?, 1, 2)?);
    Some([hour, minute, number(fields.next()?, 1, 2)?])
}

/// The number at the start of a token, if it has the allowed number of digits; text behind a non-digit is ignored.
fn number(token: &[u8], least: usize, most: usize) -> Option<i64> {
    let digits = token.iter().take_while(|byte| byte.is_ascii_digit());
    let (mut length, mut value) = (0, 0);
    for digit in digits.take(most + 1) {
        length += 1;
        value = value * 10 + i64::from(digit - b'0');
    }
    (least..=most).contains(&length).then_some(value)
}

/// The month at the start of a token, from 1.
fn month_of(token: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let start = token.get(..3)?;
    (1..).zip(MONTHS).find_map(|(number, month)| start.eq_ignore_ascii_case(month).then_some(number))
}

fn days_in(month: i64, year: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to this date of the Gregorian calendar. Years start in March here, so that the leap day is
/// their last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    #[test]
    fn dates_of_every_sender_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 8:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 1994 08:49:37 GMT+0000 (Coordinated Universal Time)",
            "06 november 1994, 08:49:37",
            "1994 nov 6th 08:49:37.123 +0200",
            "08:49:37 06-NOV-1994",
            "Sun,06 Nov 94 08:49:37",
            "\tNov/6/1994;08:49:37",
            "\"Sun, 06 Nov 1994 08:49:37 GMT\"",
            "Sun, 06 Nov 1994 08:49:37",
            "1994-Nov-06 08:49:37",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(784_111_777), "{text}");
        }
        for text in [
            "Thu, 01 Jan 1970 00:00:00 UTC",
            "Thu, 1 Jan 1970 00:00:00 GMT",
            "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)",
            "Thu, 01-Jan-70 0:0:0 GMT",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(0), "{text}");
        }
    }

    #[test]
    fn invalid_date_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "session",
            "Thu, 01 Jan 1970",
            "01 1970 00:00:00",
            "Jan 1970 00:00:00",
            "01 Jan 00:00:00",
            "Thu, 32 Jan 1970 00:00:00",
            "Thu, 00 Jan 1970 00:00:00",
            "30 Feb 2024 00:00:00",
            "29 Feb 2023 00:00:00",
            "29 Feb 1900 00:00:00",
            "01 Jan 1600 00:00:00",
            "01 Jan 12345 00:00:00",
            "01 Jan 1970 24:00:00",
            "01 Jan 1970 00:60:00",
            "01 Jan 1970 00:00:60",
            "01 Jan 1970 00:00",
            "1970-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert!(parse(b"29 Feb 2000 00:00:00").is_some());
    }

    /// The same result as [`days_since_1970`], counted day by day.
    fn counted(year: i64, month: i64, day: i64) -> i64 {
        let of_year = |year| (1..=12).map(|month| days_in(month, year)).sum::<i64>();
        let years: i64 = if year >= 1970 {
            (1970..year).map(of_year).sum()
        } else {
            -(year..1970).map(of_year).sum::<i64>()
        };
        years + (1..month).map(|month| days_in(month, year)).sum::<i64>() + day - 1
    }

    proptest! {
        #[test]
        fn order_and_separators_of_parts_do_not_matter(
            (year, month, day) in (1601i64..=9999, 1i64..=12, 1i64..=31),
            (hour, minute, second) in (0i64..=23, 0i64..=59, 0i64..=59),
            order in Just([0, 1, 2, 3]).prop_shuffle(),
            between in prop::sample::select(vec![" ", ", ", "-", "/", "\t", " GMT ", " (UTC) ", ";@"]),
            wide: bool,
        ) {
            let name = NAMES[usize::try_from(month - 1).unwrap()];
            let time = if wide { format!("{hour:02}:{minute:02}:{second:02}") } else { format!("{hour}:{minute}:{second}") };
            let day_text = if wide { format!("{day:02}") } else { day.to_string() };
            let parts = [day_text, name.to_owned(), format!("{year:04}"), time];
            let text = order.map(|index| parts[index].clone()).join(between);

            let right = (day <= days_in(month, year))
                .then(|| counted(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second);

            prop_assert_eq!(parse(text.as_bytes()), right, "{}", text);
        }

        #[test]
        fn two_digits_are_a_year_from_1970_to_2069(short in 0i64..=99) {
            let long = if short >= 70 { 1900 + short } else { 2000 + short };

            let text = format!("01 Jan {short:02} 00:00:00");

            prop_assert_eq!(parse(text.as_bytes()), Some(counted(long, 1, 1) * 86_400));
        }

        #[test]
        fn no_octets_are_too_strange(
            octets in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                "[0-9:a-zJFMASOND ,;+()-]{0,60}".prop_map(String::into_bytes),
            ],
        ) {
            if let Some(seconds) = parse(&octets) {
                prop_assert!((-11_644_473_600..253_402_300_800).contains(&seconds));
            }
        }
    }
}
