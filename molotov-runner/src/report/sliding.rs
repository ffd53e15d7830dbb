//! A window of time that slides over a run in progress, and is long enough for its number of samples.

use std::collections::VecDeque;
use std::time::Duration;

use molotov_core::{Latencies, Outcome, Sample};

use super::gaps::Recent;
use super::time_share::{LEAST_WAIT, ONE_OF, Waiting};
use super::user_counts::{UserCounts, Usual};
use crate::plan::objective::Objective;
use crate::quantity::Share;

/// The number of parts of a window; it advances by one part.
const SLOTS: u32 = 10;

/// The minimum length of a part, given by the interval of the supervisor.
const SHORTEST: Duration = Duration::from_millis(100);

/// The minimum wait of a single request; a shorter one may just be slow.
const LEAST_ALONE: Duration = Duration::from_secs(5);

/// Returns the length of a part of a window of this length.
pub(crate) fn part(length: Duration) -> Duration {
    (length / SLOTS).max(SHORTEST)
}

/// The length of a window, and its number of samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowExtent {
    /// The minimum length;
    pub(crate) least: Duration,
    /// it is longer with fewer iterations
    pub(crate) iterations: u64,
    /// or latencies in it,
    pub(crate) latencies: u64,
    /// up to this maximum.
    pub(crate) most: Duration,
}

/// The events of an interval. Times are since the first user started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: Duration,
    pub(crate) end: Duration,
    /// The minimum and the maximum number of users.
    pub(crate) users: Option<(u32, u32)>,
    /// Iterations that ended, successful or failed, except for faults of this machine.
    pub(crate) iterations: u64,
    /// Of these, the failed ones.
    pub(crate) failed: u64,
    /// Further ones, which failed because of a fault of this machine.
    pub(crate) local: u64,
    pub(crate) requests: u64,
    /// The intervals in which the service did not respond.
    pub(crate) gaps: Recent,
    /// The requests that wait at its end.
    pub(crate) waiting: Waiting,
    /// The samples of each user, for each objective of a closed model.
    pub(crate) of_users: Vec<UserCounts>,
    of_requests: Latencies,
    of_iterations: Latencies,
    /// Service times of iterations with due times, whose latencies differ.
    service: Latencies,
}

impl Span {
    pub(crate) fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    /// The latencies of the requests, or of the iterations without requests.
    pub(crate) fn latencies(&self) -> &Latencies {
        if self.of_requests.count() > 0 { &self.of_requests } else { &self.of_iterations }
    }

    /// The latencies of the iterations.
    pub(crate) fn latencies_of_iterations(&self) -> &Latencies {
        &self.of_iterations
    }

    /// Returns the service times of iterations with due times.
    pub(crate) fn service(&self) -> &Latencies {
        &self.service
    }

    /// Returns the share of users, or of the arrivals of an open model, that have been waiting at its end for longer
    /// than the limit and twice the slowest good response so far, and the wait of the first of them. `None` for a
    /// single one of many.
    pub(crate) fn waits_in_vain(&self, limit: Duration) -> Option<(Share, Duration)> {
        let waiting = &self.waiting;
        let least = limit.max(waiting.slowest * 2).max(LEAST_WAIT);
        let most = if waiting.is_open { self.length() } else { Duration::MAX };
        let (many, longest) = waiting.between(least, most);
        let users = u64::from(self.users.map_or(0, |(_, users)| users));
        let whole = if waiting.is_open { self.iterations + many } else { users.max(many) };
        let is_enough = many > 1 || (whole < ONE_OF && longest > LEAST_ALONE);
        if is_enough { Some((Share::new(many, whole)?, longest)) } else { None }
    }

    fn add(&mut self, next: &Self) {
        self.end = next.end;
        self.users = match (self.users, next.users) {
            (Some((least, most)), Some((fewer, more))) => Some((least.min(fewer), most.max(more))),
            (users, more) => users.or(more),
        };
        self.iterations += next.iterations;
        self.failed += next.failed;
        self.local += next.local;
        self.requests += next.requests;
        self.of_requests.add(&next.of_requests);
        self.of_iterations.add(&next.of_iterations);
        self.service.add(&next.service);
        for counts in &next.of_users {
            match self.of_users.iter_mut().find(|own| own.objective == counts.objective) {
                Some(own) => own.add(counts),
                None => self.of_users.push(counts.clone()),
            }
        }
    }
}

