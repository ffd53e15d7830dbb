//! Names to addresses, remembered for a while.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Host;

use super::target::Endpoint;
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// How long an answer is used. The system's resolver does not tell the true time to live.
const KEPT: Duration = Duration::from_secs(30);

type Known = (Instant, Arc<[IpAddr]>);

/// The system's resolver behind a small memory, so that 10,000 users do not ask it 10,000 times.
#[derive(Default)]
pub(crate) struct Resolver {
    known: Mutex<HashMap<String, Known>>,
}

impl Resolver {
    pub(crate) async fn resolve(&self, endpoint: &Endpoint) -> Result<Arc<[IpAddr]>> {
        match &endpoint.host {
            Host::Ipv4(ip) => Ok(Arc::new([IpAddr::V4(*ip)])),
            Host::Ipv6(ip) => Ok(Arc::new([IpAddr::V6(*ip)])),
            Host::Domain(name) => self.look_up(name, endpoint.port).await,
        }
    }

    async fn look_up(&self, name: &str, port: u16) -> Result<Arc<[IpAddr]>> {
        if let Some((until, ips)) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name)
            && Instant::now() < *until
        {
            return Ok(Arc::clone(ips));
        }
        let found = tokio::net::lookup_host((name, port)).await.map_err(|error| failed(name, error))?;
        let ips: Arc<[IpAddr]> = found.map(|address: SocketAddr| address.ip()).collect();
        if ips.is_empty() {
            return Err(Error::of(FailureKind::DnsNotFound, format!("the host {name} has no address")));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), (Instant::now() + KEPT, Arc::clone(&ips)));
        Ok(ips)
    }
}

fn failed(name: &str, error: io::Error) -> Error {
    if let Some(kind) = super::fault::local(&error) {
        return Error::with_source(kind, format!("cannot resolve {name}"), error.into());
    }
    // getaddrinfo's codes do not survive in io::Error, only their texts do.
    let text = error.to_string();
    let unknown = ["Name or service not known", "not known", "No address associated", "No such host"];
    if unknown.iter().any(|words| text.contains(words)) {
        return Error::of(FailureKind::DnsNotFound, format!("the host {name} does not exist"));
    }
    Error::with_source(FailureKind::DnsFailed, format!("cannot resolve {name}: {text}"), error.into())
}
