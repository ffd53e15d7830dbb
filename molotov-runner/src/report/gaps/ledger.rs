//! All gaps of a run: those of its requests, and those of the narrower subjects of its thresholds.

use std::time::Duration;

use molotov_core::{Outcome, Sample, SeriesId, SeriesKind};

use super::lengths::tolerated;
use super::pending::Stretch;
use super::recent::Recent;
use super::tracker::{RequestEnd, RequestLengths, Tracker, at};
use super::{Covered, Gap, GapEnd, Gaps, Live, Looked, NarrowerGaps, Subject, TOGETHER};
use crate::plan::threshold::{Key, Limit, Metric, RequestPhase, Threshold};
use crate::report::load_phase::LoadPhase;
use crate::report::threshold::Subjects;

/// The maximum delay between the record of a sample and its reading, which is a tick.
const LAG: Duration = Duration::from_millis(100);

/// The gaps of a run so far. Empty until the first user starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    /// The books; that of all requests comes first.
    books: Vec<Book>,
    of_all: usize,
    begun: Duration,
    /// The time from which on no new iterations started.
    stopped: Option<Duration>,
    live: Live,
    /// The latest end of a request, in nanoseconds since the start of the run.
    ended: u64,
    /// The longest wait that a route's own threshold allows.
    patience: Duration,
}

#[derive(Clone, Debug)]
struct Book {
    subject: Subject,
    /// Its start, since the first user started.
    start: Duration,
    tracker: Tracker,
    covered: Covered,
}

/// The kind of a sample in the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followed {
    /// `true` for a request, or a call that stands for one.
    pub(crate) is_of_all: bool,
    /// `true` if it had no response when it was cancelled.
    pub(crate) is_cut: bool,
}

/// The books that count the samples of a series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// Set if the series is excluded from the gaps of all requests, because the route's own threshold limits its
    /// duration.
    pub(crate) allowed: Option<Duration>,
    /// The indices of narrower subjects.
    narrower: Vec<usize>,
}

impl Ledger {
    /// Creates the ledger of a run with these thresholds, and resolves their series.
    pub(crate) fn from_thresholds(
        thresholds: &[Threshold],
        subjects: &impl Subjects,
        warm_up: Duration,
    ) -> (Self, Vec<(SeriesId, Books)>) {
        let mut ledger = Self { books: vec![Book::new((None, Duration::ZERO), warm_up)], ..Self::default() };
        let mut series: Vec<(SeriesId, Books)> = Vec::new();
        let (of_all, narrower): (Vec<_>, Vec<_>) =
            thresholds.iter().partition(|threshold| threshold.gap_subject().0.is_none());
        for threshold in of_all.iter().chain(&narrower) {
            let of = series_of(threshold, subjects);
            if let (Some(limit), true) = (own_limit(threshold), is_of(threshold, &[Key::Route, Key::Timer])) {
                if is_of(threshold, &[Key::Route]) {
                    ledger.patience = ledger.patience.max(limit);
                }
                of.iter().for_each(|id| {
                    let books = entry(&mut series, *id);
                    books.allowed = books.allowed.max(Some(limit));
                });
            }
            let subject = threshold.gap_subject();
            let is_known = ledger.books.iter().any(|book| book.subject == subject);
            if tolerated(threshold).is_none() || is_known {
                continue;
            }
            let is_of_all = subject.0.is_none();
            ledger.books.push(Book::new(subject, threshold.start(warm_up)));
            let place = ledger.books.len() - 1;
            if !is_of_all {
                of.iter().for_each(|id| entry(&mut series, *id).narrower.push(place));
            }
        }
        ledger.of_all = ledger.books.iter().filter(|book| book.subject.0.is_none()).count();
        (ledger, series)
    }

    /// Starts with the first user.
    pub(crate) fn start(&mut self, now: Duration) {
        (self.begun, self.ended) = (now, at(now));
        for book in &mut self.books {
            book.tracker = Tracker::new(at(now));
            book.covered = Covered::default();
        }
    }

    /// Records that no new iterations start from now on.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// Returns the time from which on no new iterations started.
    pub(crate) fn stopped(&self) -> Option<Duration> {
        self.stopped
    }

    /// The phase of the load.
    pub(crate) fn phase(&self) -> LoadPhase {
        if self.has_stopped() { LoadPhase::Draining } else { LoadPhase::Running }
    }