/// The window, part by part.
#[derive(Debug)]
pub(crate) struct Sliding {
    extent: WindowExtent,
    objectives: Vec<Objective>,
    /// The usual counts of each objective, since the search started.
    usual: Vec<Usual>,
    closed: VecDeque<Span>,
    open: Span,
}

impl Sliding {
    /// Creates a window for objectives, which are also evaluated by user.
    pub(crate) fn new(extent: WindowExtent, objectives: Vec<Objective>) -> Self {
        let open = empty(&objectives);
        let usual = vec![Usual::default(); objectives.len()];
        Self { extent, objectives, usual, closed: VecDeque::new(), open }
    }

    /// Removes everything before the first user.
    pub(crate) fn clear(&mut self) {
        let usual = std::mem::take(&mut self.usual);
        *self = Self { usual, ..Self::new(self.extent, std::mem::take(&mut self.objectives)) };
    }

    /// Removes everything before this time.
    pub(crate) fn restart(&mut self, now: Duration) {
        self.clear();
        self.open.start = now;
    }

    pub(crate) fn iteration(&mut self, sample: &Sample) {
        let failed = match sample.outcome {
            Outcome::Failed(kind) if kind.is_local() => {
                self.open.local += 1;
                return;
            }
            Outcome::Failed(_) => 1,
            Outcome::Ok => 0,
            _ => return,
        };
        self.open.iterations += 1;
        self.open.failed += failed;
        self.open.of_iterations.record(sample.latency());
        if sample.due.is_some() {
            self.open.service.record(sample.service);
        }
        let usual = self.usual.iter_mut();
        self.open.of_users.iter_mut().zip(usual).for_each(|(counts, usual)| counts.iteration(sample, usual));
    }

    pub(crate) fn request(&mut self, sample: &Sample) {
        match sample.outcome {
            Outcome::Failed(kind) if kind.is_local() => {}
            Outcome::Ok | Outcome::Failed(_) => {
                self.open.requests += 1;
                self.open.of_requests.record(sample.latency());
                let usual = self.usual.iter_mut();
                self.open
                    .of_users
                    .iter_mut()
                    .zip(usual)
                    .for_each(|(counts, usual)| counts.request(sample, usual));
            }
            _ => {}
        }
    }

    /// Advances; returns the window if it has a new part. `users` is the number of users at this time.
    pub(crate) fn advance(&mut self, now: Duration, users: u32) -> Option<Span> {
        // Before the start of the first user there is nothing to report.
        if users > 0 {
            let (least, most) = self.open.users.unwrap_or((users, users));
            self.open.users = Some((least.min(users), most.max(users)));
        }
        if now < self.open.start + part(self.extent.least) {
            return None;
        }
        self.open.end = now;
        let next =
            Span { start: now, users: self.open.users.map(|_| (users, users)), ..empty(&self.objectives) };
        self.closed.push_back(std::mem::replace(&mut self.open, next));
        self.forget();
        Some(self.whole())
    }

    /// Removes the oldest parts that are no longer needed.
    fn forget(&mut self) {
        let (mut iterations, mut requests) = (0, 0);
        for span in &self.closed {
            iterations += span.iterations;
            requests += span.requests;
        }
        let now = self.open.start;
        while let Some(oldest) = self.closed.front() {
            iterations -= oldest.iterations;
            requests -= oldest.requests;
            let rest = self.closed.get(1).map_or(Duration::ZERO, |next| now - next.start);
            let latencies = if requests > 0 { requests } else { iterations };
            let is_enough = rest >= self.extent.least
                && iterations >= self.extent.iterations
                && latencies >= self.extent.latencies;
            if !is_enough && now - oldest.start <= self.extent.most {
                return;
            }
            self.closed.pop_front();
        }
    }

