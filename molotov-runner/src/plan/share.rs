//! The part of a plan that one process makes: a pure function of the plan and the shard.
//!
//! Users, arrivals and rows keep their numbers in the whole run, so that all shards together are the run of a single
//! process.

use std::fmt::Display;

use molotov_core::{Shard, UserId};

use super::threshold::{Metric, Threshold};
use super::{CommonStart, Mode, Plan, valid};

/// This process among those of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `None` for a run that is not split.
    pub(crate) shard: Option<Shard>,
    /// The name of the run, the same in all shards.
    pub(crate) run: Option<String>,
    /// The number of earlier starts of this shard, as its engine counts them.
    pub(crate) attempt: u32,
    /// `None` if the load begins as soon as this process is ready.
    pub(crate) start: Option<CommonStart>,
}

impl Plan {
    /// Splits the run between several processes, of which this one makes a part: `"0/3"` is the first of three. The
    /// users, the arrivals, the rows of data and the numbers of iterations are divided, and not multiplied: all shards
    /// together make the load of this plan, with the same users, seeds and due times as a single process. So all
    /// shards must have one plan and one [seed](Plan::seed). Default: the whole run.
    ///
    /// Reports of shards are merged by [`Report::merge`](crate::Report::merge), or from results files by
    /// `molotov merge`.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let third = Plan::rate("100/s").seed(42).shard("2/3");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the text is not a shard. A [`Shard`] is parsed without a panic: `text.parse::<Shard>()`.
    #[must_use]
    #[track_caller]
    pub fn shard<S: TryInto<Shard, Error: Display>>(mut self, shard: S) -> Self {
        self.part.shard = Some(valid(shard.try_into().map_err(|why| why.to_string())));
        self
    }

    /// The part of the run that this process makes: all of it by default.
    pub(crate) fn share(&self) -> Shard {
        self.part.shard.filter(|_| self.mode() != Mode::Smoke).unwrap_or(Shard::WHOLE)
    }

    /// The users of this process.
    pub(crate) fn own_users(&self) -> impl Iterator<Item = UserId> {
        let share = self.share();
        (share.index..self.user_count()).step_by(share.count as usize).map(UserId)
    }

    /// The number of users of this process.
    pub(crate) fn own_user_count(&self) -> u32 {
        u32::try_from(self.share().share(self.user_count().into())).unwrap_or(u32::MAX)
    }
}

/// Returns the parts of the plan that a single shard cannot make, and those of these thresholds.
pub(crate) fn problems(plan: &Plan, thresholds: &[Threshold]) -> Vec<String> {
    let share = plan.share();
    if share.count == 1 {
        return Vec::new();
    }
    let mut problems = contradictions(plan);
    problems.extend(thresholds.iter().filter(|threshold| threshold.abort && needs_all(threshold)).map(|threshold| {
        format!("`{threshold}`: a shard sees its part of a rate or a number, and cannot end the run by it; leave `abort` out")
    }));
    let (users, count) = (plan.user_count(), share.count);
    if problems.is_empty() && users < count {
        problems.push(format!(
            "{users} users for {count} shards: at most {users} shards, or more users (--users {count})"
        ));
    }
    problems.iter().map(|problem| format!("shard {share}: {problem}")).collect()
}

fn contradictions(plan: &Plan) -> Vec<String> {
    let checks = [
        (plan.sizing.is_some(), "a sizing looks for a limit with all of the load; leave the shard out"),
        (plan.executes_each_once(), "a single run has one user; leave the shard out"),
        (
            plan.mode().replay().is_some(),
            "a replay repeats one iteration in one process; leave the shard out",
        ),
        (
            plan.part.run.is_none() && plan.seed.is_none(),
            "all shards need one seed; give each the same --seed or --run-id",
        ),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, why)| why.to_owned()).collect()
}

/// Returns `true` if only all shards together know the value.
fn needs_all(threshold: &Threshold) -> bool {
    match threshold.metric {
        Metric::Percentile(_)
        | Metric::Min
        | Metric::Mean
        | Metric::Max
        | Metric::Errors
        | Metric::Passed
        | Metric::Last => false,
        Metric::Rate
        | Metric::Iterations
        | Metric::Requests
        | Metric::FailedIterations
        | Metric::FailedRequests
        | Metric::Dropped
        | Metric::Sum
        | Metric::Count => true,
    }
}

#[cfg(test)]
mod tests;