    /// Returns `true` if no new iterations start.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Adds a good request of a route without thresholds, from its start to its end in nanoseconds.
    #[inline]
    pub(crate) fn add_good(&mut self, series: SeriesId, (start, end): (u64, u64)) {
        self.ended = self.ended.max(end);
        for book in self.books.iter_mut().take(self.of_all) {
            book.tracker.add_end(series, start, end, RequestEnd::Good);
        }
    }

    /// Adds a sample that ended, or was cancelled, while users were running, from its start to its end in nanoseconds.
    pub(crate) fn sample(
        &mut self,
        sample: &Sample,
        (start, end): (u64, u64),
        Followed { is_of_all, is_cut }: Followed,
        books: Option<&Books>,
    ) {
        if matches!(sample.outcome, Outcome::Failed(kind) if kind.is_local()) {
            return;
        }
        if is_of_all && !is_cut {
            self.ended = self.ended.max(end);
        }
        let ended = match sample.outcome {
            Outcome::Ok | Outcome::Cancelled => RequestEnd::Good,
            _ => RequestEnd::Failed,
        };
        // The book of all requests comes first.
        let is_counted = is_of_all && books.is_none_or(|books| books.allowed.is_none());
        let of_all = 0..if is_counted { self.of_all } else { 0 };
        for place in of_all.chain(books.iter().flat_map(|books| &books.narrower).copied()) {
            match self.books.get_mut(place) {
                Some(book) if is_cut => book.tracker.cut(sample.series, start, end),
                Some(book) => book.tracker.add_end(sample.series, start, end, ended),
                None => {}
            }
        }
    }

    /// Returns `true` if the sample had no response when it was cancelled. A scenario that drops a started response
    /// counts as answered.
    pub(crate) fn is_cut(&self, sample: &Sample) -> bool {
        sample.outcome == Outcome::Cancelled && (sample.status == 0 || self.has_stopped())
    }

    /// Updates the gaps, and the current one.
    pub(crate) fn tick(&mut self, looked: Looked, lengths: RequestLengths<'_>) {
        let until = at(looked.now.saturating_sub(LAG));
        let (begun, end) = (self.begun, self.load_end());
        for book in &mut self.books {
            book.tracker.sweep(until, lengths);
            book.take_done(begun, end);
        }
        self.live.update(&looked, self.ended);
    }

    fn load_end(&self) -> Duration {
        self.stopped.unwrap_or(Duration::MAX)
    }

    /// Returns the gap that is open now.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The longest wait that a route's own threshold allows.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// A final copy, in which no further records are expected.
    pub(crate) fn settled(&self, lengths: RequestLengths<'_>) -> Self {
        let mut settled = Self { live: Live::default(), ..self.clone() };
        settled.books.iter_mut().for_each(|book| book.tracker.finish(lengths));
        settled
    }

    /// All gaps, after the last record. `slowest` is the slowest good response.
    pub(crate) fn gaps(&self, now: Duration, slowest: Duration, lengths: RequestLengths<'_>) -> Gaps {
        let end = self.stopped.unwrap_or(now);
        let mut gaps = Gaps::default();
        for mut book in self.settled(lengths).books {
            book.take_done(self.begun, end);
            let load = (self.begun + book.start, end);
            for stretch in book.tracker.answers.iter().chain([&book.tracker.since_end]) {
                book.covered.answers.stretch(stretch, load, self.begun);
            }
            for stretch in book.tracker.goods.iter().chain([&book.tracker.since_good]) {
                book.covered.good.stretch(stretch, load, self.begun);
            }
            book.covered.time = end.saturating_sub(load.0);
            book.covered.slowest = slowest;
            if book.subject == (None, Duration::ZERO) {
                (gaps.time, gaps.all) = (book.covered.time, book.covered);
            } else {
                gaps.narrower.push(NarrowerGaps::new(book.subject, book.covered));
            }
        }
        gaps
    }

