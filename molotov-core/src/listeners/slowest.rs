//! The slowest requests of a run.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::listener::Listener;
use crate::event::Event;
use crate::failure::FailureKind;
use crate::lock::lock;
use crate::run::UserId;

/// The limit of remembered requests, for any requested number.
const MOST: usize = 10_000;

/// Keeps the slowest requests of a run, answered or failed.
///
/// A percentile shows their duration; this shows their routes, users and times.
///
/// ```
/// use molotov::listeners::Slowest;
///
/// let suite = molotov::Suite::registered().events(Slowest::new(10));
/// ```
#[derive(Clone, Debug)]
pub struct Slowest {
    most: usize,
    /// The requests, the slowest first.
    requests: Arc<Mutex<Vec<SlowRequest>>>,
}

/// A slow request.
///
/// ```
/// # let slowest = molotov::listeners::Slowest::new(10);
/// for request in slowest.requests() {
///     println!("{:?} {} of user {}: {:?}", request.elapsed, request.route, request.user, request.answer);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlowRequest {
    /// Its duration.
    pub elapsed: Duration,
    /// The time of its end, since the start of the run.
    pub at: Duration,
    /// The user that sent it.
    pub user: UserId,
    /// Its method and route.
    pub route: String,
    /// The status of its response, or the reason why there was none.
    pub answer: Result<u16, FailureKind>,
}

impl Slowest {
    /// Keeps this many requests; at most 10,000.
    pub fn new(most: usize) -> Self {
        Self { most: most.min(MOST), requests: Arc::default() }
    }

    /// The slowest requests so far, the slowest first.
    pub fn requests(&self) -> Vec<SlowRequest> {
        lock(&self.requests).clone()
    }

    /// Records an event, for a listener of your own that passes events on.
    pub fn on_event(&self, event: &Event) {
        let (at, user, route, answer, elapsed) = match event {
            Event::ResponseReceived { at, user, route, status, elapsed } => {
                (at, user, route, Ok(*status), elapsed)
            }
            Event::RequestFailed { at, user, route, kind, elapsed } => (at, user, route, Err(*kind), elapsed),
            _ => return,
        };
        let mut slowest = lock(&self.requests);
        // Of two equally slow requests the first one is kept.
        let place = slowest.partition_point(|request| request.elapsed >= *elapsed);
        if place < self.most {
            slowest.truncate(self.most - 1);
            let (elapsed, at, user, route) = (*elapsed, *at, *user, route.clone());
            slowest.insert(place, SlowRequest { elapsed, at, user, route, answer });
        }
    }

    fn summary(&self) -> String {
        let requests = lock(&self.requests);
        if requests.is_empty() {
            return "no requests".into();
        }
        requests.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for SlowRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { elapsed, at, user, route, answer } = self;
        write!(f, "{elapsed:.1?} {route}: ")?;
        match answer {
            Ok(status) => write!(f, "{status}")?,
            Err(kind) => write!(f, "{kind}")?,
        }
        write!(f, " (user {user}, at {at:.1?})")
    }
}

impl From<&Slowest> for Listener {
    fn from(slowest: &Slowest) -> Self {
        let (heard, summed) = (slowest.clone(), slowest.clone());
        Self::new("Slowest requests", move |event| heard.on_event(event)).summing_up(move || summed.summary())
    }
}

impl From<Slowest> for Listener {
    fn from(slowest: Slowest) -> Self {
        Self::from(&slowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(ms: u64, route: &str) -> Event {
        Event::ResponseReceived {
            at: Duration::from_secs(1),
            user: UserId(3),
            route: route.into(),
            status: 200,
            elapsed: Duration::from_millis(ms),
        }
    }

    #[test]
    fn the_slowest_are_kept_in_order_and_no_more_than_asked_for() {
        let slowest = Slowest::new(3);
        let listener = Listener::from(&slowest);

        for (ms, route) in [(5, "a"), (1, "b"), (9, "c"), (7, "d"), (9, "e"), (2, "f")] {
            listener.call(&response(ms, route));
        }

        let routes: Vec<_> = slowest.requests().into_iter().map(|request| request.route).collect();
        assert_eq!(routes, ["c", "e", "d"]);
        let summary = listener.summary().unwrap();
        assert_eq!(summary.lines().next(), Some("9.0ms c: 200 (user 3, at 1.0s)"));
        assert_eq!(summary.lines().count(), 3);
    }

    #[test]
    fn those_that_failed_are_among_them() {
        let slowest = Slowest::new(1);
        let elapsed = Duration::from_secs(30);

        slowest.on_event(&response(100, "GET /"));
        slowest.on_event(&Event::RequestFailed {
            at: elapsed,
            user: UserId(0),
            route: "GET /slow".into(),
            kind: FailureKind::TimeoutHead,
            elapsed,
        });

        assert_eq!(slowest.requests()[0].answer, Err(FailureKind::TimeoutHead));
        assert_eq!(slowest.requests()[0].to_string(), "30.0s GET /slow: timeout.head (user 0, at 30.0s)");
    }

    #[test]
    fn unwanted_traces_are_not_kept() {
        let slowest = Slowest::new(0);

        slowest.on_event(&response(1, "GET /"));

        assert!(slowest.requests().is_empty());
        assert_eq!(slowest.summary(), "no requests");
    }
}
