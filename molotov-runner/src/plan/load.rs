//! The load of a plan. Iterations begin as soon as the one before is over (the closed model), once in a while (pacing),
//! or as arrivals are due (the open model).

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::Rate;

use super::{LoadSettings, Plan, PlannedStage, limits, valid};
use crate::plan::stages::{StageUnit, StagedCurve, Stages, planned_stages};
use crate::schedule::{LoadProfile, Spacing};

/// The lateness from which on an arrival is dropped, where no other is given.
pub(crate) const MAX_LATE: Duration = Duration::from_secs(10);

/// The rule by which iterations begin.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) model: LoadShape,
    /// Each user begins one in this time.
    pub(crate) pacing: Option<Duration>,
    pub(crate) spacing: Spacing,
    pub(crate) max_late: Duration,
    /// The number of iterations that all users make together, where it ends the run.
    pub(crate) shared_runs: Option<NonZeroU64>,
    /// The first part of the run, which is kept apart.
    pub(crate) warm_up: Duration,
    /// The number of users that serve the arrivals, where it was given.
    pub(crate) servers: Option<NonZeroU32>,
    /// Rates of scenarios, which win over those in the suite.
    pub(crate) of_scenarios: Vec<(String, Rate)>,
}

/// The shape of the load.
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
    /// The curve of users, where there is one.
    pub(crate) fn users(&self) -> Option<&Arc<LoadProfile>> {
        if let LoadShape::Users(curve) = &self.model { Some(curve) } else { None }
    }

    /// Returns `true` if all iterations begin as arrivals are due.
    pub(crate) fn is_of_rates(&self) -> bool {
        matches!(self.model, LoadShape::Rate(_) | LoadShape::Rates(_))
    }

    /// The length of the stages.
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
            stages: self.stages(),
            max_late: self.max_late,
            pacing: self.pacing,
            shared_runs: self.shared_runs.map(NonZeroU64::get),
            warm_up: self.warm_up,
        }
    }

    fn stages(&self) -> Vec<PlannedStage> {
        match &self.model {
            LoadShape::Rates(curve) => planned_stages(curve, StageUnit::Rate),
            LoadShape::Users(curve) => planned_stages(curve, StageUnit::Users),
            LoadShape::Closed | LoadShape::Rate(_) => Vec::new(),
        }
    }

    /// The same load with these stages.
    pub(crate) fn with_stages(self, stages: Stages) -> Self {
        let model = match stages.0 {
            StagedCurve::Rates(curve) => LoadShape::Rates(Arc::new(curve)),
            StagedCurve::Users(curve) => LoadShape::Users(Arc::new(curve)),
        };
        Self { model, ..self }
    }
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
    /// use molotov::Plan;
    /// use std::time::Duration;
    ///
    /// let plan = Plan::rate("500/s").duration(Duration::from_secs(60)).up_to(200);
    /// ```
    ///
    /// # Panics
    ///
    /// When it is no rate, or zero. A [`Rate`] is parsed without a panic: `text.parse::<Rate>()`. Zero can be parsed,
    /// because [stages](Plan::stages) begin and end with it ([`Rate::is_zero`]).
    #[track_caller]
    pub fn rate<R: TryInto<Rate, Error: std::fmt::Display>>(rate: R) -> Self {
        let rate = valid(rate.try_into().map_err(|why| why.to_string()));
        let rate = valid(limits::rate(rate));
        Self::default().with_load_shape(LoadShape::Rate(rate))
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
    /// use molotov::Plan;
    ///
    /// let rates = Plan::stages("0..200/s in 30s, 200/s for 2m, burst 100, 200..0/s in 10s");
    /// let users = Plan::stages("0..50 in 30s, 50 for 2m, 50..0 in 10s");
    /// ```
    ///
    /// A user that goes finishes its iteration first.
    ///
    /// # Panics
    ///
    /// When these are no stages. [`Stages`] are parsed without a panic: `text.parse::<Stages>()`.
    #[track_caller]
    pub fn stages<S: TryInto<Stages, Error: std::fmt::Display>>(stages: S) -> Self {
        let stages = valid(stages.try_into().map_err(|why| why.to_string()));
        let load = Load::default().with_stages(stages);
        Self::default().with_load_shape(load.model)
    }

    /// This plan with another model, and without what goes with users only.
    pub(crate) fn with_load_shape(self, model: LoadShape) -> Self {
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

    /// Sets how late an arrival may begin before it is dropped, where the load is a [rate](Plan::rate) or a
    /// [pacing](Plan::pacing). Default 10 s.
    ///
    /// # Panics
    ///
    /// When it is zero, because each begins some microseconds after it was due, or longer than a year.
    #[must_use]
    #[track_caller]
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
    #[track_caller]
    pub fn pacing(mut self, pacing: Duration) -> Self {
        self.load.pacing = Some(valid(limits::positive(pacing)));
        self
    }

    /// Sets how many iterations all users make together: whoever is free makes the next one, so faster users make more
    /// of them. With the last one the run ends; a [duration](Plan::duration) may end it before. See [`Plan::max_runs`]
    /// for the iterations of each user.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).shared_runs(1_000);
    /// ```
    ///
    /// # Panics
    ///
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn shared_runs(mut self, runs: u64) -> Self {
        self.load.shared_runs = Some(valid(limits::runs(runs)));
        self
    }

    /// Keeps apart what is due, or else begins, in this first part of the run: it is in no latency, no rate and no count of
    /// a row, but in the totals, beside which [`Report::warm_up`](crate::Report::warm_up) has it. Values of the scenario's
    /// own, as of a counter, are of the whole run. Default zero. It is a part of the run, and makes it no longer.
    ///
    /// # Panics
    ///
    /// When it is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn warm_up(mut self, warm_up: Duration) -> Self {
        self.load.warm_up = valid(limits::bounded(warm_up));
        self
    }
}