    fn whole(&self) -> Span {
        let start = self.closed.front().map_or(self.open.start, |oldest| oldest.start);
        let mut whole = Span { start, end: start, ..Span::default() };
        self.closed.iter().for_each(|span| whole.add(span));
        whole
    }
}

/// Creates an empty span.
fn empty(objectives: &[Objective]) -> Span {
    Span { of_users: objectives.iter().copied().map(UserCounts::new).collect(), ..Span::default() }
}

#[cfg(test)]
mod tests {
    use molotov_core::{FailureKind, SeriesId, SeriesKind};
    use proptest::prelude::*;

    use super::*;

    const EXTENT: WindowExtent = WindowExtent {
        least: Duration::from_secs(5),
        iterations: 100,
        latencies: 100,
        most: Duration::from_secs(60),
    };

    fn iteration(outcome: Outcome) -> Sample {
        let series = SeriesId::new(0, SeriesKind::Scenario);
        Sample::new(series, outcome, Duration::ZERO, Duration::from_millis(1))
    }

    /// Adds this number of iterations in each half a second.
    fn slide(sliding: &mut Sliding, halves: std::ops::Range<u64>, iterations: u64, outcome: Outcome) -> Span {
        let mut last = None;
        for half in halves {
            (0..iterations).for_each(|_| sliding.iteration(&iteration(outcome)));
            last = sliding.advance(Duration::from_millis(500 * (half + 1)), half as u32 + 1);
        }
        last.unwrap()
    }

    #[test]
    fn a_window_has_the_least_length_where_there_are_samples_enough() {
        let mut sliding = Sliding::new(EXTENT, Vec::new());

        let span = slide(&mut sliding, 0..100, 10, Outcome::Ok);

        assert_eq!((span.start, span.end), (Duration::from_secs(45), Duration::from_secs(50)));
        assert_eq!((span.iterations, span.users), (100, Some((90, 100))));
    }

    #[test]
    fn a_window_is_longer_where_there_are_few_samples_and_has_an_end() {
        let mut sliding = Sliding::new(EXTENT, Vec::new());
        let few = slide(&mut sliding, 0..200, 2, Outcome::Ok);
        assert_eq!((few.length(), few.iterations), (Duration::from_secs(25), 100));

        let none = slide(&mut sliding, 200..320, 0, Outcome::Ok);

        assert_eq!((none.length(), none.iterations), (Duration::from_secs(60), 0));
    }

    #[test]
    fn failures_slide_out_of_the_window() {
        let mut sliding = Sliding::new(EXTENT, Vec::new());
        let all = slide(&mut sliding, 0..20, 50, Outcome::Failed(FailureKind::Http5xx));
        assert_eq!((all.failed, all.iterations), (500, 500));

        let none = slide(&mut sliding, 20..30, 50, Outcome::Ok);

        assert_eq!((none.failed, none.iterations), (0, 500));
    }

    #[test]
    fn faults_of_this_machine_and_what_was_cut_are_no_samples() {
        let mut sliding = Sliding::new(EXTENT, Vec::new());
        slide(&mut sliding, 0..1, 1, Outcome::Cancelled);
        slide(&mut sliding, 1..2, 1, Outcome::Failed(FailureKind::LocalFds));

        let span = slide(&mut sliding, 2..3, 1, Outcome::Ok);

        assert_eq!((span.iterations, span.failed, span.local), (1, 0, 1));
    }

    proptest! {
        #[test]
        fn a_window_is_the_shortest_that_has_enough(many in prop::collection::vec(0u64..40, 1..300)) {
            let mut sliding = Sliding::new(EXTENT, Vec::new());
            for end in 1..=many.len() {
                let span = slide(&mut sliding, end as u64 - 1..end as u64, many[end - 1], Outcome::Ok);

                let sum = |halves: usize| many[end - halves..end].iter().sum::<u64>();
                let shortest = (10..=120.min(end)).find(|halves| sum(*halves) >= 100);
                let halves = shortest.unwrap_or(120.min(end));
                prop_assert_eq!(span.length(), Duration::from_millis(500) * halves as u32);
                prop_assert_eq!(span.iterations, sum(halves));
            }
        }
    }
}
