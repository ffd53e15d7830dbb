//! The start of the body of a failed response, for the report. It is made for failures only.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::Session;
use crate::http::{Decoder, ResponseHead, codings};
use crate::mask::{self, Whence};
use crate::sample::SeriesId;

/// The number of shown bytes of a body.
const BYTES: usize = 200;

/// The number of bytes of a body that are kept for it: a compressed body starts with tables, and secrets are found by
/// their surrounding text.
pub(super) const KEPT: usize = 4 * 1024;

/// The same number for a body that a scenario examined itself, which may be every body.
const LOOKED_AT: usize = 512;

/// The limit of failures of one session with an excerpt. Masking secrets takes longer than a request.
const MOST: usize = 32;

/// The routes and statuses with an excerpt of this session.
#[derive(Default)]
pub(super) struct Excerpts(Vec<(SeriesId, u16)>);

impl Excerpts {
    /// Adds a route and status; returns whether the pair is new and there is room for it.
    pub(super) fn add(&mut self, series: SeriesId, status: u16) -> bool {
        let is_wanted = self.0.len() < MOST && !self.0.contains(&(series, status));
        if is_wanted {
            self.0.push((series, status));
        }
        is_wanted
    }
}

impl Session {
    /// The start of this body, if it is the first of its route and status: the report shows one example of each.
    #[cold]
    pub(super) fn excerpt(
        &self,
        series: SeriesId,
        route: &str,
        head: &ResponseHead,
        body: &[u8],
    ) -> Option<String> {
        if body.is_empty() {
            return None;
        }
        if !self.state.wants_excerpt(series, head.status.as_u16()) {
            return None;
        }
        beginning(route, head, body)
    }
}

/// The start of this body if it is text, on one line and without secrets. A body with an unknown coding, or a damaged
/// body, has none.
fn beginning(route: &str, head: &ResponseHead, body: &[u8]) -> Option<String> {
    let headers = head.headers.map();
    let whence = Whence { route, is_wanted: head.status.is_success() };
    let body = &body[..body.len().min(KEPT)];
    match Decoder::from_headers(head.status, headers).ok()? {
        Some(decoder) => text_beginning(whence, headers, &decoded(decoder, body)),
        None if codings(headers).all(|coding| coding.eq_ignore_ascii_case(b"identity")) => {
            text_beginning(whence, headers, body)
        }
        None => None,
    }
}

/// The decoded start of an encoded body, as much as the excerpt needs.
fn decoded(mut decoder: Decoder, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    decoder.give(Bytes::copy_from_slice(body));
    while text.len() < KEPT
        && let Ok(Some(piece)) = decoder.next_piece()
    {
        text.extend_from_slice(&piece);
    }
    if text.len() < KEPT
        && let Ok(Some(rest)) = decoder.finish()
    {
        text.extend_from_slice(&rest);
    }
    text.truncate(KEPT);
    text
}

/// The excerpt of a decoded body that a scenario has examined.
pub(super) fn decoded_beginning(whence: Whence<'_>, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    text_beginning(whence, headers, &body[..body.len().min(LOOKED_AT)])
}

fn text_beginning(whence: Whence<'_>, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    mask::excerpt(whence, content_type, body, BYTES)
}
