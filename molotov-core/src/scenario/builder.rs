//! The settings of a scenario, one after the other.

use std::time::Duration;

use super::Scenario;
use crate::arg::{Arg, Dependency};
use crate::call::Call;
use crate::origin::Origin;
use crate::rate::Rate;
use crate::think::ThinkTime;

/// A scenario in the making, from [`Scenario::builder`].
///
/// [`Suite::scenario`](crate::Suite::scenario) takes it as it is; [`build`](Self::build) makes the scenario elsewhere.
///
/// ```
/// use std::time::Duration;
///
/// use molotov::Scenario;
///
/// let second = Duration::from_secs(1);
/// let idle = Scenario::builder("idle", |_| Box::pin(async { Ok(()) })).delay(second..second * 3).tag("quiet").build();
/// assert_eq!((idle.weight(), idle.delay()), (1, (second..second * 3).into()));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a scenario does nothing until it is in a suite: pass it to `Suite::scenario`"]
pub struct ScenarioBuilder(Scenario);

impl ScenarioBuilder {
    pub(super) fn new(name: String, call: Call<()>) -> Self {
        Self(Scenario {
            name,
            weight: 1,
            delay: ThinkTime::default(),
            timeout: None,
            rate: None,
            tags: Vec::new(),
            thresholds: Vec::new(),
            needs: Vec::new(),
            origin: None,
            call,
        })
    }

    /// Sets its share of the iterations, relative to the others. Default 1; with 0 it runs only when asked for by name.
    pub fn weight(mut self, weight: u32) -> Self {
        self.0.weight = weight;
        self
    }

    /// Sets the time that the user waits after each iteration of it, in addition to the run's own delay. Default zero.
    ///
    /// A range of times is another time after each iteration, as a visitor thinks. It depends on the seed of the run, the
    /// user and the iteration, and on nothing else. An empty range is its start.
    pub fn delay(mut self, delay: impl Into<ThinkTime>) -> Self {
        self.0.delay = delay.into();
        self
    }

    /// Limits the time of one iteration; a longer one is cut and fails as `user.timeout`. Default: no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// Sets its own rate of iterations, whatever time they take and whatever the others do. Default: as its weight says.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.0.rate = Some(rate);
        self
    }

    /// Adds a word by which it can be selected.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.0.tags.push(tag.into());
        self
    }

    /// Adds a bound that its iterations must keep, or else the run has failed, for instance `p99 < 200ms` or
    /// `errors < 1%`: text, or a `molotov::plan::Threshold`. The runner reads text before anything is run, as it reads that
    /// of an attribute, and a mistake in it is an error that names the scenario; it does not panic here.
    pub fn threshold(mut self, threshold: impl Into<String>) -> Self {
        self.0.thresholds.push(threshold.into());
        self
    }

    /// Declares an argument, so that a missing fixture is found before the run starts.
    pub fn needs<A: Arg<'static>>(mut self) -> Self {
        self.0.needs.push(A::dependency());
        self
    }

    /// The same for generated code, which has found out the argument by a probe.
    #[doc(hidden)]
    pub fn needs_probed(mut self, need: Option<Dependency>) -> Self {
        self.0.needs.extend(need);
        self
    }

    /// Sets its place in the source, for messages.
    pub fn at(mut self, origin: Origin) -> Self {
        self.0.origin = Some(origin);
        self
    }

    /// The scenario.
    pub fn build(self) -> Scenario {
        self.0
    }
}

impl From<ScenarioBuilder> for Scenario {
    fn from(builder: ScenarioBuilder) -> Self {
        builder.build()
    }
}
