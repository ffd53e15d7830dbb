//! The head of a response.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::limit::MAX_FIELDS;

/// The head of a response.
#[derive(Debug, Default)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: Headers,
}

/// The headers of a response, put into a map at the first use: most scenarios never use them.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    lines: Bytes,
    // Boxed, because responses are moved and most have none.
    map: OnceLock<Box<HeaderMap>>,
    /// True if a cookie is set.
    pub(crate) sets_cookies: bool,
    /// True if there is a `Content-Encoding`.
    pub(crate) is_coded: bool,
}

impl Headers {
    /// Headers from the lines of a head, which were checked already.
    pub(crate) fn new(lines: Bytes) -> Self {
        Self { lines, map: OnceLock::new(), sets_cookies: false, is_coded: false }
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        self.map.get_or_init(|| Box::new(parse(&self.lines)))
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        let sets_cookies = map.contains_key(http::header::SET_COOKIE);
        let is_coded = map.contains_key(http::header::CONTENT_ENCODING);
        Self { lines: Bytes::new(), map: Box::new(map).into(), sets_cookies, is_coded }
    }
}

fn parse(lines: &Bytes) -> HeaderMap {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(lines, &mut fields) else {
        // The same limits were applied when the head came.
        return HeaderMap::new();
    };
    let mut map = HeaderMap::with_capacity(fields.len());
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(lines.slice_ref(field.value));
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    map
}
