//! The lines of a request in HTTP/1.1 (RFC 9112, section 3).

use http::header::{CONNECTION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::request_head::{DefaultHeaders, RequestHead};

/// The header lines that many requests of a connection share: those of every request, followed by those of the session.
#[derive(Default)]
pub(super) struct CommonLines {
    text: Box<[u8]>,
    /// The start of the lines of the session.
    session: usize,
    /// The version of the session's headers in these lines.
    version: Option<u64>,
}

impl CommonLines {
    /// Appends the head of a request of this connection.
    pub(super) fn write_head(&mut self, request: &RequestHead<'_>, out: &mut Vec<u8>) {
        for part in [request.method.as_str(), " ", request.path, " HTTP/1.1\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        if request.headers.is_some() || sets_type_twice(request) {
            request.each_header(|name, value| write_line(out, name, value));
        } else {
            self.write_common(request, out);
        }
        if let Some(length) = request.length() {
            out.extend_from_slice(b"content-length: ");
            out.extend_from_slice(length.to_string().as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the headers of a request without headers of its own.
    fn write_common(&mut self, request: &RequestHead<'_>, out: &mut Vec<u8>) {
        let version = request.defaults.map_or(0, DefaultHeaders::version);
        if self.version != Some(version) {
            *self = Self::new(request, version);
        }
        let (each, session) = self.text.split_at(self.session);
        out.extend_from_slice(each);
        if let Some(cookies) = request.unset_cookies() {
            write_line(out, &COOKIE, cookies);
        }
        if let Some(content_type) = request.content_type {
            for part in ["content-type: ", content_type, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.extend_from_slice(session);
    }

    #[cold]
    fn new(request: &RequestHead<'_>, version: u64) -> Self {
        let mut text = Vec::new();
        request.each_common(|name, value| write_line(&mut text, name, value));
        let session = text.len();
        for (name, value) in request.defaults.into_iter().flat_map(DefaultHeaders::map) {
            write_line(&mut text, name, value);
        }
        Self { text: text.into(), session, version: Some(version) }
    }
}

/// Returns `true` if both the body and the session have a type; the type of the body is sent.
fn sets_type_twice(request: &RequestHead<'_>) -> bool {
    request.content_type.is_some() && request.defaults.is_some_and(|defaults| defaults.has(&CONTENT_TYPE))
}

/// Returns `true` if a request asks for the connection to be closed after it.
pub(super) fn closes(request: &RequestHead<'_>) -> bool {
    if request.is_alone {
        return true;
    }
    let own = request.headers.filter(|headers| headers.contains_key(CONNECTION));
    own.or(request.defaults.map(DefaultHeaders::map)).is_some_and(has_close)
}

fn has_close(headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).into_iter().any(|value| has_token(value.as_bytes(), b"close"))
}

fn write_line(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// Returns `true` if a comma-separated list has this word in it, in upper or lower case.
pub(super) fn has_token(list: &[u8], token: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;
    use proptest::prelude::*;

    use super::*;
    use crate::http::RequestBody;

    /// The parts of a request, besides the common ones.
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
        /// Passes the request to a function.
        fn request<T>(&self, method: &Method, then: impl FnOnce(&RequestHead<'_>) -> T) -> T {
            let (host, user_agent) = (HeaderValue::from_static("a:1"), HeaderValue::from_static("m"));
            let mut session = DefaultHeaders::default();
            session.change(|map| *map = self.defaults.clone());
            then(&RequestHead {
                method,
                path: "/x?y",
                host: &host,
                user_agent: &user_agent,
                is_alone: self.closes,
                defaults: Some(&session).filter(|defaults| !defaults.is_empty()),
                headers: Some(&self.headers).filter(|headers| !headers.is_empty()),
                cookies: self.cookies.as_ref(),
                content_type: self.content_type,
                body: &RequestBody::Bytes(Bytes::from_static(self.body.as_bytes())),
            })
        }

        fn written(&self, method: &Method) -> String {
            let mut out = Vec::new();
            self.request(method, |request| CommonLines::default().write_head(request, &mut out));
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

    fn map_of(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn head_has_the_required_fields() {
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
    fn request_with_its_own_connection_sends_close() {
        let alone = Parts { closes: true, ..Parts::default() };
        let said = Parts { headers: map_of(&[("connection", "keep-alive")]), ..alone.clone() };

        assert!(alone.written(&Method::GET).contains("\r\nconnection: close\r\n"));
        assert!(alone.request(&Method::GET, closes));
        assert!(said.written(&Method::GET).contains("\r\nconnection: keep-alive\r\n"));
        assert!(said.request(&Method::GET, closes));
    }

    #[test]
    fn each_header_is_written_once_and_the_request_s_own_wins() {
        let defaults = map_of(&[("user-agent", "d"), ("x", "d"), ("z", "d"), ("content-type", "d")]);
        let headers = map_of(&[("x", "h"), ("cookie", "h"), ("content-length", "3")]);
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

    #[test]
    fn lines_that_are_kept_follow_the_headers_of_the_session() {
        let mut common = CommonLines::default();
        let mut session = DefaultHeaders::default();
        let cookie = HeaderValue::from_static("c=1");
        let (host, user_agent) = (HeaderValue::from_static("a:1"), HeaderValue::from_static("m"));
        let mut write = |session: Option<&DefaultHeaders>| {
            let mut out = Vec::new();
            let request = RequestHead {
                method: &Method::GET,
                path: "/",
                host: &host,
                user_agent: &user_agent,
                is_alone: false,
                defaults: session,
                headers: None,
                cookies: Some(&cookie),
                content_type: None,
                body: &RequestBody::default(),
            };
            common.write_head(&request, &mut out);
            String::from_utf8(out).unwrap()
        };
        let plain = "GET / HTTP/1.1\r\nhost: a:1\r\nuser-agent: m\r\ncookie: c=1\r\n\r\n";

        assert_eq!(write(None), plain);
        session.change(|map| *map = map_of(&[("x", "1"), ("user-agent", "u")]));
        let with_defaults = write(Some(&session));
        assert!(
            with_defaults.starts_with("GET / HTTP/1.1\r\nhost: a:1\r\ncookie: c=1\r\n"),
            "{with_defaults}"
        );
        assert!(with_defaults.contains("\r\nx: 1\r\n"), "{with_defaults}");
        assert!(with_defaults.contains("\r\nuser-agent: u\r\n"), "{with_defaults}");
        session.change(|map| drop(map.insert("x", HeaderValue::from_static("2"))));
        assert!(write(Some(&session)).contains("\r\nx: 2\r\n"));
        assert_eq!(write(None), plain, "a request away from home has none of them");
    }

    proptest! {
        /// hyper receives the headers individually.
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
                defaults: map_of(&defaults),
                headers: map_of(&headers),
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
