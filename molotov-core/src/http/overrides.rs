//! Addresses of hosts from the user, in place of the resolver's.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use url::Host;

use super::endpoint::Endpoint;
use crate::error::{Error, Result};

/// An address for connections to a host and port, in place of the addresses of its name: `host:port:address`, as in
/// curl's `--resolve`.
///
/// Several addresses are separated by commas; IPv6 addresses may have brackets. The host `*` stands for every host on
/// that port, and a named host takes precedence. Only the address changes: the `Host` header and the name in the
/// certificate are those of the host. The host is allowed at these addresses, even public ones, and nowhere else
/// because of it; the metadata services of clouds are never allowed.
///
/// ```
/// use molotov::http::Resolve;
///
/// let resolve = Resolve::parse("shop.example:443:127.0.0.1,[::1]").unwrap();
/// assert_eq!(resolve.to_string(), "shop.example:443:127.0.0.1,[::1]");
/// assert!(Resolve::parse("shop.example:127.0.0.1").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The host; `None` for every host.
    host: Option<Host<String>>,
    port: u16,
    ips: Vec<IpAddr>,
}

impl Resolve {
    /// Parses `host:port:address[,address]…`.
    ///
    /// # Errors
    ///
    /// When the text is not an override, with the reason and the cure.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.starts_with(['+', '-']) {
            let why = "entries are fixed for the run, so curl's `+` and `-` have no meaning here; leave the sign out";
            return Err(Error::msg(format!("`{text}`: {why}")));
        }
        Self::parse_entry(text).map_err(|why| {
            Error::msg(format!(
                "`{text}`: {why}; write host:port:address, for example shop.example:443:127.0.0.1"
            ))
        })
    }

    fn parse_entry(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            return Err("there is a scheme in it".into());
        }
        // The host may have colons in brackets, and the addresses too.
        let end = if text.starts_with('[') { text.find(']').unwrap_or(0) } else { 0 };
        let (host, rest) = match text[end..].find(':') {
            Some(colon) => (&text[..end + colon], &text[end + colon + 1..]),
            None => return Err("there is no port".into()),
        };
        let Some((port, addresses)) = rest.split_once(':') else {
            return Err("there is no address".into());
        };
        let host = match host {
            "*" => None,
            host if host.contains('*') => {
                return Err("`*` stands for a whole host and not for a part of one".into());
            }
            host => Some(Host::parse(host).map_err(|_| format!("`{host}` is not a host"))?),
        };
        let port = match port.parse() {
            Ok(0) | Err(_) => {
                return Err(format!("`{port}` is not a port, which is a number from 1 to 65535"));
            }
            Ok(port) => port,
        };
        let ips = addresses
            .split(',')
            .map(|text| address(text).ok_or_else(|| format!("`{text}` is not an IP address")))
            .collect::<Result<_, _>>()?;
        Ok(Self { host, port, ips })
    }

    /// Parses several overrides, separated by commas; an address alone after a comma belongs to the override before.
    ///
    /// # Errors
    ///
    /// The same errors as [`Resolve::parse`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut entries: Vec<String> = Vec::new();
        for part in text.split(',') {
            match entries.last_mut() {
                Some(entry) if address(part).is_some() => {
                    entry.push(',');
                    entry.push_str(part);
                }
                _ => entries.push(part.to_owned()),
            }
        }
        entries.iter().map(|entry| Self::parse(entry)).collect()
    }

    /// The quality of the match with an endpoint: 2 by name, 1 by `*`, 0 for no match.
    fn fits(&self, endpoint: &Endpoint) -> u8 {
        match &self.host {
            _ if self.port != endpoint.port => 0,
            Some(host) if *host == endpoint.host => 2,
            Some(_) => 0,
            None => 1,
        }
    }
}

/// An IP address; IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

