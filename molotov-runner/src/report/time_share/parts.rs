//! How many samples there were in each tenth of a second of a load, and how many of them were beyond a limit.

use std::time::Duration;

use super::ShareEstimate;

/// The shortest part, of which all others are a power of two.
const SHORTEST: Duration = Duration::from_millis(100);

/// Parts of the load that are kept; when there are more, each two become one.
const MOST: usize = 4_096;

/// Counts that are kept in all.
const BUDGET: usize = 1 << 16;

/// Series that are told apart. Further ones are counted together with one of these.
pub(super) const MOST_SERIES: u32 = 64;

/// Samples of a part of the load that stands for itself. Fewer are counted together with those of the next parts.
const ENOUGH: u64 = 20;

/// Counts for each part of a load, by when the sample began.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The length of a part, in tenths of a second.
    step: u32,
    series: Vec<SeriesParts>,
}

#[derive(Clone, Debug)]
struct SeriesParts {
    index: u32,
    /// All samples, and those beyond the limit.
    counts: Vec<(u32, u32)>,
    /// The share of all its samples that was beyond the limit, once the load is over.
    share: f64,
}

/// Parts that are looked at together.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    time: f64,
    all: u64,
    beyond: u64,
    /// Those that would be beyond the limit, were the share of each series always the same.
    expected: f64,
}

impl Default for Parts {
    fn default() -> Self {
        Self { step: 1, series: Vec::new() }
    }
}

impl Parts {
    /// Counts a sample that began at this time of the load.
    pub(crate) fn count(&mut self, series: u32, start: Duration, is_beyond: bool) {
        let place = self.place(series);
        let mut part = self.part(start);
        while part >= self.most() {
            self.halve();
            part = self.part(start);
        }
        let counts = &mut self.series[place].counts;
        if part >= counts.len() {
            counts.resize(part + 1, (0, 0));
        }
        let (all, beyond) = &mut counts[part];
        (*all, *beyond) = (all.saturating_add(1), beyond.saturating_add(u32::from(is_beyond)));
    }

    /// Where a series is counted.
    fn place(&mut self, series: u32) -> usize {
        let index = series % MOST_SERIES;
        let place = self.series.iter().position(|series| series.index == index);
        place.unwrap_or_else(|| self.add(index))
    }

    #[cold]
    fn add(&mut self, index: u32) -> usize {
        self.series.push(SeriesParts { index, counts: Vec::new(), share: 0.0 });
        while self.series.iter().any(|series| series.counts.len() > self.most()) {
            self.halve();
        }
        self.series.len() - 1
    }

    /// Parts of each series that are kept: fewer where there are many series.
    fn most(&self) -> usize {
        MOST.min(BUDGET / self.series.len())
    }

    fn part(&self, start: Duration) -> usize {
        (start.as_nanos() / (SHORTEST * self.step).as_nanos()).try_into().unwrap_or(usize::MAX)
    }

    fn halve(&mut self) {
        self.step *= 2;
        for series in &mut self.series {
            let pairs = series.counts.chunks(2);
            series.counts =
                pairs.map(|pair| pair.iter().fold((0, 0), |one, other| sum(one, *other))).collect();
        }
    }

    /// The share of the time of a load in which a visitor would have been beyond the limit, of which `allowed` may be.
    ///
    /// In a part with k of n samples beyond the limit it is (k − 1) / (n − 1), the estimate for samples that are taken
    /// until so many are found (Haldane, 1945): a slow request itself takes the time in which others would have ended, so
    /// that k / n would be too much where users are few. Requests that are slow each by chance leave it at their share.
    ///
    /// A route that is always slow makes a part slow in which it is the only one, and no visitor meets it more often for
    /// that. So the share is that of all samples, and by how much more each part has than its routes have in all.
    pub(crate) fn estimate(mut self, allowed: f64, time: Duration) -> ShareEstimate {
        let time = time.as_secs_f64();
        let (all, beyond) = self.add_up();
        // One alone says nothing.
        if time <= 0.0 || all < 2 {
            return ShareEstimate::default();
        }
        let (mut share, mut variance) = (beyond as f64 / all as f64, 0.0);
        for group in self.groups(time) {
            let Some(others) = group.all.checked_sub(1).filter(|others| *others > 0) else { continue };
            let weight = group.time / time;
            let found = group.beyond.saturating_sub(1) as f64 / others as f64;
            share += weight * (found - group.expected / group.all as f64);
            variance += weight * weight * allowed * (1.0 - allowed) / others as f64;
        }
        ShareEstimate { share: share.max(0.0), deviation: variance.sqrt() }
    }

    /// What each series has in all; all samples, and those beyond the limit.
    fn add_up(&mut self) -> (u64, u64) {
        let mut whole = (0, 0);
        for series in &mut self.series {
            let counts = series.counts.iter();
            let (all, beyond) = counts.fold((0, 0), |(all, beyond), (more, of_them)| {
                (all + u64::from(*more), beyond + u64::from(*of_them))
            });
            series.share = beyond as f64 / (all as f64).max(1.0);
            whole = (whole.0 + all, whole.1 + beyond);
        }
        whole
    }

    /// Parts with samples enough by themselves, and those between them together, until they have as many. While nothing
    /// began, what had begun before went on.
    fn groups(&self, time: f64) -> Vec<Group> {
        let step = (SHORTEST * self.step).as_secs_f64();
        let (mut groups, mut open): (Vec<Group>, _) = (Vec::new(), Group::default());
        for number in 0..MOST.min((time / step).ceil() as usize) {
            let length = step.min(time - number as f64 * step);
            let part = self.group(number);
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
    fn group(&self, number: usize) -> Group {
        let mut group = Group::default();
        for series in &self.series {
            let (all, beyond) = series.counts.get(number).copied().unwrap_or_default();
            group.all += u64::from(all);
            group.beyond += u64::from(beyond);
            group.expected += f64::from(all) * series.share;
        }
        group
    }
}

fn sum(one: (u32, u32), other: (u32, u32)) -> (u32, u32) {
    (one.0.saturating_add(other.0), one.1.saturating_add(other.1))
}
