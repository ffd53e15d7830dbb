//! Intervals without an end, until the requests that waited in them are known.

use std::collections::VecDeque;

use super::GapEnd;

/// The minimum length of a stretch, in nanoseconds: 10 ms.
pub(super) const LEAST: u64 = 10_000_000;

/// The maximum number of stretches that wait for requests which end later; the oldest are removed first.
const MOST: usize = 4_096;

/// The maximum number of stored requests that were cancelled in a stretch. If users give up and try again, the first
/// ones suffice.
const MOST_CUT: usize = 64 * 1024;

/// A stretch between two ends. All times are nanoseconds since the start of the run.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) from: u64,
    pub(super) to: u64,
    /// The start of the latest request that had been answered by then. Earlier requests that still wait are slow, and
    /// the service is alive.
    pub(super) answered: u64,
    pub(super) ended_by: GapEnd,
    pub(super) pieces: Vec<GapPiece>,
    /// Requests that were in flight at its end.
    pub(super) held: Held,
    /// Requests that were cancelled in it.
    cut: Vec<CutRequest>,
}

/// Requests that are in flight at one time, including overtaken ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) all: u64,
    /// Requests that took unusually long for their route.
    pub(super) unusual: u64,
    /// The start of the first of these.
    pub(super) since: u64,
}

#[derive(Clone, Copy, Debug)]
struct CutRequest {
    start: u64,
    end: u64,
    length: RequestLength,
}

/// The duration of a request, compared with others of its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestLength {
    Usual,
    /// More than twice the median.
    Unusual,
}

/// The part of a stretch in which requests waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GapPiece {
    pub(super) from: u64,
    pub(super) to: u64,
    /// Witnesses of the gap: unusual requests that were not overtaken.
    pub(super) witnesses: u64,
}

/// The latest stretches, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending(VecDeque<Stretch>);

impl Pending {
    /// Adds a stretch that is long enough; returns a stretch that is too old for further requests.
    pub(super) fn push(&mut self, stretch: Stretch) -> Option<Stretch> {
        if stretch.to.saturating_sub(stretch.from) < LEAST {
            return None;
        }
        self.0.push_back(stretch);
        if self.0.len() > MOST { self.0.pop_front() } else { None }
    }

    /// Adds a request that was in flight from its start to its end, or until it was cancelled.
    pub(super) fn hold(&mut self, start: u64, end: u64, length: RequestLength) {
        for stretch in self.0.iter_mut().rev().take_while(|stretch| stretch.to > start) {
            stretch.hold(start, end, length);
        }
    }

    /// Adds a request that waited from its start to its end, or until it was cancelled.
    pub(super) fn wait(&mut self, start: u64, end: u64) {
        for stretch in self.0.iter_mut().rev().take_while(|stretch| stretch.to > start) {
            stretch.wait(start, end);
        }
    }

    /// Splits the stretch at a late end.
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
    /// Creates a stretch that starts then, and is open.
    pub(super) fn open(from: u64, answered: u64) -> Self {
        Self {
            from,
            to: u64::MAX,
            answered,
            ended_by: GapEnd::Cut,
            pieces: Vec::new(),
            held: Held::default(),
            cut: Vec::new(),
        }
    }

    /// Closes the stretch.
    pub(super) fn close(mut self, to: u64, ended_by: GapEnd) -> Self {
        (self.to, self.ended_by) = (to, ended_by);
        self.pieces.retain_mut(|piece| {
            piece.to = piece.to.min(to);
            piece.from < piece.to
        });
        for request in std::mem::take(&mut self.cut) {
            self.hold(request.start, request.end, request.length);
        }
        self
    }

    /// Counts a request that was in flight in it, from its start to its end.
    pub(super) fn hold(&mut self, start: u64, end: u64, length: RequestLength) {
        if start >= self.to || end <= self.from {
            return;
        }
        if end >= self.to {
            self.held.add(start, length);
        } else if self.cut.len() < MOST_CUT {
            self.cut.push(CutRequest { start, end, length });
        }
    }

    /// The maximum number of requests in flight at once in a piece of it, and the maximum of unusual ones.
    pub(super) fn waiting(&self, piece: &GapPiece) -> (u64, u64) {
        let held = if piece.to == self.to { self.held } else { Held::default() };
        let cut = self.cut.iter().filter(|cut| cut.start < piece.to && cut.end > piece.from);
        let unusual = most_at_once(cut.clone().filter(|cut| cut.length == RequestLength::Unusual));
        (held.all.max(most_at_once(cut)).max(1), held.unusual.max(unusual))
    }

    /// Adds a request that waited in it, from its start to its end.
    pub(super) fn wait(&mut self, start: u64, end: u64) {
        let (from, to) = (start.max(self.from), end.min(self.to));
        if start < self.answered || to.saturating_sub(from) < LEAST {
            return;
        }
        // Two parts with hardly a pause between them are merged, as for requests that are sent again and again.
        let mut joined = GapPiece { from, to, witnesses: 1 };
        self.pieces.retain(|piece| {
            let is_apart = from > piece.to + LEAST || piece.from > to + LEAST;
            if !is_apart {
                joined.from = joined.from.min(piece.from);
                joined.to = joined.to.max(piece.to);
                joined.witnesses += piece.witnesses;
            }
            is_apart
        });
        self.pieces.push(joined);
    }
}

impl Held {
    fn add(&mut self, start: u64, length: RequestLength) {
        self.all += 1;
        if length == RequestLength::Unusual {
            self.since = if self.unusual == 0 { start } else { self.since.min(start) };
            self.unusual += 1;
        }
    }
}

fn most_at_once<'a>(of: impl Iterator<Item = &'a CutRequest>) -> u64 {
    // A request that ends makes room for one that starts at that time.
    let mut changes: Vec<(u64, i64)> = of.flat_map(|cut| [(cut.start, 1), (cut.end, -1)]).collect();
    changes.sort_unstable();
    let mut waiting = 0;
    let running = changes.into_iter().map(|(_, change)| {
        waiting += change;
        waiting
    });
    running.max().unwrap_or(0).unsigned_abs()
}
