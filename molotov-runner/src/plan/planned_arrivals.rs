//! The arrivals of a run in the open model, and the users that serve them.

use std::num::NonZeroU32;
use std::sync::Arc;

use molotov_core::{Rate, Scenario, Shard, Suite};

use super::load::LoadShape;
use super::{Choice, Plan, contradictions, limits};
use crate::schedule::{ArrivalSchedule, ArrivalTimes, LoadProfile, ProfilePart};
use crate::suggest;

/// The default bounds of the number of users that serve arrivals; between them it is the arrivals of one second.
const FEWEST: u32 = 10;
const MOST: u32 = 1_000;

/// All arrivals of a run, and the users that serve them.
pub(crate) struct PlannedArrivals {
    pub(crate) schedule: ArrivalSchedule,
    pub(crate) servers: NonZeroU32,
    /// The indices of the scenarios with rates of their own; they are in no mix.
    pub(crate) apart: Vec<usize>,
}

impl PlannedArrivals {
    /// Plans the arrivals; `None` for a load of users.
    ///
    /// # Errors
    ///
    /// Returns all contradictions in the plan, and between the plan and the suite.
    pub(crate) fn from_plan(
        plan: &Plan,
        suite: &Suite,
        choices: &[Choice],
        seed: u64,
    ) -> Result<Option<Self>, Vec<String>> {
        if !plan.mode().picks_scenarios() {
            return Ok(None);
        }
        let rates = Rates::from_plan(plan, suite, choices);
        let mut problems = unknown_scenarios(plan, suite);
        if rates.is_open() {
            problems.extend(contradictions::find_with_arrivals(plan));
        }
        problems.extend(contradictions::find(plan));
        if rates.has_own() {
            problems.extend(rates.contradictions(plan, suite));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(rates.is_open().then(|| rates.schedule(plan, seed)))
    }
}

/// The arrival rates of a plan.
struct Rates {
    /// The curve of the whole mix.
    mix: Option<Arc<LoadProfile>>,
    /// Each choice with its own rate, if any.
    own: Vec<(Choice, Option<Rate>)>,
}

impl Rates {
    fn from_plan(plan: &Plan, suite: &Suite, choices: &[Choice]) -> Self {
        let own = choices.iter().map(|choice| (*choice, own_rate(&suite.scenarios()[choice.index], plan)));
        Self { mix: mix_curve(plan), own: own.collect() }
    }

    /// Returns `true` if iterations start as arrivals are due.
    fn is_open(&self) -> bool {
        self.mix.is_some() || self.has_own()
    }

    /// Returns `true` if scenarios have rates of their own.
    fn has_own(&self) -> bool {
        self.own.iter().any(|(_, rate)| rate.is_some())
    }

    /// Returns the parts of the plan that contradict scenarios with rates of their own.
    fn contradictions(&self, plan: &Plan, suite: &Suite) -> Vec<String> {
        let mut problems = Vec::new();
        if plan.rate_to_begin_with().is_some() {
            problems.push(
                "a sizing changes the rate of all scenarios together, and some have rates of their own; leave those \
                 out, or name other scenarios with --scenario"
                    .into(),
            );
        }
        let without = self.own.iter().find(|(_, rate)| rate.is_none() && self.mix.is_none());
        if let Some((choice, _)) = without {
            problems.push(format!(
                "the scenario `{}` has no rate, and others have one; give it one too, or say with --rate how often \
                 those without are to arrive together",
                suite.scenarios()[choice.index].name()
            ));
        }
        if suite.scenario_picker().is_some() && plan.select.is_everything() {
            problems.push(
                "the scenario picker says what comes next, and so do the scenarios' own rates; leave out one of them"
                    .into(),
            );
        }
        problems
    }

