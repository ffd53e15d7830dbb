//! A scenario: what one user does in one iteration.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::arg::{Arg, Context, Dependency};
use crate::call::Call;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::origin::Origin;
use crate::rate::Rate;
use crate::rng::Rng;
use crate::run::{Iteration, UserId};
use crate::seed::{self, Purpose};

/// What one virtual user does in one iteration, with its name, weight and limits.
///
/// `#[scenario]` makes one from an `async fn`; this is the same by hand:
///
/// ```
/// use molotov_core::{Result, Scenario, Session, Suite};
///
/// async fn browse(session: &mut Session) -> Result {
///     session.get("/").send().await?;
///     Ok(())
/// }
///
/// let suite = Suite::new()
///     .scenario(Scenario::new("browse", |mut cx| Box::pin(browse(cx.take()))).weight(40).needs::<&mut Session>());
/// assert_eq!(suite.scenarios()[0].name(), "browse");
/// ```
#[derive(Clone)]
pub struct Scenario {
    name: String,
    weight: u32,
    delay: Duration,
    /// By how much the delay may be longer.
    spread: Duration,
    timeout: Option<Duration>,
    rate: Option<Rate>,
    tags: Vec<String>,
    thresholds: Vec<String>,
    needs: Vec<Dependency>,
    origin: Option<Origin>,
    call: Call<()>,
}

impl Scenario {
    /// A scenario of weight 1, without a delay or a time limit.
    pub fn new<F>(name: impl Into<String>, call: F) -> Self
    where
        F: for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result> + Send + Sync + 'static,
    {
        Self {
            name: name.into(),
            weight: 1,
            delay: Duration::ZERO,
            spread: Duration::ZERO,
            timeout: None,
            rate: None,
            tags: Vec::new(),
            thresholds: Vec::new(),
            needs: Vec::new(),
            origin: None,
            call: Arc::new(call),
        }
    }

    /// How often it is picked, relative to the others. Default 1; with 0 it runs only when asked for by name.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// How long the user waits after each iteration of it, in addition to the run's own delay. Default zero.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        (self.delay, self.spread) = (delay, Duration::ZERO);
        self
    }

    /// The same for a time of this range, which is another after each iteration, as a visitor thinks. It depends on the seed
    /// of the run, the user and the iteration, and on nothing else. An empty range is its start.
    #[must_use]
    pub fn delay_within(mut self, range: Range<Duration>) -> Self {
        (self.delay, self.spread) = (range.start, range.end.saturating_sub(range.start));
        self
    }

    /// How long one iteration may take; a longer one is cut and fails as `user.timeout`. Default: no limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often it is to begin, whatever time it takes and whatever the others do. Default: as its weight says.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// A word by which it can be selected.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// What its iterations must keep, or else the run has failed, for instance `p99 < 200ms` or `errors < 1%`. The runner
    /// reads it before anything is run.
    #[must_use]
    pub fn threshold(mut self, threshold: impl Into<String>) -> Self {
        self.thresholds.push(threshold.into());
        self
    }

    /// Declares an argument, so that a missing fixture is found before the run starts.
    #[must_use]
    pub fn needs<A: Arg<'static>>(mut self) -> Self {
        self.needs.push(A::dependency());
        self
    }

    /// The same for generated code, which has found out the argument by a probe.
    #[doc(hidden)]
    #[must_use]
    pub fn needs_probed(mut self, need: Option<Dependency>) -> Self {
        self.needs.extend(need);
        self
    }

    /// Where in the source it stands, for messages.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Its name, unique in a suite.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its weight; see [`Scenario::weight`].
    pub fn weight_value(&self) -> u32 {
        self.weight
    }

    /// Its delay, the shortest one where it varies; see [`Scenario::delay`].
    pub fn delay_value(&self) -> Duration {
        self.delay
    }

    /// Whether its delay is not always the same; see [`Scenario::delay_within`].
    pub fn delay_varies(&self) -> bool {
        !self.spread.is_zero()
    }

    /// Its delay after this iteration of this user, in a run of this seed.
    pub fn delay_after(&self, seed: u64, user: UserId, iteration: Iteration) -> Duration {
        let seed = seed::of(seed, Purpose::Delay, &[user.0.into(), iteration.0]);
        Rng::with_seed(seed).duration(self.delay..self.delay.saturating_add(self.spread))
    }

    /// Its time limit; see [`Scenario::timeout`].
    pub fn timeout_value(&self) -> Option<Duration> {
        self.timeout
    }

    /// Its rate; see [`Scenario::rate`].
    pub fn rate_value(&self) -> Option<Rate> {
        self.rate
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Its thresholds; see [`Scenario::threshold`].
    pub fn thresholds(&self) -> &[String] {
        &self.thresholds
    }

    /// Where it stands in the source, where that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The arguments that it declared.
    pub fn dependencies(&self) -> &[Dependency] {
        &self.needs
    }

    /// Executes it once.
    pub fn call<'a>(&self, cx: Context<'a>) -> BoxFuture<'a, Result> {
        (self.call)(cx)
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("name", &self.name)
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}
