//! Stretches in which nothing ended, until it is known which requests waited in them.

use std::collections::VecDeque;

use super::GapEnd;

/// The shortest stretch that is looked at, in nanoseconds: 10 ms.
pub(super) const LEAST: u64 = 10_000_000;

/// Stretches that wait for requests which end later; the oldest go first.
const MOST: usize = 4_096;

/// Requests that are kept of those that were cut in a stretch. Where users give up and try again, the first ones say enough.
const MOST_CUT: usize = 64 * 1024;

/// Between two ends. All times are nanoseconds since the start of the run.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) from: u64,
    pub(super) to: u64,
    /// The time when the latest request was sent that had been answered by then. Those that were sent before it and still
    /// wait are slow, and the service is there.
    pub(super) answered: u64,
    pub(super) ended_by: GapEnd,
    pub(super) pieces: Vec<GapPiece>,
    /// Requests that were under way at its end.
    pub(super) held: Held,
    /// Requests that were cut in it.
    cut: Vec<CutRequest>,
}

/// Requests that are under way at one time, overtaken ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) all: u64,
    /// Those that took longer than their route usually does.
    pub(super) unusual: u64,
    /// The time when the first of these was sent.
    pub(super) since: u64,
}

#[derive(Clone, Copy, Debug)]
struct CutRequest {
    start: u64,
    end: u64,
    length: RequestLength,
}

/// The length of a request, compared with others of its route.
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
    /// Requests that say so: unusual ones that were not overtaken.
    pub(super) witnesses: u64,
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

    /// A request was under way from its start to its end, or until it was cut.
    pub(super) fn hold(&mut self, start: u64, end: u64, length: RequestLength) {
        for stretch in self.0.iter_mut().rev().take_while(|stretch| stretch.to > start) {
            stretch.hold(start, end, length);
        }
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

    /// It ends then.
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

    /// Counts a request that was under way in it, from its start to its end.
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

    /// The most requests that were under way at once in a piece of it, and the most unusual ones.
    pub(super) fn waiting(&self, piece: &GapPiece) -> (u64, u64) {
        let held = if piece.to == self.to { self.held } else { Held::default() };
        let cut = self.cut.iter().filter(|cut| cut.start < piece.to && cut.end > piece.from);
        let unusual = most_at_once(cut.clone().filter(|cut| cut.length == RequestLength::Unusual));
        (held.all.max(most_at_once(cut)).max(1), held.unusual.max(unusual))
    }

    /// A request waited in it, from its start to its end.
    pub(super) fn wait(&mut self, start: u64, end: u64) {
        let (from, to) = (start.max(self.from), end.min(self.to));
        if start < self.answered || to.saturating_sub(from) < LEAST {
            return;
        }
        // Two parts with hardly anything between them are one, as of requests that are sent again and again.
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
    // One that ends makes room for one that starts at that time.
    let mut changes: Vec<(u64, i64)> = of.flat_map(|cut| [(cut.start, 1), (cut.end, -1)]).collect();
    changes.sort_unstable();
    let mut waiting = 0;
    let running = changes.into_iter().map(|(_, change)| {
        waiting += change;
        waiting
    });
    running.max().unwrap_or(0).unsigned_abs()
}
