//! Names to addresses, remembered for a while.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Host;

use super::target::Endpoint;
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// How long an answer is used. The system's resolver does not tell the true time to live.
const KEPT: Duration = Duration::from_secs(30);

/// How long a failure is used: enough for all who waited for it, and no more.
const FAILED_KEPT: Duration = Duration::from_millis(500);

/// How many names are remembered; redirects could lead to ever new ones.
const MAX_NAMES: usize = 1_000;

type Answer = Result<Arc<[IpAddr]>, (FailureKind, String)>;

/// The system's resolver behind a small memory, so that 10,000 users do not ask it 10,000 times, also where they
/// all begin at once: one asks and the others wait for its answer.
#[derive(Default)]
pub(crate) struct Resolver {
    names: Mutex<HashMap<String, Arc<Name>>>,
}

#[derive(Default)]
struct Name {
    /// The last answer, and until when it is used.
    known: Mutex<Option<(Instant, Answer)>>,
    /// Held by the one who asks.
    asking: tokio::sync::Mutex<()>,
}

impl Resolver {
    pub(crate) async fn resolve(&self, endpoint: &Endpoint) -> Result<Arc<[IpAddr]>> {
        match &endpoint.host {
            Host::Ipv4(ip) => Ok(Arc::new([IpAddr::V4(*ip)])),
            Host::Ipv6(ip) => Ok(Arc::new([IpAddr::V6(*ip)])),
            Host::Domain(name) => self
                .look_up(name, || ask(name, endpoint.port))
                .await
                .map_err(|(kind, text)| Error::of(kind, text)),
        }
    }

    async fn look_up<F: Future<Output = Answer>>(&self, name: &str, ask: impl FnOnce() -> F) -> Answer {
        let name = self.name(name);
        if let Some(answer) = name.known() {
            return answer;
        }
        let _asking = name.asking.lock().await;
        if let Some(answer) = name.known() {
            return answer;
        }
        let answer = ask().await;
        let kept = if answer.is_ok() { KEPT } else { FAILED_KEPT };
        *lock(&name.known) = Some((Instant::now() + kept, answer.clone()));
        answer
    }

    fn name(&self, name: &str) -> Arc<Name> {
        let mut names = lock(&self.names);
        if let Some(known) = names.get(name) {
            return Arc::clone(known);
        }
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        Arc::clone(names.entry(name.to_owned()).or_default())
    }
}

impl Name {
    fn known(&self) -> Option<Answer> {
        lock(&self.known)
            .as_ref()
            .filter(|(until, _)| Instant::now() < *until)
            .map(|(_, answer)| answer.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ask(name: &str, port: u16) -> Answer {
    let found = tokio::net::lookup_host((name, port)).await.map_err(|error| failed(name, &error))?;
    let ips: Arc<[IpAddr]> = found.map(|address| address.ip()).collect();
    if ips.is_empty() {
        return Err((FailureKind::DnsNotFound, format!("the host {name} has no address")));
    }
    Ok(ips)
}

fn failed(name: &str, error: &io::Error) -> (FailureKind, String) {
    let text = error.to_string();
    let failed = |kind| (kind, format!("cannot resolve {name}: {text}"));
    if let Some(kind) = super::fault::local(error) {
        return failed(kind);
    }
    // getaddrinfo's codes do not survive in io::Error, only their texts do.
    let unknown = ["Name or service not known", "not known", "No address associated", "No such host"];
    if unknown.iter().any(|words| text.contains(words)) {
        return (FailureKind::DnsNotFound, format!("the host {name} does not exist"));
    }
    failed(FailureKind::DnsFailed)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::future::join_all;

    use super::*;

    /// Asks this often at once, and says how often the system was asked.
    async fn asked(resolver: &Resolver, times: usize, answer: &Answer) -> usize {
        let count = Cell::new(0);
        let ask = || {
            count.set(count.get() + 1);
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                answer.clone()
            }
        };
        let all = join_all((0..times).map(|_| resolver.look_up("a.example", ask))).await;
        assert!(all.iter().all(|one| one == answer));
        count.get()
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_begin_at_once_ask_once_and_again_when_the_answer_is_old() {
        let resolver = Resolver::default();
        let answer = Ok(Arc::from([IpAddr::from([127, 0, 0, 1])]));

        assert_eq!(asked(&resolver, 100, &answer).await, 1);
        assert_eq!(asked(&resolver, 100, &answer).await, 0);
        tokio::time::sleep(KEPT).await;
        assert_eq!(asked(&resolver, 100, &answer).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_by_those_who_waited_and_soon_forgotten() {
        let resolver = Resolver::default();
        let failure = Err((FailureKind::DnsNotFound, "no".to_owned()));

        assert_eq!(asked(&resolver, 100, &failure).await, 1);
        tokio::time::sleep(FAILED_KEPT).await;
        assert_eq!(asked(&resolver, 1, &failure).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_gives_up_asking_leaves_it_to_the_next() {
        let resolver = Resolver::default();
        let never = resolver.look_up("a.example", std::future::pending::<Answer>);
        tokio::time::timeout(Duration::from_secs(5), never).await.unwrap_err();

        let answer = Ok(Arc::from([IpAddr::from([127, 0, 0, 1])]));

        assert_eq!(asked(&resolver, 2, &answer).await, 1);
    }

    #[test]
    fn what_the_resolver_says_is_put_into_kinds() {
        let said = |text: &str| failed("a.example", &io::Error::other(text.to_owned()));
        let unknown = said("failed to lookup address information: Name or service not known");
        assert_eq!(unknown, (FailureKind::DnsNotFound, "the host a.example does not exist".to_owned()));
        let broken = said("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(broken.0, FailureKind::DnsFailed);
        assert_eq!(failed("a", &io::Error::from_raw_os_error(24)).0, FailureKind::LocalFds);
    }
}
