//! The head of a response, as it comes: its status, its headers, and how its body ends (RFC 9112, sections 4 to 6).

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes};
use http::{Method, StatusCode};

use super::body::Framing;
use super::chunks::Chunks;
use crate::http::fault::Broken;
use crate::http::head::{Head, Headers};
use crate::http::limit::{Limit, MAX_FIELDS, MAX_HEAD, MAX_NAME};
use crate::http::outgoing::has_token;

/// A head that is complete, and what it says of its message.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    /// All of it, from the status line to the empty line, with each field on a line of its own.
    pub(super) text: Bytes,
    /// How many bytes it has as it came.
    pub(super) length: usize,
    /// Whether a field went over several lines, which were joined.
    pub(super) was_folded: bool,
    pub(super) status: StatusCode,
    /// Where its headers begin.
    lines: usize,
    facts: Facts,
}

/// Reads a head from the start of these bytes, when it is complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Parsed>, Broken> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let read = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut fields,
    );
    let length = match read {
        // A folded line begins with white space, which is no name.
        Err(httparse::Error::HeaderName) => return parse_folded(bytes),
        read => match complete(&read, bytes)? {
            Some(length) => length,
            None => return Ok(None),
        },
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status =
        status.ok_or_else(|| Broken::Malformed("the status is not a number from 100 to 999".into()))?;
    let facts = Facts::of(response.headers, response.version == Some(1))?;
    let lines = response.headers.first().map_or(length, |first| offset(bytes, first.name));
    let text = Bytes::copy_from_slice(&bytes[..length]);
    Ok(Some(Parsed { text, length, was_folded: false, status, lines, facts }))
}

/// How long the head is, when it is complete.
fn complete(
    read: &Result<httparse::Status<usize>, httparse::Error>,
    bytes: &[u8],
) -> Result<Option<usize>, Broken> {
    match read {
        Ok(httparse::Status::Complete(length)) => Ok(Some(*length)),
        Ok(httparse::Status::Partial) if bytes.len() > MAX_HEAD => Err(Broken::Beyond(Limit::Head)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(Broken::Beyond(Limit::Fields)),
        Err(error) => Err(Broken::Malformed(error.to_string())),
    }
}

/// Reads a head whose fields may go over several lines; they are joined (RFC 9112, section 5.2).
#[cold]
fn parse_folded(bytes: &[u8]) -> Result<Option<Parsed>, Broken> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let read = httparse::ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response_with_uninit_headers(&mut response, bytes, &mut fields);
    let Some(length) = complete(&read, bytes)? else { return Ok(None) };
    let lines = response.headers.first().map_or(length, |first| offset(bytes, first.name));
    let mut text = bytes[..lines].to_vec();
    for field in response.headers.iter() {
        text.extend([field.name.as_bytes(), b": ", &unfolded(field.value), b"\r\n"].concat());
    }
    text.extend_from_slice(b"\r\n");
    Ok(parse(&text)?.map(|parsed| Parsed { length, was_folded: true, ..parsed }))
}

/// A value with one space in place of each end of a line and the white space around it.
fn unfolded(value: &[u8]) -> Vec<u8> {
    value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b' ')
}

/// A head as the answer to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: Head,
    /// How the body ends.
    pub(super) framing: Framing,
    /// Whether the connection may be used again.
    pub(super) reusable: bool,
}

impl Parsed {
    /// What it says as the answer to a request of this method.
    pub(super) fn answer(mut self, method: &Method) -> Result<Answer, Broken> {
        let framing = self.facts.framing(self.status, method)?;
        let ends_here = matches!(framing, Framing::UntilClose) || is_tunnel(self.status, method);
        self.text.advance(self.lines);
        let headers = Headers::new(self.text, self.facts.sets_cookies, self.facts.is_coded);
        let reusable = self.facts.keep_alive && !ends_here;
        Ok(Answer { head: Head { status: self.status, headers }, framing, reusable })
    }
}

/// Where a part of these bytes begins in them.
fn offset(bytes: &[u8], part: &str) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}

