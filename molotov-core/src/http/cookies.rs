//! The cookies of one session.

use std::convert::Infallible;

use cookie_store::{CookieStore, RawCookie};
use http::HeaderValue;
use http::header::{HeaderMap, SET_COOKIE};

use super::target::Target;

/// How many cookies one session keeps; RFC 6265, section 6.1, asks for 50 a domain. What a server sends must not
/// fill the memory.
const MAX_COOKIES: usize = 300;

/// The cookies of one session, empty until a response sets one.
#[derive(Default)]
pub(crate) struct Jar(Option<CookieStore>);

impl Jar {
    /// The value of the `Cookie` header for a request to this path.
    pub(crate) fn header(&self, target: &Target, path: &str) -> Option<HeaderValue> {
        let store = self.0.as_ref()?;
        let url = target.url(path);
        let pairs: Vec<String> =
            store.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
    }

    /// Keeps what a response sets.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, target: &Target, path: &str) {
        if !headers.contains_key(SET_COOKIE) {
            return;
        }
        let url = target.url(path);
        let store = self.0.get_or_insert_default();
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
        let mut values = self.0.as_ref()?.get_request_values(&url);
        values.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
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
