//! The names of the series of one run.

use std::collections::HashMap;

use crate::sample::{Series, SeriesId, SeriesKind};

/// Series of one run; further names are recorded as `(other)`.
const MAX_SERIES: usize = 1_000;

const OTHER: &str = "(other)";

#[derive(Default)]
pub(super) struct Names {
    // By kind first, so that a name is looked up without a copy of it.
    known: HashMap<SeriesKind, HashMap<String, SeriesId>>,
    list: Vec<Series>,
    /// Names that came after the limit was reached are not kept, only how often one was asked for.
    refused: u64,
}

impl Names {
    /// The number of the series with this name, where it is known.
    fn get(&self, kind: SeriesKind, name: &str) -> Option<SeriesId> {
        self.known.get(&kind)?.get(name).copied()
    }

    /// The number of the series with this name, a new one when there is none; and whether it is this name's own.
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

    /// How often a new series was asked for after the limit was reached.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_share_one_series_and_are_counted() {
        let mut names = Names::default();

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
    fn one_name_of_two_kinds_is_two_series() {
        let mut names = Names::default();

        let (timer, trend) =
            (names.series(SeriesKind::Timer, "query").0, names.series(SeriesKind::Trend, "query").0);

        assert_ne!(timer, trend);
        assert_eq!(names.get(SeriesKind::Timer, "query"), Some(timer));
        assert_eq!(names.get(SeriesKind::Gauge, "query"), None);
    }
}
