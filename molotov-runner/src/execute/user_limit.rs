//! The number of users that a sizing in steps allows at this time. As with stages, the latest user leaves first,
//! finishes its iteration before, and may return.

use std::sync::atomic::{AtomicU32, Ordering};

use molotov_core::UserId;
use tokio::sync::Notify;

/// Allows a limited number of users.
pub(crate) struct UserLimit {
    users: AtomicU32,
    changed: Notify,
}

impl UserLimit {
    pub(crate) fn new(users: u32) -> Self {
        Self { users: AtomicU32::new(users), changed: Notify::new() }
    }

    /// Sets the limit from now on.
    pub(crate) fn set(&self, users: u32) {
        self.users.store(users, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Returns `true` if the limit includes this user.
    pub(crate) fn lets_in(&self, user: UserId) -> bool {
        user.0 < self.users.load(Ordering::Acquire)
    }

    /// Waits until the limit includes this user.
    pub(crate) async fn enter(&self, user: UserId) {
        loop {
            // Registered before the check, so that no change in between is missed.
            let changed = self.changed.notified();
            if self.lets_in(user) {
                return;
            }
            changed.await;
        }
    }
}
