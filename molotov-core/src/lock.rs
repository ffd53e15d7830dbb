//! Mutexes that a panic does not close: the panic is reported elsewhere, and the guarded values (counts, lists, states)
//! are of use all the same.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks it, whether a thread panicked meanwhile or not.
#[inline]
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
