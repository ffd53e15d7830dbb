//! The session of a virtual user: its own cookies, connections, base URL and headers.

mod attempt;
mod body;
mod body_stream;
mod cookies;
mod draft;
mod dump;
mod excerpt;

mod exchange_trace;
mod expect;
mod headers;
mod in_flight;
mod log;
mod metrics;
mod multipart;
mod pause;
mod pending_request;
mod request;
mod response;
mod state;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::Method;

use crate::error::Result;
use crate::http::{Client, ClientBuilder, ConnectionPolicy, DefaultHeaders, Lease, Target};
use crate::rng::{Numbers, Rng};
use crate::run::{Iteration, Run, UserId};
use crate::run_handle::RunHandle;
use crate::sample::{IdleFault, Record};

pub use self::body_stream::BodyStream;
pub use self::expect::Expect;
pub use self::metrics::{Counter, Gauge, Trend};
pub use self::multipart::{Multipart, Part};
use self::pause::Pauses;
pub use self::request::Request;
pub use self::response::Response;
use self::state::SessionState;

/// A virtual user's access to the service.
///
/// Cookies and kept-alive connections belong to this user alone and live from iteration to iteration. Requests take
/// `&self`, so several may be in flight at once: `tokio::try_join!(a.send(), b.send())`.
///
/// ```no_run
/// # use molotov::{Result, Session};
/// # #[derive(serde::Deserialize)] struct Item { price: f64 }
/// async fn browse(session: &mut Session) -> Result {
///     let item: Item = session.get("/items/{id}").path("id", 7).send().await?.json()?;
///     session.check("price is positive", item.price > 0.0);
///     Ok(())
/// }
/// ```
pub struct Session {
    user: UserId,
    iteration: Iteration,
    client: Client,
    run_handle: RunHandle,
    base: Option<Target>,
    /// The headers of all requests; `None` until a header is set.
    defaults: Option<Box<DefaultHeaders>>,
    state: SessionState,
    /// The number of responses of any status, by which the runner distinguishes a dead server from a failing one.
    answered: AtomicU64,
    numbers: Numbers,
    /// The start lag for the next request, in nanoseconds.
    late: AtomicU64,
    pauses: Pauses,
    /// True if anything was sent or measured in this iteration.
    busy: AtomicBool,
}

/// No start lag is set.
const NEVER_DUE: u64 = u64::MAX;

impl Session {
    /// A session of this user, for a runner.
    #[doc(hidden)]
    pub fn new(client: Client, run_handle: RunHandle, user: UserId, base: Option<Target>) -> Self {
        if let Some(base) = &base {
            client.0.guard.name(base);
            run_handle.recorder().target(base);
        }
        Self {
            user,
            iteration: Iteration(0),
            client,
            run_handle,
            base,
            defaults: None,
            state: SessionState::default(),
            answered: AtomicU64::new(0),
            numbers: Numbers::SetUp,
            late: AtomicU64::new(NEVER_DUE),
            pauses: Pauses::for_fixtures(),
            busy: AtomicBool::new(false),
        }
    }

    /// A session outside of any run: its requests are in no report, and in none of its counts. It is for requests
    /// beside the load, in fixtures, tests and helpers without a session; a fixture that takes `&mut Session` has a
    /// session that is reported.
    ///
    /// ```
    /// use molotov::Session;
    ///
    /// let mut session = Session::detached();
    /// session.set_base("http://localhost:8080").unwrap();
    /// ```
    pub fn detached() -> Self {
        Self::new(ClientBuilder::build_default(), RunHandle::detached(), UserId(0), None)
    }

