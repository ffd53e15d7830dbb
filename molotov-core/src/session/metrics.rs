//! Measurements of a scenario besides its requests: timers, checks, counters, gauges and trends.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use super::attempt::Attempt;
use crate::error::Error;
use crate::failure::FailureKind;
use crate::sample::{FailureNote, Record, SeriesId, SeriesKind, Value};

impl Session {
    /// Times a future that is not an HTTP request of this session: a query, a message, a gRPC call.
    ///
    /// The report shows it under its name as a timer: as failed if the future returns `Err`, and as cancelled if it is
    /// dropped before its end.
    ///
    /// ```
    /// # use molotov::{Result, Session};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result {
    /// # let session = Session::detached();
    /// let rows = session.measure("query", async { Ok::<_, std::io::Error>(3) }).await?;
    /// # assert_eq!(rows, 3); Ok(()) }
    /// ```
    ///
    /// A `#[setup]` makes the client of another protocol (gRPC, a database, a message queue) for each user, and the
    /// scenario measures its calls. The example `own_client` shows that from end to end:
    ///
    /// ```
    /// # use molotov::{Error, Result, Session};
    /// # struct Store; impl Store {
    /// #     async fn connect() -> Result<Self> { Ok(Self) }
    /// #     async fn get(&mut self, _key: &str) -> std::io::Result<String> { Ok("hello".into()) }
    /// # }
    /// // #[setup]
    /// async fn store() -> Result<Store> {
    ///     Store::connect().await
    /// }
    ///
    /// // #[scenario]
    /// async fn read(session: &mut Session, store: &mut Store) -> Result {
    ///     let value = session.measure("get", store.get("greeting")).await?;
    ///     session.check("there is a value", !value.is_empty());
    ///     Ok(())
    /// }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result {
    /// # read(&mut Session::detached(), &mut store().await?).await }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the future, unchanged; the call counts as failed.
    pub async fn measure<T, E: Display>(
        &self,
        name: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut attempt = Attempt::new(self);
        attempt.start(self.run_handle.recorder().series(SeriesKind::Timer, name), Instant::now());
        let result = future.await;
        match &result {
            Ok(_) => attempt.finish(),
            Err(error) => attempt.fail(&Error::with_kind(FailureKind::UserError, format!("{error:#}"))),
        }
        result
    }

    /// Counts a soft check as passed or failed under its name, and returns the result. It fails no iteration.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// assert!(session.check("two is even", 2 % 2 == 0));
    /// ```
    pub fn check(&self, name: &str, passed: bool) -> bool {
        self.record(SeriesKind::Check, name, Value::Check(passed));
        passed
    }

    /// A custom counter: its sum and its rate are reported.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// session.counter("items bought").add(3);
    /// ```
    pub fn counter(&self, name: &str) -> Counter<'_> {
        self.mark_busy();
        Counter { session: self, series: self.run_handle.recorder().series(SeriesKind::Counter, name) }
    }

    /// A custom gauge: its last, least and greatest value are reported.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// session.gauge("queue length").set(12.0);
    /// ```
    pub fn gauge(&self, name: &str) -> Gauge<'_> {
        self.mark_busy();
        Gauge { session: self, series: self.run_handle.recorder().series(SeriesKind::Gauge, name) }
    }

    /// A custom trend: the distribution of its values is reported.
    ///
    /// Values are kept with three digits, at a resolution of 0.001; they must not be negative.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// session.trend("basket value").add(19.90);
    /// ```
    pub fn trend(&self, name: &str) -> Trend<'_> {
        self.mark_busy();
        Trend { session: self, series: self.run_handle.recorder().series(SeriesKind::Trend, name) }
    }

    fn record(&self, kind: SeriesKind, name: &str, value: Value) {
        let series = self.run_handle.recorder().series(kind, name);
        self.run_handle.push(Record::Value(series, value));
    }

    /// Records the message of a failure for the report; the sample counts its attempt.
    pub(super) fn note(&self, series: SeriesId, error: &Error, at: Duration) {
        self.run_handle.push(Record::Failure(Box::new(FailureNote {
            series,
            kind: error.kind(),
            message: format!("{error:#}"),
            excerpt: error.excerpt().map(str::to_owned),
            at,
            user: self.user,
            iteration: self.iteration,
        })));
    }
}

/// A custom counter; see [`Session::counter`].
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let bought = session.counter("items bought");
/// bought.add(1);
/// bought.add(2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Counter<'s> {
    session: &'s Session,
    series: SeriesId,
}

impl Counter<'_> {
    /// Adds `n` to the counter.
    pub fn add(&self, n: u32) {
        self.session.run_handle.push(Record::Value(self.series, Value::Add(f64::from(n))));
    }
}

/// A custom gauge; see [`Session::gauge`].
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let free: f64 = session.get("/places/free").send().await?.text()?.parse().or_fail_with("not a number")?;
/// session.gauge("free places").set(free);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Gauge<'s> {
    session: &'s Session,
    series: SeriesId,
}

impl Gauge<'_> {
    /// Sets the gauge to a value, of any unit.
    pub fn set(&self, value: f64) {
        self.session.run_handle.push(Record::Value(self.series, Value::Set(value)));
    }
}

/// A custom trend; see [`Session::trend`].
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let prices = session.trend("price");
/// prices.add(19.90);
/// prices.add(5.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Trend<'s> {
    session: &'s Session,
    series: SeriesId,
}

impl Trend<'_> {
    /// Adds a value, of any unit, to the distribution.
    pub fn add(&self, value: f64) {
        self.session.run_handle.push(Record::Value(self.series, Value::Observe(value)));
    }
}
