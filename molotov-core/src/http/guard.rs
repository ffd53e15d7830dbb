//! Hosts that a run may load.

use std::net::IpAddr;
use std::sync::Mutex;

use url::Host;

use super::metadata;
use super::target::Target;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::lock::lock;

/// The allowed hosts: loopback and private addresses always, public and link-local ones when the user names them, and
/// the metadata services of clouds never.
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

    /// Checks that the name of this host may be looked up.
    pub(crate) fn check_host(&self, host: &Host<String>) -> Result<()> {
        if metadata::is_name(host) {
            return Err(blocked(format!("{host} is the metadata service of a cloud; it is never loaded")));
        }
        Ok(())
    }

    /// Checks that a connection for this host may be opened to this address; called after each resolution.
    pub(crate) fn check(&self, host: &Host<String>, ip: IpAddr) -> Result<()> {
        self.check_named(host, ip)?;
        if metadata::is_link_local(ip) {
            // A name that leads there may belong to others, and the service on the address to a cloud.
            let address = address(ip);
            if self.is_named(&address) {
                return Ok(());
            }
            return Err(blocked(format!(
                "{host} is at the link-local address {ip}, where clouds have services of their own; if it is yours, \
                 add --allow-host {address}"
            )));
        }
        if !is_public(ip) || self.is_named(&host.to_string()) {
            return Ok(());
        }
        let why =
            format!("{host} is a public host that this run was not told to load; add --allow-host {host}");
        Err(blocked(why))
    }

    /// The same check as [`Guard::check`], for an address that the user set for this host.
    pub(crate) fn check_named(&self, host: &Host<String>, ip: IpAddr) -> Result<()> {
        self.check_host(host)?;
        if !metadata::is_address(ip) {
            return Ok(());
        }
        Err(blocked(format!("{host} is the metadata service of a cloud ({ip}); it is never loaded")))
    }

    fn is_named(&self, host: &str) -> bool {
        lock(&self.named).iter().any(|named| named == host)
    }
}

fn blocked(why: String) -> Error {
    Error::with_kind(FailureKind::BlockedHost, why)
}

/// An address as the host of a URL.
fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => Host::<String>::Ipv6(ip).to_string(),
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
#[path = "guard_tests.rs"]
mod tests;
