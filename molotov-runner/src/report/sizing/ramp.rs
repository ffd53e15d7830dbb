//! The search along a ramp: it judges window after window until the number of users is found.

use std::time::Duration;

use super::{Breach, FARTHEST, SAMPLES, Sizing, SizingOutcome, SizingStep};
use crate::plan::objective::Objective;
use crate::plan::sizing::SizingPlan;
use crate::plan::{Plan, SearchWay};
use crate::quantity::Throughput;
use crate::report::ended::Ended;
use crate::report::objective::{Judgement, Measured};
use crate::report::sliding::{Span, WindowExtent};
use crate::schedule::start_of;

/// The progress of a sizing.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) objectives: Vec<Objective>,
    most_users: u32,
    window: Duration,
    /// The time at which the last user has started, since the first user started.
    all_started: Duration,
    /// `true` if it continues when all users are good, because the plan has a duration.
    holds: bool,
    good: Option<SizingStep>,
    /// The end of the window with the good number.
    good_until: Duration,
    /// The result of the latest window; `None` before the first.
    latest: Option<SizingOutcome>,
    /// The outcome, after its end.
    outcome: Option<SizingOutcome>,
}

impl Search {
    /// The search of a plan, if it has one.
    pub(crate) fn from_plan(plan: &Plan) -> Option<Self> {
        let Some((sizing, SearchWay::UsersEvenly)) = plan.search() else { return None };
        let users = plan.user_count();
        Some(Self {
            objectives: sizing.objectives.clone(),
            most_users: users,
            window: SizingPlan::window(plan.ramp_up),
            all_started: start_of(users - 1, users, plan.ramp_up),
            holds: plan.duration.is_some(),
            good: None,
            good_until: Duration::ZERO,
            latest: None,
            outcome: None,
        })
    }

    /// The windows that it needs.
    pub(crate) fn extent(&self) -> WindowExtent {
        let latencies = self.objectives.iter().filter(|objective| !objective.is_of_errors());
        let latencies = latencies.map(|objective| objective.samples().max(SAMPLES)).max().unwrap_or(0);
        WindowExtent { least: self.window, iterations: SAMPLES, latencies, most: FARTHEST }
    }

    /// Returns the objectives in words.
    pub(crate) fn objectives(&self) -> String {
        self.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn good(&self) -> Option<&SizingStep> {
        self.good.as_ref()
    }

    /// Returns its length if nothing breaks and there are enough samples, if it ends by itself.
    pub(crate) fn expected(&self) -> Duration {
        self.all_started + self.window
    }

    /// Judges a window. Returns `true` for the last one.
    pub(crate) fn poll(&mut self, span: &Span) -> bool {
        let outcome = self.judge(span);
        let ends = match &outcome {
            None => false,
            Some(SizingOutcome::NoLimit) => {
                self.record_good(span);
                span.start > self.all_started && !self.holds
            }
            // A window of the maximum length, with all users in it.
            Some(SizingOutcome::TooFewSamples) => span.end >= self.all_started + FARTHEST && !self.holds,
            Some(_) => true,
        };
        if ends {
            self.outcome.clone_from(&outcome);
        }
        self.latest = outcome;
        ends
    }

    /// Ends the search at its time limit.
    pub(crate) fn time_over(&mut self) {
        self.outcome.get_or_insert(SizingOutcome::TimeOver);
    }

    /// Judges this window alone; returns `None` while it is shorter than required.
    fn judge(&self, span: &Span) -> Option<SizingOutcome> {
        let (_, users) = span.users?;
        if span.length() < self.window {
            return None;
        }
        if is_of_this_machine(&self.objectives, span) {
            return Some(SizingOutcome::GeneratorLimit { users, why: super::LOCAL_FAULTS.to_owned() });
        }
        let mut outcome = SizingOutcome::NoLimit;
        for objective in &self.objectives {
            match objective.judge(span, SAMPLES) {
                Judgement::Held => {}
                Judgement::TooFewSamples => outcome = SizingOutcome::TooFewSamples,
                Judgement::Broken(measured) => {
                    let (objective, window) = (objective.to_string(), span.length());
                    let breach = Breach { users, confirmed: false, objective, measured, window };
                    return Some(SizingOutcome::Broken { breach });
                }
            }
        }
        Some(outcome)
    }

    /// Records that all objectives held. The first window with that number of users is kept: a later one may have
    /// started to break.
    fn record_good(&mut self, span: &Span) {
        let Some((users, _)) = span.users else { return };
        if let Some(good) = self.good.as_mut().filter(|good| good.users >= users) {
            good.confirmed |= good.users == users && span.start >= self.good_until;
            return;
        }
        self.good = Some(SizingStep { users, ..step(span) });
        self.good_until = span.end;
    }

    /// Returns the result of a run with this end.
    pub(crate) fn result(&self, ended: &Ended) -> Sizing {
        let outcome = match (&self.outcome, ended) {
            (Some(outcome), _) => outcome.clone(),
            // The plan's time for all users is over.
            (None, Ended::Duration) => self.latest.clone().unwrap_or(SizingOutcome::TooFewSamples),
            (None, _) => SizingOutcome::Unfinished,
        };
        let bad = match &outcome {
            SizingOutcome::Broken { breach } => Some(breach.clone()),
            _ => None,
        };
        Sizing {
            objectives: self.objectives.iter().map(ToString::to_string).collect(),
            most_users: self.most_users,
            samples: self.extent().latencies.max(SAMPLES),
            outcome,
            good: self.good.clone(),
            bad,
            trying: None,
            trying_broken: None,
        }
    }
}

/// Returns the figures of a window in which all objectives held.
pub(super) fn step(span: &Span) -> SizingStep {
    let latencies = span.latencies();
    SizingStep {
        users: span.users.map_or(0, |(least, _)| least),
        confirmed: false,
        window: span.length(),
        iterations: span.iterations,
        failed_iterations: span.failed,
        iteration_rate: Throughput::new(span.iterations, span.length()),
        request_rate: Throughput::new(span.requests, span.length()),
        p50: latencies.percentile(50.0),
        p95: latencies.percentile(95.0),
        p99: latencies.percentile(99.0),
    }
}

/// Returns the first objective that an incomplete window breaks.
pub(super) fn signs<'o>(objectives: &'o [Objective], span: &Span) -> Option<(&'o Objective, Measured)> {
    objectives.iter().find_map(|objective| match objective.judge(span, SAMPLES.max(objective.samples())) {
        Judgement::Broken(measured) => Some((objective, measured)),
        Judgement::Held | Judgement::TooFewSamples => None,
    })
}

