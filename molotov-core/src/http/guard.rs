//! Hosts that a run may load.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;

use url::Host;

use super::target::Target;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::lock::lock;

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
