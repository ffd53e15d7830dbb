//! The average number of concurrent users, iterations and requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::listener::Listener;
use crate::event::Event;
use crate::lock::lock;

/// Computes the average number of concurrent iterations and requests.
///
/// That is the sum of their durations, divided by the time of the run (Little's law). The number of users is the plan;
/// this is the result: pauses, the ramp-up and users that wait for each other reduce it. Iterations and requests that
/// were cut count with their time until the cut; those of global set-ups and tear-downs are left out.
///
/// ```
/// use molotov::listeners::Concurrency;
///
/// let suite = molotov::Suite::registered().events(Concurrency::new());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Concurrency(Arc<Mutex<Times>>);

#[derive(Debug, Default)]
struct Times {
    /// The time at which the first user was about to start; nothing before it is counted.
    began: Option<Duration>,
    /// The time of the last end of an iteration or request.
    ended: Duration,
    iterations: Duration,
    requests: Duration,
}

impl Concurrency {
    /// No event has come so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// The average number of concurrent iterations; 0 before the first one has ended.
    pub fn iterations(&self) -> f64 {
        let times = lock(&self.0);
        times.average(times.iterations)
    }

    /// The average number of concurrent requests; 0 before the first one has ended.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// use molotov::listeners::Concurrency;
    ///
    /// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
    /// let concurrency = Concurrency::new();
    /// Suite::registered().events(&concurrency).run(Plan::users(20)).await?;
    /// println!("{:.1} requests at once", concurrency.requests());
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> f64 {
        let times = lock(&self.0);
        times.average(times.requests)
    }

    /// Records an event, for a listener of your own that passes events on.
    pub fn on_event(&self, event: &Event) {
        let mut times = lock(&self.0);
        match event {
            Event::RunStarted { at, .. } => *times = Times { began: Some(*at), ..Times::default() },
            Event::ScenarioSucceeded { at, elapsed, .. }
            | Event::ScenarioFailed { at, elapsed, .. }
            | Event::ScenarioCancelled { at, elapsed, .. } => {
                let counted = times.counted(*at, *elapsed);
                times.iterations += counted;
            }
            Event::ResponseReceived { at, elapsed, .. }
            | Event::RequestFailed { at, elapsed, .. }
            | Event::RequestCancelled { at, elapsed, .. } => {
                let counted = times.counted(*at, *elapsed);
                times.requests += counted;
            }
            _ => {}
        }
    }

    fn summary(&self) -> String {
        format!("{:.2} iterations, {:.2} requests at the same time", self.iterations(), self.requests())
    }
}

impl Times {
    /// The counted part of something with this end and this duration.
    fn counted(&mut self, at: Duration, elapsed: Duration) -> Duration {
        if self.began.is_none_or(|began| at < began) {
            return Duration::ZERO;
        }
        self.ended = self.ended.max(at);
        elapsed
    }

    fn average(&self, together: Duration) -> f64 {
        let time = self.began.map_or(Duration::ZERO, |began| self.ended.saturating_sub(began));
        if time.is_zero() { 0.0 } else { together.as_secs_f64() / time.as_secs_f64() }
    }
}

impl From<&Concurrency> for Listener {
    fn from(concurrency: &Concurrency) -> Self {
        let (heard, summed) = (concurrency.clone(), concurrency.clone());
        Self::new("Average concurrency", move |event| heard.on_event(event))
            .summing_up(move || summed.summary())
    }
}

impl From<Concurrency> for Listener {
    fn from(concurrency: Concurrency) -> Self {
        Self::from(&concurrency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Iteration, UserId};

    const SECOND: Duration = Duration::from_secs(1);

    fn response(at: Duration, elapsed: Duration) -> Event {
        Event::ResponseReceived { at, user: UserId(0), route: "GET /".into(), status: 200, elapsed }
    }

    fn iteration(user: u32, at: Duration, elapsed: Duration) -> Event {
        Event::ScenarioSucceeded {
            at,
            user: UserId(user),
            iteration: Iteration(0),
            scenario: "visit".into(),
            elapsed,
        }
    }

    #[test]
    fn it_is_the_time_of_all_divided_by_the_time_of_the_run() {
        let concurrency = Concurrency::new();
        let listener = Listener::from(&concurrency);

        listener.call(&Event::RunStarted { at: SECOND, users: 2 });
        listener.call(&response(2 * SECOND, SECOND / 2));
        listener.call(&iteration(0, 5 * SECOND, 4 * SECOND));
        listener.call(&iteration(1, 5 * SECOND, 2 * SECOND));

        assert!((concurrency.iterations() - 1.5).abs() < 1e-9);
        assert!((concurrency.requests() - 0.125).abs() < 1e-9);
        assert_eq!(listener.summary().unwrap(), "1.50 iterations, 0.12 requests at the same time");
    }

    #[test]
    fn set_ups_are_left_out_and_an_empty_run_is_0() {
        let concurrency = Concurrency::new();
        assert!(concurrency.requests().abs() < 1e-9);

        concurrency.on_event(&response(SECOND, SECOND));
        concurrency.on_event(&Event::RunStarted { at: 2 * SECOND, users: 1 });

        assert!(concurrency.requests().abs() < 1e-9);
    }
}
