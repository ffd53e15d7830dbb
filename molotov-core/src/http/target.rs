//! URLs: where requests are sent to, and which hosts a run may load.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path as FilePath;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use http::HeaderValue;
use http::header::HOST;
use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};

use super::auth;
use super::outgoing::Line;
use super::unix::SocketPath;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::lock::lock;

/// A host and port, with or without TLS: what a connection is opened to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) tls: bool,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    /// The `Host` header.
    pub(crate) host_line: Line,
    /// Where it is a Unix socket, which one. Host and port are `localhost:80` then.
    pub(crate) socket: Option<SocketPath>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => socket.fmt(f),
            None => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

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

/// A route or URL as it may be told: neither its query nor its user-info, which may be secret.
pub(crate) fn told(text: &str) -> Cow<'_, str> {
    let text = without_query(text);
    // Most routes are no URLs, and to search for a word costs more than this.
    if text.starts_with('/') {
        return Cow::Borrowed(text);
    }
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(text),
    }
}

/// A route or URL without its query, which may be secret.
pub(super) fn without_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

/// What of a URL is sent to its host.
pub(crate) fn path_and_query(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// What a path segment may not contain as it is (RFC 3986, section 3.3).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What a value in a query may not contain as it is, so that it ends no pair and is not read as a form's space.
const QUERY: &AsciiSet = &SEGMENT.add(b'&').add(b'+').add(b'=').add(b'\'');

/// A route template with its parameters: `/items/{id}`.
pub(crate) struct Path;

impl Path {
    /// The template with each `{name}` replaced by its percent-encoded value.
    ///
    /// A value that leaves its segment empty, `.` or `..` is refused: no encoding of it reaches every server
    /// (`%2E%2E` is resolved like `..`), and the request would measure another route, as `DELETE /items/` is not
    /// `DELETE /items/{id}`.
    pub(crate) fn fill<'t>(template: &'t str, params: &[(&str, String)]) -> Result<Cow<'t, str>> {
        if params.is_empty() && !template.contains('{') {
            return Ok(Cow::Borrowed(template));
        }
        let shown = &told(template);
        let filling = Filling { template, shown, params };
        let (front, query) = template.split_at(template.find(['?', '#']).unwrap_or(template.len()));
        let mut path = String::with_capacity(template.len() + 16);
        let mut used = 0;
        for (index, segment) in front.split('/').enumerate() {
            if index > 0 {
                path.push('/');
            }
            let start = path.len();
            let here = filling.replace(segment, SEGMENT, &mut path)?;
            if here > 0 && matches!(&path[start..], "" | "." | "..") {
                return Err(filling.another_route(segment, &path[start..]));
            }
            used += here;
        }
        used += filling.replace(query, QUERY, &mut path)?;
        if used < params.len() {
            filling.check_names()?;
        }
        Ok(Cow::Owned(path))
    }

    /// The path as it is sent, where it can be: a fragment is cut off, what is not ASCII is percent-encoded, and
    /// there is no white space in it.
    pub(crate) fn sendable(path: Cow<'_, str>) -> Result<Cow<'_, str>> {
        let plain =
            |byte| matches!(byte, b'!' | b'$'..=b';' | b'=' | b'?'..=b'_' | b'a'..=b'z' | b'|' | b'~');
        if path.bytes().all(plain) {
            return Ok(path);
        }
        match PathAndQuery::try_from(&*path) {
            Ok(path) => Ok(Cow::Owned(utf8_percent_encode(path.as_str(), CONTROLS).to_string())),
            Err(_) => {
                let path = told(&path);
                let path = path.escape_debug();
                Err(Error::msg(format!(
                    "`{path}` cannot be a path; pass values with `.path()` and `.query()`"
                )))
            }
        }
    }
}

struct Filling<'a> {
    template: &'a str,
    /// The template as messages tell it.
    shown: &'a str,
    params: &'a [(&'a str, String)],
}

