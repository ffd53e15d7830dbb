//! A plan that fits its suite: all mistakes were found before anything ran.

use std::any::TypeId;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Client, Deck, Picker, Rate, Scenario, Suite};

use super::slot::LocalUser;
use crate::error::RunError;
use crate::plan::load::Load;
use crate::plan::sizing::SizingPlan;
use crate::plan::threshold::{MOST, Metric, Threshold};
use crate::plan::{Choice, Feeds, Mode, Plan, PlannedArrivals, share};
use crate::report::Report;
use crate::schedule::ArrivalSchedule;

/// A plan that fits its suite.
pub(crate) struct Job {
    pub(crate) suite: Arc<Suite>,
    pub(crate) plan: Plan,
    pub(crate) choices: Vec<Choice>,
    /// At least one card for each choice; each user gets its own deck.
    pub(crate) deck: Deck,
    pub(crate) client: Client,
    /// The data for the rows of iterations and set-ups.
    pub(crate) feeds: Feeds,
    pub(crate) seed: u64,
    /// The judged thresholds: those of the plan, and those on the attributes of the selected scenarios.
    pub(crate) thresholds: JudgedThresholds,
    pub(crate) mode: Mode,
    /// The schedule of arrivals, in the open model.
    pub(crate) arrivals: Option<ArrivalSchedule>,
    /// `true` if scenarios have rates of their own.
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
    /// Checks everything but data, so that all mistakes are reported at once. Sets the plan's number of users to that
    /// of its load.
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
        problems.extend(share::problems(plan, &thresholds.judged));
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
        // Last, because a large file takes time.
        let feeds = Feeds::load(&suite, &choices, &plan).map_err(RunError::from_problems)?;
        let has_apart = arrivals.as_ref().is_some_and(|arrivals| !arrivals.apart.is_empty());
        let mode = plan.mode();
        let arrivals = arrivals.map(|arrivals| take_apart(arrivals, mode, &mut choices));
        if mode.replay().is_some() {
            // One iteration, whatever its due time and its scenario were.
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

    /// The settings of the load, if users or arrivals load the service.
    pub(crate) fn load(&self) -> Option<&Load> {
        self.mode.is_load().then_some(&self.plan.load)
    }

    /// The percentiles of all requests, in percent, that the objectives of a sizing and the thresholds need.
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

    /// The users of this process. Only one of them is active in a replay.
    pub(crate) fn users(&self) -> impl Iterator<Item = LocalUser> {
        let all = self.plan.own_users();
        let replayed = self.mode.replay().map(|replay| replay.user.0);
        LocalUser::number(all.filter(move |id| replayed.is_none_or(|user| user == id.0)))
    }

    /// The arrivals from this time on, at one of the rates of a sizing.
    pub(crate) fn step(&self, rate: Rate, from: Duration, number: u64) -> ArrivalSchedule {
        // Far apart, so that a repeated rate has other gaps.
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

    /// The scenario picker, if it is used. Named scenarios replace it, and a single run executes each once.
    pub(crate) fn picker(&self) -> Option<&Picker> {
        let asked = self.mode.picks_scenarios() && self.plan.select.is_everything();
        self.suite.scenario_picker().filter(|_| asked)
    }
}

/// The mistakes in a suite and a plan, except those of their thresholds and rates.
fn problems(suite: &Suite, plan: &Plan, unmatched: Option<&Vec<String>>) -> Vec<String> {
    let mut problems: Vec<String> =
        suite.check(&[TypeId::of::<Report>()]).iter().map(ToString::to_string).collect();
    // An empty suite is already reported.
    let unmatched = unmatched.filter(|_| !suite.scenarios().is_empty());
    problems.extend(unmatched.into_iter().flatten().cloned());
    problems.extend(plan.connection_settings.problem());
    if plan.sizing.is_some() {
        problems.extend(SizingPlan::problems(plan));
    }
    problems
}

/// Returns a random seed: each hasher of std has its own keys, from the system's random numbers.
fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Returns the schedule. Scenarios with rates of their own are removed from the mix, except in a replay.
fn take_apart(arrivals: PlannedArrivals, mode: Mode, choices: &mut [Choice]) -> ArrivalSchedule {
    if mode.replay().is_none() {
        for choice in choices.iter_mut().filter(|choice| arrivals.apart.contains(&choice.index)) {
            choice.weight = 0;
        }
    }
    arrivals.schedule
}

/// Returns `true` if the scenario of this threshold is selected.
fn takes_part(threshold: &Threshold, suite: &Suite, choices: &[Choice]) -> bool {
    let name = threshold.of.as_ref().map(|of| of.name.as_str());
    choices.iter().any(|choice| suite.scenarios().get(choice.index).map(Scenario::name) == name)
}

/// The thresholds of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct JudgedThresholds {
    pub(crate) judged: Vec<Threshold>,
    /// The number of thresholds that this kind of run does not judge.
    pub(crate) unjudged: usize,
}

/// Returns the judged thresholds, or the mistakes in them.
fn thresholds(suite: &Suite, choices: &[Choice], plan: &Plan) -> (JudgedThresholds, Vec<String>) {
    let (of_attributes, mut problems) = Threshold::on_attributes(suite);
    problems.extend(plan.thresholds.iter().filter_map(|threshold| threshold.problem(suite, choices, plan)));
    let mut of_attributes = of_attributes;
    of_attributes.retain(|own| {
        takes_part(own, suite, choices)
            // The options of a run override the attributes of a scenario.
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
