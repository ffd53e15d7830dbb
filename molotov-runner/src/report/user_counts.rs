//! The samples of each user in a window of a search, so that users who are always slow count as users, and not as the few
//! samples that they leave.

use std::time::Duration;

use super::time_share::Estimate;
use crate::plan::objective::Objective;

/// How many samples of each user there were, and how many of them were not as an objective demands.
#[derive(Clone, Debug)]
pub(crate) struct UserCounts {
    pub(crate) objective: Objective,
    of_requests: Vec<(u32, u32)>,
    of_iterations: Vec<(u32, u32)>,
}

impl UserCounts {
    /// None yet.
    pub(crate) fn new(objective: Objective) -> Self {
        Self { objective, of_requests: Vec::new(), of_iterations: Vec::new() }
    }

    pub(crate) fn request(&mut self, user: u16, latency: Duration) {
        if let Objective::Latency { relation, limit, .. } = self.objective {
            count(&mut self.of_requests, user, !relation.holds(latency, limit));
        }
    }

    pub(crate) fn iteration(&mut self, user: u16, latency: Duration, failed: bool) {
        let is_beyond = match self.objective {
            Objective::Latency { relation, limit, .. } => !relation.holds(latency, limit),
            Objective::Errors { .. } => failed,
        };
        count(&mut self.of_iterations, user, is_beyond);
    }

    /// Adds those of a part of the window.
    pub(crate) fn add(&mut self, other: &Self) {
        for (own, more) in
            [(&mut self.of_requests, &other.of_requests), (&mut self.of_iterations, &other.of_iterations)]
        {
            own.resize(own.len().max(more.len()), (0, 0));
            own.iter_mut().zip(more).for_each(|(own, more)| *own = (own.0 + more.0, own.1 + more.1));
        }
    }

    /// The share of so many users' time that was beyond the limit, of which `allowed` may be.
    pub(crate) fn estimate(&self, users: u32, allowed: f64) -> Estimate {
        let counts = if self.of_requests.is_empty() { &self.of_iterations } else { &self.of_requests };
        let (mut seen, mut share, mut variance) = (0, 0.0, 0.0);
        for (all, beyond) in counts.iter().filter(|(all, _)| *all > 0) {
            seen += 1;
            let others = f64::from(*all) - 1.0;
            if others > 0.0 {
                // As in parts of the time: a slow request itself takes the time of others.
                share += f64::from(beyond.saturating_sub(1)) / others;
                variance += allowed * (1.0 - allowed) / others;
            }
        }
        let users = f64::from(users.max(seen).max(1));
        Estimate { share: share / users, deviation: variance.sqrt() / users }
    }
}

fn count(counts: &mut Vec<(u32, u32)>, user: u16, is_beyond: bool) {
    let user = usize::from(user);
    if user >= counts.len() {
        counts.resize(user + 1, (0, 0));
    }
    let (all, beyond) = &mut counts[user];
    (*all, *beyond) = (*all + 1, *beyond + u32::from(is_beyond));
}