/// Returns `true` if faults of this machine alone would break the bound of errors.
pub(super) fn is_of_this_machine(objectives: &[Objective], span: &Span) -> bool {
    let all = span.local + span.iterations;
    span.local > 0
        && all >= SAMPLES
        && objectives.iter().any(|objective| match objective {
            Objective::Errors { relation, limit } => !limit.bounds(*relation, span.local, all),
            Objective::Latency { .. } => false,
        })
}

#[cfg(test)]
mod tests {
    use molotov_core::{FailureKind, Outcome, Sample, SeriesId, SeriesKind};
    use proptest::prelude::*;

    use super::*;
    use crate::report::sliding::Sliding;

    const TICK: Duration = Duration::from_millis(100);

    fn sample(outcome: Outcome, kind: SeriesKind) -> Sample {
        Sample::new(SeriesId::new(0, kind), outcome, Duration::ZERO, Duration::from_millis(1))
    }

    /// A service at which each user makes a fixed number of iterations a second, which fail while the number of users
    /// exceeds its capacity.
    fn sized(plan: &Plan, rate: f64, stands: u32) -> Sizing {
        let mut search = Search::from_plan(plan).unwrap();
        let mut sliding = Sliding::new(search.extent(), Vec::new());
        let (all, mut due) = (plan.user_count(), 0.0);
        for tick in 1u32.. {
            let now = TICK * tick;
            let users = (0..all).take_while(|user| start_of(*user, all, plan.ramp_up) <= now).count() as u32;
            due += f64::from(users) * rate * TICK.as_secs_f64();
            let outcome = if users > stands { Outcome::Failed(FailureKind::Http5xx) } else { Outcome::Ok };
            while due >= 1.0 {
                sliding.iteration(&sample(outcome, SeriesKind::Scenario));
                due -= 1.0;
            }
            let span = sliding.advance(now, users);
            if span.is_some_and(|span| search.poll(&span)) {
                break;
            }
        }
        search.result(&Ended::Sized)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn capacity_lies_between_the_good_and_the_broken_number(
            users in 4u32..60, seconds in 5u64..60, rate in 1.0f64..20.0, stands in 0u32..60,
        ) {
            let ramp_up = Duration::from_secs(seconds);
            let sizing = sized(&Plan::sizing("errors < 5%").up_to(users).ramp_up(ramp_up), rate, stands);

            // Users that start during a window, and during the shortest previous one, which had too few samples for a
            // judgement.
            let least = (ramp_up / 60).clamp(Duration::from_secs(1), Duration::from_secs(10));
            let within = |window: Duration| {
                let time = (window + least + TICK * 2).as_secs_f64();
                (f64::from(users) * time / ramp_up.as_secs_f64()).ceil() as u32 + 1
            };
            match (&sizing.outcome, &sizing.good) {
                (SizingOutcome::NoLimit, Some(good)) => {
                    prop_assert!(stands >= users);
                    prop_assert_eq!(good.users, users);
                }
                (SizingOutcome::Broken { breach }, good) => {
                    prop_assert!(breach.users > stands && stands < users);
                    prop_assert!(breach.users - stands <= within(breach.window), "{:?}", sizing);
                    if let Some(good) = good {
                        prop_assert!(good.users <= stands && stands - good.users <= within(good.window), "{:?}", sizing);
                        prop_assert!(good.iterations >= SAMPLES && good.failed_iterations * 20 < good.iterations);
                    }
                }
                _ => prop_assert!(false, "{:?}", sizing),
            }
        }
    }
}
