//! Late requests of several users that ended together: a stall of a part of the service, as of one of its servers.
//!
//! In such a stall each user waits once, and the next request is quick, so that by their numbers these requests look like
//! chance. But they ended within a short time. Where chance does not explain so many of them at once, visitors who come in
//! the stall wait, too; and each request's own time is how long it was for its user. Those that begin together, and end one
//! by one, say nothing of who comes meanwhile.

use std::ops::Range;
use std::time::Duration;

use super::ShareEstimate;
use super::parts::{Cell, LONGER, Parts};
use super::tail::tail;

/// The greatest probability, in all windows of a load together, that a cluster is found where there is none.
const LEVEL: f64 = 1e-6;

/// The share of the clusters that count each by itself of which chance may be the cause.
const LEVEL_ALONE: f64 = 5e-2;

/// The probability of one that ends when others like it would end after the load: requests may have become slow just before
/// its end, each by itself.
const LEVEL_BEGUN: f64 = 1e-5;

/// Windows are one part long, two, four, and so on.
const LENGTHS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// For each length there are two rows of windows, of which one begins by half a window later; of the shortest one.
const ROWS: usize = LENGTHS.len() * 2 - 1;

/// So many windows before one, and so many after it, say what is usual there, where that changes with time.
const AROUND: usize = 16;

/// The clusters of late samples, by the users' time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Clustered {
    /// The time that users lost in them, in seconds.
    pub(super) lost: f64,
    /// The requests in them that were late.
    pub(super) late: f64,
}

/// The clusters of a load.
pub(super) struct Clusters {
    /// All of them.
    pub(super) whole: Clustered,
    /// Those that are no chance each by itself, by the length of the windows.
    rows: Vec<(usize, Vec<Candidate>)>,
}

/// Users whose late requests ended in a window.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The part with which the window begins.
    from: usize,
    /// The probability that chance makes as many late.
    chance: f64,
    clustered: Clustered,
}

/// The parts of all series together, each with the sums of all that is before it.
struct Summed {
    before: Vec<Sums>,
    /// The parts until the last one in which a sample began.
    loaded: usize,
}

/// Sums over some parts.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    all: u64,
    late: u64,
    /// Late ones, were the share of each series always the same.
    expected: f64,
    /// In seconds.
    took: f64,
    lost: f64,
    /// Samples that began in them, and late ones of these.
    begun: u64,
    begun_late: u64,
}

impl Parts {
    /// The share of the users' time, which is this long, that was beyond the limit because of [clusters](Clustered), or
    /// else by the share of other samples.
    pub(crate) fn clustered(&self, allowed: f64, time: Duration) -> ShareEstimate {
        let clustered = Clusters::find(self).whole;
        self.beside(clustered, allowed, clustered.lost / time.as_secs_f64())
    }

    /// The share of a time of which this share was lost in clusters, and the rest by the share of samples that were in none
    /// of the load.
    pub(super) fn beside(&self, clustered: Clustered, allowed: f64, lost: f64) -> ShareEstimate {
        let (all, beyond) = self.add_up();
        let others = all as f64 - clustered.late;
        if !(lost > 0.0 && lost.is_finite()) || others <= 0.0 {
            return ShareEstimate::default();
        }
        let lost = lost.min(1.0);
        let share = (beyond as f64 - clustered.late).max(0.0) / others;
        let deviation = (allowed * (1.0 - allowed) / all as f64).sqrt();
        ShareEstimate { share: lost + (1.0 - lost) * share, deviation }
    }
}

impl Clustered {
    fn and(self, other: Self) -> Self {
        Self { lost: self.lost + other.lost, late: self.late + other.late }
    }
}

impl Clusters {
    /// The clusters in these parts: those of the row of windows that finds most of them.
    pub(super) fn find(parts: &Parts) -> Self {
        let (summed, mut clusters) =
            (Summed::new(parts), Self { whole: Clustered::default(), rows: Vec::new() });
        let rows = LENGTHS.iter().flat_map(|length| [(*length, 0), (*length, length / 2)]).skip(1);
        for (length, offset) in rows {
            let starts = (offset..summed.len()).step_by(length);
            let windows = starts.len() as u64;
            let time = parts.step() * length as u32;
            let candidates =
                starts.filter_map(|from| summed.candidate((from, from + length), time)).collect();
            let mut found = unlikely(candidates, windows);
            let whole = sum(&found);
            if whole.lost > clusters.whole.lost {
                clusters.whole = whole;
            }
            found.truncate(alone(&found, windows));
            clusters.rows.push((length, found));
        }
        clusters
    }

    /// Those in this span of parts.
    pub(super) fn within(&self, span: &Range<usize>) -> Clustered {
        let found = self.rows.iter().map(|(length, clusters)| {
            sum(clusters
                .iter()
                .filter(|cluster| cluster.from >= span.start && cluster.from + length <= span.end))
        });
        found.reduce(|most, next| if next.lost > most.lost { next } else { most }).unwrap_or_default()
    }
}

/// The least probable ones of the candidates from so many windows, as many as chance does not explain together (Donoho and
/// Jin, Higher criticism, 2004).
fn unlikely(mut candidates: Vec<Candidate>, windows: u64) -> Vec<Candidate> {
    candidates.sort_by(|one, other| one.chance.total_cmp(&other.chance));
    let many = (1..=candidates.len())
        .rfind(|many| tail(windows, candidates[many - 1].chance, *many as u64) * (ROWS as f64) < LEVEL);
    candidates.truncate(many.unwrap_or(0));
    candidates
}

