//! A plan that fits its suite: every mistake has been found, and nothing has run.

use std::any::TypeId;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Client, Deck, Picker, Rate, Scenario, Suite, UserId};

use super::slot::LocalUser;
use crate::error::RunError;
use crate::plan::load::Load;
use crate::plan::sizing::SizingPlan;
use crate::plan::threshold::{MOST, Metric, Threshold};
use crate::plan::{Choice, Feeds, Mode, Plan, PlannedArrivals};
use crate::report::Report;
use crate::schedule::ArrivalSchedule;

/// A plan that fits its suite.
pub(crate) struct Job {
    pub(crate) suite: Arc<Suite>,
    pub(crate) plan: Plan,
    pub(crate) choices: Vec<Choice>,
    /// One card or more for each choice; each user gets one of its own.
    pub(crate) deck: Deck,
    pub(crate) client: Client,
    /// The data that iterations and set-ups draw their rows from.
    pub(crate) feeds: Feeds,
    pub(crate) seed: u64,
    /// The thresholds that are judged: those of the plan, and those on the attributes of scenarios that take part.
    pub(crate) thresholds: JudgedThresholds,
    pub(crate) mode: Mode,
    /// The schedule of arrivals, where they load the service.
    pub(crate) arrivals: Option<ArrivalSchedule>,
    /// True where scenarios have rates of their own.
    has_apart: bool,
}

/// The parts of a plan that were checked against its suite.
struct Checked {
    choices: Vec<Choice>,
    client: Client,
    seed: u64,
    thresholds: JudgedThresholds,
    arrivals: Option<PlannedArrivals>,
}

impl Checked {
    /// Checks everything but data, so that all mistakes are reported at once. The plan gets as many users as its load
    /// takes.
    fn new(suite: &Suite, plan: &mut Plan) -> Result<Self, RunError> {
        let choices = plan.select.choose(suite);
        let client = plan.client();
        let mut problems = problems(suite, plan, choices.as_ref().err());
        let chosen = choices.as_deref().unwrap_or_default();
        let (thresholds, mistakes) = thresholds(suite, chosen, plan);
        problems.extend(mistakes);
        problems.extend(client.as_ref().err().map(ToString::to_string));
        let seed = plan.seed.unwrap_or_else(any_seed);
        let arrivals = PlannedArrivals::from_plan(plan, suite, chosen, seed).unwrap_or_else(|why| {
            problems.extend(why);
            None
        });
        if let Some(arrivals) = &arrivals {
            plan.users = arrivals.servers;
        }
        if let Ok(choices) = &choices {
            let replay = plan.mode().replay();
            problems.extend(replay.and_then(|replay| replay.problem(plan, choices.len())));
        }
        RunError::unless_empty(problems)?;
        let choices = choices.map_err(RunError::from_problems)?;
        let client = client.map_err(|why| RunError::new(why.to_string()))?;
        Ok(Self { choices, client, seed, thresholds, arrivals })
    }
}

impl Job {
    /// Checks the plan against the suite; all mistakes are reported at once.
    pub(crate) fn new(suite: Suite, mut plan: Plan) -> Result<Self, RunError> {
        let Checked { mut choices, client, seed, thresholds, arrivals } = Checked::new(&suite, &mut plan)?;
        // After everything else, because a large file takes its time.
        let feeds = Feeds::load(&suite, &choices, &plan).map_err(RunError::from_problems)?;
        let has_apart = arrivals.as_ref().is_some_and(|arrivals| !arrivals.apart.is_empty());
        let mode = plan.mode();
        let arrivals = arrivals.map(|arrivals| take_apart(arrivals, mode, &mut choices));
        if mode.replay().is_some() {
            // One iteration, whenever it was due, and for whatever scenario that was.
            plan.load = Load::default();
        }
        let weights: Vec<u32> = choices.iter().map(|choice| choice.weight).collect();
        let deck = Deck::new(&weights, seed);
        Ok(Self {
            suite: Arc::new(suite),
            plan,
            choices,
            deck,
            client,
            feeds,
            seed,
            thresholds,
            mode,
            arrivals: arrivals.filter(|_| mode.is_load()),
            has_apart,
        })
    }

    /// The settings of the load, where users or arrivals load the service.
    pub(crate) fn load(&self) -> Option<&Load> {
        self.mode.is_load().then_some(&self.plan.load)
    }

