//! Targets on this machine.

use std::net::{IpAddr, UdpSocket};

use url::{Host, Url};

/// The base URLs on this machine, as far as is known without DNS: sockets, loopback and own addresses, `localhost`, the
/// name of this machine, and names that `--resolve` maps to this machine (`host:port:address`).
pub(crate) fn local_targets(targets: &[String], resolves: &[String]) -> Vec<String> {
    targets.iter().filter(|target| is_here(target, resolves)).cloned().collect()
}

fn is_here(target: &str, resolves: &[String]) -> bool {
    let Ok(url) = Url::parse(target) else { return false };
    match url.host() {
        _ if url.scheme() == "unix" => true,
        Some(Host::Ipv4(ip)) => is_own(ip.into()),
        Some(Host::Ipv6(ip)) => is_own(ip.into()),
        Some(Host::Domain(name)) => {
            is_name_of_this(name) || resolves.iter().any(|entry| resolves_here(entry, name))
        }
        None => false,
    }
}

fn is_name_of_this(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let own = crate::hostname::hostname();
    name == "localhost" || name.ends_with(".localhost") || name.eq_ignore_ascii_case(&own)
}

fn resolves_here(entry: &str, name: &str) -> bool {
    let mut parts = entry.splitn(3, ':');
    let (host, addresses) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    (host == "*" || host.eq_ignore_ascii_case(name))
        && addresses.split(',').any(|ip| ip.trim_matches(['[', ']']).parse().is_ok_and(is_own))
}

/// Returns `true` if the address belongs to this machine: a socket can only be bound to those. Nothing is sent.
fn is_own(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    if ip.is_loopback() || ip.is_unspecified() {
        return true;
    }
    let is_of_many = ip.is_multicast() || matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    !is_of_many && UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(target: &str) -> bool {
        is_here(target, &[])
    }

    #[test]
    fn loopback_sockets_and_own_names_are_here() {
        for target in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "https://shop.localhost/",
            "http://[::1]:80",
            "http://[::ffff:127.0.0.1]",
            "http://0.0.0.0:1",
            "unix:///run/app.sock",
        ] {
            assert!(is(target), "{target}");
        }
        assert!(is(&format!("http://{}:8080", crate::hostname::hostname().to_lowercase())));
    }

    #[test]
    fn addresses_of_others_are_not() {
        // Addresses and names for documentation, which no machine has.
        for target in [
            "http://192.0.2.7",
            "http://[2001:db8::1]",
            "http://shop.example",
            "http://224.0.0.1",
            "nonsense",
        ] {
            assert!(!is(target), "{target}");
        }
    }

    #[test]
    fn a_name_that_is_led_here_is_here() {
        let resolves = |entry: &str| vec![entry.to_owned()];

        assert!(is_here("http://shop.example", &resolves("shop.example:80:192.0.2.1,127.0.0.1")));
        assert!(is_here("http://shop.example", &resolves("*:80:[::1]")));
        assert!(!is_here("http://shop.example", &resolves("other.example:80:127.0.0.1")));
        assert!(!is_here("http://shop.example", &resolves("shop.example:80:192.0.2.1")));
    }
}
