//! The common parts of the session's tests: a server with a script, and a session whose records are kept.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod raw;
pub mod watched;

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    Client, ClientBuilder, Connected, FailureKind, FailureNote, IdleFaultKind, Outcome, Record, Recorder,
    RunHandle, Sample, Session, Target, Timeouts, UserId,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The time limit of a test for expected events; only a failed test reaches it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A time-out that is meant to be reached.
pub const SHORT: Duration = Duration::from_millis(60);

/// A response of two bytes on a connection that stays open.
pub const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// One request, as the server read it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query, undecoded.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The number of its connection, from 0.
    pub connection: usize,
}

impl Seen {
    /// The values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The only value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} came {} times", all.len());
        all.first().copied()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The counts of the server.
#[derive(Default)]
pub struct Counts {
    pub connections: AtomicUsize,
    /// Connections whose client has closed or reset them.
    pub ended: AtomicUsize,
    pub read: AtomicU64,
    pub written: AtomicU64,
    seen: Mutex<Vec<Seen>>,
}

/// The end of an idle connection by the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IdleEnd {
    Closed,
    Reset,
}

/// A server on an ephemeral loopback port that runs a script on each connection.
pub struct Server {
    pub address: SocketAddr,
    pub counts: Arc<Counts>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Runs the script on each connection, in parallel. A connection is closed when its script ends.
    pub async fn start<F, Fut>(script: F) -> Self
    where
        F: Fn(Peer) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::<Counts>::default();
        let ours = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let number = ours.connections.fetch_add(1, Ordering::SeqCst);
                let counts = Arc::clone(&ours);
                tokio::spawn(script(Peer { tcp, counts, number, unread: Vec::new(), ended: false }));
            }
        });
        Self { address, counts, task }
    }

    /// Responds to every request of every connection with the result of the function.
    pub async fn answering<F, A>(answer: F) -> Self
    where
        F: Fn(&Seen) -> A + Send + Sync + 'static,
        A: Into<Vec<u8>>,
    {
        let answer = Arc::new(move |seen: &Seen| -> Vec<u8> { answer(seen).into() });
        Self::start(move |mut peer| {
            let answer = Arc::clone(&answer);
            async move {
                while let Some(seen) = peer.request().await {
                    let bytes = answer(&seen);
                    peer.send(bytes).await;
                }
            }
        })
        .await
    }

    /// Reads one request on each connection, sends this, and then waits for the client to close.
    pub async fn once(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |mut peer| {
            let bytes = bytes.clone();
            async move {
                peer.request().await;
                peer.send(bytes).await;
                peer.until_end().await;
            }
        })
        .await
    }

    /// Responds to one request on each connection, and then ends the connection in this way.
    pub async fn ending_idle(end: IdleEnd) -> Self {
        Self::start(move |mut peer| async move {
            peer.request().await;
            peer.send(OK).await;
            if end == IdleEnd::Reset {
                tokio::time::sleep(Duration::from_millis(5)).await;
                peer.reset();
            }
        })
        .await
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub fn ended(&self) -> usize {
        self.counts.ended.load(Ordering::SeqCst)
    }

    /// The requests that were read completely, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.counts.seen.lock().unwrap().clone()
    }

    pub fn requests(&self) -> usize {
        self.counts.seen.lock().unwrap().len()
    }

    pub fn read(&self) -> u64 {
        self.counts.read.load(Ordering::SeqCst)
    }

    pub fn written(&self) -> u64 {
        self.counts.written.load(Ordering::SeqCst)
    }
}

/// One connection, on the server's side.
pub struct Peer {
    pub tcp: TcpStream,
    pub counts: Arc<Counts>,
    pub number: usize,
    unread: Vec<u8>,
    ended: bool,
}