    fn schedule(&self, plan: &Plan, seed: u64) -> PlannedArrivals {
        let curves = self.curves(plan);
        // A sizing cannot predict its number of users.
        let given = plan.load.servers.or_else(|| plan.rate_to_begin_with().and(NonZeroU32::new(MOST)));
        let servers =
            given.unwrap_or_else(|| servers(curves.iter().map(|(_, curve)| &**curve), plan.share()));
        let length = curves.iter().map(|(_, curve)| curve.length()).max().unwrap_or_default();
        let streams = curves.into_iter().map(|(scenario, curve)| {
            // Far apart, so that schedules of the same rate differ.
            let number = scenario.map_or(0, |index| index as u64 + 1);
            let seed = seed ^ (number + 1).wrapping_mul(0xA24B_AED4_963E_E407);
            (scenario, ArrivalTimes::new(curve, plan.load.spacing, seed))
        });
        let apart = self.own.iter().filter(|(_, rate)| rate.is_some()).map(|(choice, _)| choice.index);
        PlannedArrivals {
            schedule: ArrivalSchedule::for_shard(streams, length, plan.share()),
            servers,
            apart: apart.collect(),
        }
    }

    /// The curve of the mix, if a scenario is in it, and the curve of each scenario with a rate of its own.
    fn curves(&self, plan: &Plan) -> Vec<(Option<usize>, Arc<LoadProfile>)> {
        let mix = self.mix.clone().filter(|_| self.own.iter().any(|(_, rate)| rate.is_none()));
        let own = self.own.iter().filter_map(|(choice, rate)| {
            let curve = constant((*rate)?, plan);
            Some((Some(choice.index), Arc::new(curve)))
        });
        mix.map(|curve| (None, curve)).into_iter().chain(own).collect()
    }
}

/// The curve of the whole mix, if its load is a rate.
fn mix_curve(plan: &Plan) -> Option<Arc<LoadProfile>> {
    match &plan.load.model {
        LoadShape::Rate(rate) => Some(Arc::new(constant(*rate, plan))),
        LoadShape::Rates(curve) => Some(Arc::clone(curve)),
        LoadShape::Closed | LoadShape::Users(_) => None,
    }
}

/// Returns a curve that rises over the ramp-up and stays constant until the end of the plan.
fn constant(rate: Rate, plan: &Plan) -> LoadProfile {
    let to = rate.thousandths_per_hour();
    if plan.rate_to_begin_with().is_some() {
        return LoadProfile::new([ProfilePart::Line { from: to, to, over: limits::YEAR }]);
    }
    let rise = ProfilePart::Line { from: 0, to, over: plan.ramp_up };
    let stay = ProfilePart::Line { from: to, to, over: plan.time_limit().unwrap_or_default() };
    LoadProfile::new([rise, stay])
}

/// The rate of a single scenario. The last rate wins: the command line follows the file.
fn own_rate(scenario: &Scenario, plan: &Plan) -> Option<Rate> {
    let last = plan.load.of_scenarios.iter().rev().find(|(name, _)| name == scenario.name());
    last.map(|(_, rate)| *rate).or(scenario.rate())
}

/// Returns a problem for each rate of a scenario that does not exist.
fn unknown_scenarios(plan: &Plan, suite: &Suite) -> Vec<String> {
    let names: Vec<&str> = suite.scenarios().iter().map(Scenario::name).collect();
    let given = plan.load.of_scenarios.iter().map(|(name, _)| name.as_str());
    let unknown = given.filter(|name| !names.contains(name)).map(|name| {
        format!(
            "a rate is given for an unknown scenario: no scenario is called `{name}`; {}",
            suggest::cure("scenario", name, names.iter().copied())
        )
    });
    unknown.collect()
}

/// The default number of users that serve these arrivals: the arrivals of one second, so that no arrival waits for an
/// iteration of up to a second, or the size of the largest burst. Each shard has the users for its part.
fn servers<'c>(curves: impl Iterator<Item = &'c LoadProfile>, shard: Shard) -> NonZeroU32 {
    let in_a_second = Rate::per_second(1).thousandths_per_hour();
    let all: u64 = curves.map(|curve| curve.highest().div_ceil(in_a_second).max(curve.largest_burst())).sum();
    let of_shard = all.div_ceil(shard.count.into());
    let servers = u32::try_from(of_shard).unwrap_or(MOST).clamp(FEWEST, MOST);
    NonZeroU32::new(servers.saturating_mul(shard.count)).unwrap_or(NonZeroU32::MIN)
}
