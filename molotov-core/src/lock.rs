//! Mutexes that a panic does not close: who panicked is told elsewhere, and what they guard (counts, lists, states) is of
//! use all the same.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks it, whoever panicked meanwhile.
#[inline]
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
