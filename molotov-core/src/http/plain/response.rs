//! The head of a response, as it comes: its status, its headers, and how its body ends (RFC 9112, sections 4 to 6).

use std::mem::MaybeUninit;

use bytes::Bytes;
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

/// A head that is complete.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) head: Head,
    pub(super) framing: Framing,
    /// Whether the server lets the connection be used again.
    pub(super) reusable: bool,
    /// How many bytes it took.
    pub(super) len: usize,
}

/// Reads a head from the start of these bytes, when it is complete. `method` is that of the request.
pub(super) fn parse(bytes: &[u8], method: &Method) -> Result<Option<Parsed>, Broken> {
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
    let headers = Headers::new(Bytes::copy_from_slice(&bytes[lines..len]), facts.sets_cookies);
    let framing = facts.framing(status, method)?;
    let reusable = facts.keep_alive && !matches!(framing, Framing::UntilClose);
    Ok(Some(Parsed { head: Head { status, headers }, framing, reusable, len }))
}

/// Where a part of these bytes begins in them.
fn offset(bytes: &[u8], part: &str) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}

/// What the headers say of the message itself.
struct Facts {
    http_11: bool,
    keep_alive: bool,
    sets_cookies: bool,
    length: Option<u64>,
    /// Whether there is a `Transfer-Encoding`, and whether it ends in `chunked`.
    encoded: Option<bool>,
}

impl Facts {
    fn of(fields: &[httparse::Header<'_>], http_11: bool) -> Result<Self, Broken> {
        let mut facts =
            Self { http_11, keep_alive: http_11, sets_cookies: false, length: None, encoded: None };
        let mut close = false;
        for field in fields {
            // By the length first: nearly all names differ in it from the few that matter.
            match field.name.len() {
                10 if is(field, "connection") => {
                    close |= has_token(field.value, b"close");
                    facts.keep_alive |= has_token(field.value, b"keep-alive");
                }
                10 if is(field, "set-cookie") => facts.sets_cookies = true,
                14 if is(field, "content-length") => facts.length = Some(length(field.value, facts.length)?),
                17 if is(field, "transfer-encoding") => {
                    let last = field.value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
                    facts.encoded = Some(last.trim_ascii().eq_ignore_ascii_case(b"chunked"));
                }
                _ => {}
            }
        }
        facts.keep_alive &= !close;
        Ok(facts)
    }

    /// RFC 9112, section 6.3.
    fn framing(&self, status: StatusCode, method: &Method) -> Result<Framing, Broken> {
        let connected = method == Method::CONNECT && status.is_success();
        let bodiless =
            method == Method::HEAD || connected || matches!(status.as_u16(), 100..=199 | 204 | 304);
        match (self.encoded, self.length) {
            _ if bodiless => Ok(Framing::Length(0)),
            (Some(_), _) if !self.http_11 => Err(Broken::Malformed("a transfer-encoding in HTTP/1.0".into())),
            (Some(true), _) => Ok(Framing::Chunked(Chunks::default())),
            (None, Some(length)) => Ok(Framing::Length(length)),
            (Some(false), _) | (None, None) => Ok(Framing::UntilClose),
        }
    }
}

fn is(field: &httparse::Header<'_>, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

/// The length, which may be told more than once when it is the same each time.
fn length(value: &[u8], before: Option<u64>) -> Result<u64, Broken> {
    let mut length = before;
    for part in value.split(|byte| *byte == b',') {
        let digits = part.trim_ascii();
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok());
        match (number, length) {
            (Some(number), None) => length = Some(number),
            (Some(number), Some(known)) if number == known => {}
            _ => return Err(Broken::Malformed("the content-length is not one number".into())),
        }
    }
    length.ok_or_else(|| Broken::Malformed("the content-length is not one number".into()))
}
