//! The state of a session that its requests share while they are in flight, behind one lock. A request locks it once to
//! take its parts, and its connection is returned with one more lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;

use super::excerpt::Excerpts;
use crate::http::{Endpoint, IdleConnections, Jar, Lease, Target};
use crate::lock::lock;
use crate::recorder::{Recorder, Route};
use crate::sample::SeriesId;

/// The number of routes that a session remembers; a search through more takes longer than that of the thread.
const MAX_ROUTES: usize = 4;

/// The connections, cookies and routes of a session.
#[derive(Default)]
pub(super) struct SessionState(Mutex<SharedParts>);

#[derive(Default)]
struct SharedParts {
    connections: IdleConnections,
    /// The cookies; `None` before the first one.
    jar: Option<Box<Jar>>,
    routes: Vec<(Method, Box<str>, Route)>,
    excerpts: Excerpts,
}

/// The name of a route as the scenario writes it, or its series in the report, if that is known.
pub(super) enum ReportedAs<'s> {
    Name(std::borrow::Cow<'s, str>),
    Route(Route),
}

/// A request for a route, cookies and a connection of the session.
pub(super) struct Applicant<'a> {
    pub(super) method: &'a Method,
    pub(super) reported_as: &'a ReportedAs<'a>,
    pub(super) target: &'a Target,
    pub(super) path: &'a str,
    pub(super) now: Instant,
}

/// The parts of a session for a request.
pub(super) struct CheckOut {
    pub(super) route: Route,
    pub(super) cookies: Option<HeaderValue>,
    /// An idle connection, if there is one.
    pub(super) lease: Option<Lease>,
}

impl SessionState {
    /// Returns the series in the report, the cookies, and an idle connection for a request.
    pub(super) fn check_out(&self, recorder: &Recorder, request: &Applicant<'_>) -> CheckOut {
        let mut inner = self.lock();
        CheckOut {
            route: match request.reported_as {
                ReportedAs::Name(name) => inner.route(recorder, request.method, name),
                ReportedAs::Route(route) => route.clone(),
            },
            cookies: inner.jar.as_mut().and_then(|jar| jar.header(request.target, request.path, request.now)),
            lease: inner.connections.lend(&request.target.endpoint),
        }
    }

    /// Keeps a connection for the next request. Above the limit, the oldest connection is returned, to be closed.
    pub(super) fn check_in(&self, lease: Lease) -> Option<Lease> {
        self.lock().connections.keep(lease)
    }

    /// Another idle connection to this endpoint, if there is one.
    pub(super) fn lend(&self, endpoint: &Arc<Endpoint>) -> Option<Lease> {
        self.lock().connections.lend(endpoint)
    }

    /// Returns all idle connections, to be closed.
    pub(super) fn take_connections(&mut self) -> impl Iterator<Item = Lease> + use<> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).connections.take_all()
    }

    /// Stores the cookies of a response.
    pub(super) fn keep_cookies(&self, headers: &HeaderMap, target: &Target, path: &str) {
        self.lock().jar.get_or_insert_default().keep(headers, target, path);
    }

    /// The value of a cookie for a request to this path.
    pub(super) fn cookie(&self, name: &str, target: &Target, path: &str) -> Option<String> {
        self.lock().jar.as_mut()?.get(name, target, path)
    }

    pub(super) fn clear_cookies(&self) {
        if let Some(jar) = &mut self.lock().jar {
            jar.clear();
        }
    }

    /// Returns `true` if an excerpt of this route and status is needed, which is the case once.
    pub(super) fn wants_excerpt(&self, series: SeriesId, status: u16) -> bool {
        self.lock().excerpts.add(series, status)
    }

    fn lock(&self) -> MutexGuard<'_, SharedParts> {
        lock(&self.0)
    }
}

impl SharedParts {
    /// The series of a route in the report. The first ones are remembered here, the others by the thread.
    fn route(&mut self, recorder: &Recorder, method: &Method, name: &str) -> Route {
        if let Some((.., known)) = self.routes.iter().find(|(m, r, _)| **r == *name && m == method) {
            return known.clone();
        }
        let found = recorder.route(method, name);
        if self.routes.len() < MAX_ROUTES {
            // A name of its own: threads that share the reference count of a name slow each other down.
            let own = Route { series: found.series, name: Arc::from(&*found.name) };
            // Most sessions have one, and a vector would reserve memory for four.
            self.routes.reserve_exact(1);
            self.routes.push((method.clone(), name.into(), own));
        }
        found
    }
}
