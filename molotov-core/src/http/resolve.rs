//! Names to addresses, with a cache.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use url::Host;

use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::future::BoxFuture;
use crate::lock::lock;

/// The longest lifetime of a failure: enough for all users that start at once, and no more.
const FAILED_KEPT: Duration = Duration::from_millis(500);

/// The limit of cached names; redirects could lead to any number of new names.
const MAX_NAMES: usize = 1_000;

type CachedAnswer = Result<Arc<[IpAddr]>, (FailureKind, String)>;

/// The function that queries the addresses of a name: the system's resolver, or that of a test.
pub(crate) type Lookup = Arc<dyn Fn(&str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// A resolver with a cache, so that 10,000 users do not cause 10,000 queries, even if they all start at once.
pub(crate) struct Resolver {
    lookup: Lookup,
    /// The lifetime of an answer. The system's resolver does not return the true time to live.
    ttl: Duration,
    names: Mutex<HashMap<String, Arc<CachedName>>>,
}

#[derive(Default)]
struct CachedName {
    /// The last answer, and the time of its arrival.
    known: Mutex<Option<(Instant, CachedAnswer)>>,
    /// The query in flight. The holder of the lock waits for its answer; a cancelled holder leaves it to the next one,
    /// so a second query never runs beside it.
    asking: tokio::sync::Mutex<Option<BoxFuture<'static, CachedAnswer>>>,
    /// Connections so far; each starts with the next address.
    turn: AtomicUsize,
}

impl Resolver {
    pub(crate) fn new(ttl: Duration, lookup: Option<Lookup>) -> Self {
        Self { lookup: lookup.unwrap_or_else(system_lookup), ttl, names: Mutex::default() }
    }

    /// The addresses of a host, and the number of the first one to try.
    pub(crate) async fn resolve(&self, host: &Host<String>) -> Result<(Arc<[IpAddr]>, usize)> {
        match host {
            Host::Ipv4(ip) => Ok((Arc::new([IpAddr::V4(*ip)]), 0)),
            Host::Ipv6(ip) => Ok((Arc::new([IpAddr::V6(*ip)]), 0)),
            Host::Domain(name) => {
                let looked_up = Box::pin(self.look_up(name)).await;
                looked_up.map_err(|(kind, text)| Error::with_kind(kind, text))
            }
        }
    }

    async fn look_up(&self, host: &str) -> Result<(Arc<[IpAddr]>, usize), (FailureKind, String)> {
        let began = Instant::now();
        let name = self.name(host);
        let answer = match self.known(&name, began) {
            Some(answer) => answer,
            None => {
                let mut asking = name.asking.lock().await;
                match self.known(&name, began) {
                    Some(answer) => answer,
                    None => {
                        let answer = asking.get_or_insert_with(|| ask(&self.lookup, host)).await;
                        *asking = None;
                        *lock(&name.known) = Some((Instant::now(), answer.clone()));
                        answer
                    }
                }
            }
        };
        Ok((answer?, name.turn.fetch_add(1, Ordering::Relaxed)))
    }

    /// The cached answer, if it is still valid, or arrived after `began`, while the caller waited.
    fn known(&self, name: &CachedName, began: Instant) -> Option<CachedAnswer> {
        let known = lock(&name.known);
        let (came, answer) = known.as_ref()?;
        let kept = if answer.is_ok() { self.ttl } else { self.ttl.min(FAILED_KEPT) };
        (*came > began || came.elapsed() < kept).then(|| answer.clone())
    }

    fn name(&self, name: &str) -> Arc<CachedName> {
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

/// The system's resolver, which blocks and therefore has a thread during the query.
fn system_lookup() -> Lookup {
    Arc::new(|name| {
        let place = (name.to_owned(), 0);
        Box::pin(
            async move { Ok(tokio::net::lookup_host(place).await?.map(|address| address.ip()).collect()) },
        )
    })
}

fn ask(lookup: &Lookup, name: &str) -> BoxFuture<'static, CachedAnswer> {
    let asked = lookup(name);
    let name = name.to_owned();
    Box::pin(async move {
        let ips = asked.await.map_err(|error| failed(&name, &error))?;
        if ips.is_empty() {
            return Err((FailureKind::DnsNotFound, format!("the host {name} has no address")));
        }
        Ok(ips.into())
    })
}

fn failed(name: &str, error: &io::Error) -> (FailureKind, String) {
    let text = error.to_string();
    let local = super::classify::local(error);
    // io::Error does not keep the codes of getaddrinfo, only their texts.
    let unknown = ["Name or service not known", "not known", "No address associated", "No such host"];
    if local.is_none() && unknown.iter().any(|words| text.contains(words)) {
        return (FailureKind::DnsNotFound, format!("the host {name} does not exist"));
    }
    (local.unwrap_or(FailureKind::DnsFailed), format!("cannot resolve {name}: {text}"))
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::time::{sleep, timeout};

    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// A resolver whose system takes 10 ms for this answer, and the number of queries.
    fn fake(ttl: Duration, answer: fn() -> io::Result<Vec<IpAddr>>) -> (Resolver, Arc<AtomicUsize>) {
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        let lookup: Lookup = Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                sleep(MS(10)).await;
                answer()
            })
        });
        (Resolver::new(ttl, Some(lookup)), asked)
    }

    fn two() -> io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2])])
    }

    fn none() -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("Name or service not known"))
    }

    /// The number of queries to the system when this many callers resolve at once.
    async fn asked((resolver, asked): &(Resolver, Arc<AtomicUsize>), times: usize) -> usize {
        let before = asked.load(Ordering::SeqCst);
        let host = Host::Domain("a.example".to_owned());
        let all = join_all((0..times).map(|_| resolver.resolve(&host))).await;
        assert!(all.windows(2).all(|pair| pair[0].is_ok() == pair[1].is_ok()));
        asked.load(Ordering::SeqCst) - before
    }

    #[tokio::test(start_paused = true)]
    async fn ten_thousand_users_share_one_lookup_until_it_expires() {
        let fake = fake(TTL, two);

        assert_eq!(asked(&fake, 10_000).await, 1);
        sleep(TTL - MS(1)).await;
        assert_eq!(asked(&fake, 100).await, 0);
        sleep(MS(1)).await;
        assert_eq!(asked(&fake, 100).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn lookups_without_a_cache_are_shared_only_while_waiting() {
        for answer in [two, none] {
            let fake = fake(Duration::ZERO, answer);

            assert_eq!(asked(&fake, 10_000).await, 1);
            for _ in 0..5 {
                sleep(MS(1)).await;
                assert_eq!(asked(&fake, 1).await, 1);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failed_lookup_is_shared_by_its_waiters_only() {
        let fake = fake(TTL, none);

        assert_eq!(asked(&fake, 100).await, 1);
        assert_eq!(asked(&fake, 100).await, 0);
        sleep(FAILED_KEPT).await;
        assert_eq!(asked(&fake, 1).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn abandoned_lookup_serves_the_next_request() {
        let fake = fake(TTL, two);
        timeout(MS(6), fake.0.look_up("a.example")).await.unwrap_err();
        let begin = Instant::now();

        // The query is not repeated, so the answer comes with that of the first caller.
        assert_eq!(asked(&fake, 2).await, 0);

        assert_eq!(begin.elapsed(), MS(4));
        assert_eq!(fake.1.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn each_name_has_its_own_question_and_its_own_turns() {
        let fake = fake(TTL, two);
        let turn = async |name: &str| fake.0.look_up(name).await.unwrap().1;
        let begin = Instant::now();

        let together = tokio::join!(turn("a.example"), turn("b.example"));

        assert_eq!((together, begin.elapsed()), ((0, 0), MS(10)));
        assert_eq!((turn("a.example").await, turn("a.example").await, turn("b.example").await), (1, 2, 1));
    }

    #[test]
    fn errors_of_the_resolver_have_kinds() {
        let said = |text: &str| failed("a.example", &io::Error::other(text.to_owned()));
        let unknown = said("failed to lookup address information: Name or service not known");
        assert_eq!(unknown, (FailureKind::DnsNotFound, "the host a.example does not exist".to_owned()));
        let broken = said("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(broken.0, FailureKind::DnsFailed);
        assert_eq!(failed("a", &io::Error::from_raw_os_error(24)).0, FailureKind::LocalFds);
    }
}
