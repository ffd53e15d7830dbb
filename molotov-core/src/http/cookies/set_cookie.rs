//! The value of a `Set-Cookie` header, parsed like in user agents (RFC 6265, section 5.2).

use super::date;

/// The longest name and value of a cookie together, in octets, and the longest value of an attribute; browsers have
/// the same bounds.
const LONGEST_PAIR: usize = 4096;
const LONGEST_ATTRIBUTE: usize = 1024;

/// The contents of a `Set-Cookie` header, as octets: cookies have no encoding.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SetCookie<'v> {
    pub(super) name: &'v [u8],
    pub(super) value: &'v [u8],
    /// Without the leading dot.
    pub(super) domain: Option<&'v [u8]>,
    /// A path that starts with a slash.
    pub(super) path: Option<&'v [u8]>,
    pub(super) lasts: Lasts,
    pub(super) secure: bool,
}

/// The lifetime of a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lasts {
    /// As long as the session.
    #[default]
    Session,
    /// This many seconds from now; zero or fewer delete the cookie.
    Seconds(i64),
    /// Until this time, in seconds since 1970.
    Until(i64),
}

impl<'v> SetCookie<'v> {
    /// Reads a header; `None` if it sets no cookie: the cookie has no name, or is too long.
    pub(super) fn parse(value: &'v [u8]) -> Option<Self> {
        let mut parts = value.split(|byte| *byte == b';');
        let (name, value) = split(parts.next()?)?;
        if name.is_empty() || name.len() + value.len() > LONGEST_PAIR {
            return None;
        }
        let mut cookie = Self { name, value, ..Self::default() };
        let (mut max_age, mut expires) = (None, None);
        for part in parts {
            let (name, value) = split(part).unwrap_or((trimmed(part), b""));
            if value.len() > LONGEST_ATTRIBUTE {
                continue;
            }
            // Of several attributes with the same name the last one counts.
            if name.eq_ignore_ascii_case(b"expires") {
                expires = date::parse(value).or(expires);
            } else if name.eq_ignore_ascii_case(b"max-age") {
                max_age = seconds(value).or(max_age);
            } else if name.eq_ignore_ascii_case(b"domain") {
                let domain = value.strip_prefix(b".").unwrap_or(value);
                cookie.domain = Some(domain).filter(|domain| !domain.is_empty()).or(cookie.domain);
            } else if name.eq_ignore_ascii_case(b"path") {
                cookie.path = Some(value).filter(|path| path.starts_with(b"/"));
            } else if name.eq_ignore_ascii_case(b"secure") {
                cookie.secure = true;
            }
        }
        cookie.lasts = match (max_age, expires) {
            (Some(seconds), _) => Lasts::Seconds(seconds),
            (None, Some(time)) => Lasts::Until(time),
            (None, None) => Lasts::Session,
        };
        Some(cookie)
    }
}

/// The two sides of the first `=`, without surrounding white space.
fn split(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = part.iter().position(|byte| *byte == b'=')?;
    Some((trimmed(&part[..at]), trimmed(&part[at + 1..])))
}

/// The octets without surrounding spaces and tabs.
fn trimmed(mut part: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = part {
        part = rest;
    }
    part
}

