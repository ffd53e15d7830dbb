//! The events of a run, for listeners of the user's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::failure::FailureKind;
use crate::run::{Iteration, UserId};
use crate::trace::Logged;

/// Something that happened. `at` is the time since the start of the run.
///
/// The events of one user come in order: an iteration starts, its requests are sent and end, the iteration ends. Each
/// that starts has one end: succeeded, failed or cancelled; received, failed or cancelled. A response of a status that
/// is not wanted was received. Requests of fixtures have events too, those of global ones as of user 0.
///
/// Listeners are called one after the other on a thread of their own; a slow one never slows the load. Their queue is
/// of 64 Ki events. When it is full, events are dropped and counted in the report; a listener that panics is named
/// there, and gets the next event as if nothing had been.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The users are about to start.
    RunStarted {
        /// Since the start of the run.
        at: Duration,
        /// The number of users that there will be.
        users: u32,
    },
    /// The number of active users; sent when it has changed, at most once a second, and at the end.
    UserCount {
        /// Since the start of the run.
        at: Duration,
        /// Users between their set-up and their tear-down.
        users: u32,
    },
    /// An iteration starts.
    ScenarioStarted {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of its iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
    },
    /// An iteration has ended well.
    ScenarioSucceeded {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of its iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The time that it took.
        elapsed: Duration,
    },
    /// An iteration has failed.
    ScenarioFailed {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of its iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The time that it took.
        elapsed: Duration,
        /// The kind of failure.
        kind: FailureKind,
        /// The failure in words.
        message: String,
    },
    /// A request is about to be sent.
    RequestSent {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// Method and route template.
        route: String,
    },
    /// A response has been read.
    ResponseReceived {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// Method and route template.
        route: String,
        /// The status.
        status: u16,
        /// The time that it took, from the start of the request to the end of the body.
        elapsed: Duration,
    },
    /// A request has failed without a complete response.
    RequestFailed {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// Method and route template.
        route: String,
        /// The kind of failure.
        kind: FailureKind,
        /// The time that it took to fail.
        elapsed: Duration,
    },
    /// An iteration was cut by the end of the run: neither ok nor failed.
    ScenarioCancelled {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of its iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The time from its start until then.
        elapsed: Duration,
    },
    /// A request was dropped before its response was complete, by the end of the run or by its scenario.
    RequestCancelled {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// Method and route template.
        route: String,
        /// The time from its start until then.
        elapsed: Duration,
    },
    /// A text of [`Session::log`](crate::Session::log).
    Logged(Logged),
    /// The last user is gone.
    RunEnded {
        /// Since the start of the run.
        at: Duration,
    },
}

/// The bounded way from the users to the listeners.
#[derive(Clone, Debug)]
pub struct EventQueue {
    sender: SyncSender<Event>,
    dropped: Arc<AtomicU64>,
}

impl EventQueue {
    /// A queue for this many events, and its other end.
    pub fn new(capacity: usize) -> (Self, Receiver<Event>) {
        let (sender, receiver) = sync_channel(capacity);
        (Self { sender, dropped: Arc::default() }, receiver)
    }

    /// Adds an event, or counts it as dropped. Never waits.
    pub fn push(&self, event: Event) {
        if !self.offer(event) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds an event if there is room now; false otherwise, and then nothing is counted.
    pub fn offer(&self, event: Event) -> bool {
        self.sender.try_send(event).is_ok()
    }

    /// The number of events that were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
