//! Late requests of several users that ended together: a stall of a part of the service, for instance of one of its
//! servers.
//!
//! In such a stall each user waits once, and the next request is quick, so that the number of these requests looks
//! random. But they ended within a short time. If chance does not explain that number at once, visitors that arrive
//! during the stall wait, too; and each request's duration is the stall's length for its user. Requests that start
//! together, and end one by one, prove nothing about visitors that arrive meanwhile.

use std::ops::Range;
use std::time::Duration;

use super::ShareEstimate;
use super::parts::{Cell, LONGER, Parts};
use super::tail::tail;

/// The maximum probability, over all windows of a load together, of finding a cluster where there is none.
const LEVEL: f64 = 1e-6;

/// The share of individually significant clusters that chance may cause.
const LEVEL_ALONE: f64 = 5e-2;

/// The maximum probability of a cluster whose successors would end after the load: requests may have become slow just
/// before its end, each by itself.
const LEVEL_BEGUN: f64 = 1e-5;

/// The lengths of windows, in parts.
const LENGTHS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The number of rows of windows: two for each length, the second shifted by half a window; a single one for the
/// shortest length.
const ROWS: usize = LENGTHS.len() * 2 - 1;

/// The number of windows before and after a window that determine its usual share, which may change over time.
const AROUND: usize = 16;

/// The clusters of late samples, weighted by the users' time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Clustered {
    /// The time that users lost in them, in seconds.
    pub(super) lost: f64,
    /// The number of late requests in them.
    pub(super) late: f64,
}

/// The clusters of a load.
pub(super) struct Clusters {
    /// All clusters.
    pub(super) whole: Clustered,
    /// The individually significant clusters, by the length of the windows.
    rows: Vec<(usize, Vec<Candidate>)>,
}

/// Users with late requests that ended in a window.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The first part of the window.
    from: usize,
    /// The probability of this number of late requests by chance.
    chance: f64,
    clustered: Clustered,
}

/// The parts of all series together, each with the sums of all previous ones.
struct Summed {
    before: Vec<Sums>,
    /// The parts up to the last one in which a sample started.
    loaded: usize,
}

/// Sums over some parts.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    all: u64,
    late: u64,
    /// The expected number of late samples, if the share of each series were constant.
    expected: f64,
    /// In seconds.
    took: f64,
    lost: f64,
    /// Samples that started in them, and the late ones of these.
    begun: u64,
    begun_late: u64,
}

impl Parts {
    /// The share of the users' time, of this length, that was beyond the limit because of [clusters](Clustered), or
    /// else by the share of other samples.
    pub(crate) fn clustered(&self, allowed: f64, time: Duration) -> ShareEstimate {
        let clustered = Clusters::find(self).whole;
        self.beside(clustered, allowed, clustered.lost / time.as_secs_f64())
    }

    /// The share of a time that consists of this share lost in clusters, and of the rest with the share of all samples
    /// outside of clusters.
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
    /// Finds the clusters in these parts: those of the row of windows with most of them.
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

    /// The clusters in this span of parts.
    pub(super) fn within(&self, span: &Range<usize>) -> Clustered {
        let found = self.rows.iter().map(|(length, clusters)| {
            sum(clusters
                .iter()
                .filter(|cluster| cluster.from >= span.start && cluster.from + length <= span.end))
        });
        found.reduce(|most, next| if next.lost > most.lost { next } else { most }).unwrap_or_default()
    }
}

/// The least probable candidates of this number of windows, as many as chance does not explain together (Donoho and
/// Jin, Higher criticism, 2004).
fn unlikely(mut candidates: Vec<Candidate>, windows: u64) -> Vec<Candidate> {
    candidates.sort_by(|one, other| one.chance.total_cmp(&other.chance));
    let many = (1..=candidates.len())
        .rfind(|many| tail(windows, candidates[many - 1].chance, *many as u64) * (ROWS as f64) < LEVEL);
    candidates.truncate(many.unwrap_or(0));
    candidates
}

/// Returns the number of individually significant candidates of this number of windows; the candidates are sorted by
/// probability (Benjamini and Hochberg, Controlling the false discovery rate, 1995).
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
        // The expected number of late samples by chance depends on those that started earlier by their duration, also
        // when none start any more.
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

    /// The probability that this number of late samples started in these parts, if those around them were late
    /// independently.
    fn chance_begun(&self, (from, to): (usize, usize), late: u64) -> f64 {
        let (here, many) = (self.between(from, to).begun as f64, (to - from) * (AROUND + 1));
        let before = to.checked_sub(many).map(|first| self.between(first, to));
        let around = before.into_iter().chain([self.between(from, from + many)]);
        let enough = around.filter(|around| around.begun_late >= late);
        enough.map(|around| tail(around.begun_late, here / around.begun as f64, late)).fold(0.0, f64::max)
    }

    /// The samples that determine the usual share of a window: the whole, those before it, and those after it. If the
    /// share of late ones changes suddenly, one of the latter two resembles the window.
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
    /// Creates the sums of one part of a series with this share of late samples.
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
