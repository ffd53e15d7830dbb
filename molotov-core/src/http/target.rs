//! URLs of requests.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path as FilePath;
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderValue;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};

use super::absolute::{self, Absolute};
use super::auth;
use super::endpoint::Endpoint;
use super::path::without_fragment;
use super::path::without_query;
use super::unix::SocketPath;
use crate::error::{Error, Result};

/// The characters of a base path that are percent-encoded.
const BASE: &AsciiSet = &CONTROLS.add(b' ').add(b'<').add(b'>').add(b'`');

/// A base URL, to which routes are relative.
///
/// `unix:///run/app.sock` is the service on this Unix socket; a base path follows a colon, as in
/// `unix:///run/docker.sock:/v1.41`. Its requests carry `host: localhost`, and are plain HTTP.
///
/// ```
/// use molotov::Target;
///
/// let target = Target::parse("http://localhost:8080/api").unwrap();
/// assert_eq!(target.to_string(), "http://localhost:8080/api");
/// assert!(Target::parse("localhost:8080").unwrap_err().to_string().contains("http://localhost:8080"));
/// ```
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) endpoint: Arc<Endpoint>,
    /// The value of the user-info: it is sent to this origin, and never printed.
    // Boxed, because it is rare and targets are moved.
    pub(crate) authorization: Option<Box<HeaderValue>>,
    /// The path without its last slash, as a prefix of the path of each request.
    pub(crate) prefix: Arc<str>,
}

