//! The samples that a threshold is of.

use molotov_core::{SeriesId, SeriesKind};

use crate::plan::threshold::{Key, Metric, Threshold};

/// The series that a threshold is of. Routes and metrics of the user's own may get their number before they are used.
pub(crate) trait Subjects {
    /// The series of this kind and name.
    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId;
    /// The scenarios with this tag.
    fn tagged(&self, tag: &str) -> Vec<SeriesId>;
}

/// What a threshold is fed with.
#[derive(Debug)]
pub(crate) enum Subject {
    Kind(SeriesKind),
    /// Latencies are those of the requests. Until there is one, they are those of the iterations.
    RequestsOrIterations,
    Series(Vec<SeriesId>),
    /// No samples: iterations that were due, started or not.
    Arrivals,
}

impl Subject {
    pub(crate) fn of(threshold: &Threshold, subjects: &impl Subjects) -> Self {
        let one = |kind, name: &str| Self::Series(vec![subjects.series(kind, name)]);
        let Some(of) = &threshold.of else {
            if threshold.phase.is_some() {
                return Self::Kind(SeriesKind::Route);
            }
            return match threshold.metric {
                Metric::Percentile(_) | Metric::Min | Metric::Mean | Metric::Max => {
                    Self::RequestsOrIterations
                }
                Metric::Dropped => Self::Arrivals,
                Metric::Requests | Metric::FailedRequests => Self::Kind(SeriesKind::Route),
                _ => Self::Kind(SeriesKind::Scenario),
            };
        };
        match of.key {
            Key::Scenario => one(SeriesKind::Scenario, &of.name),
            Key::Tag => Self::Series(subjects.tagged(&of.name)),
            Key::Route => one(SeriesKind::Route, &of.name),
            Key::Timer => one(SeriesKind::Timer, &of.name),
            Key::Trend => one(SeriesKind::Trend, &of.name),
            Key::Counter => one(SeriesKind::Counter, &of.name),
            Key::Gauge => one(SeriesKind::Gauge, &of.name),
            Key::Check => one(SeriesKind::Check, &of.name),
        }
    }

    pub(super) fn is_series(&self, series: SeriesId) -> bool {
        matches!(self, Self::Series(all) if all.contains(&series))
    }
}