impl Filling<'_> {
    /// Appends a part of the template with its parameters replaced, and says how many there were.
    fn replace(&self, part: &str, encode: &'static AsciiSet, path: &mut String) -> Result<usize> {
        let template = self.shown;
        let mut used = 0;
        let mut rest = part;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            path.push_str(before);
            let Some(close) = from.find('}') else {
                return Err(Error::msg(format!("the route `{template}` has a `{{` without a `}}`")));
            };
            let name = &from[1..close];
            let Some((_, value)) = self.params.iter().find(|(known, _)| *known == name) else {
                return Err(Error::msg(format!("the route `{template}` needs `.path(\"{name}\", …)`")));
            };
            used += 1;
            path.extend(utf8_percent_encode(value, encode));
            rest = &from[close + 1..];
        }
        path.push_str(rest);
        Ok(used)
    }

    fn check_names(&self) -> Result<()> {
        let template = self.shown;
        for (name, _) in self.params {
            if !self.template.contains(&format!("{{{name}}}")) {
                return Err(Error::msg(format!(
                    "the route `{template}` has no `{{{name}}}` for `.path(\"{name}\", …)`"
                )));
            }
        }
        Ok(())
    }

    fn another_route(&self, segment: &str, value: &str) -> Error {
        let what = if value.is_empty() { "empty".into() } else { format!("`{value}`") };
        Error::msg(format!(
            "`{segment}` of the route `{}` would be {what}, which leads to another route; if that is meant, write \
             it out in the route",
            self.shown
        ))
    }
}

/// Which hosts may be loaded: loopback and private addresses always, public ones when they were named, and the
/// metadata services of clouds never.
#[derive(Debug)]
pub(crate) struct Guard {
    named: Mutex<Vec<String>>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>) -> Self {
        Self { named: Mutex::new(hosts.iter().map(|host| host.to_ascii_lowercase()).collect()) }
    }

    /// Allows the host of this target, because the user named it.
    pub(crate) fn name(&self, target: &Target) {
        if target.endpoint.socket.is_some() {
            return;
        }
        let host = target.endpoint.host.to_string();
        let mut named = lock(&self.named);
        if !named.contains(&host) {
            named.push(host);
        }
    }

    /// Whether a connection for this host may be opened to this address; asked after each resolution.
    pub(crate) fn check(&self, host: &Host<String>, ip: IpAddr) -> Result<()> {
        self.check_named(host, ip)?;
        if !is_public(ip) {
            return Ok(());
        }
        let host = host.to_string();
        if lock(&self.named).contains(&host) {
            return Ok(());
        }
        let why =
            format!("{host} is a public host that this run was not told to load; add --allow-host {host}");
        Err(Error::of(FailureKind::BlockedHost, why))
    }

    /// As [`Guard::check`], of an address that the user named for this host.
    pub(crate) fn check_named(&self, host: &Host<String>, ip: IpAddr) -> Result<()> {
        if !is_metadata(ip) {
            return Ok(());
        }
        let why = format!("{host} is the metadata service of a cloud ({ip}); it is never loaded");
        Err(Error::of(FailureKind::BlockedHost, why))
    }
}

