//! The address of a statsd server.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use url::{Host, Url};

/// The port of statsd servers.
const PORT: u16 = 8125;

/// The address of a statsd server: `udp://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    host: String,
    port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).map_err(|why| format!("{why}; write udp://HOST:PORT, for example udp://localhost:8125"))
    }
}

fn parse(text: &str) -> Result<Address, &'static str> {
    let (scheme, _) = text.split_once("://").ok_or("there is no udp:// in front")?;
    if !scheme.eq_ignore_ascii_case("udp") {
        return Err("statsd is spoken over UDP only");
    }
    let url = Url::parse(text).map_err(|_| "this is not an address")?;
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => return Err("there is no host"),
    };
    let nothing_else = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.port() {
        Some(0) => Err("0 is no port"),
        _ if !nothing_else => Err("there is more than a host and a port"),
        port => Ok(Address { host, port: port.unwrap_or(PORT) }),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "udp://[{host}]:{port}") } else { write!(f, "udp://{host}:{port}") }
    }
}

impl Address {
    /// The possible addresses, in the order of the attempts.
    ///
    /// # Errors
    /// Returns a message with the cure if the name cannot be resolved.
    pub(super) fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let mut addresses: Vec<_> = found.map_err(|error| self.not_found(&error.to_string()))?.collect();
        // Servers on this machine usually listen on IPv4, even if `localhost` is ::1 first.
        if addresses.iter().all(|address| address.ip().is_loopback()) {
            let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv4);
            addresses = [v4, v6].concat();
        }
        addresses.dedup();
        if addresses.is_empty() { Err(self.not_found("it has no address")) } else { Ok(addresses) }
    }

    fn not_found(&self, why: &str) -> String {
        format!(
            "--statsd-address {self}: the host cannot be found ({why}); check its name, give its number, or run \
             without --statsd"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        text.parse().map(|address: Address| address.to_string())
    }

    #[test]
    fn names_numbers_and_a_missing_port_are_understood() {
        for (text, address) in [
            ("udp://localhost:8125", "udp://localhost:8125"),
            ("udp://statsd.example", "udp://statsd.example:8125"),
            ("UDP://127.0.0.1:9/", "udp://127.0.0.1:9"),
            ("udp://[::1]:8125", "udp://[::1]:8125"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(address));
        }
    }

    #[test]
    fn other_values_are_refused_with_a_valid_one() {
        for (text, why) in [
            ("localhost:8125", "no udp://"),
            ("", "no udp://"),
            ("tcp://localhost:8125", "UDP only"),
            ("udp://", "no host"),
            ("udp://:8125", "not an address"),
            ("udp://h:99999", "not an address"),
            ("udp://h:0", "0 is no port"),
            ("udp://h:1/prefix", "more than"),
            ("udp://u:p@h:1", "more than"),
            ("udp://h:1?x", "more than"),
        ] {
            let told = shown(text).unwrap_err();
            assert!(told.contains(why) && told.contains("udp://localhost:8125"), "{text}: {told}");
        }
    }

    #[test]
    fn a_host_of_this_machine_is_tried_by_ipv4_first() {
        let resolve = |text: &str| text.parse::<Address>().unwrap().resolve();

        assert_eq!(resolve("udp://[::1]:7").unwrap(), ["[::1]:7".parse().unwrap()]);
        assert!(resolve("udp://localhost:7").unwrap()[0].is_ipv4());
    }

    #[test]
    fn name_that_is_not_known_is_reported_with_the_cure() {
        let told = "udp://no-such-host.invalid".parse::<Address>().unwrap().resolve().unwrap_err();

        assert!(told.contains("no-such-host.invalid") && told.contains("check its name"), "{told}");
    }
}
