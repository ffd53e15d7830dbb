//! The load of a plan. Iterations start when the previous iteration is over (closed model), at a fixed interval per
//! user (pacing), or when arrivals are due (open model).

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::Rate;

use super::{LoadSettings, Plan, PlannedStage, limits, valid};
use crate::plan::stages::{StageUnit, StagedCurve, Stages, planned_stages};
use crate::schedule::{LoadProfile, Spacing};

/// The default lateness from which on an arrival is dropped.
pub(crate) const MAX_LATE: Duration = Duration::from_secs(10);

/// The rule by which iterations start.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) model: LoadShape,
    /// The interval between two starts of one user.
    pub(crate) pacing: Option<Duration>,
    pub(crate) spacing: Spacing,
    pub(crate) max_late: Duration,
    /// The number of iterations of all users together that ends the run, if set.
    pub(crate) shared_runs: Option<NonZeroU64>,
    /// The first part of the run, which is measured separately.
    pub(crate) warm_up: Duration,
    /// The number of users that serve the arrivals, if set.
    pub(crate) servers: Option<NonZeroU32>,
    /// Rates of scenarios, which override those in the suite.
    pub(crate) of_scenarios: Vec<(String, Rate)>,
}

/// The shape of the load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoadShape {
    /// The plan's number of users; each starts its next iteration when the previous one is over.
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
    /// The curve of users, if the load has one.
    pub(crate) fn users(&self) -> Option<&Arc<LoadProfile>> {
        if let LoadShape::Users(curve) = &self.model { Some(curve) } else { None }
    }

    /// Returns `true` if all iterations start as arrivals are due.
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

    /// The settings for a report. Rates of single scenarios are not included here.
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
    /// Creates a plan with this arrival rate for 10 s, independent of the iterations' durations (the open model):
    /// arrivals are due at equal distances, or [at random](Plan::poisson), and latencies are measured from the due
    /// times.
    ///
    /// [`Plan::up_to`] sets the number of users that serve the arrivals; the default is the number of arrivals in one
    /// second, at least 10 and at most 1,000. All users are set up before the first arrival. When all are busy, an
    /// arrival waits for up to [`Plan::max_late`], while its latency grows, and is then dropped and counted. The next
    /// arrival goes to the user that has been idle longest. The rate rises over the [ramp-up](Plan::ramp_up).
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
    /// Panics if the text is not a rate, or the rate is zero. A [`Rate`] is parsed without a panic:
    /// `text.parse::<Rate>()`. Parsing accepts zero, because [stages](Plan::stages) start and end with it
    /// ([`Rate::is_zero`]).
    #[track_caller]
    pub fn rate<R: TryInto<Rate, Error: std::fmt::Display>>(rate: R) -> Self {
        let rate = valid(rate.try_into().map_err(|why| why.to_string()));
        let rate = valid(limits::rate(rate));
        Self::default().with_load_shape(LoadShape::Rate(rate))
    }

    /// Creates a plan with consecutive stages of a rate, or, without `/s`, of users:
    ///
    /// | stage | meaning |
    /// |---|---|
    /// | `0..200/s in 30s` | rises or falls evenly |
    /// | `200/s for 2m` | stays constant |
    /// | `burst 100` | this number of arrivals at once |
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let rates = Plan::stages("0..200/s in 30s, 200/s for 2m, burst 100, 200..0/s in 10s");
    /// let users = Plan::stages("0..50 in 30s, 50 for 2m, 50..0 in 10s");
    /// ```
    ///
    /// A user that leaves finishes its iteration first.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a list of stages. [`Stages`] are parsed without a panic: `text.parse::<Stages>()`.
    #[track_caller]
    pub fn stages<S: TryInto<Stages, Error: std::fmt::Display>>(stages: S) -> Self {
        let stages = valid(stages.try_into().map_err(|why| why.to_string()));
        let load = Load::default().with_stages(stages);
        Self::default().with_load_shape(load.model)
    }

    /// Returns this plan with another model, and without the settings that only apply to users.
    pub(crate) fn with_load_shape(self, model: LoadShape) -> Self {
        let users = match &model {
            LoadShape::Users(curve) => u32::try_from(curve.highest()).ok().and_then(NonZeroU32::new),
            _ => None,
        };
        Self { users: users.unwrap_or(self.users), load: Load { model, ..self.load }, ..self }
    }

    /// Makes arrivals independent of each other, like visitors (a Poisson process), instead of equidistant.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::rate("500/s").poisson().duration(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn poisson(mut self) -> Self {
        self.load.spacing = Spacing::Poisson;
        self
    }

    /// Sets the lateness from which on an arrival is dropped, for a load with a [rate](Plan::rate) or a
    /// [pacing](Plan::pacing). Default 10 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::rate("500/s").max_late(Duration::from_secs(1));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the lateness is zero, because each iteration starts some microseconds after its due time, or longer
    /// than a year.
    #[must_use]
    #[track_caller]
    pub fn max_late(mut self, max_late: Duration) -> Self {
        self.load.max_late = valid(limits::positive(max_late));
        self
    }

    /// Starts one iteration of each user per interval, independent of the iterations' durations, so that each has a due
    /// time. A late iteration starts at once, unless it is later than [`Plan::max_late`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // 20 iterations each 3 s, as long as each takes less than that.
    /// let plan = Plan::users(20).pacing(Duration::from_secs(3));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the interval is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn pacing(mut self, pacing: Duration) -> Self {
        self.load.pacing = Some(valid(limits::positive(pacing)));
        self
    }

    /// Sets the number of iterations of all users together: any free user takes the next iteration, so faster users
    /// make more of them. The run ends with the last iteration; a [duration](Plan::duration) may end it before. See
    /// [`Plan::max_runs`] for the iterations of each user.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).shared_runs(1_000);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is 0.
    #[must_use]
    #[track_caller]
    pub fn shared_runs(mut self, runs: u64) -> Self {
        self.load.shared_runs = Some(valid(limits::runs(runs)));
        self
    }

    /// Sets a warm-up: iterations that are due, or else start, in this first part of the run are left out of the
    /// latencies, rates and row counts. The totals include them, and [`Report::warm_up`](crate::Report::warm_up) has
    /// them separately. Values of the scenario's own, such as counters, cover the whole run. Default zero. A warm-up is
    /// a part of the run and does not extend it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // The figures of the last 60 s.
    /// let plan = Plan::users(20).warm_up(Duration::from_secs(10)).duration(Duration::from_secs(70));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the warm-up is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn warm_up(mut self, warm_up: Duration) -> Self {
        self.load.warm_up = valid(limits::bounded(warm_up));
        self
    }
}
