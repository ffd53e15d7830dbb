//! The kinds of a run. A plan decides once which one it is; everything else asks here.

use std::num::NonZeroU64;
use std::time::Duration;

use molotov_core::Rate;

use super::load::LoadShape;
use super::sizing::{SearchWay, SizingPlan, Way};
use super::{Plan, Replay};

/// The duration of a run when neither a duration nor a number of iterations is given.
const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// The kind of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Users or arrivals load the service, as long as the plan says.
    Load,
    /// The load changes until an objective breaks.
    Search(SearchWay),
    /// One iteration of another run, once more, with the order of that run.
    Replay(Replay, ScenarioOrder),
    /// Every scenario once, by one user.
    EachOnce,
    /// As `EachOnce`, as a test.
    Smoke,
}

/// The order in which users execute scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScenarioOrder {
    /// By weight, or as the picker says.
    Picked,
    /// Each once, as registered, by one user.
    EachOnce,
    /// As `EachOnce`, as a test.
    Smoke,
}

impl Mode {
    /// Returns `true` if users go on to pick scenarios, and do not execute a list of them.
    pub(crate) fn picks_scenarios(self) -> bool {
        matches!(self, Self::Load | Self::Search(_) | Self::Replay(_, ScenarioOrder::Picked))
    }

    /// Returns `true` if users or arrivals load the service, whether or not the load is a search's.
    pub(crate) fn is_load(self) -> bool {
        matches!(self, Self::Load | Self::Search(_))
    }

    /// The way of the search, where this is one.
    pub(crate) fn search(self) -> Option<SearchWay> {
        if let Self::Search(way) = self { Some(way) } else { None }
    }

    /// The iteration that is executed once more, where this is a replay.
    pub(crate) fn replay(self) -> Option<Replay> {
        if let Self::Replay(replay, _) = self { Some(replay) } else { None }
    }
}

impl Plan {
    /// The kind of run that this plan makes.
    pub(crate) fn mode(&self) -> Mode {
        match (self.replay, self.order, &self.sizing) {
            (Some(replay), order, _) => Mode::Replay(replay, order),
            (None, ScenarioOrder::EachOnce, _) => Mode::EachOnce,
            (None, ScenarioOrder::Smoke, _) => Mode::Smoke,
            (None, ScenarioOrder::Picked, None) => Mode::Load,
            (None, ScenarioOrder::Picked, Some(sizing)) => {
                Mode::Search(match (&self.load.model, sizing.way) {
                    (LoadShape::Rate(rate), _) => SearchWay::Rates(*rate),
                    (LoadShape::Closed, Way::InSteps) => SearchWay::UsersInSteps,
                    _ => SearchWay::UsersEvenly,
                })
            }
        }
    }

    /// Returns `true` if a sizing raises the users in steps.
    pub(crate) fn is_sized_in_steps(&self) -> bool {
        self.mode().search() == Some(SearchWay::UsersInSteps)
    }

    /// The rate that a sizing begins with, where it looks for one.
    pub(crate) fn rate_to_begin_with(&self) -> Option<Rate> {
        if let Some(SearchWay::Rates(rate)) = self.mode().search() { Some(rate) } else { None }
    }

    /// The search that this plan makes, and its way, where it makes one.
    pub(crate) fn search(&self) -> Option<(&SizingPlan, SearchWay)> {
        self.sizing.as_ref().zip(self.mode().search())
    }

    /// The longest time for a sizing, where it has a bound.
    pub(crate) fn sizing_bound(&self) -> Option<Duration> {
        self.search().and_then(|(sizing, _)| sizing.time)
    }

    /// Returns `true` if thresholds are judged. They are not where each scenario is executed once, nor in a sizing,
    /// which breaks its objectives on purpose; and one iteration, of a replay, is no load.
    pub(crate) fn judges(&self) -> bool {
        self.mode() == Mode::Load
    }

    /// Returns `true` if each scenario is executed once, and nothing else.
    pub(super) fn executes_each_once(&self) -> bool {
        self.mode() == Mode::EachOnce
    }

    /// Returns `true` if an iteration of a run that executed each scenario once is executed again.
    pub(super) fn replays_each_once(&self) -> bool {
        matches!(self.mode(), Mode::Replay(_, ScenarioOrder::EachOnce))
    }

    /// The number of users that there really are.
    pub(crate) fn user_count(&self) -> u32 {
        if self.mode().picks_scenarios() { self.users.get() } else { 1 }
    }

    /// The time for which iterations are started after the ramp-up, where time ends them.
    pub(crate) fn time_limit(&self) -> Option<Duration> {
        let duration = self.load.length().or(self.duration);
        match self.mode() {
            Mode::Load if self.has_run_count() => duration,
            Mode::Load => duration.or(Some(DEFAULT_DURATION)),
            // It ends itself.
            Mode::Search(_) => duration,
            // One iteration takes as long as it takes.
            Mode::Replay(..) | Mode::EachOnce | Mode::Smoke => None,
        }
    }

    /// Returns `true` if a number of iterations is to end the run.
    pub(super) fn has_run_count(&self) -> bool {
        self.max_runs.is_some() || self.load.shared_runs.is_some()
    }

    /// The number of iterations that each user makes, where it ends them. A single run is ended by its list.
    pub(crate) fn runs_limit(&self) -> Option<NonZeroU64> {
        match self.mode() {
            Mode::Load | Mode::Search(_) => self.max_runs,
            Mode::Replay(replay, _) => Some(replay.runs()),
            Mode::EachOnce | Mode::Smoke => None,
        }
    }

    /// The first part of the run that is kept apart, where it has one.
    pub(crate) fn warm_up_time(&self) -> Duration {
        if self.mode().picks_scenarios() { self.load.warm_up } else { Duration::ZERO }
    }
}
