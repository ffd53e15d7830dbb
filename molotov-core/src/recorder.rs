//! The way of a sample from the hot path to the aggregator.
//!
//! Each thread appends to a buffer of its own; the reader swaps the buffers, some times a second, and alone feeds the
//! histograms. A buffer that is full is handed to the reader's function by the thread that filled it, so memory stays
//! bounded and no record is ever lost.

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

/// Base URLs that are remembered for the report.
const MAX_TARGETS: usize = 8;

/// Takes records; those that it leaves are dropped.
type Absorb = dyn Fn(&mut Vec<Record>) + Send + Sync;

/// The buffers of one run, one for each thread that records.
pub struct Recorder {
    epoch: Instant,
    buffers: ThreadBuffers,
    /// The records that are being handed over. Its lock lets in one reader at a time.
    reading: Mutex<Vec<Record>>,
    names: RwLock<SeriesTable>,
    targets: Mutex<BTreeSet<String>>,
    /// The mistake of the first request that had no base URL.
    lacks_base: OnceLock<String>,
    absorb: Box<Absorb>,
}

impl Recorder {
    /// A recorder for about this many threads, whose run starts now. `absorb` is given the records, some at a time.
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
    // Small, so that it becomes a part of its caller, which has the kind of record at hand.
    #[inline]
    pub fn push(&self, record: Record) {
        match record {
            Record::Sample(sample) => self.sample(&sample),
            Record::Started(series, many) => self.start(series, many),
            record => self.push_other(record),
        }
    }

    /// Appends a sample, which is packed from where it is: half the price of copying it first.
    // A part of its callers: most of its fields are constants there, and need not be written down for it.
    #[inline(always)]
    pub fn sample(&self, sample: &Sample) {
        match pack(sample) {
            Some(words) => self.packed(words),
            None => self.push_other(Record::Sample(*sample)),
        }
    }

    // A part of its callers, so that the words go from registers to the buffer.
    #[inline(always)]
    fn packed(&self, words: Words) {
        if !self.buffers.own(|buffer| buffer.offer(words)) {
            self.make_room(words);
        }
    }

    /// Counts iterations of this scenario that start.
    #[doc(hidden)]
    #[inline]
    pub fn start(&self, series: SeriesId, many: u64) {
        if !self.buffers.own(|buffer| buffer.start(series, many)) {
            self.push_other(Record::Started(series, many));
        }
    }

    /// Counts a request that starts, at this time since the start of the run.
    #[doc(hidden)]
    #[inline]
    pub fn request(&self, start: Duration) {
        self.buffers.own(|buffer| buffer.request(start));
    }

    /// The requests that were started so far.
    #[doc(hidden)]
    pub fn requests(&self) -> Requests {
        self.buffers.used().map(ThreadBuffer::requests).fold(Requests::default(), Requests::and)
    }

    #[cold]
    fn make_room(&self, words: Words) {
        self.drain();
        // In vain only where a buffer is shared by threads that have filled it again.
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

    /// Hands all records so far to the reader: first the starts of iterations, then the samples.
    #[doc(hidden)]
    pub fn drain(&self) {
        let mut chunk = lock(&self.reading);
        for buffer in self.buffers.used() {
            buffer.read(&mut chunk, &self.absorb);
        }
    }

    /// The number of the series with this name; a new one when there is none.
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

    /// The series of requests of this method that a redirect led to this place. Of so many places as a server may lead
    /// to, a hundred have a name of their own.
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

    /// The name of a series, for the words of a failure.
    pub(crate) fn name_of(&self, series: SeriesId) -> Option<String> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).name(series)
    }

    /// Remembers a base URL that a session was given, for the report; at most 8 of them.
    pub(crate) fn target(&self, target: impl fmt::Display) {
        let mut targets = lock(&self.targets);
        if targets.len() < MAX_TARGETS {
            targets.insert(target.to_string());
        }
    }

    /// The base URLs that sessions were given, in alphabetical order; at most 8 of them.
    #[doc(hidden)]
    pub fn targets(&self) -> Vec<String> {
        lock(&self.targets).iter().cloned().collect()
    }

    /// Remembers that a request was relative without a base URL, with the message. The first one is kept.
    pub(crate) fn set_lacks_base(&self, why: &str) {
        self.lacks_base.get_or_init(|| why.to_owned());
    }

    /// The mistake of the first request that was relative without a base URL, with its cure; nothing where there was none.
    #[doc(hidden)]
    pub fn lacks_base(&self) -> Option<&str> {
        self.lacks_base.get().map(String::as_str)
    }

    /// The number of times that a new series was asked for after the limit of 1,000 was reached.
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