/// What the headers say of the message itself.
#[derive(Clone, Copy, Debug)]
struct Facts {
    http_11: bool,
    keep_alive: bool,
    sets_cookies: bool,
    is_coded: bool,
    length: Option<u64>,
    /// Whether a `Content-Length` is no number, or another one than that before it.
    wrong_length: bool,
    /// Whether there is a `Transfer-Encoding`, and whether it ends in `chunked`.
    encoded: Option<bool>,
}

impl Facts {
    fn of(fields: &[httparse::Header<'_>], http_11: bool) -> Result<Self, Broken> {
        let mut facts = Self {
            http_11,
            keep_alive: http_11,
            sets_cookies: false,
            is_coded: false,
            length: None,
            wrong_length: false,
            encoded: None,
        };
        let mut close = false;
        for field in fields {
            // By the length first: nearly all names differ in it from the few that matter.
            match field.name.len() {
                10 if is(field, "connection") && field.value.eq_ignore_ascii_case(b"keep-alive") => {
                    facts.keep_alive = true;
                }
                10 if is(field, "connection") => {
                    close |= has_token(field.value, b"close");
                    facts.keep_alive |= has_token(field.value, b"keep-alive");
                }
                10 if is(field, "set-cookie") => facts.sets_cookies = true,
                14 if is(field, "content-length") => {
                    facts.length = length(field.value, facts.length);
                    facts.wrong_length |= facts.length.is_none();
                }
                16 if is(field, "content-encoding") => facts.is_coded = true,
                17 if is(field, "transfer-encoding") => {
                    // Empty elements of a list count for nothing (RFC 9110, section 5.6.1.2).
                    let mut codings = field.value.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                    facts.encoded = match codings.find(|coding| !coding.is_empty()) {
                        Some(last) => Some(last.eq_ignore_ascii_case(b"chunked")),
                        None => facts.encoded.or(Some(false)),
                    };
                }
                // The map of headers would be without this one, and nobody would know.
                length if length > MAX_NAME => return Err(Broken::Beyond(Limit::FieldName)),
                _ => {}
            }
        }
        facts.keep_alive &= !close;
        Ok(facts)
    }

    /// RFC 9112, section 6.3: a length is only looked at where it counts.
    fn framing(&self, status: StatusCode, method: &Method) -> Result<Framing, Broken> {
        let bodiless = method == Method::HEAD
            || is_tunnel(status, method)
            || matches!(status.as_u16(), 100..=199 | 204 | 304);
        match (self.encoded, self.length) {
            _ if bodiless => Ok(Framing::Length(0)),
            (Some(_), _) if !self.http_11 => Err(Broken::Malformed("a transfer-encoding in HTTP/1.0".into())),
            (Some(true), _) => Ok(Framing::Chunked(Chunks::default())),
            (Some(false), _) => Ok(Framing::UntilClose),
            (None, _) if self.wrong_length => {
                Err(Broken::Malformed("the content-length is not one number".into()))
            }
            (None, Some(length)) => Ok(Framing::Length(length)),
            (None, None) => Ok(Framing::UntilClose),
        }
    }
}

/// Whether the connection belongs to another protocol from here on (RFC 9110, section 9.3.6).
fn is_tunnel(status: StatusCode, method: &Method) -> bool {
    method == Method::CONNECT && status.is_success()
}

fn is(field: &httparse::Header<'_>, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

/// The length, which may be told more than once when it is the same each time; nothing where it is none.
fn length(value: &[u8], before: Option<u64>) -> Option<u64> {
    let mut length = before;
    for part in value.split(|byte| *byte == b',') {
        let digits = std::str::from_utf8(part.trim_ascii()).ok()?;
        // Parsing alone would take a sign.
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        if length.is_some_and(|known| known != number) {
            return None;
        }
        length = Some(number);
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How the body ends, and whether the connection may be used again.
    fn told(method: &Method, head: &str) -> (String, bool) {
        let parsed = match parse(head.as_bytes()) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return ("incomplete".into(), false),
            Err(broken) => return (format!("{broken:?}"), false),
        };
        assert_eq!(parsed.length, head.len(), "{head:?}");
        match parsed.answer(method) {
            Ok(answer) => {
                let framing = match answer.framing {
                    Framing::Length(length) => length.to_string(),
                    Framing::Chunked(_) => "chunked".into(),
                    Framing::UntilClose => "until close".into(),
                };
                (framing, answer.reusable)
            }
            Err(broken) => (format!("{broken:?}").split('(').next().unwrap().to_owned(), false),
        }
    }

    #[test]
    fn the_length_of_a_body_is_found_by_the_rules_in_their_order() {
        let (get, head, connect) = (Method::GET, Method::HEAD, Method::CONNECT);
        let chunked = "Transfer-Encoding: chunked\r\n";
        let cases = [
            // RFC 9112, section 6.3, rule 1: no body, whatever the fields say.
            (&head, "1.1 200", "content-length: 5\r\n", "0", true),
            (&head, "1.1 200", "content-length: x\r\n", "0", true),
            (&head, "1.1 200", chunked, "0", true),
            (&head, "1.0 200", chunked, "0", false),
            (&head, "1.1 200", "", "0", true),
            (&get, "1.1 204", "content-length: 5\r\n", "0", true),
            (&get, "1.1 304", "content-length: 5, 6\r\n", "0", true),
            (&get, "1.1 103", "content-length: -1\r\n", "0", true),
            // Rule 2.
            (&connect, "1.1 200", "content-length: x\r\n", "0", false),
            (&connect, "1.1 204", "", "0", false),
            (&connect, "1.1 404", "content-length: 5\r\n", "5", true),
            // Rules 3 and 4.
            (&get, "1.1 200", "content-length: 5\r\ntransfer-encoding: chunked\r\n", "chunked", true),
            (&get, "1.1 200", "transfer-encoding: chunked\r\ncontent-length: x\r\n", "chunked", true),
            (&get, "1.1 200", "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n", "chunked", true),
            (&get, "1.1 200", "transfer-encoding: gzip, Chunked ,\r\n", "chunked", true),
            (&get, "1.1 200", "transfer-encoding: chunked\r\ntransfer-encoding:\r\n", "chunked", true),
            (&get, "1.1 200", "transfer-encoding: chunked, gzip\r\n", "until close", false),
            (&get, "1.1 200", "transfer-encoding: identity\r\ncontent-length: 5\r\n", "until close", false),
            (&get, "1.1 200", "transfer-encoding:\r\n", "until close", false),
            (&get, "1.0 200", "transfer-encoding: chunked\r\n", "Malformed", false),
            // Rules 5 and 6.
            (&get, "1.1 200", "content-length: 5\r\ncontent-length: 5\r\n", "5", true),
            (&get, "1.1 200", "content-length: 5, 05\r\n", "5", true),
            (&get, "1.1 200", "content-length: 5\r\ncontent-length: 6\r\n", "Malformed", false),
            (&get, "1.1 200", "content-length: x\r\ncontent-length: 5\r\n", "Malformed", false),
            (&get, "1.1 200", "content-length: +5\r\n", "Malformed", false),
            (&get, "1.1 200", "content-length:\r\n", "Malformed", false),
            (&get, "1.1 200", "content-length: 5,\r\n", "Malformed", false),
            (&get, "1.1 200", "content-length: 18446744073709551616\r\n", "Malformed", false),
            // Rule 8.
            (&get, "1.1 200", "", "until close", false),
            // Section 9.3.
            (&get, "1.1 200", "content-length: 5\r\nconnection: x, Close\r\n", "5", false),
            (
                &get,
                "1.1 200",
                "content-length: 5\r\nconnection: close\r\nconnection: keep-alive\r\n",
                "5",
                false,
            ),
            (&get, "1.0 200", "content-length: 5\r\n", "5", false),
            (&get, "1.0 200", "content-length: 5\r\nconnection: Keep-Alive\r\n", "5", true),
            (&get, "1.0 200", "content-length: 5\r\nconnection: keep-alive, close\r\n", "5", false),
        ];
        for (method, line, fields, framing, reusable) in cases {
            let head = format!("HTTP/{line} OK\r\n{fields}\r\n");
            assert_eq!(told(method, &head), (framing.to_owned(), reusable), "{method} {head:?}");
        }
    }

    #[test]
    fn a_head_with_a_name_that_no_map_takes_is_too_large() {
        let head = |n| format!("HTTP/1.1 200 OK\r\n{}: y\r\n\r\n", "x".repeat(n));

        assert_eq!(told(&Method::GET, &head(65_536)).0, "Beyond(FieldName)");
        assert_eq!(told(&Method::GET, &head(65_535)).0, "until close");
        let parsed = parse(head(65_535).as_bytes()).unwrap().unwrap();
        assert_eq!(parsed.answer(&Method::GET).unwrap().head.headers.map().len(), 1);
    }

    #[test]
    fn a_field_on_several_lines_is_one() {
        let head = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
        for (lines, value) in [
            ("x: a\r\n b\r\n", "a b"),
            ("x: a \t\r\n \t b c\r\n\td\r\n", "a b c d"),
            ("x:\r\n a\r\n", "a"),
            ("x: a\n b\n", "a b"),
            ("x: a\r\n \r\n b\r\n", "a  b"),
            ("y: z\r\nx: a\r\n \u{e9}:b\r\nw: v\r\n", "a \u{e9}:b"),
        ] {
            let parsed = parse(head(lines).as_bytes()).unwrap().unwrap();

            assert_eq!(parsed.length, head(lines).len());
            let answer = parsed.answer(&Method::HEAD).unwrap();
            assert_eq!(answer.head.headers.map()["x"].as_bytes(), value.as_bytes(), "{lines:?}");
        }
        let get = Method::GET;
        assert_eq!(told(&get, &head("transfer-encoding: gzip,\r\n chunked\r\n")).0, "chunked");
        assert_eq!(told(&get, &head("content-length:\r\n 5\r\n")), ("5".into(), true));
        assert_eq!(told(&get, &head("content-length: 5\r\nconnection: x,\r\n close\r\n")).1, false);
        // RFC 9112, section 2.2: nothing comes before the first field that it could be a part of.
        assert_eq!(told(&get, &head(" folded\r\nx: y\r\n")).0, "Malformed(\"invalid header name\")");
        assert_eq!(told(&get, "HTTP/1.1 200 OK\r\nx: a\r\n b").0, "incomplete");
    }

    fn damaged() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just("HTTP/1.1 200 OK\r\n"),
            Just("HTTP/1.0 404\n"),
            Just("content-length: 5\r\n"),
            Just("a: b\r\n"),
            Just("set-cookie: c\r\n"),
            Just("transfer-encoding: chunked\r\n"),
            Just("\r\n"),
            Just("\n"),
            Just(" "),
            Just(":"),
            Just("\u{e9}: \0"),
            Just("connection: close\r\n"),
            Just(" folded\r\n"),
            Just("\t\r\n"),
        ];
        let parts = prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat().into_bytes());
        let damage = prop::option::of((any::<prop::sample::Index>(), any::<u8>()));
        (prop::bool::ANY, parts, damage).prop_map(|(whole, parts, damage)| {
            let mut bytes =
                if whole { [b"HTTP/1.1 200 OK\r\n", &parts[..], b"\r\n"].concat() } else { parts };
            if let Some((at, byte)) = damage
                && !bytes.is_empty()
            {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        /// What follows a head is not looked at, and without its last byte it is no head.
        #[test]
        fn a_head_is_complete_with_its_last_byte_and_takes_no_other(bytes in damaged()) {
            if let Ok(Some(parsed)) = parse(&bytes) {
                let len = parsed.length;
                prop_assert!(parsed.was_folded || bytes.starts_with(&parsed.text));
                for cut in 0..len {
                    prop_assert!(matches!(parse(&bytes[..cut]), Ok(None)), "{}", cut);
                }
                let again = parse(&bytes[..len]).unwrap().unwrap();
                prop_assert_eq!(again.length, len);
                prop_assert_eq!(format!("{:?}", again.facts), format!("{:?}", parsed.facts));
                // As the answer to a HEAD, whose headers say nothing of a body.
                let headers = |parsed: Parsed| parsed.answer(&Method::HEAD).unwrap().head.headers;
                let (again, headers) = (headers(again), headers(parsed));
                prop_assert_eq!(again.map(), headers.map());
                prop_assert_eq!(headers.sets_cookies, headers.map().contains_key("set-cookie"));
            }
        }
    }
}
