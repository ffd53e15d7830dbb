//! The stored cookies, in the order of sending (RFC 6265, sections 5.3 and 5.4).

use std::cmp::Reverse;
use std::net::Ipv6Addr;
use std::time::{Duration, SystemTime};

use percent_encoding::{AsciiSet, percent_encode};
use tokio::time::Instant;
use url::Host;

use super::set_cookie::{Lasts, SetCookie};
use crate::http::target::Target;

/// The limits of cookies for one domain, and for all. RFC 6265, section 6.1, requires at least 50 and 3,000.
pub(super) const MOST_OF_DOMAIN: usize = 180;
pub(super) const MOST: usize = 3000;

/// The longest lifetime of a cookie, as in browsers. No run is longer.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// The stored cookies, in the order of sending.
#[derive(Default)]
pub(super) struct CookieStore {
    /// Longer paths first, then earlier creation.
    cookies: Vec<Cookie>,
    created: u64,
    looked_up: u64,
}

/// One cookie.
struct Cookie {
    /// Its name, `=` and its value.
    pair: Box<[u8]>,
    name: usize,
    domain: Host<String>,
    /// True if hosts below the domain get it too.
    below: bool,
    path: Box<str>,
    secure: bool,
    until: Option<Instant>,
    created: u64,
    used: u64,
}

impl CookieStore {
    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Returns `true` if one more cookie may exceed a limit, so that the order of their last use matters.
    pub(super) fn is_crowded(&self) -> bool {
        self.cookies.len() >= MOST_OF_DOMAIN
    }

    /// Stores or deletes the cookie that a response to a request to this path sets. A cookie that the response may not
    /// set, such as one of another domain, is ignored, as in browsers.
    pub(super) fn set(&mut self, set: &SetCookie<'_>, target: &Target, path: &str, now: Instant) {
        let host = &target.endpoint.host;
        let domain = match set.domain {
            None => host.clone(),
            Some(domain) => match parse_domain(domain) {
                Some(domain) if is_within(host, &domain) => domain,
                _ => return,
            },
        };
        let path = match set.path {
            Some(path) => percent_encode(path, &AsciiSet::EMPTY).to_string().into(),
            None => default_path(path).into(),
        };
        let known = self
            .cookies
            .iter()
            .position(|known| known.name() == set.name && known.domain == domain && known.path == path);
        let Some(until) = until(set.lasts, now) else {
            known.map(|at| self.cookies.remove(at));
            return;
        };
        let cookie = Cookie {
            pair: [set.name, b"=", set.value].concat().into(),
            name: set.name.len(),
            below: set.domain.is_some(),
            domain,
            path,
            secure: set.secure,
            until,
            created: self.next_created(),
            used: self.looked_up,
        };
        match known {
            // A replaced cookie keeps its place in the order.
            Some(at) => self.cookies[at] = Cookie { created: self.cookies[at].created, ..cookie },
            None => self.add(cookie, now),
        }
    }

    fn next_created(&mut self) -> u64 {
        self.created += 1;
        self.created
    }

    fn add(&mut self, cookie: Cookie, now: Instant) {
        let domain = cookie.domain.clone();
        let rank = cookie.rank();
        let at = self.cookies.partition_point(|known| known.rank() < rank);
        self.cookies.insert(at, cookie);
        if self.is_crowded() {
            self.make_room(&domain, now);
        }
    }

    /// Removes cookies beyond the limits: first expired ones, then the least recently used.
    fn make_room(&mut self, domain: &Host<String>, now: Instant) {
        if self.count(domain) > MOST_OF_DOMAIN || self.cookies.len() > MOST {
            self.cookies.retain(|known| !known.has_expired(now));
        }
        if self.count(domain) > MOST_OF_DOMAIN {
            self.remove_oldest(|known| known.domain == *domain);
        }
        if self.cookies.len() > MOST {
            self.remove_oldest(|_| true);
        }
    }

    fn count(&self, domain: &Host<String>) -> usize {
        self.cookies.iter().filter(|known| known.domain == *domain).count()
    }

    fn remove_oldest(&mut self, of: impl Fn(&Cookie) -> bool) {
        let those = self.cookies.iter().enumerate().filter(|(_, known)| of(known));
        if let Some((at, _)) = those.min_by_key(|(_, known)| (known.used, known.created)) {
            self.cookies.remove(at);
        }
    }

    /// The pairs of the cookies of a request to this path, in order, each with its expiry time.
    pub(super) fn pairs<'a>(
        &'a self,
        target: &'a Target,
        path: &'a str,
        now: Instant,
    ) -> impl Iterator<Item = (&'a [u8], Option<Instant>)> {
        self.cookies
            .iter()
            .filter(move |cookie| cookie.is_for(target, path, now))
            .map(|cookie| (&*cookie.pair, cookie.until))
    }

    /// The value of a cookie of a request to this path.
    pub(super) fn value(&self, name: &[u8], target: &Target, path: &str, now: Instant) -> Option<&[u8]> {
        let mut all = self.cookies.iter().filter(|cookie| cookie.is_for(target, path, now));
        all.find(|cookie| cookie.name() == name).map(|cookie| &cookie.pair[cookie.name + 1..])
    }

    /// Records that requests to this path used their cookies, later than all uses before.
    pub(super) fn mark_used(&mut self, target: &Target, path: &str, now: Instant) {
        self.looked_up += 1;
        for cookie in &mut self.cookies {
            if cookie.is_for(target, path, now) {
                cookie.used = self.looked_up;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.cookies.len()
    }
}

impl Cookie {
    fn name(&self) -> &[u8] {
        &self.pair[..self.name]
    }

    fn rank(&self) -> (Reverse<usize>, u64) {
        (Reverse(self.path.len()), self.created)
    }

    fn has_expired(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    fn is_for(&self, target: &Target, path: &str, now: Instant) -> bool {
        let host = &target.endpoint.host;
        let of_host = if self.below { is_within(host, &self.domain) } else { *host == self.domain };
        of_host
            && path_matches(path, &self.path)
            && !self.has_expired(now)
            // Browsers trust a connection inside of the machine like TLS.
            && (!self.secure || target.endpoint.tls || target.is_loopback())
    }
}

/// The expiry time, `Some(None)` for a cookie without one, `None` if it is over already.
fn until(lasts: Lasts, now: Instant) -> Option<Option<Instant>> {
    let left = match lasts {
        Lasts::Session => return Some(None),
        Lasts::Seconds(seconds) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        Lasts::Until(time) => {
            let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Duration::from_secs(u64::try_from(time).unwrap_or(0)).saturating_sub(since_1970)
        }
    };
    (!left.is_zero()).then(|| Some(now + left.min(LONGEST)))
}

/// The host of a `Domain` attribute.
fn parse_domain(text: &[u8]) -> Option<Host<String>> {
    let text = std::str::from_utf8(text).ok()?;
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Some(Host::Ipv6(address)),
        Err(_) => Host::parse(text).ok(),
    }
}

/// Returns `true` if a host is the domain or a host below it (RFC 6265, section 5.1.3). An address matches only itself.
fn is_within(host: &Host<String>, domain: &Host<String>) -> bool {
    let (Host::Domain(name), Host::Domain(suffix)) = (host, domain) else { return host == domain };
    name.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The path of a cookie without a path of its own (RFC 6265, section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(last) => &path[..last],
    }
}

/// Returns `true` if a path is that of the cookie or below it (RFC 6265, section 5.1.4).
fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
