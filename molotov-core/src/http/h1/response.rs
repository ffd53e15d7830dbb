//! The head of a response: its status, its headers, and the end of its body (RFC 9112, sections 4 to 6).

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes};
use http::{Method, StatusCode};

use super::chunks::Chunks;
use super::framing::Framing;
use super::request_lines::has_token;
use crate::http::classify::Broken;
use crate::http::limit::{MAX_FIELDS, MAX_HEAD, MAX_NAME, ReadLimit};
use crate::http::response_head::{Headers, ResponseHead};

/// A complete head, and its facts about the message.
#[derive(Clone, Debug)]
pub(super) struct ParsedHead {
    /// The whole head, from the status line to the empty line, with each field on a line of its own.
    pub(super) text: Bytes,
    /// The number of received bytes of the head.
    pub(super) length: usize,
    /// True if a field had several lines, which were joined.
    pub(super) was_folded: bool,
    pub(super) status: StatusCode,
    /// The start of its headers.
    lines: usize,
    facts: Facts,
}

/// Reads a head from the start of these bytes, if it is complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<ParsedHead>, Broken> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let read = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut fields,
    );
    let length = match read {
        // A folded line starts with white space, which is not a name.
        Err(httparse::Error::HeaderName) => return parse_folded(bytes),
        read => match complete(&read, bytes)? {
            Some(length) => length,
            None => return Ok(None),
        },
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status =
        status.ok_or_else(|| Broken::Malformed("the status is not a number from 100 to 999".into()))?;
    let facts = Facts::from_fields(response.headers, response.version)?;
    let lines = response.headers.first().map_or(length, |first| offset(bytes, first.name));
    let text = Bytes::copy_from_slice(&bytes[..length]);
    Ok(Some(ParsedHead { text, length, was_folded: false, status, lines, facts }))
}

/// The length of the head, if it is complete.
fn complete(
    read: &Result<httparse::Status<usize>, httparse::Error>,
    bytes: &[u8],
) -> Result<Option<usize>, Broken> {
    match read {
        Ok(httparse::Status::Complete(length)) => Ok(Some(*length)),
        Ok(httparse::Status::Partial) if bytes.len() > MAX_HEAD => {
            Err(Broken::Beyond(ReadLimit::ResponseHead))
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(Broken::Beyond(ReadLimit::Fields)),
        Err(error) => Err(Broken::Malformed(error.to_string())),
    }
}

/// Reads a head whose fields may have several lines; they are joined (RFC 9112, section 5.2).
#[cold]
fn parse_folded(bytes: &[u8]) -> Result<Option<ParsedHead>, Broken> {
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
    Ok(parse(&text)?.map(|parsed| ParsedHead { length, was_folded: true, ..parsed }))
}

/// A value with one space in place of each line end and its surrounding white space.
fn unfolded(value: &[u8]) -> Vec<u8> {
    value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b' ')
}

/// A head as the response to a request.
#[derive(Debug)]
pub(super) struct FramedHead {
    pub(super) head: ResponseHead,
    /// The end of the body.
    pub(super) framing: Framing,
    /// True if the connection may be used again.
    pub(super) reusable: bool,
}

impl ParsedHead {
    /// The head and its framing, as the response to a request of this method.
    pub(super) fn answer(mut self, method: &Method) -> Result<FramedHead, Broken> {
        let framing = self.facts.framing(self.status, method)?;
        let ends_here = matches!(framing, Framing::UntilClose) || is_tunnel(self.status, method);
        self.text.advance(self.lines);
        let mut headers = Headers::new(self.text);
        headers.sets_cookies = self.facts.sets_cookies;
        headers.is_coded = self.facts.is_coded;
        let reusable = self.facts.keep_alive && !ends_here;
        Ok(FramedHead { head: ResponseHead { status: self.status, headers }, framing, reusable })
    }
}

/// The offset of a part in these bytes.
fn offset(bytes: &[u8], part: &str) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}

/// The facts about the message that its headers contain.
#[derive(Clone, Copy, Debug)]
struct Facts {
    http_11: bool,
    keep_alive: bool,
    sets_cookies: bool,
    is_coded: bool,
    length: Option<u64>,
    /// True if a `Content-Length` is not a number, or contradicts an earlier one.
    wrong_length: bool,
    /// `None` without a `Transfer-Encoding`, otherwise whether it ends in `chunked`.
    encoded: Option<bool>,
}

impl Facts {
    fn from_fields(fields: &[httparse::Header<'_>], minor_version: Option<u8>) -> Result<Self, Broken> {
        let mut facts = Self {
            http_11: minor_version == Some(1),
            keep_alive: minor_version == Some(1),
            sets_cookies: false,
            is_coded: false,
            length: None,
            wrong_length: false,
            encoded: None,
        };
        let mut close = false;
        for field in fields {
            // Compared by length first: nearly all names differ in length from the few that matter.
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
                    // Empty elements of a list are ignored (RFC 9110, section 5.6.1.2).
                    let mut codings = field.value.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                    facts.encoded = match codings.find(|coding| !coding.is_empty()) {
                        Some(last) => Some(last.eq_ignore_ascii_case(b"chunked")),
                        None => facts.encoded.or(Some(false)),
                    };
                }
                // The map of headers would lack this one, without any error.
                length if length > MAX_NAME => return Err(Broken::Beyond(ReadLimit::FieldName)),
                _ => {}
            }
        }
        facts.keep_alive &= !close;
        Ok(facts)
    }

    /// RFC 9112, section 6.3: a length is only used where it counts.
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

/// Returns `true` if the connection belongs to another protocol after this response (RFC 9110, section 9.3.6).
fn is_tunnel(status: StatusCode, method: &Method) -> bool {
    method == Method::CONNECT && status.is_success()
}

fn is(field: &httparse::Header<'_>, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

/// The length, which may be repeated with the same value; `None` for a wrong length.
fn length(value: &[u8], before: Option<u64>) -> Option<u64> {
    let mut length = before;
    for part in value.split(|byte| *byte == b',') {
        let digits = std::str::from_utf8(part.trim_ascii()).ok()?;
        // Parsing alone would accept a sign.
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        if length.is_some_and(|known| known != number) {
            return None;
        }
        length = Some(number);
    }
    length
}

#[cfg(test)]
mod tests;
