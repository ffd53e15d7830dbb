//! What happens in a run, as events for listeners of the user's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::failure::FailureKind;
use crate::run::{Iteration, UserId};

/// Something that happened. `at` is the time since the start of the run.
///
/// Listeners are called on a thread of their own; a slow one never slows the load. When its queue is full, events
/// are dropped, and the report says how many.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The users are about to start.
    RunStarted {
        /// Since the start of the run.
        at: Duration,
        /// How many users there will be.
        users: u32,
    },
    /// How many users are active; sent when it has changed, at most once a second.
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
        /// Who.
        user: UserId,
        /// Which time.
        iteration: Iteration,
        /// What.
        scenario: Arc<str>,
    },
    /// An iteration has ended well.
    ScenarioSucceeded {
        /// Since the start of the run.
        at: Duration,
        /// Who.
        user: UserId,
        /// Which time.
        iteration: Iteration,
        /// What.
        scenario: Arc<str>,
        /// How long it took.
        elapsed: Duration,
    },
    /// An iteration has failed.
    ScenarioFailed {
        /// Since the start of the run.
        at: Duration,
        /// Who.
        user: UserId,
        /// Which time.
        iteration: Iteration,
        /// What.
        scenario: Arc<str>,
        /// How long it took.
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
        /// Who.
        user: UserId,
        /// Method and route template.
        route: String,
    },
    /// A response has been read.
    ResponseReceived {
        /// Since the start of the run.
        at: Duration,
        /// Who.
        user: UserId,
        /// Method and route template.
        route: String,
        /// The status.
        status: u16,
        /// How long it took, from the start of the request to the end of the body.
        elapsed: Duration,
    },
    /// A request has failed without a complete response.
    RequestFailed {
        /// Since the start of the run.
        at: Duration,
        /// Who.
        user: UserId,
        /// Method and route template.
        route: String,
        /// The kind of failure.
        kind: FailureKind,
        /// How long it took to fail.
        elapsed: Duration,
    },
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

    /// How many events were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
