//! Takes secrets out of what is shown to a person: headers, URLs, forms, JSON.
//!
//! What is a secret is told by its name. Who sends a password as `x=…` finds it in the dump again.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

/// What stands for a secret.
const MASK: &str = "***";

/// A name with one of these in it, without regard to case, `-`, `_` and `.`, is that of a secret.
const PARTS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "credential",
    "signature",
    "sessionid",
    "jwt",
];

/// A name that is one of these is that of a secret, in a header, a URL or a form.
const WHOLES: &[&str] =
    &["auth", "authorization", "code", "key", "pass", "pin", "pwd", "session", "sid", "sig"];

/// A name that is one of these is that of a secret in JSON, where codes and keys are mostly something else.
const IN_JSON: &[&str] = &["authorization", "pin", "pwd", "sid"];

/// What precedes the secret in an `Authorization` header.
const SCHEMES: &[&str] = &["Basic", "Bearer", "Digest", "Negotiate"];

/// Ends a value in a URL, wherever that stands.
const ENDS: &[char] = &['&', '#', '"', '\'', '<', '>', ' ', ',', ';', ')', '\n', '\r', '\t'];

fn is_secret(name: &str, wholes: &[&str]) -> bool {
    let name: String = percent_decode_str(name.trim()).decode_utf8_lossy().to_lowercase();
    let name: String = name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | '[' | ']')).collect();
    wholes.contains(&&*name) || PARTS.iter().any(|part| name.contains(part))
}

/// The value of a header.
pub(crate) fn header(name: &HeaderName, value: &HeaderValue) -> String {
    let text = octets(value.as_bytes());
    if name == AUTHORIZATION || name == PROXY_AUTHORIZATION {
        let scheme = text.split(' ').next().unwrap_or_default();
        let known = SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        return if known { format!("{scheme} {MASK}") } else { MASK.into() };
    }
    if name == COOKIE {
        return text.split(';').map(cookie).collect::<Vec<_>>().join("; ");
    }
    if name == SET_COOKIE {
        let (first, attributes) = text.split_at(text.find(';').unwrap_or(text.len()));
        return cookie(first) + attributes;
    }
    if value.is_sensitive() || is_secret(name.as_str(), WHOLES) {
        MASK.into()
    } else {
        urls(&text).into_owned()
    }
}

/// Octets as text: what is not UTF-8 is written as `\xfc`.
pub(crate) fn octets(octets: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(octets) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(octets.len() + 16);
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    Cow::Owned(text)
}

/// The name of a cookie is no secret, and says which one was sent.
fn cookie(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.into(),
    }
}

/// Text with URLs in it, or a URL itself.
pub(crate) fn urls(text: &str) -> Cow<'_, str> {
    if !text.contains(['?', '&', '#', '@']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(pairs(&without_user_info(text), false))
}

/// A body of the type `application/x-www-form-urlencoded`.
pub(crate) fn form(text: &str) -> String {
    pairs(text, true)
}

/// Masks each `name=value` after `?`, `&`, `#`, or at the beginning, whose name is that of a secret.
fn pairs(text: &str, begins_with_one: bool) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_pairs = begins_with_one;
    loop {
        let end = rest.find(['?', '&', '#']).map_or(rest.len(), |at| at + 1);
        let (piece, after) = rest.split_at(end);
        match piece.split_once('=') {
            Some((name, value)) if in_pairs && is_secret(name, WHOLES) => {
                // A value may have a `?` in it, which does not end it.
                let value = &rest[rest.len() - after.len() - value.len()..];
                let end = value.find(ENDS).unwrap_or(value.len());
                masked.extend([name, "=", MASK]);
                rest = &value[end..];
                in_pairs = false;
            }
            _ => {
                masked.push_str(piece);
                rest = after;
                in_pairs = true;
            }
        }
        if rest.is_empty() {
            return masked;
        }
    }
}

fn without_user_info(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut parts = text.split("://");
    masked.push_str(parts.next().unwrap_or_default());
    for part in parts {
        masked.push_str("://");
        let authority =
            part.find(|c| matches!(c, '/' | '?' | '#') || ENDS.contains(&c)).unwrap_or(part.len());
        match part[..authority].rfind('@') {
            Some(at) => masked.extend([MASK, &part[at..]]),
            None => masked.push_str(part),
        }
    }
    masked
}

/// JSON, which may be cut anywhere: masks the strings whose names are those of secrets. Numbers are left, because
/// `max_tokens` is none.
pub(crate) fn json(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let end = start + string_length(&rest[start..]);
        let (before, after) = rest.split_at(end);
        masked.push_str(before);
        rest = after;
        let value = after.trim_start_matches([' ', '\n', '\r', '\t', ':']);
        let name = before[start..].trim_matches('"');
        let is_name = after.trim_start().starts_with(':');
        if is_name && value.starts_with('"') && is_secret(name, IN_JSON) {
            masked.push_str(&after[..after.len() - value.len()]);
            masked.extend(["\"", MASK, "\""]);
            rest = &value[string_length(value)..];
        }
    }
    masked.push_str(rest);
    masked
}

/// The beginning of something of which nobody knows what it is: a head, JSON, a form, a URL. It may be cut anywhere.
pub(crate) fn fragment(text: &str) -> String {
    let lines: String = text.split_inclusive('\n').map(line).collect();
    pairs(&without_user_info(&json(&lines)), true)
}

