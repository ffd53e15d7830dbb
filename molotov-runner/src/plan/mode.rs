//! The kinds of a run. The plan determines the kind in one place.

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
    /// Users or arrivals load the service, for the time of the plan.
    Load,
    /// The load changes until an objective breaks.
    Search(SearchWay),
    /// One iteration of another run is repeated, with the scenario order of that run.
    Replay(Replay, ScenarioOrder),
    /// Every scenario is executed once, by one user.
    EachOnce,
    /// As `EachOnce`, as a test.
    Smoke,
}

/// The order in which users execute scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScenarioOrder {
    /// By weight, or by the picker.
    Picked,
    /// Each once, in order of registration, by one user.
    EachOnce,
    /// As `EachOnce`, as a test.
    Smoke,
}

impl Mode {
    /// Returns `true` if users pick scenarios continuously instead of executing a list.
    pub(crate) fn picks_scenarios(self) -> bool {
        matches!(self, Self::Load | Self::Search(_) | Self::Replay(_, ScenarioOrder::Picked))
    }

    /// Returns `true` if users or arrivals load the service, including the load of a search.
    pub(crate) fn is_load(self) -> bool {
        matches!(self, Self::Load | Self::Search(_))
    }

    /// The way of the search, if the run is a search.
    pub(crate) fn search(self) -> Option<SearchWay> {
        if let Self::Search(way) = self { Some(way) } else { None }
    }

    /// The repeated iteration, if the run is a replay.
    pub(crate) fn replay(self) -> Option<Replay> {
        if let Self::Replay(replay, _) = self { Some(replay) } else { None }
    }
}

impl Plan {
    /// The kind of this plan's run.
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

    /// The first rate of a sizing that searches for a rate.
    pub(crate) fn rate_to_begin_with(&self) -> Option<Rate> {
        if let Some(SearchWay::Rates(rate)) = self.mode().search() { Some(rate) } else { None }
    }

    /// The search of this plan and its way, if it has a search.
    pub(crate) fn search(&self) -> Option<(&SizingPlan, SearchWay)> {
        self.sizing.as_ref().zip(self.mode().search())
    }

    /// The time limit of a sizing, if it has one.
    pub(crate) fn sizing_bound(&self) -> Option<Duration> {
        self.search().and_then(|(sizing, _)| sizing.time)
    }

    /// Returns `true` if thresholds are judged. They are not in a run that executes each scenario once, nor in a
    /// sizing, which breaks its objectives on purpose, nor in a replay, whose single iteration is no load.
    pub(crate) fn judges(&self) -> bool {
        self.mode() == Mode::Load
    }

    /// Returns `true` if the run only executes each scenario once.
    pub(super) fn executes_each_once(&self) -> bool {
        self.mode() == Mode::EachOnce
    }

    /// Returns `true` for a replay of a run that executed each scenario once.
    pub(super) fn replays_each_once(&self) -> bool {
        matches!(self.mode(), Mode::Replay(_, ScenarioOrder::EachOnce))
    }

    /// The effective number of users.
    pub(crate) fn user_count(&self) -> u32 {
        if self.mode().picks_scenarios() { self.users.get() } else { 1 }
    }

    /// The time for which iterations start after the ramp-up, if time ends the run.
    pub(crate) fn time_limit(&self) -> Option<Duration> {
        let duration = self.load.length().or(self.duration);
        match self.mode() {
            Mode::Load if self.has_run_count() => duration,
            Mode::Load => duration.or(Some(DEFAULT_DURATION)),
            // A search ends itself.
            Mode::Search(_) => duration,
            // A single iteration has no time limit.
            Mode::Replay(..) | Mode::EachOnce | Mode::Smoke => None,
        }
    }

    /// Returns `true` if a number of iterations ends the run.
    pub(super) fn has_run_count(&self) -> bool {
        self.max_runs.is_some() || self.load.shared_runs.is_some()
    }

    /// The maximum number of iterations of each user, if set. A single run is ended by its list.
    pub(crate) fn runs_limit(&self) -> Option<NonZeroU64> {
        match self.mode() {
            Mode::Load | Mode::Search(_) => self.max_runs,
            Mode::Replay(replay, _) => Some(replay.runs()),
            Mode::EachOnce | Mode::Smoke => None,
        }
    }

    /// The first part of the run that is measured separately, if any.
    pub(crate) fn warm_up_time(&self) -> Duration {
        if self.mode().picks_scenarios() { self.load.warm_up } else { Duration::ZERO }
    }
}
