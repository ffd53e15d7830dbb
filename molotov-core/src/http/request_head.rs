//! A request as it is to be sent: what it consists of, and its bytes.

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::request_body::RequestBody;

/// A request as it is to be sent. Nothing is copied for it until it is written.
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a Method,
    /// Path and query, of characters that may be sent.
    pub(crate) path: &'a str,
    pub(crate) host: &'a Line,
    pub(crate) user_agent: &'a Line,
    /// What says that the connection is for this request alone, where it is.
    pub(crate) close: Option<&'a Line>,
    /// Headers of the session; the request's own replace them.
    pub(crate) defaults: Option<&'a Defaults>,
    pub(crate) headers: Option<&'a HeaderMap>,
    pub(crate) cookies: Option<&'a HeaderValue>,
    /// The type of the body, unless the request has a header for it.
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a RequestBody,
}

/// A header and its line, which is the same in many requests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    name: HeaderName,
    value: HeaderValue,
    text: Box<[u8]>,
}

impl Line {
    pub(crate) fn new(name: HeaderName, value: HeaderValue) -> Self {
        let mut text = Vec::new();
        write_line(&mut text, &name, &value);
        Self { name, value, text: text.into() }
    }
}

/// The headers that every request of a session carries, and their lines.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    map: HeaderMap,
    text: Vec<u8>,
}

impl Defaults {
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.map.contains_key(name)
    }

    pub(crate) fn change(&mut self, change: impl FnOnce(&mut HeaderMap)) {
        change(&mut self.map);
        self.text.clear();
        for (name, value) in &self.map {
            write_line(&mut self.text, name, value);
        }
    }
}

