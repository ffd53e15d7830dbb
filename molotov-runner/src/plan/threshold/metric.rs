//! The metrics of thresholds, their selectors and their units.

use std::fmt;
use std::time::Duration;

use molotov_core::Sample;
use serde::{Deserialize, Serialize};

use crate::plan::bound::Percentile;

/// The measure that a threshold bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Of latencies, or of the values of a trend.
    Percentile(Percentile),
    Min,
    Mean,
    Max,
    /// The share of failed iterations, or of a route's failed requests.
    Errors,
    /// Iterations that end per second, or requests of a route.
    Rate,
    Iterations,
    Requests,
    FailedIterations,
    FailedRequests,
    /// Arrivals without a free user.
    Dropped,
    /// Of a counter or a trend.
    Sum,
    /// The number of values of a metric of the user's own.
    Count,
    /// Of a gauge.
    Last,
    /// Of a soft check.
    Passed,
}

/// A phase of a request, whose latencies are bounded instead of those of the whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestPhase {
    /// From the written request to the first byte of the response.
    Waiting,
    /// From the first byte of the response to the last one.
    Receiving,
}

/// The selector of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    Scenario,
    Tag,
    Route,
    Timer,
    Trend,
    Counter,
    Gauge,
    Check,
}

/// The kind of a metric's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Time,
    Share,
    Rate,
    Number,
}

/// The metrics with a word; the others are percentiles.
const WORDS: [(&str, Metric); 14] = [
    ("min", Metric::Min),
    ("mean", Metric::Mean),
    ("max", Metric::Max),
    ("errors", Metric::Errors),
    ("rate", Metric::Rate),
    ("iterations", Metric::Iterations),
    ("requests", Metric::Requests),
    ("failed_iterations", Metric::FailedIterations),
    ("failed_requests", Metric::FailedRequests),
    ("dropped", Metric::Dropped),
    ("sum", Metric::Sum),
    ("count", Metric::Count),
    ("last", Metric::Last),
    ("passed", Metric::Passed),
];

impl Metric {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        let named = WORDS.iter().find(|(name, _)| *name == word).map(|(_, metric)| *metric);
        named.or_else(|| word.strip_prefix('p').and_then(Percentile::parse).map(Self::Percentile))
    }

    pub(super) fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(name, _)| *name)
    }

    /// The selectors of the metric; `None` stands for the whole run.
    pub(super) fn keys(self) -> &'static [Option<Key>] {
        use Key::{Check, Counter, Gauge, Route, Scenario, Tag, Timer, Trend};
        match self {
            Self::Percentile(_) | Self::Mean => {
                &[None, Some(Scenario), Some(Tag), Some(Route), Some(Timer), Some(Trend)]
            }
            Self::Min | Self::Max => {
                &[None, Some(Scenario), Some(Tag), Some(Route), Some(Timer), Some(Trend), Some(Gauge)]
            }
            Self::Errors => &[None, Some(Scenario), Some(Tag), Some(Route), Some(Timer)],
            Self::Rate => &[None, Some(Scenario), Some(Tag), Some(Route), Some(Counter)],
            Self::Iterations | Self::FailedIterations => &[None, Some(Scenario), Some(Tag)],
            Self::Requests | Self::FailedRequests => &[None, Some(Route)],
            Self::Dropped => &[None],
            Self::Sum => &[Some(Counter), Some(Trend)],
            Self::Count => &[Some(Timer), Some(Trend), Some(Counter), Some(Gauge), Some(Check)],
            Self::Last => &[Some(Gauge)],
            Self::Passed => &[Some(Check)],
        }
    }

    /// Returns `true` if the metric is one of latencies.
    pub(super) fn is_of_latencies(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Min | Self::Mean | Self::Max)
    }

    /// The kinds of the metric's limit, the kind for examples first.
    pub(super) fn kinds(self, of: Option<Key>) -> &'static [Kind] {
        match self {
            Self::Percentile(_) | Self::Min | Self::Mean | Self::Max => match of {
                Some(Key::Trend | Key::Gauge) => &[Kind::Number],
                _ => &[Kind::Time],
            },
            Self::Errors => &[Kind::Share],
            Self::Rate => &[Kind::Rate],
            Self::Iterations | Self::Requests | Self::Count => &[Kind::Number, Kind::Rate],
            Self::FailedIterations | Self::FailedRequests | Self::Dropped => {
                &[Kind::Number, Kind::Share, Kind::Rate]
            }
            Self::Sum | Self::Last => &[Kind::Number],
            Self::Passed => &[Kind::Share, Kind::Number],
        }
    }

    /// Returns `true` for a count, which is never negative and only grows.
    pub(super) fn is_count(self) -> bool {
        matches!(
            self,
            Self::Iterations
                | Self::Requests
                | Self::FailedIterations
                | Self::FailedRequests
                | Self::Dropped
                | Self::Count
                | Self::Passed
        )
    }
}

impl RequestPhase {
    pub(super) const ALL: [Self; 2] = [Self::Waiting, Self::Receiving];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Receiving => "receiving",
        }
    }

    /// The duration of the phase in this sample; `None` if the phase had not started.
    pub(crate) fn time(self, sample: &Sample) -> Option<Duration> {
        match self {
            Self::Waiting => sample.waiting(),
            Self::Receiving => sample.receiving(),
        }
    }
}

impl Key {
    pub(crate) const ALL: [Self; 8] = [
        Self::Scenario,
        Self::Tag,
        Self::Route,
        Self::Timer,
        Self::Trend,
        Self::Counter,
        Self::Gauge,
        Self::Check,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Tag => "tag",
            Self::Route => "route",
            Self::Timer => "timer",
            Self::Trend => "trend",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Check => "check",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Percentile(percentile) = self {
            return write!(f, "p{}", percentile.percent());
        }
        let word = WORDS.iter().find(|(_, metric)| metric == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}
