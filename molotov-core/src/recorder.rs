//! The way of a sample from the hot path to whoever adds it up.
//!
//! Each runtime thread appends to a buffer of its own; the reader swaps the buffers, some times a second, and alone
//! feeds the histograms. A buffer that is full is handed to the reader's function by the thread that filled it, so
//! memory stays bounded and no record is ever lost.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Event, EventQueue};
use crate::http::Target;
use crate::sample::{Record, Series, SeriesId, SeriesKind};

/// Records that one buffer holds before its thread empties it itself: about 100 B each.
const CAPACITY: usize = 16 * 1024;

/// Series of one run; further names are recorded as `(other)`.
const MAX_SERIES: usize = 1_000;

/// Base URLs that are remembered for the report.
const MAX_TARGETS: usize = 8;

/// Takes full or swapped buffers.
type Absorb = dyn Fn(&mut Vec<Record>) + Send + Sync;

/// The buffers of one run, one for each runtime thread.
pub struct Recorder {
    epoch: Instant,
    buffers: Vec<Buffer>,
    names: Mutex<Names>,
    targets: Mutex<BTreeSet<String>>,
    absorb: Box<Absorb>,
}

// A cache line each, so that threads do not write to each other's.
#[repr(align(128))]
#[derive(Default)]
struct Buffer(Mutex<Vec<Record>>);

#[derive(Default)]
struct Names {
    known: HashMap<(SeriesKind, String), SeriesId>,
    list: Vec<Series>,
    /// Distinct names that came after the limit was reached are not kept, only how often one was asked for.
    refused: u64,
}

thread_local! {
    /// Which buffer this thread appends to; the same number in every run.
    static THREAD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

impl Recorder {
    /// A recorder for about this many threads, whose run starts now.
    pub fn new(threads: usize, absorb: impl Fn(&mut Vec<Record>) + Send + Sync + 'static) -> Self {
        // More buffers than threads, because the numbers of threads come from the whole process.
        let count = (threads * 2).next_power_of_two();
        Self {
            epoch: Instant::now(),
            buffers: (0..count).map(|_| Buffer::default()).collect(),
            names: Mutex::default(),
            targets: Mutex::default(),
            absorb: Box::new(absorb),
        }
    }

    /// When the run started.
    pub fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Appends a record to this thread's buffer.
    pub fn push(&self, record: Record) {
        let index = THREAD.with(|thread| *thread) & (self.buffers.len() - 1);
        let mut buffer = lock(&self.buffers[index].0);
        buffer.push(record);
        if buffer.len() >= CAPACITY {
            (self.absorb)(&mut buffer);
        }
    }

    /// Hands everything that was recorded so far to the reader.
    pub fn drain(&self) {
        let mut spare = Vec::new();
        for buffer in &self.buffers {
            std::mem::swap(&mut *lock(&buffer.0), &mut spare);
            (self.absorb)(&mut spare);
            spare.clear();
        }
    }

    /// The number of the series with this name; a new one when there is none.
    pub fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        let mut names = lock(&self.names);
        if let Some(id) = names.known.get(&(kind, name.to_owned())) {
            return *id;
        }
        let name = if names.list.len() >= MAX_SERIES {
            names.refused += 1;
            if let Some(id) = names.known.get(&(kind, "(other)".to_owned())) {
                return *id;
            }
            "(other)"
        } else {
            name
        };
        let id = SeriesId { index: names.list.len() as u32, kind };
        names.known.insert((kind, name.to_owned()), id);
        names.list.push(Series { id, name: name.to_owned() });
        id
    }

    /// The series from this number on, in order.
    pub fn series_since(&self, first: usize) -> Vec<Series> {
        lock(&self.names).list.get(first..).unwrap_or_default().to_vec()
    }

    /// Remembers a base URL that a session was given, for the report; at most 8 of them.
    pub(crate) fn target(&self, target: &Target) {
        let mut targets = lock(&self.targets);
        if targets.len() < MAX_TARGETS {
            targets.insert(target.to_string());
        }
    }

    /// The base URLs that sessions were given, in alphabetical order; at most 8 of them.
    pub fn targets(&self) -> Vec<String> {
        lock(&self.targets).iter().cloned().collect()
    }

    /// How often a new series was asked for after the limit of 1,000 was reached.
    pub fn refused_series(&self) -> u64 {
        lock(&self.names).refused
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("buffers", &self.buffers.len()).finish_non_exhaustive()
    }
}

/// A panic in another thread does not make numbers wrong: what is behind these locks is always whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a session reaches the run that it is part of: where it records, whom it tells, and how it asks for the end.
#[derive(Clone)]
pub struct Meter {
    recorder: Arc<Recorder>,
    events: Option<EventQueue>,
    stop: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Meter {
    /// A meter; `stop` is called with the reason when a scenario asks for the end of the run.
    pub fn new(
        recorder: Arc<Recorder>,
        events: Option<EventQueue>,
        stop: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self { recorder, events, stop: Arc::new(stop) }
    }

    /// A meter whose records go nowhere.
    pub fn detached() -> Self {
        Self::new(Arc::new(Recorder::new(1, |records| records.clear())), None, |_| {})
    }

    /// Where it records.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Appends a record.
    pub fn push(&self, record: Record) {
        self.recorder.push(record);
    }

    /// The time since the start of the run.
    pub fn since_start(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.recorder.epoch)
    }

    /// Tells the listeners, when there are any; the event is made only then.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            events.push(event());
        }
    }

    /// Asks for the end of the run.
    pub fn stop(&self, why: &str) {
        (self.stop)(why);
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    fn counting() -> (Recorder, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&count);
        let recorder = Recorder::new(2, move |records| {
            seen.fetch_add(records.len() as u64, Ordering::Relaxed);
            records.clear();
        });
        (recorder, count)
    }

    #[test]
    fn no_record_is_lost_between_threads_a_reader_and_full_buffers() {
        let (recorder, count) = counting();

        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..CAPACITY * 2 + 7).for_each(|_| recorder.push(Record::Braked)));
            }
            scope.spawn(|| (0..50).for_each(|_| recorder.drain()));
        });
        recorder.drain();

        assert_eq!(count.load(Ordering::Relaxed), 4 * (CAPACITY as u64 * 2 + 7));
    }

    #[test]
    fn names_beyond_the_limit_share_one_series_and_are_counted() {
        let (recorder, _) = counting();

        for n in 0..MAX_SERIES + 5 {
            recorder.series(SeriesKind::Route, &format!("GET /{n}"));
        }

        let list = recorder.series_since(0);
        assert_eq!(list.len(), MAX_SERIES + 1);
        assert_eq!(list[MAX_SERIES].name, "(other)");
        assert_eq!(recorder.refused_series(), 5);
        assert_eq!(recorder.series(SeriesKind::Route, "GET /0").index, 0);
    }
}
