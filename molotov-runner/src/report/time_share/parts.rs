//! The samples in each twentieth of a second of a load, and the part of them beyond a limit.

use std::ops::Range;
use std::time::Duration;

use super::ShareEstimate;
use super::user_time::LoadTime;

/// The minimum length of a part; all other lengths are a power of two of it.
const SHORTEST: Duration = Duration::from_millis(50);

/// The maximum number of parts of the load; beyond it, pairs are merged.
const MOST: usize = 16_384;

/// The factor by which requests of a cluster take longer than the window in which they ended: users that are late
/// repeatedly are judged by the parts of the load.
pub(super) const LONGER: u32 = 4;

/// The maximum total number of counts.
const BUDGET: usize = 1 << 16;

/// The maximum number of distinguished series. Further ones are counted together with one of these.
pub(super) const MOST_SERIES: u32 = 64;

/// The number of samples from which on a part of the load stands for itself. Smaller parts are counted together with
/// the next ones.
const ENOUGH: u64 = 20;

/// Counts for each part of a load, by the start of the samples.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The length of a part, in twentieths of a second.
    step: u32,
    series: Vec<SeriesParts>,
}

#[derive(Clone, Debug)]
struct SeriesParts {
    index: u32,
    cells: Vec<Cell>,
}

/// The samples that started in one part, and those far beyond the limit that ended in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    pub(super) all: u32,
    pub(super) beyond: u32,
    /// Users with a sample that ended in it, or with several consecutive ones, like those of a page.
    pub(super) users: u32,
    /// The duration of those, and its lost part, in milliseconds.
    pub(super) took: u32,
    pub(super) lost: u32,
    /// Users with a sample that started in it, counted in the same way.
    pub(super) begun: u32,
    /// The latest of these users.
    latest: u16,
    latest_begun: u16,
}

/// The counted data of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartSample {
    pub(crate) series: u32,
    pub(crate) user: u16,
    /// The start and the end, in the load.
    pub(crate) start: Duration,
    pub(crate) end: Duration,
    /// The time for which it was beyond the limit; `None` for a sample within it, zero if the time is unknown.
    pub(crate) beyond: Option<Duration>,
    /// `true` if the end of the run cancelled it, together with all others: its end proves nothing.
    pub(crate) is_cut: bool,
}

/// Parts that are evaluated together.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    time: f64,
    all: u64,
    beyond: u64,
    /// The expected number beyond the limit, if the share of each series were constant.
    expected: f64,
}

impl PartSample {
    fn took(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    /// Returns `true` if the sample is long enough for a cluster.
    fn is_long(&self) -> bool {
        self.took() >= SHORTEST * LONGER
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self { step: 1, series: Vec::new() }
    }
}

impl Parts {
    /// Counts a sample.
    pub(crate) fn count(&mut self, sample: PartSample) {
        let place = self.place(sample.series);
        let cell = self.cell(place, sample.start);
        cell.all = cell.all.saturating_add(1);
        if sample.beyond.is_some() {
            cell.beyond = cell.beyond.saturating_add(1);
            if sample.is_long() {
                cell.begin_late(sample.user);
            }
            self.count_end(sample);
        }
    }

    /// Counts the end of a sample if it is far beyond the limit.
    pub(crate) fn count_end(&mut self, sample: PartSample) {
        if let Some(lost) = sample.beyond.filter(|_| sample.is_long() && !sample.is_cut) {
            let place = self.place(sample.series);
            self.cell(place, sample.end).end_late(sample.user, sample.took(), lost);
        }
    }

    /// The part at this time.
    fn cell(&mut self, place: usize, time: Duration) -> &mut Cell {
        let mut part = self.part(time);
        while part >= self.most() {
            self.halve();
            part = self.part(time);
        }
        let cells = &mut self.series[place].cells;
        if part >= cells.len() {
            cells.resize(part + 1, Cell::default());
        }
        &mut cells[part]
    }

    /// The length of a part.
    pub(super) fn step(&self) -> Duration {
        SHORTEST * self.step
    }

    /// The parts of each series.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[Cell]> {
        self.series.iter().map(|series| series.cells.as_slice())
    }

    /// Returns the place in which a series is counted.
    fn place(&mut self, series: u32) -> usize {
        let index = series % MOST_SERIES;
        let place = self.series.iter().position(|series| series.index == index);
        place.unwrap_or_else(|| self.add(index))
    }

    #[cold]
    fn add(&mut self, index: u32) -> usize {
        self.series.push(SeriesParts { index, cells: Vec::new() });
        while self.series.iter().any(|series| series.cells.len() > self.most()) {
            self.halve();
        }
        self.series.len() - 1
    }

    /// The maximum number of parts of each series, which is smaller with many series.
    fn most(&self) -> usize {
        MOST.min(BUDGET / self.series.len())
    }

    fn part(&self, start: Duration) -> usize {
        (start.as_nanos() / self.step().as_nanos()).try_into().unwrap_or(usize::MAX)
    }

    fn halve(&mut self) {
        self.step *= 2;
        for series in &mut self.series {
            let pairs = series.cells.chunks(2);
            series.cells =
                pairs.map(|pair| pair.iter().copied().reduce(Cell::and).unwrap_or_default()).collect();
        }
    }