fn is_metadata(ip: IpAddr) -> bool {
    const AWS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const EKS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
    // The credentials of containers (ECS) and of pods (EKS).
    const ECS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
    const EKS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
    const ALIBABA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
    match ip.to_canonical() {
        IpAddr::V4(ip) => [Ipv4Addr::new(169, 254, 169, 254), ECS, EKS, ALIBABA].contains(&ip),
        IpAddr::V6(ip) => [AWS_V6, EKS_V6].contains(&ip),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        // 100.64.0.0/10 is carrier-grade NAT (RFC 6598), which clusters use inside.
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_keeps_its_path_as_a_prefix() {
        let target = Target::parse("https://example.com/api/").unwrap();

        assert_eq!(target.path("/items".into()), "/api/items");
        assert_eq!(target.path("items".into()), "/api/items");
        assert_eq!(target.endpoint.host_line, Line::new(HOST, HeaderValue::from_static("example.com")));
        assert_eq!(target.endpoint.port, 443);
        assert_eq!(target.url("/api/items").as_str(), "https://example.com/api/items");
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_a_base_url_of_localhost() {
        let target = Target::parse("unix:///run/docker.sock:/v1.41/").unwrap();

        assert_eq!(target.to_string(), "unix:///run/docker.sock:/v1.41");
        assert_eq!(target.path("/info".into()), "/v1.41/info");
        assert_eq!(target.endpoint.host_line, Line::new(HOST, HeaderValue::from_static("localhost")));
        assert_eq!(target.endpoint.to_string(), "unix:///run/docker.sock");
        assert!(target.is_loopback() && target.host() == "localhost");
        // A redirect to its own origin stays on the socket, and no other does.
        let led = |url: &str| target.led_to(Url::parse(url).unwrap()).unwrap();
        assert_eq!(led("http://localhost/x").to_string(), "unix:///run/docker.sock:/x");
        assert!(led("http://localhost/x").same_origin(&target));
        for other in ["http://localhost:8080", "https://localhost", "http://a.example"] {
            assert_eq!(led(other).to_string(), other);
            assert!(!led(other).same_origin(&target));
        }
        assert!(!Target::parse("unix:///run/other.sock").unwrap().same_origin(&target));
    }

    #[test]
    fn what_is_not_a_base_url_is_said_with_its_cure() {
        let said = |text| Target::parse(text).unwrap_err().to_string();

        assert!(said("not-a-url").contains("did you mean `http://not-a-url`"), "{}", said("not-a-url"));
        assert!(said("ftp://host").contains("scheme `ftp`"));
        assert!(said("/run/app.sock").contains("`unix:///run/app.sock`"));
        assert!(said("http://").contains("is not a URL"));
        assert!(said("").contains("is not a URL"), "{}", said(""));
        assert!(said("http://host:99999").contains("is not a URL"));
        assert!(said("http://host:0").contains("port 0"));
        assert!(said("http://host/?a=b").contains("`http://host/` has a query"));
        for url in [
            "me:secret@host",
            "ftp://me:secret@host",
            "http://me:secret@host:99999",
            "http://me:secret@host:0",
            "http://me:secret@host/?a=b",
            "http://me:12#secret@host",
            "http://m%3Ae:secret@host",
            "http://me:sec/ret@host",
            "http://me:%ffsecret@host",
        ] {
            assert!(!said(url).contains("sec") && !said(url).contains("12"), "{}", said(url));
        }
        assert!(said("me:secret@host").contains("http://user:password@host"));
    }

    #[test]
    fn the_user_info_of_a_url_is_kept_apart_from_what_is_printed() {
        let url = "http://Aladdin:open%20sesame@host:81/api/";
        let target = Target::parse(url).unwrap();

        assert_eq!(target.authorization.as_ref().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(target.to_string(), "http://host:81/api");
        assert_eq!(target.url("/x").as_str(), "http://host:81/x");
        assert!(!format!("{target:?}").contains("sesame") && !format!("{target:?}").contains("QWxh"));
        assert_eq!(Target::parse("http://me@host").unwrap().authorization.unwrap(), "Basic bWU6");
        assert!(Target::parse("http://host").unwrap().authorization.is_none());
        let told = ["http://a:b@h/{id}?q=1", "http://a:b@h?q=1", "http://a:b@c@h", "/a@b/c", "http://h/a@b"]
            .map(told);
        assert_eq!(told, ["http://h/{id}", "http://h", "http://h", "/a@b/c", "http://h/a@b"]);
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let home = Target::parse("http://host/a").unwrap();
        let same = |url| home.same_origin(&Target::parse(url).unwrap());

        assert!(same("http://host:80/b") && same("http://HOST") && same("http://me:pw@host"));
        for url in ["https://host", "https://host:80", "http://host:81", "http://other", "http://a.host"] {
            assert!(!same(url), "{url}");
        }
    }

    #[test]
    fn path_parameters_are_encoded_and_complete() {
        let fill = |template, params: &[(&str, &str)]| {
            let params: Vec<_> = params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Path::fill(template, &params).map_err(|error| error.to_string())
        };

        assert_eq!(fill("/a/{x}/b/{y}", &[("x", "1/2"), ("y", "ä ?")]).unwrap(), "/a/1%2F2/b/%C3%A4%20%3F");
        assert!(fill("/a/{x}", &[]).unwrap_err().contains("needs `.path(\"x\", …)`"));
        assert!(fill("/a", &[("x", "1")]).unwrap_err().contains("has no `{x}`"));
        assert!(fill("/a/{x", &[("x", "1")]).unwrap_err().contains("without a `}`"));
    }

    #[test]
    fn public_hosts_must_be_named_and_metadata_services_never_are() {
        let guard = Guard::new(vec!["Named.example".into()]);
        let host = |name: &str| Host::parse(name).unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();

        assert!(guard.check(&host("a.example"), ip("10.1.2.3")).is_ok());
        assert!(guard.check(&host("a.example"), ip("127.0.0.1")).is_ok());
        assert!(guard.check(&host("a.example"), ip("fd12::1")).is_ok());
        assert!(guard.check(&host("named.example"), ip("93.184.216.34")).is_ok());
        let blocked = guard.check(&host("a.example"), ip("93.184.216.34")).unwrap_err();
        assert_eq!(blocked.kind(), FailureKind::BlockedHost);
        assert!(blocked.to_string().contains("--allow-host a.example"));
        for metadata in ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"] {
            assert!(guard.check(&host("named.example"), ip(metadata)).is_err(), "{metadata}");
        }
        assert!(guard.check(&host("named.example"), ip("::ffff:169.254.169.254")).is_err());
    }
}
