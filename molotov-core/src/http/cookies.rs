//! The cookies of one session.

use cookie_store::{CookieStore, RawCookie};
use http::HeaderValue;
use http::header::{HeaderMap, SET_COOKIE};

use super::target::Target;

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
        let cookies = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter_map(|text| RawCookie::parse(text.to_owned()).ok());
        self.0.get_or_insert_default().store_response_cookies(cookies, &url);
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
