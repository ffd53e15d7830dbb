//! The samples of each user in a window of a search, so that slow users count as users instead of by their few samples.

use molotov_core::{Outcome, Sample, SeriesId};

use super::limit_side::LimitSide;
use super::time_share::ShareEstimate;
use crate::plan::objective::Objective;

/// The samples of each user, and those of them that break an objective.
#[derive(Clone, Debug)]
pub(crate) struct UserCounts {
    pub(crate) objective: Objective,
    of_requests: Vec<Counts>,
    of_iterations: Vec<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: u32,
    beyond: u32,
    /// The expected number beyond the limit, if the share of each route were constant.
    expected: f32,
}

/// The samples beyond the limit of an objective, by route, in the whole search so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usual(Vec<(u32, u32)>);

impl Usual {
    /// Counts a sample; returns the share of its series that is beyond the limit so far.
    fn count(&mut self, series: SeriesId, side: LimitSide) -> f32 {
        let index = series.index as usize;
        if index >= self.0.len() {
            self.0.resize(index + 1, (0, 0));
        }
        let (all, beyond) = &mut self.0[index];
        (*all, *beyond) = (all.saturating_add(1), beyond.saturating_add(side.beyond()));
        *beyond as f32 / *all as f32
    }
}

impl UserCounts {
    /// Creates empty counts.
    pub(crate) fn new(objective: Objective) -> Self {
        Self { objective, of_requests: Vec::new(), of_iterations: Vec::new() }
    }

    pub(crate) fn request(&mut self, sample: &Sample, usual: &mut Usual) {
        if let Objective::Latency { relation, limit, .. } = self.objective {
            let side = LimitSide::from_time(sample.latency(), relation, limit);
            count(&mut self.of_requests, sample, side, usual);
        }
    }

    pub(crate) fn iteration(&mut self, sample: &Sample, usual: &mut Usual) {
        let side = match self.objective {
            Objective::Latency { relation, limit, .. } => {
                LimitSide::from_time(sample.latency(), relation, limit)
            }
            Objective::Errors { .. } if sample.outcome == Outcome::Ok => LimitSide::Within,
            Objective::Errors { .. } => LimitSide::Beyond,
        };
        count(&mut self.of_iterations, sample, side, usual);
    }

    /// Adds the counts of a part of the window.
    pub(crate) fn add(&mut self, other: &Self) {
        for (own, more) in
            [(&mut self.of_requests, &other.of_requests), (&mut self.of_iterations, &other.of_iterations)]
        {
            own.resize(own.len().max(more.len()), Counts::default());
            own.iter_mut().zip(more).for_each(|(own, more)| *own = own.and(*more));
        }
    }

    /// Estimates the share of these users' time that was beyond the limit, of which `allowed` may be.
    ///
    /// It is the share of all samples, plus the excess of each user over the usual share of its routes.
    pub(crate) fn estimate(&self, users: u32, allowed: f64) -> ShareEstimate {
        let counts = if self.of_requests.is_empty() { &self.of_iterations } else { &self.of_requests };
        let (mut whole, mut seen, mut more, mut variance) = (Counts::default(), 0, 0.0, 0.0);
        for of_user in counts.iter().filter(|counts| counts.all > 0) {
            seen += 1;
            whole = whole.and(*of_user);
            let others = f64::from(of_user.all) - 1.0;
            if others > 0.0 {
                // Like for parts of the time: a slow request itself takes the time of others.
                let found = f64::from(of_user.beyond.saturating_sub(1)) / others;
                more += found - f64::from(of_user.expected) / f64::from(of_user.all);
                variance += allowed * (1.0 - allowed) / others;
            }
        }
        let users = f64::from(users.max(seen).max(1));
        let usual = f64::from(whole.expected) / f64::from(whole.all.max(1));
        ShareEstimate { share: (usual + more / users).max(0.0), deviation: variance.sqrt() / users }
    }
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            beyond: self.beyond + other.beyond,
            expected: self.expected + other.expected,
        }
    }
}

fn count(counts: &mut Vec<Counts>, sample: &Sample, side: LimitSide, usual: &mut Usual) {
    let user = usize::from(sample.user);
    if user >= counts.len() {
        counts.resize(user + 1, Counts::default());
    }
    let expected = usual.count(sample.series, side);
    counts[user] = counts[user].and(Counts { all: 1, beyond: side.beyond(), expected });
}
