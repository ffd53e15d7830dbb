//! URLs that requests are sent to.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path as FilePath;
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderValue;
use http::header::HOST;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::auth;
use super::endpoint::Endpoint;
use super::outgoing::Line;
use super::told::without_query;
use super::unix::SocketPath;
use crate::error::{Error, Result};

/// A base URL that requests are relative to.
///
/// `unix:///run/app.sock` is the service that listens on this Unix socket; a base path follows a colon, as in
/// `unix:///run/docker.sock:/v1.41`. Its requests carry `host: localhost`, and are plain HTTP.
///
/// ```
/// use molotov_core::Target;
///
/// let target = Target::parse("http://localhost:8080/api").unwrap();
/// assert_eq!(target.to_string(), "http://localhost:8080/api");
/// assert!(Target::parse("localhost:8080").unwrap_err().to_string().contains("http://localhost:8080"));
/// ```
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) endpoint: Arc<Endpoint>,
    /// Without user-info, query and fragment.
    url: Arc<Url>,
    /// What the user-info says: it is sent to this origin, and printed nowhere.
    pub(crate) authorization: Option<HeaderValue>,
    /// The path without its last slash, to be put before the path of each request.
    prefix: Arc<str>,
}

impl Target {
    /// Parses a base URL: `http://` or `https://`, a host, and optionally a port and a path; or `unix://` and the
    /// absolute path of a socket, with `%25` for a percent sign, optionally with a base path behind a colon. A user and
    /// a password before the host (`http://user:password@host`) are sent to it as basic auth, and printed nowhere.
    ///
    /// # Errors
    ///
    /// When it is none, with the reason and the cure; also when the path is too long for a socket, or this system has
    /// no Unix sockets.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        if let Some((scheme, rest)) = trimmed.split_once(':')
            && scheme.eq_ignore_ascii_case("unix")
        {
            let (socket, base) = SocketPath::parse(rest)?;
            return Self::at_socket(socket, base);
        }
        let url = match Url::parse(trimmed) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            // Whatever else is wrong with it, it may have a password in it, which is not to be repeated.
            _ if trimmed.contains('@') => return Err(unreadable()),
            Err(_) if trimmed.starts_with('/') => {
                return Err(Error::msg(format!(
                    "`{trimmed}` is a path; for a Unix socket write `unix://{trimmed}`"
                )));
            }
            // `localhost:8080` parses as a URL of the scheme `localhost`.
            _ if !trimmed.contains("://")
                && Url::parse(&format!("http://{trimmed}")).is_ok()
                && !trimmed.is_empty() =>
            {
                return Err(Error::msg(format!(
                    "`{trimmed}` is not a URL; did you mean `http://{trimmed}`?"
                )));
            }
            Ok(url) => {
                let scheme = url.scheme();
                return Err(Error::msg(format!(
                    "the scheme `{scheme}` is not known; use http://, https:// or unix://"
                )));
            }
            Err(why) => {
                return Err(Error::msg(format!(
                    "`{trimmed}` is not a URL ({why}); write one as http://host:port"
                )));
            }
        };
        if url.query().is_some() || url.fragment().is_some() {
            // Neither is repeated: queries are often secret. A `#` may also be one in a password.
            let base = trimmed.split(['?', '#']).next().unwrap_or_default();
            let base = if trimmed.contains('@') { String::new() } else { format!(" `{base}`") };
            return Err(Error::msg(format!("the base URL{base} has a query or fragment; leave it out")));
        }
        Self::authorized(url)
    }

    /// The service that listens on the Unix socket at this path.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let target = molotov_core::Target::unix("/run/app.sock").unwrap();
    /// assert_eq!(target.to_string(), "unix:///run/app.sock");
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the path is too long for a socket, or this system has no Unix sockets.
    pub fn unix(path: impl AsRef<FilePath>) -> Result<Self> {
        let path = std::path::absolute(path).map_err(Error::new)?;
        Self::at_socket(SocketPath::new(&path)?, "/")
    }

    /// The target of a socket and a base path.
    pub(super) fn at_socket(socket: SocketPath, base: &str) -> Result<Self> {
        let url = Url::parse(&format!("http://localhost{base}")).map_err(Error::new)?;
        let Self { url, prefix, .. } = Self::from_url(url)?;
        let host_line = Line::new(HOST, HeaderValue::from_static("localhost"));
        let host = Host::Domain("localhost".to_owned());
        let endpoint = Endpoint { tls: false, host, port: 80, host_line, socket: Some(socket) };
        Ok(Self { endpoint: Arc::new(endpoint), url, authorization: None, prefix })
    }

    /// The target that this one led to by a redirect. What stays at its origin stays on its socket too.
    pub(crate) fn led_to(&self, url: Url) -> Result<Self> {
        let same_origin = url.origin() == self.url.origin();
        let target = Self::from_url(url)?;
        Ok(if same_origin { Self { endpoint: Arc::clone(&self.endpoint), ..target } } else { target })
    }

    /// The target of a whole URL, and the path and query on it.
    pub(crate) fn parse_absolute(text: &str) -> Result<(Self, String)> {
        let url = Url::parse(text).map_err(|why| {
            if text.contains('@') {
                return unreadable();
            }
            Error::msg(format!("`{}` is not a URL ({why})", without_query(text)))
        })?;
        let path = path_and_query(&url);
        Ok((Self::authorized(url)?, path))
    }

    /// The target of a URL that the user wrote, with the user-info in it.
    fn authorized(url: Url) -> Result<Self> {
        let authorization = user_info(&url)?;
        Ok(Self { authorization, ..Self::from_url(url)? })
    }

    /// The target of a URL without regard to the user-info in it.
    fn from_url(mut url: Url) -> Result<Self> {
        let tls = url.scheme() == "https";
        let host = url.host().ok_or_else(|| Error::msg("the URL has no host"))?.to_owned();
        let port = url.port_or_known_default().unwrap_or(if tls { 443 } else { 80 });
        if port == 0 {
            return Err(Error::msg(
                "port 0 cannot be connected to; name the port that the service listens on",
            ));
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let authority = HeaderValue::try_from(authority).map_err(|_| Error::msg("the host is not valid"))?;
        url.set_query(None);
        url.set_fragment(None);
        // These two fail only on a URL that can have no user-info, and so has none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let prefix = url.path().trim_end_matches('/').into();
        Ok(Self {
            endpoint: Arc::new(Endpoint {
                tls,
                host,
                port,
                host_line: Line::new(HOST, authority),
                socket: None,
            }),
            url: Arc::new(url),
            authorization: None,
            prefix,
        })
    }

    /// The path of a request below this target.
    pub(crate) fn path<'p>(&self, path: Cow<'p, str>) -> Cow<'p, str> {
        if self.prefix.is_empty() && path.starts_with('/') {
            return path;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Cow::Owned(format!("{}{slash}{path}", self.prefix))
    }

    /// The whole URL of a path that [`Target::path`] made.
    pub(crate) fn url(&self, path: &str) -> Url {
        // Not joined: a path that begins with two slashes would be taken for a host.
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = Url::clone(&self.url);
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// Whether the two are the same scheme, host and port.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
    }

    /// The host, without the port; `localhost` for a Unix socket.
    pub fn host(&self) -> String {
        self.endpoint.host.to_string()
    }

    /// True where the target is this machine itself.
    pub fn is_loopback(&self) -> bool {
        match &self.endpoint.host {
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Target {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Target {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

/// The server that listens there, without TLS.
impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        // A listener on all addresses (0.0.0.0) is reached on this machine's own.
        let host = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let url = format!("http://{}", SocketAddr::new(host, address.port()));
        match Self::parse(&url) {
            Ok(target) => target,
            Err(error) => panic!("{url} cannot be a target: {error}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint.socket {
            None => f.write_str(self.url.as_str().trim_end_matches('/')),
            Some(socket) if self.prefix.is_empty() => socket.fmt(f),
            Some(socket) => write!(f, "{socket}:{}", self.prefix),
        }
    }
}

/// What the user and password of a URL are sent as.
fn user_info(url: &Url) -> Result<Option<HeaderValue>> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let [user, password] = [url.username(), url.password().unwrap_or_default()].map(|part| {
        percent_decode_str(part)
            .decode_utf8()
            .map_err(|_| Error::msg("the user or password in the URL is not UTF-8 when it is decoded"))
    });
    auth::basic(&user?, &password?.into_owned().into()).map(Some)
}

fn unreadable() -> Error {
    Error::msg(
        "what seems to be a URL with a user or password is none, and is not repeated here; write one as \
         http://user:password@host:port, with each of `/ ? # @ %` in them percent-encoded (`@` as `%40`)",
    )
}

/// What of a URL is sent to its host.
pub(crate) fn path_and_query(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}
