//! The head of a response, as it comes: its status, its headers, and how its body ends (RFC 9112, sections 4 to 6).

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes};
use http::{Method, StatusCode};

use super::body::Framing;
use super::chunks::Chunks;
use crate::http::fault::Broken;
use crate::http::head::{Head, Headers};
use crate::http::outgoing::has_token;

/// How many headers a response may have.
pub(crate) const MAX_HEADERS: usize = 100;

/// How long the head of a response may be.
pub(super) const MAX_HEAD: usize = 400 * 1024;

/// A head that is complete, and what it says of its message.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    /// All of it, from the status line to the empty line.
    pub(super) text: Bytes,
    pub(super) status: StatusCode,
    /// Where its headers begin.
    lines: usize,
    facts: Facts,
}

/// Reads a head from the start of these bytes, when it is complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Parsed>, Broken> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let read = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut fields,
    );
    let len = match read {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) if bytes.len() > MAX_HEAD => return Err(Broken::TooLarge),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Broken::TooLarge),
        Err(error) => return Err(Broken::Malformed(error.to_string())),
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or_else(|| Broken::Malformed("the status is not one".into()))?;
    let facts = Facts::of(response.headers, response.version == Some(1))?;
    let lines = response.headers.first().map_or(len, |first| offset(bytes, first.name));
    Ok(Some(Parsed { text: Bytes::copy_from_slice(&bytes[..len]), status, lines, facts }))
}

impl Parsed {
    /// How the body ends in the answer to a request of this method.
    pub(super) fn framing(&self, method: &Method) -> Result<Framing, Broken> {
        self.facts.framing(self.status, method)
    }

    /// Whether the server lets the connection be used again.
    pub(super) fn is_reusable(&self, method: &Method) -> bool {
        self.facts.keep_alive && !is_tunnel(self.status, method)
    }

    pub(super) fn into_head(mut self) -> Head {
        self.text.advance(self.lines);
        Head { status: self.status, headers: Headers::new(self.text, self.facts.sets_cookies) }
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
                17 if is(field, "transfer-encoding") => {
                    // Empty elements of a list count for nothing (RFC 9110, section 5.6.1.2).
                    let mut codings = field.value.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                    facts.encoded = match codings.find(|coding| !coding.is_empty()) {
                        Some(last) => Some(last.eq_ignore_ascii_case(b"chunked")),
                        None => facts.encoded.or(Some(false)),
                    };
                }
                // A map of headers has no longer names; it would be without this one, and nobody would know.
                65_536.. => return Err(Broken::TooLarge),
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