    /// Returns the share of the time of a load in which a visitor would have been beyond the limit, of which `allowed`
    /// may be.
    ///
    /// In a part with k of n samples beyond the limit it is (k − 1) / (n − 1), the estimate for samples that are taken
    /// until k are found (Haldane, 1945): a slow request itself takes the time in which others would have ended, so
    /// that k / n would be too much with few users. Requests that are slow by chance do not change their share.
    ///
    /// A part with only an always slow route is slow, but visitors do not meet that route more often. So the share is
    /// that of all samples, plus the excess of each part over the overall shares of its routes.
    ///
    /// Parts are weighted by the users that are present in them, as in an open run of the same shape.
    pub(crate) fn estimate(&self, allowed: f64, load: LoadTime<'_>) -> ShareEstimate {
        let time = load.whole();
        let (all, beyond) = self.add_up();
        let shares: Vec<_> = self.series.iter().map(SeriesParts::share).collect();
        // A single sample proves nothing.
        if time <= 0.0 || all < 2 {
            return ShareEstimate::default();
        }
        let (mut share, mut variance) = (beyond as f64 / all as f64, 0.0);
        for group in self.groups(load, &shares) {
            let Some(others) = group.all.checked_sub(1).filter(|others| *others > 0) else { continue };
            let weight = group.time / time;
            let found = group.beyond.saturating_sub(1) as f64 / others as f64;
            share += weight * (found - group.expected / group.all as f64);
            variance += weight * weight * allowed * (1.0 - allowed) / others as f64;
        }
        ShareEstimate { share: share.max(0.0), deviation: variance.sqrt() }
    }

    /// Only these parts.
    pub(super) fn only(&self, span: &Range<usize>) -> Self {
        let series = self.series.iter().map(|series| {
            let cells = series.cells.iter().take(span.end).skip(span.start).copied().collect();
            SeriesParts { index: series.index, cells }
        });
        Self { step: self.step, series: series.collect() }
    }

    /// The number of all samples, and of those beyond the limit.
    pub(super) fn add_up(&self) -> (u64, u64) {
        let series = self.series.iter().map(SeriesParts::add_up);
        series.fold((0, 0), |whole, of| (whole.0 + of.0, whole.1 + of.1))
    }

    /// Parts with enough samples, and the smaller ones between them, merged until they have enough. If nothing started
    /// in a part, earlier samples continued. Each series has its share.
    fn groups(&self, load: LoadTime<'_>, shares: &[f64]) -> Vec<Group> {
        let step = self.step();
        let (mut groups, mut open): (Vec<Group>, _) = (Vec::new(), Group::default());
        for number in 0..MOST.min(load.length.as_nanos().div_ceil(step.as_nanos()) as usize) {
            let length = load.between(step * number as u32, step * (number as u32 + 1));
            let part = self.group(number, shares);
            if let (0, 0, Some(before)) = (part.all, open.all, groups.last_mut()) {
                before.time += length;
                continue;
            }
            if part.all >= ENOUGH && open.all > 0 {
                groups.push(std::mem::take(&mut open));
            }
            open.time += length;
            open.all += part.all;
            open.beyond += part.beyond;
            open.expected += part.expected;
            if open.all >= ENOUGH {
                groups.push(std::mem::take(&mut open));
            }
        }
        groups.push(open);
        groups
    }

    /// The samples of one part.
    fn group(&self, number: usize, shares: &[f64]) -> Group {
        let mut group = Group::default();
        for (series, share) in self.series.iter().zip(shares) {
            let cell = series.cells.get(number).copied().unwrap_or_default();
            group.all += u64::from(cell.all);
            group.beyond += u64::from(cell.beyond);
            group.expected += f64::from(cell.all) * share;
        }
        group
    }
}

impl SeriesParts {
    /// The number of its samples, and of those beyond the limit.
    pub(super) fn add_up(&self) -> (u64, u64) {
        self.cells
            .iter()
            .fold((0, 0), |(all, beyond), cell| (all + u64::from(cell.all), beyond + u64::from(cell.beyond)))
    }

    /// The share of its samples that was beyond the limit.
    fn share(&self) -> f64 {
        let (all, beyond) = self.add_up();
        beyond as f64 / all.max(1) as f64
    }
}

impl Cell {
    #[cold]
    fn end_late(&mut self, user: u16, took: Duration, lost: Duration) {
        if self.users == 0 || self.latest != user {
            self.users = self.users.saturating_add(1);
            self.took = self.took.saturating_add(millis(took));
            self.lost = self.lost.saturating_add(millis(lost));
            self.latest = user;
        }
    }

    #[cold]
    fn begin_late(&mut self, user: u16) {
        if self.begun == 0 || self.latest_begun != user {
            self.begun = self.begun.saturating_add(1);
            self.latest_begun = user;
        }
    }

    fn and(self, next: Self) -> Self {
        Self {
            all: self.all.saturating_add(next.all),
            beyond: self.beyond.saturating_add(next.beyond),
            users: self.users.saturating_add(next.users),
            took: self.took.saturating_add(next.took),
            lost: self.lost.saturating_add(next.lost),
            begun: self.begun.saturating_add(next.begun),
            latest: next.latest,
            latest_begun: next.latest_begun,
        }
    }
}

fn millis(time: Duration) -> u32 {
    time.as_millis().try_into().unwrap_or(u32::MAX)
}
