//! The path of a sample from the hot path to the aggregator.
//!
//! Each thread appends to a buffer of its own; the reader swaps the buffers some times a second, and alone
//! feeds the histograms. A thread that fills its buffer passes the records to the function of the reader
//! itself, so memory stays bounded and no record is lost.

mod name_cache;
mod packed;
mod requests;
mod ring;
mod series_table;
mod starts;
#[cfg(test)]
mod tests;
mod thread_buffer;
mod thread_buffers;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use http::Method;
use tokio::time::Instant;

pub(crate) use self::name_cache::Route;
use self::packed::pack;
pub use self::requests::Requests;
use self::ring::Words;
use self::series_table::SeriesTable;
use self::thread_buffer::{Push, ThreadBuffer};
use self::thread_buffers::ThreadBuffers;
use crate::lock::lock;
use crate::sample::{Record, Sample, Series, SeriesId, SeriesKind};

/// The limit of base URLs in the report.
const MAX_TARGETS: usize = 8;

/// A receiver of records; it drops those that it leaves in the list.
type Absorb = dyn Fn(&mut Vec<Record>) + Send + Sync;

/// The buffers of one run, one for each thread that records.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use molotov::output::{Record, Recorder, SeriesKind, Value};
///
/// let received = Arc::new(AtomicUsize::new(0));
/// let count = Arc::clone(&received);
/// let recorder = Recorder::new(1, move |records| drop(count.fetch_add(records.drain(..).count(), Ordering::Relaxed)));
/// let sold = recorder.series(SeriesKind::Counter, "items sold");
/// recorder.push(Record::Value(sold, Value::Add(3.0)));
/// # recorder.drain();
/// # assert_eq!(received.load(Ordering::Relaxed), 1);
/// ```
pub struct Recorder {
    epoch: Instant,
    buffers: ThreadBuffers,
    /// The records on their way to the receiver. The lock admits one reader at a time.
    reading: Mutex<Vec<Record>>,
    names: RwLock<SeriesTable>,
    targets: Mutex<BTreeSet<String>>,
    /// The mistake of the first request without a base URL.
    lacks_base: OnceLock<String>,
    absorb: Box<Absorb>,
}

impl Recorder {
    /// A recorder for about this many threads, whose run starts now. `absorb` receives the records in
    /// batches.
    pub fn new(threads: usize, absorb: impl Fn(&mut Vec<Record>) + Send + Sync + 'static) -> Self {
        Self {
            epoch: Instant::now(),
            buffers: ThreadBuffers::new(threads),
            reading: Mutex::default(),
            names: RwLock::default(),
            targets: Mutex::default(),
            lacks_base: OnceLock::new(),
            absorb: Box::new(absorb),
        }
    }

    /// The start of the run.
    pub fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Appends a record to this thread's buffer.
    // Small, so that it is inlined into its caller, where the kind of record is constant.
    #[inline]
    pub fn push(&self, record: Record) {
        match record {
            Record::Sample(sample) => self.sample(&sample),
            Record::Started(series, many) => self.start(series, many),
            record => self.push_other(record),
        }
    }

    /// Appends a sample, which is packed in place: half the cost of a copy before packing.
    // Inlined into its callers: most of the fields are constants there and need no store.
    #[inline(always)]
    pub fn sample(&self, sample: &Sample) {
        match pack(sample) {
            Some(words) => self.packed(words),
            None => self.push_other(Record::Sample(*sample)),
        }
    }

    // Inlined into its callers, so that the words go from registers to the buffer.
    #[inline(always)]
    fn packed(&self, words: Words) {
        if !self.buffers.own(|buffer| buffer.offer(words)) {
            self.make_room(words);
        }
    }

    /// Counts starts of iterations of this scenario.
    #[doc(hidden)]
    #[inline]
    pub fn start(&self, series: SeriesId, many: u64) {
        if !self.buffers.own(|buffer| buffer.start(series, many)) {
            self.push_other(Record::Started(series, many));
        }
    }

    /// Counts the start of a request, at this time since the start of the run.
    #[doc(hidden)]
    #[inline]
    pub fn request(&self, start: Duration) {
        self.buffers.own(|buffer| buffer.request(start));
    }

