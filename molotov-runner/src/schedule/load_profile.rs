//! The height of the load over time: consecutive straight lines, and bursts between them.

use std::time::Duration;

/// One part of a curve. The owner defines the unit of its heights (thousandths of arrivals in an hour, or users).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfilePart {
    /// From one height to another, evenly, over this time.
    Line { from: u64, to: u64, over: Duration },
    /// This number of arrivals at once, in no time.
    Burst(u64),
}

/// A part with its start time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurvePiece {
    pub(crate) start: Duration,
    pub(crate) part: ProfilePart,
}

/// Consecutive parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadProfile(Vec<CurvePiece>);

impl LoadProfile {
    pub(crate) fn new(parts: impl IntoIterator<Item = ProfilePart>) -> Self {
        Self::starting_at(Duration::ZERO, parts)
    }

    /// Parts, the first of which starts at this time.
    pub(crate) fn starting_at(mut start: Duration, parts: impl IntoIterator<Item = ProfilePart>) -> Self {
        let pieces = parts.into_iter().map(|part| {
            let piece = CurvePiece { start, part };
            start += part.length();
            piece
        });
        Self(pieces.collect())
    }

    pub(crate) fn pieces(&self) -> &[CurvePiece] {
        &self.0
    }

    /// The length of the profile.
    pub(crate) fn length(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |last| last.start + last.part.length())
    }

    /// The greatest height of its lines.
    pub(crate) fn highest(&self) -> u64 {
        let heights = self.0.iter().map(|piece| match piece.part {
            ProfilePart::Line { from, to, .. } => from.max(to),
            ProfilePart::Burst(_) => 0,
        });
        heights.max().unwrap_or(0)
    }

    /// The size of the largest burst.
    pub(crate) fn largest_burst(&self) -> u64 {
        let bursts = self.0.iter().map(|piece| match piece.part {
            ProfilePart::Line { .. } => 0,
            ProfilePart::Burst(many) => many,
        });
        bursts.max().unwrap_or(0)
    }
}

impl ProfilePart {
    pub(crate) fn length(self) -> Duration {
        match self {
            Self::Line { over, .. } => over,
            Self::Burst(_) => Duration::ZERO,
        }
    }

    /// Twice the area below the part: a whole number of heights times nanoseconds.
    pub(crate) fn twice_area(self) -> u128 {
        match self {
            Self::Line { from, to, over } => (u128::from(from) + u128::from(to)) * over.as_nanos(),
            Self::Burst(_) => 0,
        }
    }
}