impl Target {
    /// Parses a base URL: `http://` or `https://`, a host, and optionally a port and a path; or `unix://` and the
    /// absolute path of a socket, with `%25` for a percent sign, optionally with a base path behind a colon. A user and
    /// a password before the host (`http://user:password@host`) are sent as basic auth to that host only, and never
    /// printed.
    ///
    /// The base path is sent as written; invalid characters are percent-encoded.
    ///
    /// ```
    /// use molotov::Target;
    ///
    /// let shop = Target::parse("https://shop.example/v1")?;
    /// assert_eq!(shop.host(), "shop.example");
    /// assert!(Target::parse("shop.example").is_err());
    /// # Ok::<(), molotov::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is not a base URL, with the reason and the cure; also when the path is too long for a socket, or
    /// this system has no Unix sockets.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        if let Some((scheme, rest)) = trimmed.split_once(':')
            && scheme.eq_ignore_ascii_case("unix")
        {
            let (socket, base) = SocketPath::parse(rest)?;
            return Ok(Self::at_socket(socket, base));
        }
        let Some(scheme) = absolute::http_scheme(trimmed) else { return Err(no_base(trimmed)) };
        let Absolute { origin, rest } = Absolute::parse(scheme, trimmed)?;
        if rest.contains(['?', '#']) {
            // Neither is repeated: queries are often secret. A `#` may also be part of a password.
            let base = without_query(trimmed);
            let base = if trimmed.contains('@') { String::new() } else { format!(" `{base}`") };
            return Err(Error::msg(format!("the base URL{base} has a query or fragment; leave it out")));
        }
        Ok(Self { prefix: prefix(rest), ..Self::authorized(&origin)? })
    }

    /// The service on the Unix socket at this path.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let target = molotov::Target::unix("/run/app.sock").unwrap();
    /// assert_eq!(target.to_string(), "unix:///run/app.sock");
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the path is too long for a socket, or this system has no Unix sockets.
    pub fn unix(path: impl AsRef<FilePath>) -> Result<Self> {
        let path = std::path::absolute(path).map_err(Error::new)?;
        Ok(Self::at_socket(SocketPath::new(&path)?, "/"))
    }

    /// The target of a socket and a base path.
    pub(super) fn at_socket(socket: SocketPath, base: &str) -> Self {
        let endpoint = Arc::new(Endpoint::from_socket(socket));
        Self { endpoint, authorization: None, prefix: prefix(base) }
    }

    /// The target and the path of a route whose parameters are filled in; `None` if the route is a path below the base
    /// URL.
    ///
    /// # Errors
    ///
    /// When it starts with a scheme, and is not a URL of a request.
    pub(crate) fn parse_route(route: &str, filled: &str) -> Result<Option<(Self, String)>> {
        if !absolute::has_scheme(route) {
            return Ok(None);
        }
        match absolute::http_scheme(filled) {
            Some(_) => Self::parse_absolute(filled).map(Some),
            None => Err(absolute::wrong_scheme(filled)),
        }
    }

    /// The target of a whole URL, and its path and query as written.
    pub(crate) fn parse_absolute(text: &str) -> Result<(Self, String)> {
        let scheme = absolute::http_scheme(text).ok_or_else(|| absolute::wrong_scheme(text))?;
        let Absolute { origin, rest } = Absolute::parse(scheme, text)?;
        let rest = without_fragment(rest);
        let slash = if rest.starts_with('/') { "" } else { "/" };
        Ok((Self::authorized(&origin)?, format!("{slash}{rest}")))
    }

    /// The target of an origin from the user, with its user-info.
    fn authorized(origin: &Url) -> Result<Self> {
        let authorization = user_info(origin)?.map(Box::new);
        Ok(Self { authorization, ..Self::from_origin(origin)? })
    }

    /// The target of the origin of a URL, without its other parts.
    pub(super) fn from_origin(url: &Url) -> Result<Self> {
        let endpoint = Arc::new(Endpoint::from_url(url)?);
        Ok(Self { endpoint, authorization: None, prefix: "".into() })
    }

    /// The URL of a path for display, unchanged.
    pub(crate) fn shown(&self, path: &str) -> String {
        match &self.endpoint.socket {
            None => format!("{}{path}", self.endpoint.origin()),
            Some(socket) => format!("{socket}:{path}"),
        }
    }

    /// Returns `true` if the two have the same scheme, host and port.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
    }

    /// The host, without the port; `localhost` for a Unix socket.
    pub fn host(&self) -> String {
        self.endpoint.host.to_string()
    }

    /// True if the target is this machine itself.
    ///
    /// ```
    /// use molotov::Target;
    ///
    /// assert!(Target::parse("http://127.0.0.1:8080")?.is_loopback());
    /// # Ok::<(), molotov::Error>(())
    /// ```
    pub fn is_loopback(&self) -> bool {
        match &self.endpoint.host {
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.to_canonical().is_loopback(),
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
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

impl TryFrom<&String> for Target {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Target {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

/// The server on this address, without TLS.
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
            None => write!(f, "{}{}", self.endpoint.origin(), self.prefix),
            Some(socket) if self.prefix.is_empty() => socket.fmt(f),
            Some(socket) => write!(f, "{socket}:{}", self.prefix),
        }
    }
}

/// The header with the user and password of a URL.
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

/// The error for a text that is not a base URL.
fn no_base(text: &str) -> Error {
    // Besides its other mistakes, it may contain a password, so the message must not repeat it.
    if text.contains('@') {
        return absolute::unreadable();
    }
    if text.starts_with('/') {
        return Error::msg(format!("`{text}` is a path; for a Unix socket write `unix://{text}`"));
    }
    // `localhost:8080` parses as a URL of the scheme `localhost`.
    if !text.contains("://") && !text.is_empty() && Url::parse(&format!("http://{text}")).is_ok() {
        return Error::msg(format!("`{text}` is not a URL; did you mean `http://{text}`?"));
    }
    match Url::parse(text) {
        Ok(url) => {
            let scheme = url.scheme();
            Error::msg(format!("the scheme `{scheme}` is not known; use http://, https:// or unix://"))
        }
        Err(why) => Error::msg(format!("`{text}` is not a URL ({why}); write one as http://host:port")),
    }
}

/// A base path as a prefix of paths.
fn prefix(base: &str) -> Arc<str> {
    utf8_percent_encode(base.trim_end_matches('/'), BASE).to_string().into()
}
