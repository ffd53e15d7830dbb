//! When iterations begin: as soon as the one before is over (the closed model), once in a while (pacing), or as
//! arrivals are due (the open model).

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Rate, Scenario, Suite};

use super::{Choice, LoadSettings, Plan, limits, valid};
use crate::plan::contradictions;
use crate::plan::stages::{StagedCurve, Stages};
use crate::schedule::{ArrivalSchedule, ArrivalTimes, LoadProfile, ProfilePart, Spacing};
use crate::suggest;

/// How late an arrival may be before it is dropped, where nothing else is said.
pub(crate) const MAX_LATE: Duration = Duration::from_secs(10);

/// How many users serve arrivals where nothing else is said: as many as arrive in one second, within these bounds.
const FEWEST: u64 = 10;
const MOST: u64 = 1_000;

/// When iterations begin.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) model: LoadShape,
    /// Each user begins one in this time.
    pub(crate) pacing: Option<Duration>,
    pub(crate) spacing: Spacing,
    pub(crate) max_late: Duration,
    /// How many iterations all users make together, where their number ends the run.
    pub(crate) shared_runs: Option<NonZeroU64>,
    /// What is due in the first part of the run is kept apart.
    pub(crate) warm_up: Duration,
    /// How many users serve the arrivals, where it was said.
    pub(crate) servers: Option<NonZeroU32>,
    /// Rates of scenarios, which win over those in the suite.
    pub(crate) of_scenarios: Vec<(String, Rate)>,
}

/// What the load depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoadShape {
    /// As many users as the plan has, each with the next iteration when the last one is over.
    Closed,
    /// Arrivals at this rate, which rises over the ramp-up.
    Rate(Rate),
    /// Arrivals along a curve.
    Rates(Arc<LoadProfile>),
    /// Users along a curve.
    Users(Arc<LoadProfile>),
}

impl Default for Load {
    fn default() -> Self {
        Self {
            model: LoadShape::Closed,
            pacing: None,
            spacing: Spacing::default(),
            max_late: MAX_LATE,
            shared_runs: None,
            warm_up: Duration::ZERO,
            servers: None,
            of_scenarios: Vec::new(),
        }
    }
}

impl Load {
    /// The curve of the whole mix, where its load is one of arrivals.
    fn curve(&self, plan: &Plan) -> Option<Arc<LoadProfile>> {
        match &self.model {
            LoadShape::Rate(rate) => Some(Arc::new(constant(*rate, plan))),
            LoadShape::Rates(curve) => Some(Arc::clone(curve)),
            LoadShape::Closed | LoadShape::Users(_) => None,
        }
    }

    /// The curve of users, where there is one.
    pub(crate) fn users(&self) -> Option<&Arc<LoadProfile>> {
        if let LoadShape::Users(curve) = &self.model { Some(curve) } else { None }
    }

    /// Whether all iterations begin as arrivals are due.
    pub(crate) fn is_of_rates(&self) -> bool {
        matches!(self.model, LoadShape::Rate(_) | LoadShape::Rates(_))
    }

    /// How long stages take.
    pub(crate) fn length(&self) -> Option<Duration> {
        match &self.model {
            LoadShape::Rates(curve) | LoadShape::Users(curve) => Some(curve.length()),
            LoadShape::Closed | LoadShape::Rate(_) => None,
        }
    }

    /// The settings for a report. That scenarios have rates of their own is not known here.
    pub(crate) fn settings(&self) -> LoadSettings {
        LoadSettings {
            open: self.is_of_rates(),
            rate: if let LoadShape::Rate(rate) = &self.model { Some(*rate) } else { None },
            poisson: self.spacing == Spacing::Poisson,
            staged: self.length().is_some(),
            max_late: self.max_late,
            pacing: self.pacing,
            shared_runs: self.shared_runs.map(NonZeroU64::get),
            warm_up: self.warm_up,
        }
    }

    /// The same load with these stages.
    pub(crate) fn with(self, stages: Stages) -> Self {
        let model = match stages.0 {
            StagedCurve::Rates(curve) => LoadShape::Rates(Arc::new(curve)),
            StagedCurve::Users(curve) => LoadShape::Users(Arc::new(curve)),
        };
        Self { model, ..self }
    }
}

/// A rate that rises over the ramp-up and stays for as long as the plan says.
fn constant(rate: Rate, plan: &Plan) -> LoadProfile {
    let to = rate.thousandths_per_hour();
    if plan.rate_to_begin_with().is_some() {
        return LoadProfile::new([ProfilePart::Line { from: to, to, over: limits::YEAR }]);
    }
    let rise = ProfilePart::Line { from: 0, to, over: plan.ramp_up };
    let stay = ProfilePart::Line { from: to, to, over: plan.time_limit().unwrap_or_default() };
    LoadProfile::new([rise, stay])
}

