//! The cookies of one session.

use std::convert::Infallible;
use std::sync::Arc;

use cookie_store::{CookieStore, RawCookie};
use http::HeaderValue;
use http::header::{HeaderMap, SET_COOKIE};

use super::endpoint::Endpoint;
use super::target::Target;
use super::told::without_query;

/// How many cookies one session keeps; RFC 6265, section 6.1, asks for 50 a domain. What a server sends must not
/// fill the memory.
const MAX_COOKIES: usize = 300;

/// How many paths are remembered with their cookies.
const MAX_KNOWN: usize = 8;

/// The cookies of one session, empty until a response sets one.
#[derive(Default)]
pub(crate) struct Jar {
    store: Option<CookieStore>,
    /// What was told last, as long as no cookie changes: to find it costs as much as half of a request.
    known: Vec<Known>,
}

/// The cookies for a path.
struct Known {
    endpoint: Arc<Endpoint>,
    path: Box<str>,
    header: Option<HeaderValue>,
}

impl Jar {
    /// The value of the `Cookie` header for a request to this path.
    pub(crate) fn header(&mut self, target: &Target, path: &str) -> Option<HeaderValue> {
        let store = self.store.as_ref()?;
        let path = without_query(path);
        let same = |known: &&Known| Arc::ptr_eq(&known.endpoint, &target.endpoint) && *known.path == *path;
        if let Some(known) = self.known.iter().find(same) {
            return known.header.clone();
        }
        let header = found(store, target, path);
        // What may expire has to be looked at each time.
        if store.iter_any().all(|cookie| !cookie.is_persistent()) {
            if self.known.len() >= MAX_KNOWN {
                self.known.clear();
            }
            let endpoint = Arc::clone(&target.endpoint);
            self.known.push(Known { endpoint, path: path.into(), header: header.clone() });
        }
        header
    }

    /// Keeps what a response sets.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, target: &Target, path: &str) {
        if !headers.contains_key(SET_COOKIE) {
            return;
        }
        let url = target.url(path);
        self.known.clear();
        let store = self.store.get_or_insert_default();
        let mut room = room(store);
        for value in headers.get_all(SET_COOKIE) {
            let Ok(text) = value.to_str() else { continue };
            let Ok(cookie) = RawCookie::parse(text.to_owned()) else { continue };
            // One that replaces another takes no room.
            if room > 0 || store.iter_any().any(|known| known.name() == cookie.name()) {
                room = room.saturating_sub(1);
                // What may not be set, such as a cookie for another domain, is passed over as browsers do.
                drop(store.insert_raw(&cookie.into_owned(), &url));
            }
        }
    }

    /// The value of a cookie that would be sent to this path.
    pub(crate) fn get(&self, name: &str, target: &Target, path: &str) -> Option<String> {
        let url = target.url(path);
        let mut values = self.store.as_ref()?.get_request_values(&url);
        values.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn found(store: &CookieStore, target: &Target, path: &str) -> Option<HeaderValue> {
    let url = target.url(path);
    let pairs: Vec<String> =
        store.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
}

/// How many more cookies may be kept; those that have expired are thrown away when there are too many.
fn room(store: &mut CookieStore) -> usize {
    if store.iter_any().count() >= MAX_COOKIES {
        let fresh = store.iter_unexpired().cloned().map(Ok::<_, Infallible>);
        match CookieStore::from_cookies(fresh.collect::<Vec<_>>(), false) {
            Ok(fresh) => *store = fresh,
            Err(never) => match never {},
        }
    }
    MAX_COOKIES.saturating_sub(store.iter_any().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(jar: &mut Jar, target: &Target, cookie: &'static str) {
        let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static(cookie))]);
        jar.keep(&headers, target, "/");
    }

    #[test]
    fn what_was_told_is_told_again_until_a_cookie_changes() {
        let mut jar = Jar::default();
        let target = Target::parse("http://localhost:1").unwrap();
        let other = Target::parse("http://127.0.0.1:1").unwrap();
        let told = |jar: &mut Jar| {
            let paths = ["/", "/a?x", "/a?y", "/b/c"];
            let all = [&target, &other].map(|target| paths.map(|path| jar.header(target, path)));
            all.map(|all| {
                all.map(|header| header.map_or(String::new(), |value| value.to_str().unwrap().into()))
            })
        };
        set(&mut jar, &target, "s=1; Path=/");
        set(&mut jar, &target, "b=2; Path=/b");

        for _ in 0..3 {
            let [mut here, there] = told(&mut jar);
            let last = here.last_mut().unwrap();
            let mut pairs: Vec<_> = last.split("; ").collect();
            pairs.sort_unstable();
            *last = pairs.join("; ");
            assert_eq!(
                (here, there),
                (["s=1", "s=1", "s=1", "b=2; s=1"].map(String::from), [""; 4].map(String::from))
            );
        }
        set(&mut jar, &target, "s=3; Path=/");

        assert_eq!(told(&mut jar)[0][0], "s=3");
        jar.clear();
        assert_eq!(told(&mut jar)[0][0], "");
    }

    #[test]
    fn many_paths_take_no_more_memory_and_what_may_expire_is_not_remembered() {
        let mut jar = Jar::default();
        let target = Target::parse("http://localhost:1").unwrap();
        set(&mut jar, &target, "s=1; Path=/");

        for n in 0..100 {
            assert_eq!(jar.header(&target, &format!("/{n}")).unwrap(), "s=1");
            assert!(jar.known.len() <= MAX_KNOWN);
        }

        set(&mut jar, &target, "t=2; Path=/; Max-Age=60");
        assert!(jar.header(&target, "/").is_some());
        assert_eq!(jar.known.len(), 0);
    }
}
