//! The names of the series of one run.

use std::collections::HashMap;

use http::Method;

use crate::sample::{Series, SeriesId, SeriesKind};

/// The limit of series of one run; further names are recorded as `(other)`.
const MAX_SERIES: usize = 1_000;

/// The limit of redirect targets with a name of their own: servers choose them.
const MAX_REDIRECTED: usize = 100;

const OTHER: &str = "(other)";

#[derive(Default)]
pub(super) struct SeriesTable {
    // By kind first, so that a lookup of a name needs no copy.
    known: HashMap<SeriesKind, HashMap<String, SeriesId>>,
    list: Vec<Series>,
    /// The series beyond the limit are not kept, only the number of requests for them.
    refused: u64,
    /// The number of redirect targets.
    redirected: usize,
}

impl SeriesTable {
    /// The number of the series with this name, if it is known.
    fn get(&self, kind: SeriesKind, name: &str) -> Option<SeriesId> {
        self.known.get(&kind)?.get(name).copied()
    }

    /// The number of the series with this name, a new number if there is none; and whether it is this name's own.
    pub(super) fn series(&mut self, kind: SeriesKind, name: &str) -> (SeriesId, bool) {
        if let Some(id) = self.get(kind, name) {
            return (id, true);
        }
        if self.list.len() < MAX_SERIES {
            return (self.insert(kind, name), true);
        }
        self.refused += 1;
        (self.get(kind, OTHER).unwrap_or_else(|| self.insert(kind, OTHER)), false)
    }

    /// The number of the route of a redirect target, and whether it is this target's own.
    pub(super) fn redirected(&mut self, method: &Method, place: &str) -> (SeriesId, bool) {
        let name = format!("{method} {place}");
        if let Some(id) = self.get(SeriesKind::Route, &name) {
            return (id, true);
        }
        if self.redirected >= MAX_REDIRECTED {
            return (self.series(SeriesKind::Route, &format!("{method} (redirected elsewhere)")).0, false);
        }
        self.redirected += 1;
        self.series(SeriesKind::Route, &name)
    }

    fn insert(&mut self, kind: SeriesKind, name: &str) -> SeriesId {
        let id = SeriesId { index: self.list.len() as u32, kind };
        self.known.entry(kind).or_default().insert(name.to_owned(), id);
        self.list.push(Series { id, name: name.to_owned() });
        id
    }

    /// The series from this number on, in order.
    pub(super) fn since(&self, first: usize) -> Vec<Series> {
        self.list.get(first..).unwrap_or_default().to_vec()
    }

    /// The name of a series.
    pub(super) fn name(&self, series: SeriesId) -> Option<String> {
        self.list.get(series.index as usize).map(|series| series.name.clone())
    }

    /// The number of new series that were requested beyond the limit.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_share_one_series_and_are_counted() {
        let mut names = SeriesTable::default();

        for n in 0..MAX_SERIES + 5 {
            names.series(SeriesKind::Route, &format!("GET /{n}"));
        }

        let list = names.since(0);
        assert_eq!(list.len(), MAX_SERIES + 1);
        assert_eq!(list[MAX_SERIES].name, "(other)");
        assert_eq!(names.refused(), 5);
        assert_eq!(names.series(SeriesKind::Route, "GET /0").0.index, 0);
    }

    #[test]
    fn redirects_to_many_places_leave_room_for_other_routes() {
        let mut names = SeriesTable::default();

        let ids: Vec<_> = (0..150).map(|n| names.redirected(&Method::GET, &format!("/user{n}"))).collect();

        assert!(ids[..MAX_REDIRECTED].iter().all(|(_, own)| *own));
        assert!(ids[MAX_REDIRECTED..].iter().all(|found| *found == (ids[MAX_REDIRECTED].0, false)));
        assert_eq!(names.name(ids[149].0).unwrap(), "GET (redirected elsewhere)");
        assert_eq!(names.redirected(&Method::GET, "/user7"), ids[7]);
        assert_eq!((names.list.len(), names.refused()), (MAX_REDIRECTED + 1, 0));
    }

    #[test]
    fn one_name_of_two_kinds_is_two_series() {
        let mut names = SeriesTable::default();

        let (timer, trend) =
            (names.series(SeriesKind::Timer, "query").0, names.series(SeriesKind::Trend, "query").0);

        assert_ne!(timer, trend);
        assert_eq!(names.get(SeriesKind::Timer, "query"), Some(timer));
        assert_eq!(names.get(SeriesKind::Gauge, "query"), None);
    }
}
