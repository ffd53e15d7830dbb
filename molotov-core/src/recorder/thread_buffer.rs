//! The records of one thread, on their way to the reader.

use std::mem;
use std::sync::Mutex;
use std::time::Duration;

use super::lock;
use super::packed::unpack;
use super::requests::{Begun, Requests};
use super::ring::{Ring, Words};
use super::starts::Starts;
use crate::sample::{Record, SeriesId, SeriesKind};

/// The number of samples after which a thread aggregates its buffer itself: 64 B each. At ten readings a second that
/// needs more than 320,000 samples in a second from one thread.
const SAMPLES: usize = 32 * 1024;

/// The limit of other records, which are larger and rarer.
const OTHERS: usize = 4 * 1024;

/// The number of records that are unpacked at once: few enough to stay in the cache.
const CHUNK: usize = 256;

pub(super) struct ThreadBuffer {
    starts: Starts,
    requests: Begun,
    samples: Ring,
    /// The records that are neither a start nor a sample that can be packed.
    others: Mutex<Vec<Record>>,
}

/// The result of adding a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Push {
    Taken,
    /// The buffer must be read first.
    Full,
}

impl ThreadBuffer {
    pub(super) fn new() -> Self {
        Self {
            starts: Starts::new(),
            requests: Begun::default(),
            samples: Ring::new(SAMPLES),
            others: Mutex::default(),
        }
    }

    /// Adds a packed sample, without a lock; returns `false` if the buffer must be read first. Only one thread at a
    /// time may call this.
    #[inline]
    pub(super) fn offer(&self, words: Words) -> bool {
        self.samples.push(words)
    }

    /// Counts starts of iterations, without a lock; returns `false` for another record. Only one thread at a time may
    /// call this.
    #[inline]
    pub(super) fn start(&self, series: SeriesId, many: u64) -> bool {
        series.kind == SeriesKind::Scenario && self.starts.add(series.index, many)
    }

    /// Counts the start of a request, without a lock. Only one thread at a time may call this.
    #[inline]
    pub(super) fn request(&self, start: Duration) {
        self.requests.add(start);
    }

    /// The requests that this thread has started.
    pub(super) fn requests(&self) -> Requests {
        self.requests.read()
    }

    /// Adds any record; returns whether the buffer is now full.
    pub(super) fn push_other(&self, record: Record) -> Push {
        let mut others = lock(&self.others);
        others.push(record);
        if others.len() < OTHERS { Push::Taken } else { Push::Full }
    }

    #[cfg(test)]
    pub(super) fn hold_lock(&self) -> impl Sized {
        lock(&self.others)
    }

    /// Passes all records to `absorb`, in batches. Only one thread at a time may call this.
    pub(super) fn read(&self, chunk: &mut Vec<Record>, absorb: impl Fn(&mut Vec<Record>)) {
        self.starts.drain(|index, count| {
            chunk.push(Record::Started(SeriesId { index, kind: SeriesKind::Scenario }, count));
        });
        if !chunk.is_empty() {
            absorb(chunk);
            chunk.clear();
        }
        // No further than here, because the thread may write as fast as this reads.
        let end = self.samples.written();
        loop {
            self.samples.drain(end, CHUNK, chunk, |words| Record::Sample(unpack(words)));
            if chunk.is_empty() {
                break;
            }
            absorb(chunk);
            chunk.clear();
        }
        let mut others = mem::take(&mut *lock(&self.others));
        if !others.is_empty() {
            absorb(&mut others);
        }
    }
}