impl Peer {
    /// Reads one whole request; `None` when the client has closed.
    pub async fn request(&mut self) -> Option<Seen> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let mut lines = head.trim_end().lines();
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let seen = Seen { method, path, headers, body: Vec::new(), connection: self.number };
        let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
        while self.unread.len() < length {
            self.more().await?;
        }
        let seen = Seen { body: self.unread.drain(..length).collect(), ..seen };
        self.counts.seen.lock().unwrap().push(seen.clone());
        Some(seen)
    }

    async fn more(&mut self) -> Option<()> {
        let mut buffer = vec![0; 64 * 1024];
        let n = match self.tcp.read(&mut buffer).await {
            Ok(0) | Err(_) => {
                let first = !std::mem::replace(&mut self.ended, true);
                self.counts.ended.fetch_add(usize::from(first), Ordering::SeqCst);
                return None;
            }
            Ok(n) => n,
        };
        self.counts.read.fetch_add(n as u64, Ordering::SeqCst);
        self.unread.extend_from_slice(&buffer[..n]);
        Some(())
    }

    /// Reads the first bytes of a request and no more.
    pub async fn some(&mut self) {
        let mut byte = [0];
        let _ = self.tcp.read(&mut byte).await;
    }

    /// Sends; a client that has closed already is not a fault of the script.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        if self.tcp.write_all(bytes).await.is_ok() {
            self.counts.written.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        }
    }

    /// Closes with a reset instead of an orderly end.
    pub fn reset(self) {
        self.tcp.set_zero_linger().unwrap();
    }

    /// Waits until the client has closed.
    pub async fn until_end(&mut self) {
        while self.more().await.is_some() {}
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A client for the enclosing module: in one of them, hyper drives all connections.
pub fn client() -> ClientBuilder {
    if super::ALWAYS_HYPER { Client::builder().always_hyper() } else { Client::builder() }
}

/// A session whose records are kept.
pub struct Lab {
    pub session: Session,
    recorder: Arc<Recorder>,
    records: Arc<Mutex<Vec<Record>>>,
}

impl Lab {
    /// A session of this server.
    pub fn of(server: &Server) -> Self {
        Self::new(&server.url(), |_| {})
    }

    /// A session with this base URL and these time-outs.
    pub fn new(base: &str, set: impl FnOnce(&mut Timeouts)) -> Self {
        let mut timeouts = Timeouts::default();
        set(&mut timeouts);
        Self::with(client().timeouts(timeouts).build().unwrap(), Some(base))
    }

    pub fn with(client: Client, base: Option<&str>) -> Self {
        let records = Arc::<Mutex<Vec<Record>>>::default();
        let kept = Arc::clone(&records);
        let recorder = Arc::new(Recorder::new(1, move |new| kept.lock().unwrap().append(new)));
        let run_handle = RunHandle::new(Arc::clone(&recorder), None, |_| {});
        let base = base.map(|url| Target::parse(url).unwrap());
        Self { session: Session::new(client, run_handle, UserId(0), base), recorder, records }
    }

    /// Ends the session, and starts another.
    pub fn renew(&mut self) {
        let run_handle = RunHandle::new(Arc::clone(&self.recorder), None, |_| {});
        self.session = Session::new(client().build().unwrap(), run_handle, UserId(0), None);
    }

    /// All records so far.
    pub fn records(&self) -> Vec<Record> {
        self.recorder.drain();
        self.records.lock().unwrap().clone()
    }

    pub fn samples(&self) -> Vec<Sample> {
        let only = |record| if let Record::Sample(sample) = record { Some(sample) } else { None };
        self.records().into_iter().filter_map(only).collect()
    }

    pub fn notes(&self) -> Vec<FailureNote> {
        let only = |record| if let Record::Failure(note) = record { Some(*note) } else { None };
        self.records().into_iter().filter_map(only).collect()
    }

    pub fn connected(&self) -> Vec<Connected> {
        let only = |record| if let Record::Connected(phases) = record { Some(phases) } else { None };
        self.records().into_iter().filter_map(only).collect()
    }

    /// The faults of idle connections, each with its route.
    pub fn idle_faults(&self) -> Vec<(String, IdleFaultKind)> {
        let names = self.names();
        let only = |record| if let Record::Idle(fault) = record { Some(*fault) } else { None };
        let faults = self.records().into_iter().filter_map(only);
        faults.map(|fault| (names[&fault.series.index].clone(), fault.kind)).collect()
    }

    /// Checks that these were all faults of idle connections: first bytes behind responses of these routes.
    pub fn stray(&self, expected: &[(&str, &str)]) {
        let stray = |(route, first): &(&str, &str)| {
            ((*route).to_owned(), IdleFaultKind::StrayBytes((*first).to_owned()))
        };
        assert_eq!(self.idle_faults(), expected.iter().map(stray).collect::<Vec<_>>());
    }

    /// The names of all series, by number.
    pub fn names(&self) -> HashMap<u32, String> {
        self.recorder.series_since(0).into_iter().map(|series| (series.id.index, series.name)).collect()
    }

    pub fn name(&self, sample: &Sample) -> String {
        self.names()[&sample.series.index].clone()
    }

    /// The only sample.
    pub fn sample(&self) -> Sample {
        let samples = self.samples();
        assert_eq!(samples.len(), 1, "{samples:?}");
        samples[0]
    }

    pub fn outcomes(&self) -> Vec<Outcome> {
        self.samples().iter().map(|sample| sample.outcome).collect()
    }

    /// Checks that the only sample failed in this way, and that its message contains these words.
    pub fn failed(&self, kind: FailureKind, words: &str) -> Sample {
        let sample = self.sample();
        assert_eq!(sample.outcome, Outcome::Failed(kind), "{:?}", self.notes());
        let notes = self.notes();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!((notes[0].kind, notes[0].series), (kind, sample.series));
        assert!(notes[0].message.contains(words), "`{}` lacks `{words}`", notes[0].message);
        assert_no_stutter(&notes[0].message);
        sample
    }
}

/// A redirect with this status.
pub fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} There\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

/// Asserts that bytes and requests add up (A2), if the server read everything that was sent.
#[track_caller]
pub fn adds_up(lab: &Lab, server: &Server) {
    let samples = lab.samples();
    assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
    assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
    assert_eq!(samples.len(), server.requests());
}

/// Asserts that no part of a message occurs twice.
pub fn assert_no_stutter(message: &str) {
    let parts: Vec<_> = message.split(": ").map(str::trim).filter(|part| part.len() > 12).collect();
    for (index, part) in parts.iter().enumerate() {
        assert!(!parts[..index].contains(part), "`{message}` says `{part}` twice");
    }
}

/// Waits until the condition is true.
pub async fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    bounded(what, async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// Ends a test that would otherwise wait for ever.
pub async fn bounded<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("never: {what}"))
}
