//! The events of a run, for listeners of the user's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::failure::FailureKind;
use crate::run::{Iteration, UserId};
use crate::trace::Logged;

/// An event of the run. `at` is the time since the start of the run.
///
/// The events of one user come in order: an iteration starts, its requests are sent and end, the iteration
/// ends. Each start has one end: an iteration succeeded, failed or was cancelled; a response was received, or
/// the request failed or was cancelled. A response of an unexpected status counts as received. Requests of
/// fixtures have events too; those of global fixtures carry user 0.
///
/// Listeners are called in turn on a thread of their own; a slow listener never slows the load. Their queue
/// holds 64 Ki events. When it is full, events are dropped and counted in the report. The report also names a
/// listener that panics; it still gets the events after that.
///
/// ```
/// # use molotov::prelude::*;
/// let suite = Suite::registered().events(molotov::listeners::Listener::new("failures", |event: &Event| {
///     if let Event::ScenarioFailed { user, iteration, message, .. } = event {
///         eprintln!("iteration {iteration} of user {user}: {message}");
///     }
/// }));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The users are about to start.
    RunStarted {
        /// Since the start of the run.
        at: Duration,
        /// The number of users of the run.
        users: u32,
    },
    /// The number of active users; sent after a change, at most once a second, and at the end.
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
        /// The number of the iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
    },
    /// An iteration has succeeded.
    ScenarioSucceeded {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of its iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The duration of the iteration.
        elapsed: Duration,
    },
    /// An iteration has failed.
    ScenarioFailed {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of the iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The duration of the iteration.
        elapsed: Duration,
        /// The kind of failure.
        kind: FailureKind,
        /// The message of the failure.
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
        /// The time from the start of the request to the end of the body.
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
        /// The time from the start of the request to its failure.
        elapsed: Duration,
    },
    /// An iteration was cut by the end of the run; it counts neither as ok nor as failed.
    ScenarioCancelled {
        /// Since the start of the run.
        at: Duration,
        /// The user.
        user: UserId,
        /// The number of the iteration.
        iteration: Iteration,
        /// The name of the scenario.
        scenario: Arc<str>,
        /// The time from its start to the cut.
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
        /// The time from its start to the drop.
        elapsed: Duration,
    },
    /// A text of [`Session::log`](crate::Session::log).
    Logged(Logged),
    /// The last user has ended.
    RunEnded {
        /// Since the start of the run.
        at: Duration,
    },
}

/// The bounded queue from the users to the listeners.
#[derive(Clone, Debug)]
pub struct EventQueue {
    sender: SyncSender<Event>,
    dropped: Arc<AtomicU64>,
}

impl EventQueue {
    /// A queue for this many events, and its receiving end.
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

    /// Adds an event if the queue has room now; otherwise returns `false` and counts nothing.
    pub fn offer(&self, event: Event) -> bool {
        self.sender.try_send(event).is_ok()
    }

    /// The number of dropped events.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