/// Returns the number of candidates from so many windows, of which the least probable is first, that count each by itself (Benjamini and
/// Hochberg, Controlling the false discovery rate, 1995).
fn alone(candidates: &[Candidate], windows: u64) -> usize {
    let all = (windows * ROWS as u64) as f64;
    let many =
        (1..=candidates.len()).rfind(|many| candidates[many - 1].chance * all <= LEVEL_ALONE * *many as f64);
    many.unwrap_or(0)
}

fn sum<'c>(clusters: impl IntoIterator<Item = &'c Candidate>) -> Clustered {
    clusters.into_iter().map(|cluster| cluster.clustered).fold(Clustered::default(), Clustered::and)
}

impl Summed {
    fn new(parts: &Parts) -> Self {
        let length = parts.cells().map(<[Cell]>::len).max().unwrap_or(0);
        let mut before = vec![Sums::default(); length + 1];
        for cells in parts.cells() {
            let of_series = cells.iter().map(|cell| Sums::new(cell, 0.0)).fold(Sums::default(), Sums::and);
            let share = of_series.late as f64 / of_series.all.max(1) as f64;
            for (sums, cell) in before[1..].iter_mut().zip(cells) {
                *sums = sums.and(Sums::new(cell, share));
            }
        }
        let loaded = before.iter().rposition(|sums| sums.begun > 0).unwrap_or(0);
        for place in 1..before.len() {
            before[place] = before[place - 1].and(before[place]);
        }
        Self { before, loaded }
    }

    fn len(&self) -> usize {
        self.before.len() - 1
    }

    fn between(&self, from: usize, to: usize) -> Sums {
        self.before[to.min(self.len())].without(self.before[from.min(self.len())])
    }

    fn candidate(&self, (from, to): (usize, usize), length: Duration) -> Option<Candidate> {
        let window = self.between(from, to);
        if window.late < 2 {
            return None;
        }
        let took = window.took / window.late as f64;
        if took < (length * LONGER).as_secs_f64() {
            return None;
        }
        // By chance so many are late as began by so much earlier, also where none begin any more.
        let earlier = (took / (length.as_secs_f64() / (to - from) as f64)) as usize;
        let begun = (from.saturating_sub(earlier), to.saturating_sub(earlier));
        let usual = window.expected.max(self.between(begun.0, begun.1).expected);
        let more = (1.0 - usual / window.late as f64).max(0.0);
        let clustered = Clustered { lost: window.lost * more, late: window.late as f64 * more };
        let mut chance = 0.0_f64;
        for whole in self.surroundings((from, to)) {
            chance = chance.max(tail(whole.late, usual / whole.expected, window.late));
        }
        let is_last = to + earlier > self.loaded;
        if is_last && self.chance_begun(begun, window.late) > LEVEL_BEGUN {
            return None;
        }
        Some(Candidate { from, chance, clustered })
    }

    /// The probability that so many late ones began in these parts, were those that began around them late each by itself.
    fn chance_begun(&self, (from, to): (usize, usize), late: u64) -> f64 {
        let (here, many) = (self.between(from, to).begun as f64, (to - from) * (AROUND + 1));
        let before = to.checked_sub(many).map(|first| self.between(first, to));
        let around = before.into_iter().chain([self.between(from, from + many)]);
        let enough = around.filter(|around| around.begun_late >= late);
        enough.map(|around| tail(around.begun_late, here / around.begun as f64, late)).fold(0.0, f64::max)
    }

    /// The samples that tell what is usual in a window: the whole, what is before it, and what is after it. Where the share of
    /// late ones changes all at once, one of the latter is like the window.
    fn surroundings(&self, (from, to): (usize, usize)) -> [Sums; 3] {
        let many = (to - from) * (AROUND + 1);
        let (first, last) = (to.saturating_sub(many), (from + many).min(self.len()));
        let whole = self.between(0, self.len());
        let enough = whole.all * many as u64 / self.len() as u64 / 2;
        let (before, after) = ((first, first + many), (last.saturating_sub(many), last));
        [whole, self.backwards(before, enough), self.backwards(after, enough)]
    }

    /// The samples of these parts, and of earlier ones until there are enough: after a load only late ones end.
    fn backwards(&self, (mut from, to): (usize, usize), enough: u64) -> Sums {
        let step = to - from;
        while from > 0 && self.between(from, to).all < enough {
            from = from.saturating_sub(step);
        }
        self.between(from, to)
    }
}

impl Sums {
    /// Those of one part of a series, of which this share is late.
    fn new(cell: &Cell, share: f64) -> Self {
        let (late, all) = (u64::from(cell.users), u64::from(cell.all) + u64::from(cell.users));
        let (took, lost) = (f64::from(cell.took) / 1e3, f64::from(cell.lost) / 1e3);
        let (begun, begun_late) = (u64::from(cell.all), u64::from(cell.begun));
        Self { all, late, expected: all as f64 * share, took, lost, begun, begun_late }
    }

    fn and(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            late: self.late + other.late,
            expected: self.expected + other.expected,
            took: self.took + other.took,
            lost: self.lost + other.lost,
            begun: self.begun + other.begun,
            begun_late: self.begun_late + other.begun_late,
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            all: self.all - other.all,
            late: self.late - other.late,
            expected: self.expected - other.expected,
            took: self.took - other.took,
            lost: self.lost - other.lost,
            begun: self.begun - other.begun,
            begun_late: self.begun_late - other.begun_late,
        }
    }
}