impl RequestHead<'_> {
    /// Each header in turn, but for the length of the body.
    pub(crate) fn each_header(&self, mut put: impl FnMut(&HeaderName, &HeaderValue)) {
        for Line { name, value, .. } in [self.host, self.user_agent].into_iter().chain(self.close) {
            if !self.sets(name) {
                put(name, value);
            }
        }
        if let Some(cookies) = self.unset_cookies() {
            put(&COOKIE, cookies);
        }
        if let Some(content_type) =
            self.unset_content_type().and_then(|text| HeaderValue::try_from(text).ok())
        {
            put(&CONTENT_TYPE, &content_type);
        }
        for (name, value) in self.defaults.iter().flat_map(|defaults| &defaults.map) {
            if !has(self.headers, name) && (name != CONTENT_TYPE || self.content_type.is_none()) {
                put(name, value);
            }
        }
        for (name, value) in self.headers.into_iter().flatten() {
            put(name, value);
        }
    }

    /// The type of the body, unless somebody tells it for this request by hand.
    fn unset_content_type(&self) -> Option<&str> {
        self.content_type.filter(|_| !has(self.headers, &CONTENT_TYPE))
    }

    /// The cookies, unless somebody sets them by hand.
    fn unset_cookies(&self) -> Option<&HeaderValue> {
        self.cookies.filter(|_| !self.sets(&COOKIE))
    }

    /// The length to be told, where nobody told it yet: of each body, and of an empty one with the methods that
    /// usually have one (RFC 9110, section 8.6).
    pub(crate) fn length(&self) -> Option<u64> {
        let usual = [Method::POST, Method::PUT, Method::PATCH].contains(self.method);
        let length = self.body.len();
        let told = length > 0 || usual;
        (told && !self.sets(&CONTENT_LENGTH)).then_some(length)
    }

    /// Whether it asks for the connection to be closed after it.
    pub(crate) fn closes(&self) -> bool {
        if self.close.is_some() {
            return true;
        }
        let defaults =
            self.defaults.map(|defaults| &defaults.map).filter(|_| !has(self.headers, &CONNECTION));
        let said = self.headers.into_iter().chain(defaults).flat_map(|headers| headers.get_all(CONNECTION));
        said.into_iter().any(|value| has_token(value.as_bytes(), b"close"))
    }

    fn sets(&self, name: &HeaderName) -> bool {
        has(self.headers, name) || self.defaults.is_some_and(|defaults| defaults.map.contains_key(name))
    }

    /// Appends the head as HTTP/1.1 has it (RFC 9112, section 3).
    pub(crate) fn write_head(&self, out: &mut Vec<u8>) {
        for part in [self.method.as_str(), " ", self.path, " HTTP/1.1\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        let default_type = self.defaults.is_some_and(|defaults| defaults.map.contains_key(CONTENT_TYPE));
        match (self.headers, self.unset_cookies()) {
            // The lines are the same in each request.
            (None, cookies) if self.content_type.is_none() || !default_type => {
                for line in [self.host, self.user_agent].into_iter().chain(self.close) {
                    if !self.sets(&line.name) {
                        out.extend_from_slice(&line.text);
                    }
                }
                if let Some(cookies) = cookies {
                    write_line(out, &COOKIE, cookies);
                }
                if let Some(content_type) = self.content_type {
                    for part in ["content-type: ", content_type, "\r\n"] {
                        out.extend_from_slice(part.as_bytes());
                    }
                }
                out.extend_from_slice(self.defaults.map_or(&[], |defaults| &defaults.text));
            }
            _ => self.each_header(|name, value| write_line(out, name, value)),
        }
        if let Some(length) = self.length() {
            out.extend_from_slice(b"content-length: ");
            out.extend_from_slice(length.to_string().as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn write_line(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
        out.extend_from_slice(part);
    }
}

fn has(headers: Option<&HeaderMap>, name: &HeaderName) -> bool {
    headers.is_some_and(|headers| headers.contains_key(name))
}

/// Whether a comma-separated list has this word in it, in either case.
pub(crate) fn has_token(list: &[u8], token: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::{HOST, USER_AGENT};
    use proptest::prelude::*;

    use super::*;

    /// What a request is made of, besides what each one has.
    #[derive(Clone, Debug, Default)]
    struct Parts {
        defaults: HeaderMap,
        headers: HeaderMap,
        cookies: Option<HeaderValue>,
        content_type: Option<&'static str>,
        body: &'static str,
        closes: bool,
    }

    impl Parts {
        /// Does something with the request.
        fn request<T>(&self, method: &Method, then: impl FnOnce(&RequestHead<'_>) -> T) -> T {
            let host = Line::new(HOST, HeaderValue::from_static("a:1"));
            let user_agent = Line::new(USER_AGENT, HeaderValue::from_static("m"));
            let close = Line::new(CONNECTION, HeaderValue::from_static("close"));
            let mut session = Defaults::default();
            session.change(|map| *map = self.defaults.clone());
            then(&RequestHead {
                method,
                path: "/x?y",
                host: &host,
                user_agent: &user_agent,
                close: self.closes.then_some(&close),
                defaults: Some(&session).filter(|defaults| !defaults.is_empty()),
                headers: Some(&self.headers).filter(|headers| !headers.is_empty()),
                cookies: self.cookies.as_ref(),
                content_type: self.content_type,
                body: &RequestBody::Bytes(Bytes::from_static(self.body.as_bytes())),
            })
        }

        fn written(&self, method: &Method) -> String {
            let mut out = Vec::new();
            self.request(method, |request| request.write_head(&mut out));
            String::from_utf8(out).unwrap()
        }

        /// The lines of the headers, sorted.
        fn lines(&self, method: &Method) -> Vec<String> {
            let mut lines: Vec<_> =
                self.written(method).trim_end().lines().skip(1).map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        }
    }

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_head_has_what_every_request_needs() {
        let cookies = Some(HeaderValue::from_static("c=1"));
        let bare = Parts { cookies, ..Parts::default() };
        let typed = Parts { content_type: Some("t"), body: "abc", ..Parts::default() };

        assert_eq!(
            bare.written(&Method::GET),
            "GET /x?y HTTP/1.1\r\nhost: a:1\r\nuser-agent: m\r\ncookie: c=1\r\n\r\n"
        );
        assert!(bare.written(&Method::POST).contains("\r\ncontent-length: 0\r\n"));
        assert_eq!(
            typed.written(&Method::GET),
            "GET /x?y HTTP/1.1\r\nhost: a:1\r\nuser-agent: m\r\ncontent-type: t\r\ncontent-length: 3\r\n\r\n"
        );
    }

    #[test]
    fn a_request_that_has_its_connection_alone_says_so() {
        let alone = Parts { closes: true, ..Parts::default() };
        let said = Parts { headers: map(&[("connection", "keep-alive")]), ..alone.clone() };

        assert!(alone.written(&Method::GET).contains("\r\nconnection: close\r\n"));
        assert!(alone.request(&Method::GET, |request| request.closes()));
        assert!(said.written(&Method::GET).contains("\r\nconnection: keep-alive\r\n"));
        assert!(said.request(&Method::GET, |request| request.closes()));
    }

    #[test]
    fn each_header_is_written_once_and_the_request_s_own_wins() {
        let defaults = map(&[("user-agent", "d"), ("x", "d"), ("z", "d"), ("content-type", "d")]);
        let headers = map(&[("x", "h"), ("cookie", "h"), ("content-length", "3")]);
        let typed = Parts { defaults, content_type: Some("t"), body: "abc", ..Parts::default() };
        let own = Parts { headers, cookies: Some(HeaderValue::from_static("c=1")), ..typed.clone() };

        assert_eq!(
            own.lines(&Method::POST),
            [
                "content-length: 3",
                "content-type: t",
                "cookie: h",
                "host: a:1",
                "user-agent: d",
                "x: h",
                "z: d"
            ]
        );
        assert_eq!(
            typed.lines(&Method::POST),
            ["content-length: 3", "content-type: t", "host: a:1", "user-agent: d", "x: d", "z: d"]
        );
    }

    proptest! {
        /// hyper is given the headers one by one.
        #[test]
        fn the_lines_are_those_of_the_headers(
            defaults in prop::sample::subsequence(vec![("host", "d"), ("cookie", "d"), ("x", "d"), ("content-type", "d")], 0..=4),
            headers in prop::sample::subsequence(vec![("host", "h"), ("cookie", "h"), ("x", "h"), ("content-type", "h")], 0..=4),
            cookies: bool,
            typed: bool,
            closes: bool,
            body in prop::sample::select(vec!["", "abc"]),
        ) {
            let parts = Parts {
                defaults: map(&defaults),
                headers: map(&headers),
                cookies: cookies.then(|| HeaderValue::from_static("c=1")),
                content_type: typed.then_some("t"),
                body,
                closes,
            };
            let mut each = parts.request(&Method::POST, |request| {
                let mut lines = vec![format!("content-length: {}", body.len())];
                request.each_header(|name, value| lines.push(format!("{name}: {}", value.to_str().unwrap())));
                lines
            });
            each.sort_unstable();

            prop_assert_eq!(parts.lines(&Method::POST), each);
        }
    }

    #[test]
    fn a_word_is_found_in_a_list_whole_and_in_either_case() {
        assert!(has_token(b"keep-alive, Close", b"close"));
        assert!(!has_token(b"closed, enclose", b"close"));
    }
}
