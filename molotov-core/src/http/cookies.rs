//! The cookies of one session, by RFC 6265, section 5.

mod date;
mod set_cookie;
mod store;

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderValue;
use http::header::{HeaderMap, SET_COOKIE};
use tokio::time::Instant;

use self::set_cookie::SetCookie;
use self::store::CookieStore;
use super::endpoint::Endpoint;
use super::path::without_query;
use super::target::Target;

/// The number of paths whose cookies are cached.
const MAX_KNOWN: usize = 8;

/// The cookies of one session, empty until a response sets one.
#[derive(Default)]
pub(crate) struct Jar {
    store: CookieStore,
    /// The headers that were sent last, as long as no cookie changes: finding the cookies costs half as much as a
    /// request.
    known: Vec<KnownHeader>,
}

/// The cookies for a path.
struct KnownHeader {
    target: Target,
    path: Box<str>,
    header: Option<HeaderValue>,
    /// The time at which the first of them expires.
    until: Option<Instant>,
}

impl Jar {
    /// The value of the `Cookie` header for a request to this path.
    pub(crate) fn header(&mut self, target: &Target, path: &str, now: Instant) -> Option<HeaderValue> {
        if self.store.is_empty() {
            return None;
        }
        let path = without_query(path);
        if let Some(known) = self.known.iter().find(|known| known.is_for(&target.endpoint, path)) {
            if known.until.is_none_or(|until| now < until) {
                return known.header.clone();
            }
            self.forget(now);
        }
        let (mut line, mut until) = (Vec::new(), None::<Instant>);
        for (pair, its_end) in self.store.pairs(target, path, now) {
            if !line.is_empty() {
                line.extend_from_slice(b"; ");
            }
            line.extend_from_slice(pair);
            until = until.into_iter().chain(its_end).min();
        }
        // The octets came in headers, so they can be sent in a header.
        let header = if line.is_empty() { None } else { HeaderValue::try_from(line).ok() };
        if self.known.len() >= MAX_KNOWN {
            self.forget(now);
        }
        self.known.push(KnownHeader {
            target: target.clone(),
            path: path.into(),
            header: header.clone(),
            until,
        });
        header
    }

    /// Keeps the cookies that a response sets.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, target: &Target, path: &str) {
        if !headers.contains_key(SET_COOKIE) {
            return;
        }
        let now = Instant::now();
        self.forget(now);
        let path = without_query(path);
        for value in headers.get_all(SET_COOKIE) {
            if let Some(set) = SetCookie::parse(value.as_bytes()) {
                self.store.set(&set, target, path, now);
            }
        }
    }

    /// The value of a cookie for a request to this path; octets that are not UTF-8 are replaced.
    pub(crate) fn get(&self, name: &str, target: &Target, path: &str) -> Option<String> {
        let value = self.store.value(name.as_bytes(), target, without_query(path), Instant::now());
        value.map(String::from_utf8_lossy).map(Cow::into_owned)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Clears the cached headers, after marking which cookies were used if there are too many.
    fn forget(&mut self, now: Instant) {
        if self.store.is_crowded() {
            for known in &self.known {
                self.store.mark_used(&known.target, &known.path, now);
            }
        }
        self.known.clear();
    }
}

impl KnownHeader {
    fn is_for(&self, endpoint: &Arc<Endpoint>, path: &str) -> bool {
        *self.path == *path
            && (Arc::ptr_eq(&self.target.endpoint, endpoint) || self.target.endpoint == *endpoint)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn set(jar: &mut Jar, target: &Target, cookie: &'static [u8]) {
        let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_bytes(cookie).unwrap())]);
        jar.keep(&headers, target, "/");
    }

    #[test]
    fn cached_header_is_sent_until_a_cookie_changes() {
        let mut jar = Jar::default();
        let now = Instant::now();
        let target = Target::parse("http://localhost:1").unwrap();
        let other = Target::parse("http://127.0.0.1:1").unwrap();
        let sent = |jar: &mut Jar| {
            let paths = ["/", "/a?x", "/a?y", "/b/c"];
            [&target, &other].map(|target| {
                paths.map(|path| {
                    let header = jar.header(target, path, now);
                    header.map_or(String::new(), |value| value.to_str().unwrap().into())
                })
            })
        };
        set(&mut jar, &target, b"s=1; Path=/");
        set(&mut jar, &target, b"b=2; Path=/b");

        for _ in 0..3 {
            let right = [["s=1", "s=1", "s=1", "b=2; s=1"].map(String::from), [""; 4].map(String::from)];
            assert_eq!(sent(&mut jar), right);
        }
        set(&mut jar, &target, b"s=3; Path=/");

        assert_eq!(sent(&mut jar)[0][0], "s=3");
        jar.clear();
        assert_eq!(sent(&mut jar)[0][0], "");
    }

    #[test]
    fn octets_go_back_as_they_came() {
        let mut jar = Jar::default();
        let target = Target::parse("http://localhost:1").unwrap();
        set(&mut jar, &target, b"city=Z\xc3\xbcrich; Path=/");
        set(&mut jar, &target, b"name=J\xfcrgen; Path=/; Comment=\xff");

        let header = jar.header(&target, "/", Instant::now()).unwrap();

        assert_eq!(header.as_bytes(), b"city=Z\xc3\xbcrich; name=J\xfcrgen");
        assert_eq!(jar.get("city", &target, "/").unwrap(), "Z\u{fc}rich");
        assert_eq!(jar.get("name", &target, "/").unwrap(), "J\u{fffd}rgen");
    }

    #[test]
    fn many_paths_take_no_more_memory() {
        let mut jar = Jar::default();
        let target = Target::parse("http://localhost:1").unwrap();
        set(&mut jar, &target, b"s=1; Path=/");

        for n in 0..100 {
            assert_eq!(jar.header(&target, &format!("/{n}"), Instant::now()).unwrap(), "s=1");
            assert!(jar.known.len() <= MAX_KNOWN);
        }
    }

    #[test]
    fn cached_header_ends_with_the_first_expiry() {
        let mut jar = Jar::default();
        let target = Target::parse("http://localhost:1").unwrap();
        set(&mut jar, &target, b"s=1; Path=/");
        set(&mut jar, &target, b"t=2; Path=/; Max-Age=60");
        set(&mut jar, &target, b"u=3; Path=/; Max-Age=30");
        let now = Instant::now();
        let mut after = |seconds| jar.header(&target, "/", now + Duration::from_secs(seconds)).unwrap();

        assert_eq!(after(0), "s=1; t=2; u=3");
        assert_eq!(after(29), "s=1; t=2; u=3");
        assert_eq!(after(30), "s=1; t=2");
        assert_eq!(after(59), "s=1; t=2");
        assert_eq!(after(60), "s=1");
    }
}
