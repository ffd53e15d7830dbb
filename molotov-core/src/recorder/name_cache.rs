//! A thread's copy of the names of a run, so that it rarely needs the run, which all threads share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use http::Method;

use crate::sample::{SeriesId, SeriesKind};

/// The limit of runs whose names a thread keeps. Usually there is one; further ones replace the oldest.
const RUNS: usize = 4;

thread_local! {
    static RUNS_KNOWN: RefCell<Vec<(u64, NameCache)>> = const { RefCell::new(Vec::new()) };
}

/// A route in the report: its series and its name.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) series: SeriesId,
    /// The method and the route.
    pub(crate) name: Arc<str>,
}

/// The names of one run that this thread has used; no more than the run itself has.
#[derive(Default)]
pub(super) struct NameCache {
    names: HashMap<SeriesKind, HashMap<Box<str>, SeriesId>>,
    // By route first, so that a lookup needs no copy.
    routes: HashMap<Box<str>, Vec<(Method, Route)>>,
}

/// Lends the names of the run with this number that this thread keeps.
pub(super) fn with_run<T>(number: u64, then: impl FnOnce(&mut NameCache) -> T) -> T {
    RUNS_KNOWN.with_borrow_mut(|runs| {
        if let Some((_, known)) = runs.iter_mut().find(|(run, _)| *run == number) {
            return then(known);
        }
        if runs.len() >= RUNS {
            runs.remove(0);
        }
        let mut known = NameCache::default();
        let result = then(&mut known);
        runs.push((number, known));
        result
    })
}

impl NameCache {
    pub(super) fn name(&self, kind: SeriesKind, name: &str) -> Option<SeriesId> {
        self.names.get(&kind)?.get(name).copied()
    }

    pub(super) fn learn_name(&mut self, kind: SeriesKind, name: &str, series: SeriesId) {
        self.names.entry(kind).or_default().insert(name.into(), series);
    }

    pub(super) fn route(&self, method: &Method, route: &str) -> Option<Route> {
        let methods = self.routes.get(route)?;
        methods.iter().find(|(known, _)| known == method).map(|(_, route)| route.clone())
    }

    pub(super) fn learn_route(&mut self, method: &Method, route: &str, found: Route) {
        self.routes.entry(route.into()).or_default().push((method.clone(), found));
    }
}