/// The value of `Max-Age` (RFC 6265, section 5.2.2); a value beyond the range becomes the greatest one.
fn seconds(value: &[u8]) -> Option<i64> {
    let (sign, digits) = match value {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = digits.iter().map(|digit| i64::from(digit - b'0'));
    Some(sign * digits.fold(0, |sum: i64, digit| sum.saturating_mul(10).saturating_add(digit)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(value: &str) -> Option<SetCookie<'_>> {
        SetCookie::parse(value.as_bytes())
    }

    #[test]
    fn name_and_value_are_octets_around_the_first_equals_sign() {
        let pair = |value: &'static [u8]| SetCookie::parse(value).map(|cookie| (cookie.name, cookie.value));

        assert_eq!(pair(b"a=1"), Some((&b"a"[..], &b"1"[..])));
        assert_eq!(pair(b" a \t= b c ; x"), Some((&b"a"[..], &b"b c"[..])));
        assert_eq!(pair(b"a==b=;"), Some((&b"a"[..], &b"=b="[..])));
        assert_eq!(pair(b"a=\"x, y\""), Some((&b"a"[..], &b"\"x, y\""[..])));
        assert_eq!(pair(b"a="), Some((&b"a"[..], &b""[..])));
        assert_eq!(pair(b"c\xc3\xa9=Z\xfcrich"), Some((&b"c\xc3\xa9"[..], &b"Z\xfcrich"[..])));
        for none in [&b""[..], b";", b"a", b"=1", b" =1", b"; a=1"] {
            assert_eq!(pair(none), None);
        }
    }

    #[test]
    fn attributes_are_read_in_either_case_and_the_last_of_a_name_counts() {
        let cookie =
            parse("a=1; PATH = /x ;domain=.Example.com; SECURE; HttpOnly; Comment=\u{fc}; path=/y").unwrap();
        assert_eq!(
            (cookie.path, cookie.domain, cookie.secure),
            (Some(&b"/y"[..]), Some(&b"Example.com"[..]), true)
        );
        assert_eq!(parse("a=1; Path=/x; Path=y").unwrap().path, None);
        assert_eq!(parse("a=1; Path=").unwrap().path, None);
        assert_eq!(parse("a=1; Domain=a.b; Domain=").unwrap().domain, Some(&b"a.b"[..]));
        assert_eq!(parse("a=1; Domain").unwrap().domain, None);
    }

    #[test]
    fn max_age_wins_over_expires_and_other_values_are_ignored() {
        let lasts = |attributes: &str| parse(&format!("a=1; {attributes}")).unwrap().lasts;
        let past = "Expires=Thu, 1 Jan 1970 00:00:00 GMT";

        assert_eq!(lasts("Path=/"), Lasts::Session);
        assert_eq!(lasts(past), Lasts::Until(0));
        assert_eq!(lasts(&format!("Max-Age=60; {past}")), Lasts::Seconds(60));
        assert_eq!(lasts(&format!("{past}; Max-Age=1x")), Lasts::Until(0));
        assert_eq!(lasts("Expires=0"), Lasts::Session);
        assert_eq!(lasts(&format!("{past}; Expires=never")), Lasts::Until(0));
        assert_eq!(lasts("Max-Age=-1"), Lasts::Seconds(-1));
        assert_eq!(lasts("Max-Age=0"), Lasts::Seconds(0));
        assert_eq!(lasts("Max-Age="), Lasts::Session);
        assert_eq!(lasts("Max-Age=+5"), Lasts::Session);
        assert_eq!(lasts("Max-Age=-"), Lasts::Session);
        assert_eq!(lasts("Max-Age=99999999999999999999"), Lasts::Seconds(i64::MAX));
    }

    #[test]
    fn long_heads_are_not_cached() {
        let long = |value: usize, path: usize| format!("a={}; Path=/{}", "x".repeat(value), "y".repeat(path));

        assert!(parse(&long(4095, 1023)).unwrap().path.is_some());
        assert_eq!(parse(&long(4095, 1024)).unwrap().path, None);
        assert_eq!(parse(&long(4096, 0)), None);
    }

    proptest! {
        #[test]
        fn no_octets_are_too_strange(octets in prop::collection::vec(prop::sample::select(
            b"a=;, \t\"\x80\xff/.-0Pathdomiexprsc".to_vec()), 0..60)) {
            if let Some(cookie) = SetCookie::parse(&octets) {
                prop_assert!(!cookie.name.is_empty());
                prop_assert!(!cookie.name.contains(&b'=') && !cookie.value.contains(&b';'));
            }
        }
    }
}