    /// Returns a threshold's gaps in a window, as far as known. Times are since the first user started.
    pub(crate) fn recent(
        &self,
        subject: &Subject,
        window: (Duration, Duration),
        slowest: Duration,
    ) -> Recent {
        let end = (self.begun + window.1).min(self.load_end());
        let window = (at(self.begun + window.0), at(end));
        let open = self.live.span().filter(|(from, now)| now - from > at(self.patience));
        let book = self.books.iter().find(|book| book.subject == *subject).or(self.books.first());
        let tracker = book.map(|book| &book.tracker);
        let stretches = tracker
            .map(|tracker| [(&tracker.answers, &tracker.since_end), (&tracker.goods, &tracker.since_good)]);
        let [mut answers, good] = stretches
            .map(|both| both.map(|(of, lasting)| spans(of.iter().chain([lasting]), window)))
            .unwrap_or_default();
        let open = open.filter(|(from, to)| *to > window.0 && *from < window.1);
        answers.extend(open);
        Recent { window, answers, good, open, slowest }
    }
}

/// The spans of these stretches that overlap the window.
fn spans<'s>(stretches: impl Iterator<Item = &'s Stretch>, window: (u64, u64)) -> Vec<(u64, u64)> {
    let pieces = stretches.flat_map(|stretch| &stretch.pieces);
    let spans = pieces.map(|piece| (piece.from, piece.to));
    spans.filter(|(from, to)| *to > window.0 && *from < window.1).collect()
}

impl Book {
    fn new(subject: Subject, start: Duration) -> Self {
        Self { subject, start, tracker: Tracker::new(0), covered: Covered::default() }
    }

    /// Counts stretches that are too old for further samples.
    fn take_done(&mut self, begun: Duration, end: Duration) {
        let load = (begun + self.start, end);
        for (stretch, of_answers) in std::mem::take(&mut self.tracker.done) {
            let lengths = if of_answers { &mut self.covered.answers } else { &mut self.covered.good };
            lengths.stretch(&stretch, load, begun);
        }
    }
}

impl super::Lengths {
    fn stretch(&mut self, stretch: &Stretch, load: (Duration, Duration), begun: Duration) {
        let time = Duration::from_nanos;
        for piece in &stretch.pieces {
            let ended_by = if piece.to < stretch.to { GapEnd::Cut } else { stretch.ended_by };
            let (waiting, unusual) = stretch.waiting(piece);
            let (from, to, together) = (time(piece.from), time(piece.to), piece.witnesses.min(unusual));
            self.gap(
                Gap { from, to, waiting, ended_by, unusual, together, is_overtaken: false },
                load,
                begun,
            );
        }
        let held = stretch.held;
        let is_told = stretch.pieces.iter().any(|piece| piece.to == stretch.to);
        if held.unusual >= TOGETHER && !is_told && stretch.to < u64::MAX {
            let (from, to) = (time(held.since.max(stretch.from)), time(stretch.to));
            let (waiting, unusual, ended_by) = (held.all, held.unusual, stretch.ended_by);
            self.gap(
                Gap { from, to, waiting, ended_by, unusual, together: 0, is_overtaken: true },
                load,
                begun,
            );
        }
    }
}

fn entry(series: &mut Vec<(SeriesId, Books)>, id: SeriesId) -> &mut Books {
    let place = series.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
        series.push((id, Books::default()));
        series.len() - 1
    });
    &mut series[place].1
}

/// The longest duration that a threshold of latencies allows for nearly all.
fn own_limit(threshold: &Threshold) -> Option<Duration> {
    match (threshold.metric, threshold.limit) {
        _ if threshold.phase == Some(RequestPhase::Receiving) => None,
        (Metric::Percentile(_) | Metric::Max | Metric::Mean, Limit::Time(limit))
            if threshold.relation.is_upper() =>
        {
            Some(limit)
        }
        _ => None,
    }
}

fn is_of(threshold: &Threshold, keys: &[Key]) -> bool {
    threshold.of.as_ref().is_some_and(|of| keys.contains(&of.key))
}

/// The series whose gaps are those of a threshold.
fn series_of(threshold: &Threshold, subjects: &impl Subjects) -> Vec<SeriesId> {
    let Some(of) = &threshold.of else { return Vec::new() };
    match of.key {
        Key::Scenario => vec![subjects.series(SeriesKind::Scenario, &of.name)],
        Key::Tag => subjects.tagged(&of.name),
        Key::Route => vec![subjects.series(SeriesKind::Route, &of.name)],
        Key::Timer => vec![subjects.series(SeriesKind::Timer, &of.name)],
        _ => Vec::new(),
    }
}