    /// The number of requests that were started so far.
    #[doc(hidden)]
    pub fn requests(&self) -> Requests {
        self.buffers.used().map(ThreadBuffer::requests).fold(Requests::default(), Requests::and)
    }

    #[cold]
    fn make_room(&self, words: Words) {
        self.drain();
        // Fails only if threads that share a buffer have filled it again.
        while !self.buffers.own(|buffer| buffer.offer(words)) {
            self.drain();
        }
    }

    #[cold]
    fn push_other(&self, record: Record) {
        if self.buffers.own(|buffer| buffer.push_other(record)) == Push::Full {
            self.drain();
        }
    }

    /// Passes all records so far to the receiver: first the starts of iterations, then the samples.
    #[doc(hidden)]
    pub fn drain(&self) {
        let mut chunk = lock(&self.reading);
        for buffer in self.buffers.used() {
            buffer.read(&mut chunk, &self.absorb);
        }
    }

    /// The number of the series with this name; a new number if there is no such series.
    pub fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        let number = self.buffers.number();
        if let Some(id) = name_cache::with_run(number, |known| known.name(kind, name)) {
            return id;
        }
        let (id, own) = self.names.write().unwrap_or_else(PoisonError::into_inner).series(kind, name);
        if own {
            name_cache::with_run(number, |known| known.learn_name(kind, name, id));
        }
        id
    }

    /// The series of requests of this method and route.
    pub(crate) fn route(&self, method: &Method, route: &str) -> Route {
        let number = self.buffers.number();
        if let Some(found) = name_cache::with_run(number, |known| known.route(method, route)) {
            return found;
        }
        let name: Arc<str> = format!("{method} {route}").into();
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let (series, own) = names.series(SeriesKind::Route, &name);
        drop(names);
        let found = Route { series, name };
        if own {
            name_cache::with_run(number, |known| known.learn_route(method, route, found.clone()));
        }
        found
    }

    /// The series of requests of this method that followed a redirect to this place. A server can redirect to
    /// any number of places; a hundred of them have a name of their own.
    pub(crate) fn redirected(&self, method: &Method, place: &str) -> Route {
        let number = self.buffers.number();
        let place = format!("{place} (redirected)");
        if let Some(found) = name_cache::with_run(number, |known| known.route(method, &place)) {
            return found;
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let (series, own) = names.redirected(method, &place);
        let name: Arc<str> = names.name(series).unwrap_or_default().into();
        drop(names);
        let found = Route { series, name };
        if own {
            name_cache::with_run(number, |known| known.learn_route(method, &place, found.clone()));
        }
        found
    }

    /// The series from this number on, in order.
    #[doc(hidden)]
    pub fn series_since(&self, first: usize) -> Vec<Series> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).since(first)
    }

    /// The name of a series, for the message of a failure.
    pub(crate) fn name_of(&self, series: SeriesId) -> Option<String> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).name(series)
    }

    /// Adds the base URL of a session to the report; at most 8 are kept.
    pub(crate) fn target(&self, target: impl fmt::Display) {
        let mut targets = lock(&self.targets);
        if targets.len() < MAX_TARGETS {
            targets.insert(target.to_string());
        }
    }

    /// The base URLs of the sessions, in alphabetical order; at most 8.
    #[doc(hidden)]
    pub fn targets(&self) -> Vec<String> {
        lock(&self.targets).iter().cloned().collect()
    }

    /// Records that a request was relative without a base URL, with the message. The first message is kept.
    pub(crate) fn set_lacks_base(&self, why: &str) {
        self.lacks_base.get_or_init(|| why.to_owned());
    }

    /// The mistake of the first request that was relative without a base URL, with its cure; `None` if there
    /// was no such request.
    #[doc(hidden)]
    pub fn lacks_base(&self) -> Option<&str> {
        self.lacks_base.get().map(String::as_str)
    }

    /// The number of new series that were requested beyond the limit of 1,000.
    #[doc(hidden)]
    pub fn refused_series(&self) -> u64 {
        self.names.read().unwrap_or_else(PoisonError::into_inner).refused()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
