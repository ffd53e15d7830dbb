//! The buffer of each thread that records.

use std::cell::Cell;
use std::collections::HashMap;
use std::iter::repeat_with;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::thread::{self, ThreadId};

use super::lock;
use super::thread_buffer::ThreadBuffer;

/// The number of recorders whose buffer a thread remembers.
const REMEMBERED: usize = 8;

/// The minimum of buffers: a runtime has more threads than its workers.
const MIN_BUFFERS: usize = 32;

/// The buffers of one recorder.
///
/// The `thread_local` crate is as fast (1,397 instructions an iteration against 1,404), but has a buffer of 2 MiB for
/// each thread that records, and a runtime may have 512 blocking threads. Here the number is bounded, and further
/// threads share a buffer.
pub(super) struct ThreadBuffers {
    /// The number of this recorder in the process.
    number: u64,
    /// One for each thread that records; each allocates its memory at first use.
    own: Vec<OnceLock<ThreadBuffer>>,
    /// The shared buffer of all further threads, which write in turn.
    shared: Mutex<()>,
    owners: Mutex<HashMap<ThreadId, usize>>,
}

thread_local! {
    /// A recorder, by number, and this thread's buffer in it.
    static FOUND: [Cell<(u64, usize)>; REMEMBERED] = const { [const { Cell::new((0, 0)) }; REMEMBERED] };
}

impl ThreadBuffers {
    /// Buffers for twice this many threads. Threads beyond that share the last one.
    pub(super) fn new(threads: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let buffers = (threads * 2).max(MIN_BUFFERS) + 1;
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            own: repeat_with(OnceLock::new).take(buffers).collect(),
            shared: Mutex::default(),
            owners: Mutex::default(),
        }
    }

    /// The number of this recorder in the process.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Calls a function with the buffer of this thread, which no other thread uses at the same time.
    #[inline(always)]
    pub(super) fn own<T>(&self, then: impl FnOnce(&ThreadBuffer) -> T) -> T {
        let place = self.number as usize % REMEMBERED;
        let (number, buffer) = FOUND.with(|found| found[place].get());
        let buffer = if number == self.number { buffer } else { self.find() };
        // Called in one place only, so that the function is inlined.
        let _turn = (buffer == self.shared_buffer()).then(|| self.wait_for_turn());
        then(self.own[buffer].get_or_init(ThreadBuffer::new))
    }

    /// Only one thread at a time may use the shared buffer.
    #[cold]
    fn wait_for_turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.shared)
    }

    fn shared_buffer(&self) -> usize {
        self.own.len() - 1
    }

    #[cold]
    fn find(&self) -> usize {
        let mut owners = lock(&self.owners);
        let taken = owners.len();
        let me = thread::current().id();
        let buffer = match owners.get(&me) {
            Some(buffer) => *buffer,
            None if taken < self.shared_buffer() => *owners.entry(me).or_insert(taken),
            None => self.shared_buffer(),
        };
        FOUND.with(|found| found[self.number as usize % REMEMBERED].set((self.number, buffer)));
        buffer
    }

    /// Holds each lock of the buffers.
    #[cfg(test)]
    pub(super) fn hold_locks(&self) -> impl Sized {
        let of_buffers: Vec<_> = self.used().map(ThreadBuffer::hold_lock).collect();
        (lock(&self.shared), lock(&self.owners), of_buffers)
    }

    /// The buffers that a thread has used.
    pub(super) fn used(&self) -> impl Iterator<Item = &ThreadBuffer> {
        self.own.iter().filter_map(OnceLock::get)
    }
}

#[cfg(test)]
mod tests {
    use super::super::thread_buffer::Push;
    use super::*;
    use crate::sample::Record;

    fn record(buffers: &ThreadBuffers) {
        assert_eq!(buffers.own(|buffer| buffer.push_other(Record::Braked)), Push::Taken);
    }

    fn on_a_new_thread(buffers: &ThreadBuffers) {
        thread::scope(|scope| scope.spawn(|| record(buffers)).join().unwrap());
    }

    #[test]
    fn threads_never_share_a_buffer() {
        let (ours, others) = (ThreadBuffers::new(1), ThreadBuffers::new(1));

        for _ in 0..MIN_BUFFERS {
            // Process-wide numbers of threads would not do.
            on_a_new_thread(&others);
            on_a_new_thread(&ours);
        }

        assert_eq!(ours.used().count(), MIN_BUFFERS);
    }

    #[test]
    fn a_thread_finds_its_buffer_again_among_many_recorders() {
        let many: Vec<_> = (0..REMEMBERED * 3).map(|_| ThreadBuffers::new(1)).collect();

        many.iter().for_each(record);
        many.iter().for_each(record);

        assert!(many.iter().all(|buffers| buffers.used().count() == 1));
    }

    #[test]
    fn threads_beyond_the_limit_share_a_buffer_and_take_no_memory() {
        let buffers = ThreadBuffers::new(1);

        (0..MIN_BUFFERS + 5).for_each(|_| on_a_new_thread(&buffers));

        assert_eq!(buffers.used().count(), MIN_BUFFERS + 1);
        assert_eq!(lock(&buffers.owners).len(), MIN_BUFFERS);
    }
}
