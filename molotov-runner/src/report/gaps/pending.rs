//! Stretches in which nothing ended, until it is known which requests waited in them.

use std::collections::VecDeque;

use super::GapEnd;

/// The shortest stretch that is looked at, in nanoseconds: 10 ms.
pub(super) const LEAST: u64 = 10_000_000;

/// Stretches that wait for requests which end later; the oldest go first.
const MOST: usize = 4_096;

/// Between two ends. All times are nanoseconds since the start of the run.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) from: u64,
    pub(super) to: u64,
    /// When the latest request was sent that had been answered by then. Those that were sent before it and still wait
    /// are slow, and the service is there.
    pub(super) answered: u64,
    pub(super) ended_by: GapEnd,
    pub(super) pieces: Vec<GapPiece>,
}

/// The part of a stretch in which requests waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GapPiece {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) waiting: u64,
}

/// The latest stretches, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending(VecDeque<Stretch>);

impl Pending {
    /// Adds a stretch that is long enough; the one that is too old for any more requests.
    pub(super) fn push(&mut self, stretch: Stretch) -> Option<Stretch> {
        if stretch.to.saturating_sub(stretch.from) < LEAST {
            return None;
        }
        self.0.push_back(stretch);
        if self.0.len() > MOST { self.0.pop_front() } else { None }
    }

    /// A request waited from its start to its end, or until it was cut.
    pub(super) fn wait(&mut self, start: u64, end: u64) {
        for stretch in self.0.iter_mut().rev().take_while(|stretch| stretch.to > start) {
            stretch.wait(start, end);
        }
    }

    /// Something ended that came late: nothing of a stretch is one across it.
    pub(super) fn split(&mut self, at: u64) {
        let Some(place) = self.0.iter().rposition(|stretch| stretch.from < at && at < stretch.to) else {
            return;
        };
        let mut late = self.0[place].clone();
        let (to, ended_by) = (late.to, late.ended_by);
        let early = late.clone().close(at, GapEnd::Response);
        late.from = at;
        late.pieces.iter_mut().for_each(|piece| piece.from = piece.from.max(at));
        self.0[place] = early;
        let late = late.close(to, ended_by);
        self.0.insert(place + 1, late);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Stretch> {
        self.0.iter()
    }
}

impl Stretch {
    /// One that begins then, and has no end so far.
    pub(super) fn open(from: u64, answered: u64) -> Self {
        Self { from, to: u64::MAX, answered, ended_by: GapEnd::Cut, pieces: Vec::new() }
    }

    /// It ends then.
    pub(super) fn close(mut self, to: u64, ended_by: GapEnd) -> Self {
        (self.to, self.ended_by) = (to, ended_by);
        self.pieces.retain_mut(|piece| {
            piece.to = piece.to.min(to);
            piece.from < piece.to
        });
        self
    }

    /// A request waited in it, from its start to its end.
    pub(super) fn wait(&mut self, start: u64, end: u64) {
        let (from, to) = (start.max(self.from), end.min(self.to));
        if start < self.answered || to.saturating_sub(from) < LEAST {
            return;
        }
        // Two parts with hardly anything between them are one, as of requests that are sent again and again.
        let touches = |piece: &GapPiece| from <= piece.to + LEAST && piece.from <= to + LEAST;
        let mut joined = GapPiece { from, to, waiting: 1 };
        self.pieces.retain(|piece| {
            let is_apart = !touches(piece);
            if !is_apart {
                joined.from = joined.from.min(piece.from);
                joined.to = joined.to.max(piece.to);
                joined.waiting += piece.waiting;
            }
            is_apart
        });
        self.pieces.push(joined);
    }
}