/// A line, which may be a header with a secret.
fn line(line: &str) -> Cow<'_, str> {
    let text = line.trim_end_matches(['\r', '\n']);
    let Some((name, value)) = text.split_once(':') else { return Cow::Borrowed(line) };
    let value = value.trim();
    match (HeaderName::try_from(name.trim()), HeaderValue::from_bytes(value.as_bytes())) {
        (Ok(known), Ok(secret)) if header(&known, &secret) != value => {
            Cow::Owned(format!("{name}: {}{}", header(&known, &secret), &line[text.len()..]))
        }
        _ => Cow::Borrowed(line),
    }
}

/// How long the string is that the text begins with, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(name: &'static str, value: &'static str) -> String {
        header(&HeaderName::from_static(name), &HeaderValue::from_static(value))
    }

    #[test]
    fn secrets_in_headers_are_masked_and_what_they_are_is_told() {
        assert_eq!(shown("authorization", "Bearer abc.def"), "Bearer ***");
        assert_eq!(shown("proxy-authorization", "basic dXNlcjpwdw=="), "basic ***");
        assert_eq!(shown("authorization", "abc def"), "***");
        assert_eq!(shown("cookie", "sid=1; theme=dark=er;odd"), "sid=***; theme=***; ***");
        assert_eq!(shown("set-cookie", "sid=1; Path=/; HttpOnly"), "sid=***; Path=/; HttpOnly");
        for name in ["x-api-key", "x-auth-token", "x-csrf-token", "x-amz-signature", "api_key"] {
            assert_eq!(shown(name, "abc"), "***", "{name}");
        }
        assert_eq!(shown("sec-websocket-key", "abc"), "abc");
        assert_eq!(shown("accept", "text/*"), "text/*");

        let mut own = HeaderValue::from_static("abc");
        own.set_sensitive(true);
        assert_eq!(header(&HeaderName::from_static("x-plain"), &own), "***");
    }

    #[test]
    fn octets_that_are_no_text_are_written_as_numbers() {
        let shown = |value: &[u8]| {
            header(&HeaderName::from_static("x-city"), &HeaderValue::from_bytes(value).unwrap())
        };
        assert_eq!(shown(b"Z\xc3\xbcrich"), "Z\u{fc}rich");
        assert_eq!(shown(b"Z\xfcrich\xff"), "Z\\xfcrich\\xff");
        let cookie = HeaderValue::from_bytes(b"n\xfc=secret\xfc; \xff").unwrap();
        assert_eq!(header(&COOKIE, &cookie), "n\\xfc=***; ***");
    }

    #[test]
    fn secrets_in_urls_are_masked_wherever_the_url_stands() {
        assert_eq!(urls("http://a/b?page=2&token=x?y=z&q=1"), "http://a/b?page=2&token=***&q=1");
        assert_eq!(urls("http://a/b?Access%5FToken=x#end"), "http://a/b?Access%5FToken=***#end");
        assert_eq!(urls("http://me:pw@a/b@c"), "http://***@a/b@c");
        assert_eq!(urls("<http://m@a/?code=1>; rel=\"next\""), "<http://***@a/?code=***>; rel=\"next\"");
        assert_eq!(urls("/b?key=&x=1&sig="), "/b?key=***&x=1&sig=***");
        assert_eq!(urls("http://a/#access_token=x&state=1"), "http://a/#access_token=***&state=1");
        assert_eq!(urls("token=1"), "token=1");
    }

    #[test]
    fn secrets_in_forms_are_masked() {
        assert_eq!(form("password=x+y&name=me&pin=12"), "password=***&name=me&pin=***");
        assert_eq!(form("name=me"), "name=me");
        assert_eq!(form(""), "");
    }

    #[test]
    fn secrets_in_json_are_masked_also_where_it_is_cut() {
        assert_eq!(
            json(r#"{"name":"m\"e","password" : "p\"w\\","n":[{"api_key":"x"},{"pin":null}]}"#),
            r#"{"name":"m\"e","password" : "***","n":[{"api_key":"***"},{"pin":null}]}"#
        );
        for plain in [r#"{"tokens":["a"],"x":"token"}"#, r#"{"code":"NOT_FOUND","key":"a","max_tokens":9}"#] {
            assert_eq!(json(plain), plain);
        }
        assert_eq!(json(r#"{"a":1,"refresh_token":"abc"#), r#"{"a":1,"refresh_token":"***""#);
        assert_eq!(json(r#"{"a":1,"token"#), r#"{"a":1,"token"#);
        assert_eq!(json(r#"{"token": "#), r#"{"token": "#);
        assert_eq!(json("no json"), "no json");
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[a-z?&#=:/@\"\\\\{}ü ;,]{0,40}") {
            // Nothing but what is masked is changed.
            let kept = |masked: &str| masked.split(MASK).all(|piece| text.contains(piece.trim_matches('"')));
            prop_assert!(kept(&urls(&text)) && kept(&form(&text)) && kept(&json(&text)));
        }

        #[test]
        fn a_secret_is_found_wherever_it_stands(
            before in "[a-z?&=/]{0,10}",
            secret in "[A-Z0-9]{6}",
            after in "[a-z?&=/#]{0,10}",
        ) {
            let url = format!("http://me:{secret}@a/{before}?{before}&token={secret}&{after}");
            let object = format!(r#"[{{"{before}":"{after}","token": "{secret}"}}]"#);

            prop_assert!(!urls(&url).contains(&secret), "{}", urls(&url));
            let masked = form(&format!("{before}&token={secret}&{after}"));
            prop_assert!(!masked.contains(&secret));
            prop_assert!(!json(&object).contains(&secret), "{}", json(&object));
        }
    }
}