/// Everything that is due, and who serves it.
pub(crate) struct Offering {
    pub(crate) offer: ArrivalSchedule,
    pub(crate) servers: NonZeroU32,
    /// The scenarios that have rates of their own, by their index; they are in no mix.
    pub(crate) apart: Vec<usize>,
}

/// What is offered, where the load is one of arrivals.
///
/// # Errors
///
/// What in the plan and the suite does not go together.
pub(crate) fn offer(
    plan: &Plan,
    suite: &Suite,
    choices: &[Choice],
    seed: u64,
) -> Result<Option<Offering>, Vec<String>> {
    if !plan.mode().picks_scenarios() {
        return Ok(None);
    }
    let (own, mut problems) = own_rates(plan, suite, choices);
    let common = plan.load.curve(plan);
    let is_open = common.is_some() || own.iter().any(Option::is_some);
    if is_open {
        problems.extend(contradictions::find_with_arrivals(plan));
    }
    problems.extend(contradictions::find(plan));
    if plan.rate_to_begin_with().is_some() && own.iter().any(Option::is_some) {
        problems.push(
            "a sizing changes the rate of all scenarios together, and some have rates of their own; leave those out, or \
             name other scenarios with --scenario"
                .into(),
        );
    }
    if is_open && own.iter().any(Option::is_some) {
        let mut apart = choices.iter().zip(&own);
        let without = apart.find(|(_, rate)| rate.is_none() && common.is_none()).map(|(choice, _)| choice);
        problems.extend(mixed(plan, suite, without));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if !is_open {
        return Ok(None);
    }
    let shared = common.map(|curve| (None, curve)).filter(|_| own.iter().any(Option::is_none));
    let apart = choices
        .iter()
        .zip(&own)
        .filter_map(|(choice, rate)| Some((Some(choice.index), Arc::new(constant((*rate)?, plan)))));
    let curves: Vec<_> = shared.into_iter().chain(apart).collect();
    // A sizing does not know yet how many it will need.
    let many = plan.load.servers.or_else(|| plan.rate_to_begin_with().and(NonZeroU32::new(MOST as u32)));
    let servers = many.unwrap_or_else(|| servers(curves.iter().map(|(_, curve)| &**curve)));
    let length = curves.iter().map(|(_, curve)| curve.length()).max().unwrap_or_default();
    let streams = curves.into_iter().map(|(scenario, curve)| {
        // Far apart, so that schedules of the same rate do not say the same.
        let number = scenario.map_or(0, |index| index as u64 + 1);
        let seed = seed ^ (number + 1).wrapping_mul(0xA24B_AED4_963E_E407);
        (scenario, ArrivalTimes::new(curve, plan.load.spacing, seed))
    });
    let apart = choices.iter().zip(&own).filter(|(_, rate)| rate.is_some());
    let apart = apart.map(|(choice, _)| choice.index).collect();
    Ok(Some(Offering { offer: ArrivalSchedule::new(streams, length), servers, apart }))
}

/// The rate of each choice's own, and names that no scenario has.
fn own_rates(plan: &Plan, suite: &Suite, choices: &[Choice]) -> (Vec<Option<Rate>>, Vec<String>) {
    let given = &plan.load.of_scenarios;
    let names: Vec<&str> = suite.scenarios().iter().map(Scenario::name).collect();
    let unknown = given.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(name, _)| {
        format!(
            "a rate is given for the scenario `{name}`, which is none; {}",
            suggest::cure("scenario", name, names.iter().copied())
        )
    });
    let scenarios = choices.iter().map(|choice| &suite.scenarios()[choice.index]);
    (scenarios.map(|scenario| own_rate(scenario, given)).collect(), unknown.collect())
}

/// The rate of a scenario's own. The last one that is given wins: what was typed follows what the file says.
fn own_rate(scenario: &Scenario, given: &[(String, Rate)]) -> Option<Rate> {
    let last = given.iter().rev().find(|(name, _)| name == scenario.name());
    last.map(|(_, rate)| *rate).or(scenario.rate())
}

