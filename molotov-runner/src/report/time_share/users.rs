//! The samples of each user of a closed model, weighted by its time.
//!
//! A user that meets a slow part of the service leaves few samples in comparison with others. Each user's time has the
//! same weight, so that nine of ten users that are always slow are nine tenths of the visitors.
//!
//! The time of a request is judged by the next request of the same user and route. That request starts after this one,
//! so its own duration does not influence its weight: requests that are slow by chance do not change the share, and a
//! stretch in which all are slow counts with its part of the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::parts::MOST_SERIES;
use super::user_time::UserTime;
use super::{ShareEstimate, WeighedTime};
use crate::report::limit_side::LimitSide;

/// The maximum total number of distinguished series of users. Beyond it, several series of a user are counted together.
const BUDGET: u32 = 1 << 17;

/// The samples of the users, for one threshold.
#[derive(Clone, Debug)]
pub(crate) struct UserSamples {
    /// The users, by the last 16 bits of their number.
    users: Vec<Option<UserSeries>>,
    /// The number of distinguished series per user.
    most: u32,
    /// The presence of users; and the time from which on the samples count.
    time: Arc<UserTime>,
    begun: Duration,
}

#[derive(Clone, Debug)]
struct UserSeries {
    /// The start of its first sample, and the end of its last one.
    start: Duration,
    end: Duration,
    /// The planned absence in between.
    away: Duration,
    /// The time for which it has waited for responses, in seconds.
    busy: f64,
    series: Vec<Successors>,
}

/// The samples of one user and series, each paired with the next one. Times are in seconds of waiting for responses.
#[derive(Clone, Debug, Default)]
struct Successors {
    index: u32,
    samples: f64,
    /// Samples beyond the limit, including those without a predecessor.
    late: f64,
    /// The start of the latest sample.
    latest: Option<f64>,
    pairs: f64,
    /// Pairs whose second sample was beyond the limit.
    beyond: f64,
    time: f64,
    time_beyond: f64,
    squares: f64,
}

/// The counted data of a sample for its user. Times are of the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserSample {
    pub(super) series: u32,
    pub(super) user: u16,
    pub(super) start: Duration,
    pub(super) end: Duration,
    pub(super) side: LimitSide,
    /// `true` if it was in flight at the end of the load.
    pub(super) is_late: bool,
}

impl UserSamples {
    /// Creates empty counts for at most this number of users with this presence. Samples count from this time on.
    pub(crate) fn new(users: u32, time: Arc<UserTime>, begun: Duration) -> Self {
        Self { users: Vec::new(), most: (BUDGET / users.max(1)).clamp(1, MOST_SERIES), time, begun }
    }

    /// Counts a sample of a user. A sample in flight at the end of the load only counts if the user has no other: slow
    /// ones are overrepresented among those in flight.
    pub(super) fn count(&mut self, sample: UserSample) {
        let UserSample { series, user, start, end, side, is_late } = sample;
        let place = usize::from(user);
        if place >= self.users.len() {
            self.users.resize_with(place + 1, || None);
        }
        let of_user = self.users[place].get_or_insert_with(|| UserSeries::new(start));
        if is_late && of_user.series.iter().any(|series| series.pairs > 0.0) {
            return;
        }
        if self.time.has_absences() && start > of_user.end {
            let away = self.time.away(user, (self.begun + of_user.end, self.begun + start));
            of_user.come_back(away);
        }
        of_user.count(series % self.most, side);
        of_user.busy += end.saturating_sub(start.max(of_user.end)).as_secs_f64();
        of_user.end = of_user.end.max(end);
    }

    /// Removes all samples.
    pub(crate) fn clear(&mut self) {
        self.users.clear();
    }

    /// The users' time, of which this share may be beyond the limit.
    pub(crate) fn finish(&self, allowed: f64) -> WeighedTime {
        let users = self.users.iter().flatten();
        let by_time = users.map(|user| user.finish(allowed)).fold(WeighedTime::default(), WeighedTime::and);
        let by_samples = WeighedTime::new(by_time.time(), self.estimate_by_samples(allowed));
        if by_samples.estimate().share > by_time.estimate().share { by_samples } else { by_time }
    }

