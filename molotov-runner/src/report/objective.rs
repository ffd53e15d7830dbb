//! The judgement of an objective in a window.

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

use super::gaps::Tolerated;
use super::sliding::Span;
use crate::plan::objective::Objective;
use crate::quantity::Share;

/// The measurement of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measured {
    /// The share of failed iterations.
    Errors(Share),
    /// The percentile of the latencies.
    #[serde(rename = "latency_ms", with = "millis")]
    Latency(Duration),
    /// The lower bound of the percentile: requests have been waiting for that long, or slow users would have raised it
    /// to that, if each had made as many requests as the others.
    #[serde(rename = "latency_at_least_ms", with = "millis")]
    AtLeast(Duration),
}

/// The judgement of a window for an objective.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Judgement {
    Held,
    Broken(Measured),
    TooFewSamples,
}

impl Objective {
    /// Judges a window, in which `samples` are enough.
    pub(crate) fn judge(&self, span: &Span, samples: u64) -> Judgement {
        let by_time = self.gaps(span).or_else(|| self.waits(span)).or_else(|| self.slow_users(span, samples));
        if let Some(measured) = by_time {
            return Judgement::Broken(measured);
        }
        match self {
            Self::Errors { .. } if span.iterations < samples => Judgement::TooFewSamples,
            Self::Errors { relation, limit } if limit.bounds(*relation, span.failed, span.iterations) => {
                Judgement::Held
            }
            Self::Errors { .. } => Judgement::Broken(Measured::Errors(
                Share::new(span.failed, span.iterations).unwrap_or_default(),
            )),
            Self::Latency { percentile, relation, limit } => {
                let measured = span.latencies().percentile(percentile.percent());
                match measured.filter(|_| span.latencies().count() >= samples) {
                    None => Judgement::TooFewSamples,
                    Some(measured) if relation.holds(measured, *limit) => Judgement::Held,
                    Some(measured) => Judgement::Broken(Measured::Latency(measured)),
                }
            }
        }
    }

    /// Measures the intervals without a response, if they break the objective whatever the samples are. A hanging
    /// service leaves few samples.
    fn gaps(&self, span: &Span) -> Option<Measured> {
        match self {
            Self::Errors { limit, .. } => {
                let share = span.gaps.breaks_so_far(Tolerated::Absence(limit.fraction()))?;
                Some(Measured::Errors(Share::from_fraction(share)))
            }
            Self::Latency { percentile, limit, .. } => {
                span.gaps.breaks(Tolerated::Waiting(*limit, 1.0 - percentile.percent() / 100.0))?;
                Some(Measured::Latency(span.gaps.longest()))
            }
        }
    }

    /// Measures the users that wait in vain, and leave no samples at all.
    fn waits(&self, span: &Span) -> Option<Measured> {
        let (limit, allowed) = match self {
            Self::Errors { limit, .. } => (Duration::ZERO, limit.fraction()),
            Self::Latency { percentile, limit, .. } => (*limit, 1.0 - percentile.percent() / 100.0),
        };
        let (share, longest) = span.waits_in_vain(limit)?;
        match self {
            _ if share.fraction() <= allowed => None,
            Self::Errors { .. } => Some(Measured::Errors(share)),
            Self::Latency { .. } => Some(Measured::AtLeast(longest)),
        }
    }

    /// Measures the users that are always slow, or whose requests always fail late, and leave few samples.
    fn slow_users(&self, span: &Span, samples: u64) -> Option<Measured> {
        let there_are = match self {
            Self::Errors { .. } => span.iterations,
            Self::Latency { .. } => span.latencies().count(),
        };
        let counts = span.of_users.iter().find(|counts| counts.objective == *self && there_are >= samples)?;
        let (relation, allowed) = match self {
            Self::Errors { relation, limit } => (relation, limit.fraction()),
            Self::Latency { percentile, relation, .. } => (relation, 1.0 - percentile.percent() / 100.0),
        };
        let users = span.users.map_or(0, |(_, users)| users);
        let estimate = counts.estimate(users, allowed);
        if !relation.is_upper() || estimate.share <= allowed + estimate.chance(allowed) {
            return None;
        }
        Some(match self {
            Self::Errors { .. } => Measured::Errors(Share::from_fraction(estimate.share)),
            Self::Latency { limit, .. } => Measured::AtLeast(*limit),
        })
    }

    /// Returns the minimum number of samples.
    pub(crate) fn samples(&self) -> u64 {
        match self {
            Self::Errors { .. } => 1,
            Self::Latency { percentile, .. } => percentile.samples(),
        }
    }
}
