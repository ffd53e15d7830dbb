//! Proxy variables, which other clients use and this one does not.

use std::net::IpAddr;

use molotov_core::Target;
use url::{Host, Url};

/// The variables that clients use, in lower or upper case.
const VARIABLES: [&str; 3] = ["http_proxy", "https_proxy", "all_proxy"];

/// The variable with the exceptions.
const EXCEPT: &str = "no_proxy";

/// The proxy variables that are set, and their exceptions. Their values may contain passwords and are never repeated.
pub(crate) struct UnusedProxies {
    set: Vec<String>,
    except: Vec<String>,
}

impl UnusedProxies {
    /// Reads the variables of this environment.
    pub(crate) fn from_variables(variables: impl Iterator<Item = (String, String)>) -> Self {
        let (mut set, mut except) = (Vec::new(), Vec::new());
        for (name, value) in variables.filter(|(_, value)| !value.trim().is_empty()) {
            match name.to_ascii_lowercase().as_str() {
                lower if VARIABLES.contains(&lower) => set.push(name),
                EXCEPT => except.push(value),
                _ => {}
            }
        }
        set.sort();
        Self { set, except }
    }

    /// A note on the variables, if another client would use them for one of these targets, or if no target is known.
    pub(crate) fn note<'t>(&self, targets: impl IntoIterator<Item = &'t Target>) -> Option<String> {
        let mut targets = targets.into_iter().peekable();
        let is_met = targets.peek().is_none() || targets.any(|target| self.is_for(target));
        (is_met && !self.set.is_empty()).then(|| {
            let are = if self.set.len() == 1 { "is" } else { "are" };
            format!(
                "{} {are} set and not used: requests go to the target itself, as no proxy is known here",
                self.set.join(", ")
            )
        })
    }

    fn is_for(&self, target: &Target) -> bool {
        !self.except.iter().any(|list| is_excepted(list, target)) && !is_here(target)
    }
}

/// Other clients need an exception for this machine, but a proxy on the way to it is hardly ever wanted.
fn is_here(target: &Target) -> bool {
    target.is_loopback() || target.to_string().starts_with("unix:")
}

/// Returns `true` if a list of hosts, separated by commas or spaces, contains the target's host: as a name, which
/// includes its subdomains, as an address, as a network, or as `*`.
fn is_excepted(list: &str, target: &Target) -> bool {
    let Ok(url) = Url::parse(&target.to_string()) else { return false };
    let Some(host) = url.host().map(|host| host.to_owned()) else { return false };
    let port = url.port_or_known_default();
    list.split([',', ' ', ';']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let (entry, own_port) = match entry.rsplit_once(':') {
            Some((name, port))
                if port.parse::<u16>().is_ok() && (!name.contains(':') || name.ends_with(']')) =>
            {
                (name, port.parse().ok())
            }
            _ => (entry, None),
        };
        (own_port.is_none() || own_port == port) && is_named(entry.trim_matches(['[', ']']), &host)
    })
}

fn is_named(entry: &str, host: &Host<String>) -> bool {
    match host {
        _ if entry == "*" => true,
        Host::Ipv4(ip) => is_in(entry, IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_in(entry, IpAddr::V6(*ip)),
        Host::Domain(host) => {
            let (host, entry) = (host.to_ascii_lowercase(), entry.to_ascii_lowercase());
            let (host, entry) =
                (host.trim_end_matches('.'), entry.trim_start_matches(['*', '.']).trim_end_matches('.'));
            !entry.is_empty()
                && (host == entry || host.strip_suffix(entry).is_some_and(|above| above.ends_with('.')))
        }
    }
}

/// Returns `true` if an address equals this entry, or is in its network: `10.0.0.0/8`.
fn is_in(entry: &str, ip: IpAddr) -> bool {
    let (network, bits) =
        entry.split_once('/').map_or((entry, None), |(network, bits)| (network, Some(bits)));
    let (Ok(network), bits) = (network.parse::<IpAddr>(), bits.map(str::parse::<u32>)) else { return false };
    let (own, whole, width) = match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            (u128::from(network.to_bits()), u128::from(ip.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => (network.to_bits(), ip.to_bits(), 128),
        _ => return false,
    };
    match bits {
        None => own == whole,
        Some(Ok(bits)) if bits <= width => bits == 0 || (own ^ whole) >> (width - bits) == 0,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(variables: &[(&str, &str)], target: Option<&str>) -> Option<String> {
        let target = target.map(|url| Target::parse(url).unwrap());
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        UnusedProxies::from_variables(variables).note(&target)
    }

    #[test]
    fn proxy_that_is_not_used_is_reported_by_its_variable() {
        for name in
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "Http_Proxy"]
        {
            let note = said(&[(name, "http://u:PASSWORD@proxy:3128")], Some("http://shop.example")).unwrap();
            assert!(
                note.starts_with(&format!("{name} is set and not used")) && !note.contains("PASSWORD"),
                "{note}"
            );
        }
        let both = said(&[("https_proxy", "x"), ("HTTP_PROXY", "x")], None).unwrap();
        assert!(both.starts_with("HTTP_PROXY, https_proxy are set"), "{both}");
        assert_eq!(said(&[("HTTP_PROXY", ""), ("http_proxy", " "), ("FTP_PROXY", "x")], None), None);
    }

    #[test]
    fn proxy_that_no_client_would_use_has_no_note() {
        for target in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80", "unix:///run/app.sock"]
        {
            assert_eq!(said(&[("HTTP_PROXY", "http://proxy")], Some(target)), None, "{target}");
        }
        for (except, target, is_told) in [
            ("*", "http://shop.example", false),
            ("shop.example", "http://shop.example:8080", false),
            ("a, Shop.Example ,b", "https://shop.example", false),
            (".example", "http://shop.example", false),
            ("*.example", "http://shop.example", false),
            ("example", "http://shop.example", false),
            ("shop.example:8080", "http://shop.example:8080", false),
            ("shop.example:8080", "http://shop.example", true),
            ("hop.example", "http://shop.example", true),
            ("10.0.0.0/8", "http://10.1.2.3", false),
            ("10.1.2.3", "http://10.1.2.3", false),
            ("10.0.0.0/24", "http://10.1.2.3", true),
            ("fd00::/8", "http://[fd00::1]", false),
            ("[fd00::1]", "http://[fd00::1]:80", false),
            ("localhost", "http://shop.example", true),
        ] {
            let variables = [("HTTP_PROXY", "http://proxy"), ("NO_PROXY", except)];
            assert_eq!(said(&variables, Some(target)).is_some(), is_told, "{except}: {target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_list_makes_it_panic(list in ".{0,30}", likely in "[0-9a-f.:/\\[\\], *]{0,30}") {
            for target in ["http://shop.example", "http://10.1.2.3", "http://[fd00::1]"] {
                drop(said(&[("HTTP_PROXY", "x"), ("no_proxy", &list), ("NO_PROXY", &likely)], Some(target)));
            }
        }
    }
}
