//! The settings of a scenario.

use std::time::Duration;

use super::Scenario;
use crate::arg::{Arg, Dependency};
use crate::call::Call;
use crate::origin::Origin;
use crate::rate::Rate;
use crate::think::ThinkTime;

/// A scenario under construction, from [`Scenario::builder`].
///
/// [`Suite::scenario`](crate::Suite::scenario) takes it directly; elsewhere [`build`](Self::build) makes the scenario.
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

    /// Sets its share of the iterations, relative to the others. Default 1; with 0 it runs only when it is selected by
    /// name.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let browse = Scenario::builder("browse", |_| Box::pin(async { Ok(()) })).weight(9);
    /// let buy = Scenario::builder("buy", |_| Box::pin(async { Ok(()) }));
    /// // Nine of ten iterations browse.
    /// let suite = Suite::new().scenario(browse).scenario(buy);
    /// ```
    pub fn weight(mut self, weight: u32) -> Self {
        self.0.weight = weight;
        self
    }

    /// Sets the delay of the user after each iteration of it, in addition to the delay of the run. Default zero.
    ///
    /// A range gives another delay after each iteration, like a visitor's think time. It depends on the seed of the
    /// run, the user and the iteration only. An empty range gives its start.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use molotov::prelude::*;
    /// let think_time = Duration::from_secs(1)..Duration::from_secs(3);
    /// let browse = Scenario::builder("browse", |_| Box::pin(async { Ok(()) })).delay(think_time);
    /// ```
    pub fn delay(mut self, delay: impl Into<ThinkTime>) -> Self {
        self.0.delay = delay.into();
        self
    }

    /// Limits the time of one iteration; a longer iteration is cut and fails as `user.timeout`. Default: no limit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use molotov::prelude::*;
    /// let browse = Scenario::builder("browse", |_| Box::pin(async { Ok(()) })).timeout(Duration::from_secs(5));
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// Sets its own rate of iterations, independent of their duration and of the other scenarios. Default: a share by
    /// its weight.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let orders = Scenario::builder("buy", |_| Box::pin(async { Ok(()) })).rate("5/s".parse()?);
    /// # Ok::<(), molotov::error::ParseError>(())
    /// ```
    pub fn rate(mut self, rate: Rate) -> Self {
        self.0.rate = Some(rate);
        self
    }

    /// Adds a tag, by which it can be selected (`--tag read`).
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let browse = Scenario::builder("browse", |_| Box::pin(async { Ok(()) })).tag("read");
    /// ```
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.0.tags.push(tag.into());
        self
    }

    /// Adds a threshold on its iterations that fails the run when it is broken, for instance `p99 < 200ms` or
    /// `errors < 1%`: text, or a `molotov::plan::Threshold`. The runner parses text before the run, as it does for
    /// attributes; a mistake is an error that names the scenario, and does not panic here.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let buy = Scenario::builder("buy", |_| Box::pin(async { Ok(()) })).threshold("p99 < 200ms").threshold("errors < 1%");
    /// ```
    pub fn threshold(mut self, threshold: impl Into<String>) -> Self {
        self.0.thresholds.push(threshold.into());
        self
    }

    /// Declares an argument, so that a missing fixture is found before the run starts.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// async fn browse(session: &mut Session) -> Result {
    ///     session.get("/items").send().await?;
    ///     Ok(())
    /// }
    ///
    /// let browse = Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg()))).needs::<&mut Session>();
    /// ```
    pub fn needs<A: Arg<'static>>(mut self) -> Self {
        self.0.needs.push(A::dependency());
        self
    }

    /// The same for generated code, which has found the argument by a probe.
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
