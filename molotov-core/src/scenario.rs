//! A scenario: the function that one user executes in one iteration.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::arg::{Context, Dependency};
use crate::call::Call;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::origin::Origin;
use crate::rate::Rate;
use crate::run::{Iteration, UserId};
use crate::think::ThinkTime;

pub use self::builder::ScenarioBuilder;

/// A scenario: the function that one virtual user executes in one iteration, with its name, weight and limits.
///
/// `#[scenario]` makes this from an `async fn`; the same by hand:
///
/// ```
/// use molotov::{Result, Scenario, Session, Suite};
///
/// async fn browse(session: &mut Session) -> Result {
///     session.get("/").send().await?;
///     Ok(())
/// }
///
/// let suite = Suite::new()
///     .scenario(Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg()))).weight(40).needs::<&mut Session>());
/// assert_eq!(suite.scenarios()[0].weight(), 40);
/// ```
#[derive(Clone)]
pub struct Scenario {
    name: String,
    weight: u32,
    delay: ThinkTime,
    timeout: Option<Duration>,
    rate: Option<Rate>,
    tags: Vec<String>,
    thresholds: Vec<String>,
    needs: Vec<Dependency>,
    origin: Option<Origin>,
    call: Call<()>,
}

impl Scenario {
    /// Starts a scenario of this name that calls this function; weight, arguments and limits follow.
    pub fn builder<F>(name: impl Into<String>, call: F) -> ScenarioBuilder
    where
        F: for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result> + Send + Sync + 'static,
    {
        ScenarioBuilder::new(name.into(), Arc::new(call))
    }

    /// Its name, unique in a suite.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its weight; see [`ScenarioBuilder::weight`].
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// Its delay, or the range of its delays; see [`ScenarioBuilder::delay`].
    pub fn delay(&self) -> ThinkTime {
        self.delay
    }

    /// Its delay after this iteration of this user, in a run of this seed.
    #[doc(hidden)]
    pub fn delay_after(&self, seed: u64, user: UserId, iteration: Iteration) -> Duration {
        self.delay.after_iteration(seed, user, iteration)
    }

    /// Its time limit; see [`ScenarioBuilder::timeout`].
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Its rate; see [`ScenarioBuilder::rate`].
    pub fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Its thresholds; see [`ScenarioBuilder::threshold`].
    pub fn thresholds(&self) -> &[String] {
        &self.thresholds
    }

    /// Its place in the source, if that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The arguments that it declares.
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