    /// The percentiles that are asked for of all requests, in percent: by the objectives of a sizing, and by thresholds.
    pub(crate) fn percentiles(&self) -> Vec<f64> {
        let judged = self.thresholds.judged.iter().filter(|threshold| threshold.of.is_none());
        let of_thresholds = judged.filter_map(|threshold| match threshold.metric {
            Metric::Percentile(percentile) => Some(percentile.percent()),
            _ => None,
        });
        let mut all: Vec<f64> = self.plan.percentiles().into_iter().chain(of_thresholds).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    /// The users that live in this process. Only one of them has something to do in a replay.
    pub(crate) fn users(&self) -> impl Iterator<Item = LocalUser> {
        let all = 0..self.plan.user_count();
        let replayed = self.mode.replay().map(|replay| replay.user.0);
        LocalUser::number(all.filter(move |id| replayed.is_none_or(|user| user == *id)).map(UserId))
    }

    /// The arrivals from this time on, at one of the rates that a sizing tries.
    pub(crate) fn step(&self, rate: Rate, from: Duration, number: u64) -> ArrivalSchedule {
        // Far apart, so that a rate that is tried again has other gaps.
        let seed = self.seed ^ (number + 2).wrapping_mul(0xA24B_AED4_963E_E407);
        ArrivalSchedule::steady(rate, from, self.plan.load.spacing, seed)
    }

    /// Notes on parts of a replay that may differ from the original.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let shared: Vec<_> = self.feeds.shared().map(|name| format!("`{name}`")).collect();
        if self.mode.replay().is_some() && self.plan.user_count() > 1 && !shared.is_empty() {
            doubts.push(format!(
                "the rows of {} went to whoever came next, so this replay may draw others; those of `shuffled()`, \
                 `random()` and `unique()` feeds are the same",
                shared.join(", ")
            ));
        }
        if self.mode.replay().is_some() && self.has_apart {
            doubts.push(
                "what was due at rates of scenarios' own was done by whoever was free, so this replay may be of another \
                 scenario; name the right one with --scenario"
                    .into(),
            );
        }
        doubts
    }

    /// The scenario picker, where it is asked. Who names scenarios wants those, and a single run is each once.
    pub(crate) fn picker(&self) -> Option<&Picker> {
        let asked = self.mode.picks_scenarios() && self.plan.select.is_everything();
        self.suite.scenario_picker().filter(|_| asked)
    }
}

/// The mistakes in a suite and a plan, but for their thresholds and rates.
fn problems(suite: &Suite, plan: &Plan, unmatched: Option<&Vec<String>>) -> Vec<String> {
    let mut problems: Vec<String> =
        suite.check(&[TypeId::of::<Report>()]).iter().map(ToString::to_string).collect();
    // Of a suite without scenarios that is said already.
    let unmatched = unmatched.filter(|_| !suite.scenarios().is_empty());
    problems.extend(unmatched.into_iter().flatten().cloned());
    problems.extend(plan.connection_settings.problem());
    if plan.sizing.is_some() {
        problems.extend(SizingPlan::problems(plan));
    }
    problems
}

/// A seed that nobody has chosen: each hasher of std has keys of its own, from the system's random numbers.
fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Returns the schedule. Scenarios with rates of their own are in no mix, but for a replay.
fn take_apart(arrivals: PlannedArrivals, mode: Mode, choices: &mut [Choice]) -> ArrivalSchedule {
    if mode.replay().is_none() {
        for choice in choices.iter_mut().filter(|choice| arrivals.apart.contains(&choice.index)) {
            choice.weight = 0;
        }
    }
    arrivals.schedule
}

/// Returns `true` if the scenario of this threshold is one of the chosen ones.
fn takes_part(threshold: &Threshold, suite: &Suite, choices: &[Choice]) -> bool {
    let name = threshold.of.as_ref().map(|of| of.name.as_str());
    choices.iter().any(|choice| suite.scenarios().get(choice.index).map(Scenario::name) == name)
}

/// The thresholds of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct JudgedThresholds {
    pub(crate) judged: Vec<Threshold>,
    /// The number of those that this run does not judge, because of what it is.
    pub(crate) unjudged: usize,
}

/// The thresholds that are judged, and the mistakes in them.
fn thresholds(suite: &Suite, choices: &[Choice], plan: &Plan) -> (JudgedThresholds, Vec<String>) {
    let (of_attributes, mut problems) = Threshold::on_attributes(suite);
    problems.extend(plan.thresholds.iter().filter_map(|threshold| threshold.problem(suite, choices, plan)));
    let mut of_attributes = of_attributes;
    of_attributes.retain(|own| {
        takes_part(own, suite, choices)
            // The options of a run are above the attributes of a scenario.
            && !plan.thresholds.iter().any(|other| other.replaces(own))
    });
    problems.extend(of_attributes.iter().filter_map(|threshold| threshold.problem(suite, choices, plan)));
    let judged: Vec<_> = plan.thresholds.iter().cloned().chain(of_attributes).collect();
    if judged.len() > MOST {
        problems.push(format!("there are {} thresholds; at most {MOST}", judged.len()));
    }
    match plan.judges() {
        true => (JudgedThresholds { judged, unjudged: 0 }, problems),
        false => (JudgedThresholds { judged: Vec::new(), unjudged: judged.len() }, problems),
    }
}