    /// The share beyond the limit among each user's own samples, with equal weight of each user's time: for users that
    /// meet each route only once, or whose slow requests are each followed by a quick one.
    ///
    /// It is the share of all samples, plus the excess of each user over the overall shares of its routes, (k − 1) / (n
    /// − 1) as in [`Parts`](super::Parts).
    fn estimate_by_samples(&self, allowed: f64) -> ShareEstimate {
        let mut series: BTreeMap<u32, SampleSums> = BTreeMap::new();
        for of in self.judged().flat_map(|user| &user.series) {
            let sums = series.entry(of.index).or_default();
            *sums = sums.and(of.sums());
        }
        let whole = series.values().copied().fold(SampleSums::default(), SampleSums::and);
        let time: f64 = self.judged().map(UserSeries::time).sum();
        if time <= 0.0 {
            return ShareEstimate::default();
        }
        let (mut share, mut variance) = (whole.share(), 0.0);
        for user in self.judged() {
            let own = user.sums();
            let expected: f64 = user.series.iter().map(|of| of.samples * series[&of.index].share()).sum();
            let weight = user.time() / time;
            share += weight * ((own.late - 1.0).max(0.0) / (own.all - 1.0) - expected / own.all);
            variance += weight * weight * allowed * (1.0 - allowed) / (own.all - 1.0);
        }
        ShareEstimate { share: share.max(0.0), deviation: variance.sqrt() }
    }

    /// The users with two samples or more: a single one proves nothing.
    fn judged(&self) -> impl Iterator<Item = &UserSeries> {
        self.users.iter().flatten().filter(|user| user.sums().all > 1.0)
    }
}

/// Samples, and the number beyond the limit.
#[derive(Clone, Copy, Debug, Default)]
struct SampleSums {
    all: f64,
    late: f64,
}

impl SampleSums {
    fn and(self, other: Self) -> Self {
        Self { all: self.all + other.all, late: self.late + other.late }
    }

    fn share(self) -> f64 {
        if self.all > 0.0 { self.late / self.all } else { 0.0 }
    }
}

impl UserSeries {
    fn new(start: Duration) -> Self {
        Self { start, end: start, away: Duration::ZERO, busy: 0.0, series: Vec::new() }
    }

    /// Continues after this absence: samples before it are not judged by later ones.
    fn come_back(&mut self, away: Duration) {
        if !away.is_zero() {
            self.away += away;
            self.series.iter_mut().for_each(|series| series.latest = None);
        }
    }

    fn count(&mut self, index: u32, side: LimitSide) {
        let place = self.series.iter().position(|series| series.index == index).unwrap_or_else(|| {
            self.series.push(Successors { index, ..Successors::default() });
            self.series.len() - 1
        });
        self.series[place].count(self.busy, side);
    }

    fn sums(&self) -> SampleSums {
        self.series.iter().map(Successors::sums).fold(SampleSums::default(), SampleSums::and)
    }

    /// The time from the first sample to the last without absences, in seconds.
    fn time(&self) -> f64 {
        self.end.saturating_sub(self.start + self.away).as_secs_f64()
    }

    fn finish(&self, allowed: f64) -> WeighedTime {
        let time = self.end.saturating_sub(self.start + self.away);
        let idle = (self.time() - self.busy).max(0.0);
        let judged = self.series.iter().filter(|series| series.pairs > 0.0);
        let all: f64 = judged.clone().map(|series| series.samples).sum();
        let (mut share, mut variance) = (0.0, 0.0);
        for series in judged {
            let estimate = series.estimate(idle, allowed);
            let part = series.samples / all;
            share += part * estimate.share;
            variance += (part * estimate.deviation).powi(2);
        }
        WeighedTime::new(time, ShareEstimate { share, deviation: variance.sqrt() })
    }
}

impl Successors {
    fn sums(&self) -> SampleSums {
        SampleSums { all: self.samples, late: self.late }
    }

    fn count(&mut self, now: f64, side: LimitSide) {
        self.samples += 1.0;
        self.late += f64::from(side.beyond());
        if let Some(before) = self.latest.replace(now) {
            let time = now - before;
            self.pairs += 1.0;
            self.time += time;
            self.squares += time * time;
            if side == LimitSide::Beyond {
                self.beyond += 1.0;
                self.time_beyond += time;
            }
        }
    }

    /// The share of the time that was beyond the limit, with this idle time of the user.
    fn estimate(&self, idle: f64, allowed: f64) -> ShareEstimate {
        let idle = idle / self.samples;
        let time = self.time + idle * self.pairs;
        if time <= 0.0 {
            return ShareEstimate::default();
        }
        let squares = self.squares + 2.0 * idle * self.time + self.pairs * idle * idle;
        let share = (self.time_beyond + idle * self.beyond) / time;
        ShareEstimate { share, deviation: (allowed * (1.0 - allowed) * squares).sqrt() / time }
    }
}