impl fmt::Display for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{host}:{}:", self.port)?,
            None => write!(f, "*:{}:", self.port)?,
        }
        for (index, ip) in self.ips.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match ip {
                IpAddr::V4(ip) => write!(f, "{comma}{ip}")?,
                IpAddr::V6(ip) => write!(f, "{comma}[{ip}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Resolve {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Resolve {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<&String> for Resolve {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Resolve {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

/// The overrides of a client, and the number of uses of each.
#[derive(Debug, Default)]
pub(crate) struct Overrides(Vec<(Resolve, AtomicUsize)>);

impl Overrides {
    pub(crate) fn new(entries: Vec<Resolve>) -> Self {
        Self(entries.into_iter().map(|entry| (entry, AtomicUsize::new(0))).collect())
    }

    /// The overriding addresses of this endpoint, and the number of the next one. Of equally good matches the last one
    /// wins.
    pub(crate) fn find(&self, endpoint: &Endpoint) -> Option<(&[IpAddr], usize)> {
        let fitting = self.0.iter().filter(|(entry, _)| entry.fits(endpoint) > 0);
        let (entry, asked) = fitting.max_by_key(|(entry, _)| entry.fits(endpoint))?;
        Some((&entry.ips, asked.fetch_add(1, Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::Target;

    #[test]
    fn an_entry_is_read_as_curl_reads_it() {
        for (text, told) in [
            ("Shop.Example:443:127.0.0.1", "shop.example:443:127.0.0.1"),
            ("shop.example:80:[::1],10.0.0.1", "shop.example:80:[::1],10.0.0.1"),
            ("shop.example:80:::1", "shop.example:80:[::1]"),
            ("[2001:db8::1]:80:127.0.0.1", "[2001:db8::1]:80:127.0.0.1"),
            ("*:80:10.0.0.1", "*:80:10.0.0.1"),
        ] {
            assert_eq!(Resolve::parse(text).unwrap().to_string(), told);
        }
    }

    #[test]
    fn invalid_entry_is_reported_with_its_cure() {
        for (text, word) in [
            ("", "no port"),
            ("shop.example", "no port"),
            ("shop.example:127.0.0.1", "no address"),
            ("shop.example:443:", "`` is not an IP address"),
            ("shop.example:443:localhost", "`localhost` is not an IP address"),
            ("shop.example:443:1.2.3.4:80", "`1.2.3.4:80` is not an IP address"),
            ("shop.example:443:[127.0.0.1]", "not an IP address"),
            ("shop.example:0:127.0.0.1", "`0` is not a port"),
            ("shop.example:https:127.0.0.1", "`https` is not a port"),
            ("*.example:80:127.0.0.1", "a whole host"),
            ("a b:80:127.0.0.1", "`a b` is not a host"),
            (":80:127.0.0.1", "`` is not a host"),
            ("https://shop.example:443:127.0.0.1", "a scheme"),
        ] {
            let said = Resolve::parse(text).unwrap_err().to_string();
            assert!(said.contains(word) && said.contains("shop.example:443:127.0.0.1"), "{said}");
        }
        assert!(Resolve::parse("+a:80:127.0.0.1").unwrap_err().to_string().contains("leave the sign out"));
    }

    #[test]
    fn a_list_has_entries_and_their_further_addresses() {
        let told = |text: &str| -> Vec<String> {
            Resolve::parse_list(text).unwrap().iter().map(ToString::to_string).collect()
        };

        assert_eq!(told("a:80:10.0.0.1,[::1],b:443:10.0.0.2"), ["a:80:10.0.0.1,[::1]", "b:443:10.0.0.2"]);
        assert!(Resolve::parse_list("a:80:10.0.0.1,b").is_err());
        assert!(Resolve::parse_list("10.0.0.1,a:80:10.0.0.1").is_err());
    }

    #[test]
    fn a_host_by_name_goes_before_the_star_and_the_last_word_counts() {
        let list =
            "a.example:80:10.0.0.1,*:80:10.0.0.2,a.example:80:10.0.0.3,b.example:80:10.0.0.4,*:80:10.0.0.5";
        let overrides = Overrides::new(Resolve::parse_list(list).unwrap());
        let found = |url: &str| {
            let target = Target::parse(url).unwrap();
            overrides.find(&target.endpoint).map(|(ips, turn)| (ips[0].to_string(), turn))
        };

        assert_eq!(found("http://a.example"), Some(("10.0.0.3".into(), 0)));
        assert_eq!(found("http://a.example"), Some(("10.0.0.3".into(), 1)));
        assert_eq!(found("http://b.example"), Some(("10.0.0.4".into(), 0)));
        assert_eq!(found("http://192.0.2.1"), Some(("10.0.0.5".into(), 0)));
        assert_eq!(found("https://a.example"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a:.0-9*,\\[\\]+ä -]{0,20}") {
            drop(Resolve::parse(&text));
            if let Ok(list) = Resolve::parse_list(&text) {
                let told: Vec<_> = list.iter().map(ToString::to_string).collect();
                prop_assert_eq!(Resolve::parse_list(&told.join(",")).unwrap(), list);
            }
        }
    }
}
