//! Buffers that a thread uses for one poll and then again for the next, so that an idle connection has none.

use std::cell::RefCell;

/// How much is read at once. Larger than most responses, so that one read is all they take.
const READ: usize = 64 * 1024;

/// How much of the buffer for writing is kept.
const WRITE: usize = 64 * 1024;

thread_local! {
    static TO_READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into());
    static TO_WRITE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends the thread's buffer for reading.
pub(super) fn reading<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    TO_READ.with_borrow_mut(|buffer| read(buffer))
}

/// Lends the thread's buffer for writing; it is empty.
pub(super) fn writing<T>(write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    TO_WRITE.with_borrow_mut(|buffer| {
        buffer.clear();
        let result = write(buffer);
        if buffer.capacity() > WRITE {
            *buffer = Vec::new();
        }
        result
    })
}