    /// The user of this session.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let user = format!("visitor-{}", session.user_id().0);
    /// session.post("/login").form([("user", &user)]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn user_id(&self) -> UserId {
        self.user
    }

    /// The number of iterations of this user before this one.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// if session.iteration().0 == 0 {
    ///     session.post("/login").form([("user", "ann")]).send().await?;
    /// }
    /// session.get("/basket").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn iteration(&self) -> Iteration {
        self.iteration
    }

    /// Facts about the run of this session, and its [variables](Run::vars). A detached session is a run of its own, of
    /// one user with seed 0.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// let share = session.user_id().0 as f64 / session.run().users as f64;
    /// # assert_eq!(share, 0.0);
    /// ```
    pub fn run(&self) -> &Run {
        self.run_handle.run()
    }

    /// Random numbers that depend on the seed of the run, the user and the iteration only: with the same seed they are
    /// the same in each run, independent of the timing, and in a `--replay` of this iteration. In a fixture they depend
    /// on the seed and the user.
    ///
    /// ```
    /// # use molotov::{Result, Session};
    /// async fn buy(session: &mut Session) -> Result {
    ///     let id = session.rng().range(1..=1000);
    ///     session.get("/items/{id}").path("id", id).send().await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn rng(&mut self) -> &mut Rng {
        self.numbers.rng(self.run_handle.run().seed, self.user.0, self.iteration.0)
    }

    /// Starts this iteration, for a runner.
    #[doc(hidden)]
    pub fn start_iteration(&mut self, iteration: Iteration) {
        self.iteration = iteration;
        self.numbers = Numbers::Unasked;
        self.pauses.start_iteration();
        *self.busy.get_mut() = false;
        self.between_iterations();
    }

    /// Sets the start lag of this iteration, for a runner. It is added to the latency of the first request only,
    /// because the due times of later requests depend on the responses before them.
    #[doc(hidden)]
    pub fn set_late(&mut self, late: Duration) {
        *self.late.get_mut() = u64::try_from(late.as_nanos()).unwrap_or(NEVER_DUE);
    }

    /// Returns the start lag of the request that starts now, if it had a due time, and removes it.
    #[inline]
    fn take_late(&self) -> Option<Duration> {
        // Most have no due time, and a load is cheaper than an exchange.
        if self.late.load(Ordering::Relaxed) == NEVER_DUE {
            return None;
        }
        let late = self.late.swap(NEVER_DUE, Ordering::Relaxed);
        (late != NEVER_DUE).then(|| Duration::from_nanos(late))
    }

    /// Ends the iteration, for a runner.
    #[doc(hidden)]
    pub fn end_iteration(&mut self) {
        *self.late.get_mut() = NEVER_DUE;
        self.pauses.end_iteration();
        self.between_iterations();
    }

    /// Closes the connections that do not survive an iteration.
    fn between_iterations(&mut self) {
        if self.client.0.policy != ConnectionPolicy::User {
            self.close_idle();
        }
    }

    /// Closes the idle connections, and counts their faults.
    fn close_idle(&mut self) {
        for lease in self.state.take_connections() {
            self.blame(lease.close_idle());
        }
    }

    /// Counts the fault of an idle connection.
    fn blame(&self, fault: Option<Box<IdleFault>>) {
        if let Some(fault) = fault {
            self.run_handle.push(Record::Idle(fault));
        }
    }

    /// The number of responses that this session got, whatever their status.
    #[doc(hidden)]
    pub fn responses(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Returns `true` if its iteration has started a request, or measured or counted anything with it, for a runner.
    /// Soft checks do not count: without a request they are not a result of a service.
    #[doc(hidden)]
    #[inline]
    pub fn was_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Records that something is sent or measured. A store is cheaper than an addition.
    #[inline]
    fn mark_busy(&self) {
        self.busy.store(true, Ordering::Relaxed);
    }

    /// Sets the base URL, to which routes are relative; it overrides `--host`. A `#[global_setup]` that returns a
    /// [`Target`] sets it for all sessions, unless `--host` is given.
    ///
    /// ```
    /// # let mut session = molotov::Session::detached();
    /// session.set_base("http://localhost:8080/shop").unwrap();
    /// assert!(session.set_base("localhost").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is not a base URL.
    pub fn set_base(&mut self, url: impl AsRef<str>) -> Result {
        let target = Target::parse(url.as_ref())?;
        // The user named it, so it is allowed even if it is public.
        self.client.0.guard.name(&target);
        self.run_handle.recorder().target(&target);
        self.base = Some(target);
        Ok(())
    }

    /// The base URL, if there is one.
    ///
    /// ```
    /// # let mut session = molotov::Session::detached();
    /// assert!(session.base().is_none());
    /// session.set_base("http://localhost:8080").unwrap();
    /// assert!(session.base().unwrap().is_loopback());
    /// ```
    pub fn base(&self) -> Option<&Target> {
        self.base.as_ref()
    }

    /// A `GET` request to this route, for instance `/items/{id}`.
    ///
    /// The route is the name under which the request is reported; [`Request::path`] fills in its parameters.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.get("/items/{id}").path("id", 7).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::GET, route)
    }

    /// A `POST` request to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/login").form([("user", "ann"), ("password", "secret")]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn post<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::POST, route)
    }

    /// A `PUT` request to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.put("/basket/items/{id}").path("id", 7).form([("quantity", "2")]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::PUT, route)
    }

    /// A `PATCH` request to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.patch("/basket/items/{id}").path("id", 7).form([("quantity", "3")]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn patch<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::PATCH, route)
    }

    /// A `DELETE` request to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.delete("/basket/items/{id}").path("id", 7).expect_status(204).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::DELETE, route)
    }

    /// A `HEAD` request to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let head = session.head("/items/7.jpg").send().await?;
    /// session.check("the picture has a type", head.header("content-type").is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn head<'s>(&'s self, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        self.request(Method::HEAD, route)
    }

    /// A request of any method to this route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// use molotov::http::Method;
    ///
    /// session.request(Method::OPTIONS, "/basket").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request<'s>(&'s self, method: Method, route: impl Into<std::borrow::Cow<'s, str>>) -> Request<'s> {
        Request::new(self, method, route.into())
    }

    /// Ends the run: no new iterations are started, and the reason is in the report.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let status = session.get("/login").expect_status([200, 403]).send().await?.status();
    /// if status == 403 {
    ///     session.stop("the test account is locked");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop(&self, why: &str) {
        self.run_handle.stop(why);
    }

    /// Keeps a connection for the next request, after its response was read to the end, if it can be used again. Other
    /// connections are closed, outside of the lock.
    fn check_in(&self, mut lease: Lease) {
        if !lease.rest() || self.client.0.policy == ConnectionPolicy::Request {
            return self.blame(lease.close());
        }
        if let Some(oldest) = self.state.check_in(lease) {
            self.blame(oldest.close_idle());
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close_idle();
    }
}

impl fmt::Debug for Session {
    // Headers and cookies are often secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user)
            .field("iteration", &self.iteration)
            .field("base", &self.base.as_ref().map(ToString::to_string))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_that_a_session_begins_with_may_be_loaded() {
        let client = Client::builder().build().unwrap();
        let base = Target::parse("http://shop.example").unwrap();
        let public = "93.184.216.34".parse().unwrap();
        assert!(client.0.guard.check(&base.endpoint.host, public).is_err());

        let session = Session::new(client, RunHandle::detached(), UserId(0), Some(base.clone()));

        assert!(session.client.0.guard.check(&base.endpoint.host, public).is_ok());
    }
}
