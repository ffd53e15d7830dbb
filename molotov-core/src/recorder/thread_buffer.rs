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

/// Samples that a thread records before it has them added up itself: 64 B each. At ten readings a second that happens
/// to one that records more than 320,000 of them in a second.
const SAMPLES: usize = 32 * 1024;

/// Records of other kinds, which are larger and rarer.
const OTHERS: usize = 4 * 1024;

/// Records that are unpacked at once: so few that they stay in the cache.
const CHUNK: usize = 256;

pub(super) struct ThreadBuffer {
    starts: Starts,
    requests: Begun,
    samples: Ring,
    /// The records that are neither a start nor a sample of usual size.
    others: Mutex<Vec<Record>>,
}

/// The result of adding a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Push {
    Taken,
    /// The buffer has to be read first.
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

    /// Takes a packed sample, without a lock; false where the buffer has to be read first. Only one thread at a time may
    /// call this.
    #[inline]
    pub(super) fn offer(&self, words: Words) -> bool {
        self.samples.push(words)
    }

    /// Counts iterations that start, without a lock; false where they are none. Only one thread at a time may call this.
    #[inline]
    pub(super) fn start(&self, series: SeriesId, many: u64) -> bool {
        series.kind == SeriesKind::Scenario && self.starts.add(series.index, many)
    }

    /// Counts a request that starts, without a lock. Only one thread at a time may call this.
    #[inline]
    pub(super) fn request(&self, start: Duration) {
        self.requests.add(start);
    }

    /// The requests that this thread has started.
    pub(super) fn requests(&self) -> Requests {
        self.requests.read()
    }

    /// Takes any record; returns whether the buffer is full from now on.
    pub(super) fn push_other(&self, record: Record) -> Push {
        let mut others = lock(&self.others);
        others.push(record);
        if others.len() < OTHERS { Push::Taken } else { Push::Full }
    }

    #[cfg(test)]
    pub(super) fn hold_lock(&self) -> impl Sized {
        lock(&self.others)
    }

    /// Hands everything to `absorb`, piece by piece. Only one thread at a time may call this.
    pub(super) fn read(&self, chunk: &mut Vec<Record>, absorb: impl Fn(&mut Vec<Record>)) {
        self.starts.drain(|index, count| {
            chunk.push(Record::Started(SeriesId { index, kind: SeriesKind::Scenario }, count));
        });
        if !chunk.is_empty() {
            absorb(chunk);
            chunk.clear();
        }
        // No further than here, because the thread may go on writing as fast as it is read.
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
