//! The samples of a threshold.

use molotov_core::{SeriesId, SeriesKind};

use crate::plan::threshold::{Key, Metric, Threshold};

/// The series of thresholds. Routes and metrics of the user's own may get their number before they are used.
pub(crate) trait Subjects {
    /// The series of this kind and name.
    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId;
    /// The scenarios with this tag.
    fn tagged(&self, tag: &str) -> Vec<SeriesId>;
}

/// The samples of a threshold.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Kind(SeriesKind),
    /// Latencies of the requests, or of the iterations until there is a request.
    RequestsOrIterations,
    Series(Vec<SeriesId>),
    /// No samples: due iterations, started or not.
    Arrivals,
}

impl Subject {
    pub(crate) fn from_threshold(threshold: &Threshold, subjects: &impl Subjects) -> Self {
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
        let kind = match of.key {
            Key::Tag => return Self::Series(subjects.tagged(&of.name)),
            Key::Scenario => SeriesKind::Scenario,
            Key::Route => SeriesKind::Route,
            Key::Timer => SeriesKind::Timer,
            Key::Trend => SeriesKind::Trend,
            Key::Counter => SeriesKind::Counter,
            Key::Gauge => SeriesKind::Gauge,
            Key::Check => SeriesKind::Check,
        };
        Self::Series(vec![subjects.series(kind, &of.name)])
    }

    pub(super) fn is_series(&self, series: SeriesId) -> bool {
        matches!(self, Self::Series(all) if all.contains(&series))
    }
}