/// What does not go with scenarios that have rates of their own; the first one that has no rate at all is `without`.
fn mixed(plan: &Plan, suite: &Suite, without: Option<&Choice>) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(choice) = without {
        problems.push(format!(
            "the scenario `{}` has no rate, and others have one; give it one too, or say with --rate how often those \
             without are to arrive together",
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

/// How many users serve these arrivals, where it was not said: as many as arrive in one second, so that none waits for
/// another one's iteration of up to a second, or as many as come at once.
fn servers<'c>(curves: impl Iterator<Item = &'c LoadProfile>) -> NonZeroU32 {
    let in_a_second = Rate::per_second(1).thousandths_per_hour();
    let all: u64 = curves.map(|curve| curve.highest().div_ceil(in_a_second).max(curve.largest_burst())).sum();
    u32::try_from(all.clamp(FEWEST, MOST)).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}

impl Plan {
    /// A plan in which iterations begin at this rate, for 10 s, whatever time they take (the open model): arrivals are
    /// due at equal distances, or [as visitors come](Plan::poisson), and latencies are counted from when they were due.
    ///
    /// [`Plan::up_to`] says how many users serve them; by default these are as many as arrive in one second, at least
    /// 10 and at most 1,000. All of them are made ready before the first arrival. When all are busy, an arrival waits
    /// for up to [`Plan::max_late`], while its latency grows, and is then dropped and counted. A user takes the next
    /// arrival when it has been idle for the longest time. The rate rises over the [ramp-up](Plan::ramp_up).
    ///
    /// ```
    /// use molotov_runner::Plan;
    /// use std::time::Duration;
    ///
    /// let plan = Plan::rate("500/s").duration(Duration::from_secs(60)).up_to(200);
    /// ```
    ///
    /// # Panics
    ///
    /// When it is no rate, or zero.
    pub fn rate<R: TryInto<Rate, Error: std::fmt::Display>>(rate: R) -> Self {
        let rate = valid(rate.try_into().map_err(|why| why.to_string()));
        let rate = valid(limits::rate(rate));
        Self::default().offered(LoadShape::Rate(rate))
    }

    /// A plan along stages of a rate, or of users where there is no `/s`, one after the other:
    ///
    /// | stage | meaning |
    /// |---|---|
    /// | `0..200/s in 30s` | rises or falls evenly |
    /// | `200/s for 2m` | stays |
    /// | `burst 100` | so many arrivals at once |
    ///
    /// ```
    /// use molotov_runner::Plan;
    ///
    /// let rates = Plan::stages("0..200/s in 30s, 200/s for 2m, burst 100, 200..0/s in 10s");
    /// let users = Plan::stages("0..50 in 30s, 50 for 2m, 50..0 in 10s");
    /// ```
    ///
    /// A user that goes finishes its iteration first.
    ///
    /// # Panics
    ///
    /// When these are no stages.
    pub fn stages<S: TryInto<Stages, Error: std::fmt::Display>>(stages: S) -> Self {
        let stages = valid(stages.try_into().map_err(|why| why.to_string()));
        let load = Load::default().with(stages);
        Self::default().offered(load.model)
    }

    /// This plan with another model, and without what goes with users only.
    pub(crate) fn offered(self, model: LoadShape) -> Self {
        let users = match &model {
            LoadShape::Users(curve) => u32::try_from(curve.highest()).ok().and_then(NonZeroU32::new),
            _ => None,
        };
        Self { users: users.unwrap_or(self.users), load: Load { model, ..self.load }, ..self }
    }

    /// Arrivals come independently of each other, as visitors do (a Poisson process), and not at equal distances.
    #[must_use]
    pub fn poisson(mut self) -> Self {
        self.load.spacing = Spacing::Poisson;
        self
    }

    /// How late an arrival may begin before it is dropped, where the load is a [rate](Plan::rate) or a
    /// [pacing](Plan::pacing). Default 10 s.
    ///
    /// # Panics
    ///
    /// When it is zero, because each begins some microseconds after it was due, or longer than a year.
    #[must_use]
    pub fn max_late(mut self, max_late: Duration) -> Self {
        self.load.max_late = valid(limits::positive(max_late));
        self
    }

    /// Each user begins one iteration in this time, whatever time they take, so that each has a due time. One that is
    /// late is made up for, at once, unless it is later than [`Plan::max_late`].
    ///
    /// # Panics
    ///
    /// When it is zero, or longer than a year.
    #[must_use]
    pub fn pacing(mut self, pacing: Duration) -> Self {
        self.load.pacing = Some(valid(limits::positive(pacing)));
        self
    }

    /// How many iterations all users make together: whoever is free makes the next one, so faster users make more of them.
    /// With the last one the run ends; a [duration](Plan::duration) may end it before. See [`Plan::max_runs`] for the iterations
    /// of each user.
    ///
    /// ```
    /// use molotov_runner::Plan;
    ///
    /// let plan = Plan::users(20).shared_runs(1_000);
    /// ```
    ///
    /// # Panics
    ///
    /// When it is 0.
    #[must_use]
    pub fn shared_runs(mut self, runs: u64) -> Self {
        self.load.shared_runs = Some(valid(limits::runs(runs)));
        self
    }

    /// What is due, or else begins, in this first part of the run is kept apart: in no latency and no rate, but in the
    /// counts, and told beside them. Default zero. It is a part of the run, and makes it no longer.
    ///
    /// # Panics
    ///
    /// When it is longer than a year.
    #[must_use]
    pub fn warm_up(mut self, warm_up: Duration) -> Self {
        self.load.warm_up = valid(limits::bounded(warm_up));
        self
    }
}
