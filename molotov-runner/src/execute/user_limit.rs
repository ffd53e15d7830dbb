//! The number of users that are let in at this time, where a sizing goes in steps. As with stages, who came last goes
//! first, finishes its iteration before, and may come again.

use std::sync::atomic::{AtomicU32, Ordering};

use molotov_core::UserId;
use tokio::sync::Notify;

/// Lets in as many users as it is told.
pub(crate) struct UserLimit {
    users: AtomicU32,
    changed: Notify,
}

impl UserLimit {
    pub(crate) fn new(users: u32) -> Self {
        Self { users: AtomicU32::new(users), changed: Notify::new() }
    }

    /// From now on so many are let in.
    pub(crate) fn set(&self, users: u32) {
        self.users.store(users, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Returns `true` if this user is let in.
    pub(crate) fn lets_in(&self, user: UserId) -> bool {
        user.0 < self.users.load(Ordering::Acquire)
    }

    /// Waits until this user may come.
    pub(crate) async fn enter(&self, user: UserId) {
        loop {
            // Before it looks, so that it does not miss what changes meanwhile.
            let changed = self.changed.notified();
            if self.lets_in(user) {
                return;
            }
            changed.await;
        }
    }
}
