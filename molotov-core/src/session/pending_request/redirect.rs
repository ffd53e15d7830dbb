//! Redirects, by RFC 9110, section 15.4: their targets, and their number.

use http::header::LOCATION;
use http::{Method, StatusCode};

use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{ResponseHead, Target, redacted_route};

/// The next hop after a redirect.
pub(in crate::session) struct Redirect {
    pub(super) from: Visit,
    pub(super) target: Target,
    pub(super) path: String,
    pub(super) method: Method,
}

/// A stop of a request: a stop that comes again makes the path a circle.
#[derive(PartialEq, Eq)]
pub(super) struct Visit {
    method: Method,
    url: String,
}

impl Visit {
    pub(super) fn new(method: &Method, target: &Target, path: &str) -> Self {
        Self { method: method.clone(), url: target.shown(path) }
    }
}

/// Returns `true` for a status of a redirect.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

impl Redirect {
    /// Reads the redirect of a response to a request to this target and path.
    pub(super) fn from_response(
        from: Visit,
        head: &ResponseHead,
        target: &Target,
        path: &str,
    ) -> Result<Self> {
        let status = head.status;
        let (target, path) = location(head, target, path)
            .map_err(|why| Error::with_kind(FailureKind::RedirectBadLocation, format!("{status}: {why}")))?;
        // RFC 9110, section 15.4: 303 always becomes GET, and by custom 301 and 302 do so for POST.
        let becomes_get = match status.as_u16() {
            303 => from.method != Method::HEAD,
            301 | 302 => from.method == Method::POST,
            _ => false,
        };
        let method = if becomes_get { Method::GET } else { from.method.clone() };
        Ok(Self { from, target, path, method })
    }

    /// Checks the limit of redirects. A server may redirect to one place several times and then on, so a circle counts
    /// only beyond the limit.
    pub(super) fn check_count(&self, visited: &[Visit], most: u32) -> Result<()> {
        if visited.len() < most as usize {
            return Ok(());
        }
        let to = Visit::new(&self.method, &self.target, &self.path);
        let mut stops: Vec<_> = visited.iter().chain([&self.from, &to]).collect();
        while let Some(last) = stops.pop() {
            if stops.contains(&last) {
                let (method, url) = (&last.method, redacted_route(&last.url));
                let text = format!("more than {most} redirects, in a circle: `{method} {url}` came again");
                return Err(Error::with_kind(FailureKind::RedirectLoop, text));
            }
        }
        Err(Error::with_kind(FailureKind::RedirectTooMany, format!("more than {most} redirects")))
    }
}

/// The target of the `Location` header, or the reason why it has none.
fn location(head: &ResponseHead, target: &Target, path: &str) -> Result<(Target, String), String> {
    let location = head.headers.map().get(LOCATION).ok_or("no Location header")?;
    target.locate(path, location)
}
