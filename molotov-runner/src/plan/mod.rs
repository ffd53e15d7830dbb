//! The plan of a run, which is valid by construction.

pub(crate) mod bound;
pub(crate) mod common_start;
mod connections;
mod contradictions;
mod dead;
mod feeds;
mod from_text;
mod labels;
pub(crate) mod limits;
pub(crate) mod load;
mod load_settings;
mod mode;
pub(crate) mod objective;
mod outputs;
#[cfg(test)]
mod panic_tests;
mod planned_arrivals;
mod replay;
mod select;
pub(crate) mod share;
pub(crate) mod sizing;
pub(crate) mod stages;
pub(crate) mod threshold;

use std::fmt::Display;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

use molotov_core::{Client, ClientBuilder, Rate, Target, ThinkTime, Timeouts};

pub(crate) use self::common_start::{CommonStart, Rendezvous};
pub(crate) use self::connections::ConnectionSettings;
pub(crate) use self::dead::DeadTarget;
pub(crate) use self::feeds::Feeds;
pub(crate) use self::labels::{Label, Labels};
use self::load::{Load, LoadShape};
pub use self::load_settings::{LoadSettings, PlannedStage};
pub(crate) use self::mode::{Mode, ScenarioOrder};
use self::objective::Objective;
pub use self::objective::Objectives;
use self::outputs::ErasedOutputs;
pub(crate) use self::planned_arrivals::PlannedArrivals;
pub(crate) use self::replay::Replay;
pub(crate) use self::select::{Choice, Select};
pub(crate) use self::share::Part;
pub(crate) use self::sizing::SearchWay;
use self::sizing::{SizingPlan, Way};
pub use self::stages::Stages;
pub use self::threshold::{Threshold, Thresholds};

/// The plan of a run: its users, duration and target.
///
/// A duration does not include the ramp-up: a run of 10 s with a ramp-up of 5 s takes 15 s. A plan without a duration
/// and without a number of iterations runs for 10 s.
///
/// ```
/// use molotov::Plan;
/// use std::time::Duration;
///
/// let plan = Plan::users(20).duration(Duration::from_secs(2)).ramp_up(Duration::from_millis(500));
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) users: NonZeroU32,
    pub(crate) threads: Option<NonZeroUsize>,
    pub(crate) ramp_up: Duration,
    pub(crate) duration: Option<Duration>,
    pub(crate) max_runs: Option<NonZeroU64>,
    pub(crate) delay: ThinkTime,
    pub(crate) select: Select,
    pub(crate) order: ScenarioOrder,
    pub(crate) fail_fast: FailFast,
    pub(crate) tolerated: u64,
    pub(crate) grace: Duration,
    pub(crate) setup_timeout: Duration,
    pub(crate) seed: Option<u64>,
    pub(crate) part: Part,
    pub(crate) target: Option<Target>,
    pub(crate) timeouts: Timeouts,
    pub(crate) trust: Trust,
    pub(crate) connection_settings: ConnectionSettings,
    pub(crate) sizing: Option<SizingPlan>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) replay: Option<Replay>,
    pub(crate) dead_target: DeadTarget,
    pub(crate) allow_invalid: bool,
    pub(crate) labels: Labels,
    pub(crate) load: Load,
    pub(crate) outputs: ErasedOutputs,
}

/// The choice to end the run at its first failed iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailFast {
    Yes,
    No,
}

/// The trusted certificates, and the hosts that may be loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    pub(crate) insecure: bool,
    pub(crate) authorities: Vec<PathBuf>,
    pub(crate) allowed_hosts: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            users: NonZeroU32::MIN,
            threads: None,
            ramp_up: Duration::ZERO,
            duration: None,
            max_runs: None,
            delay: ThinkTime::default(),
            select: Select::default(),
            order: ScenarioOrder::Picked,
            fail_fast: FailFast::No,
            tolerated: 0,
            grace: Duration::from_secs(10),
            setup_timeout: Duration::from_secs(60),
            seed: None,
            part: Part::default(),
            target: None,
            timeouts: Timeouts::default(),
            trust: Trust::default(),
            connection_settings: ConnectionSettings::default(),
            sizing: None,
            thresholds: Vec::new(),
            replay: None,
            dead_target: DeadTarget::After(None),
            allow_invalid: false,
            labels: Labels::new(),
            load: Load::default(),
            outputs: ErasedOutputs::default(),
        }
    }
}

impl Plan {
    /// Creates a plan with this number of virtual users, for 10 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // 20 users for 10 s.
    /// let plan = Plan::users(20);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is zero, or greater than 1,000,000.
    #[track_caller]
    pub fn users(users: u32) -> Self {
        Self { users: valid(limits::users(u64::from(users))), ..Self::default() }
    }

    /// Creates a plan that raises the number of users until an objective breaks, to find the service's capacity: up to
    /// 500 users, who start over 300 s. [`Plan::up_to`] and [`Plan::ramp_up`] change these defaults; a slower ramp-up
    /// is more precise. The result is in [`Report::sizing`](crate::Report::sizing).
    ///
    /// Objectives are upper bounds with commas between them: of percentiles of the latencies (`p99 < 200ms`), and of
    /// the share of failed iterations (`errors < 1%`). Without a bound of the latter, `errors <= 5%` is added. Each
    /// objective is evaluated over a sliding window of at least 100 samples. Latencies are those of the requests,
    /// including failed ones, or those of the iterations if the scenarios make no requests.
    ///
    /// A sizing ends by itself. With [`Plan::duration`], and if no objective broke before, all users continue for that
    /// long after the ramp-up.
    ///
    /// ```
    /// use molotov::Plan;
    /// use std::time::Duration;
    ///
    /// let plan = Plan::sizing("p99 < 200ms, errors < 1%").up_to(200).ramp_up(Duration::from_secs(120));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if an objective does not parse; the message names the cure. [`Objectives`] are parsed without a panic:
    /// `text.parse::<Objectives>()`.
    #[track_caller]
    pub fn sizing<O: TryInto<Objectives, Error: Display>>(objectives: O) -> Self {
        let Objectives(objectives) = valid(objectives.try_into().map_err(|why| why.to_string()));
        Self::default().with_sizing(valid(SizingPlan::new(objectives, None)))
    }

    /// Turns this [`Plan::sizing`] into a search for a rate instead of a number of users, starting at this rate: the
    /// rate doubles until an objective breaks, is then bisected until the highest rate that held and the lowest that
    /// broke are within 2 % of each other, and the former is confirmed once more. Each rate settles for at least 3 s
    /// and is then measured for at least 10 s; a rate holds when all objectives hold and the service keeps up with the
    /// arrivals. The result is in [`Report::capacity`](crate::Report::capacity).
    ///
    /// Iterations start as in the plan of a [rate](Plan::rate), and [`Plan::up_to`] sets the number of users that serve
    /// them: by default 1,000. If the load generator reaches its limit first, the report gives that as the result.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::sizing("p99 < 200ms, errors < 1%").starting_at("10/s");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the text is not a rate, or the rate is zero. A [`Rate`] is parsed without a panic:
    /// `text.parse::<Rate>()`. Parsing accepts zero, because [stages](Plan::stages) start and end with it
    /// ([`Rate::is_zero`]).
    #[must_use]
    #[track_caller]
    pub fn starting_at<R: TryInto<Rate, Error: Display>>(mut self, rate: R) -> Self {
        let rate = valid(rate.try_into().map_err(|why| why.to_string()));
        self.load.model = LoadShape::Rate(valid(limits::rate(rate)));
        self.ramp_up = Duration::ZERO;
        self
    }

    /// Raises the users of this [`Plan::sizing`] in steps instead of evenly: from one user, the number doubles until an
    /// objective breaks, is then bisected until the highest number that held and the lowest that broke are within 2 %
    /// of each other, or adjacent, and the former is confirmed once more. Each number settles for at least 3 s and is
    /// then measured for at least 10 s. There is no ramp-up. As with [stages](Plan::stages) of users, the latest user
    /// leaves first, after its iteration and its tear-down, and may return. A [rate](Plan::starting_at) is always
    /// searched in steps.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::sizing("p99 < 200ms, errors < 1%").in_steps().up_to(200);
    /// ```
    #[must_use]
    pub fn in_steps(mut self) -> Self {
        if let Some(sizing) = &mut self.sizing {
            sizing.way = Way::InSteps;
            self.ramp_up = Duration::ZERO;
        }
        self
    }

    /// Sets the maximum time of this [`Plan::sizing`], from the start of the load. At its end, the result is the
    /// greatest number of users, or rate, that held so far, and the least that broke. Default: unlimited; a sizing ends
    /// with its result. Without effect on other plans.
    ///
    /// ```
    /// use molotov::Plan;
    /// use std::time::Duration;
    ///
    /// let plan = Plan::sizing("p99 < 200ms").starting_at("10/s").sizing_time(Duration::from_secs(120));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn sizing_time(mut self, time: Duration) -> Self {
        let time = valid(limits::positive(time));
        if let Some(sizing) = &mut self.sizing {
            sizing.time = Some(time);
        }
        self
    }

    /// Sets the maximum number of users of a [`Plan::sizing`], or the number of users that serve the arrivals of a
    /// [`Plan::rate`]; for another plan, the number of users.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let search = Plan::sizing("p99 < 200ms").up_to(200);
    /// let open = Plan::rate("500/s").up_to(50);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is zero, or greater than 1,000,000.
    #[must_use]
    #[track_caller]
    pub fn up_to(mut self, users: u32) -> Self {
        self.users = valid(limits::users(u64::from(users)));
        self.load.servers = Some(self.users);
        self
    }

    /// Returns this plan as a sizing, with a sizing's defaults for users and ramp-up. The end conditions of other runs
    /// do not apply to a sizing.
    pub(crate) fn with_sizing(self, sizing: SizingPlan) -> Self {
        Self {
            users: valid(limits::users(u64::from(sizing::USERS))),
            ramp_up: sizing::RAMP_UP,
            duration: None,
            max_runs: None,
            order: ScenarioOrder::Picked,
            fail_fast: FailFast::No,
            tolerated: 0,
            sizing: Some(sizing),
            thresholds: Vec::new(),
            load: Load::default(),
            ..self
        }
    }

    /// Sets the time for which new iterations start, after the ramp-up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // 5 s of ramp-up, then 60 s with all users.
    /// let plan = Plan::users(20).ramp_up(Duration::from_secs(5)).duration(Duration::from_secs(60));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the duration is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(valid(limits::positive(duration)));
        self
    }

    /// Sets the number of iterations of each user; [`Plan::shared_runs`] sets the number of all users together.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // 100 iterations: five of each user.
    /// let plan = Plan::users(20).max_runs(5);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is 0.
    #[must_use]
    #[track_caller]
    pub fn max_runs(mut self, runs: u64) -> Self {
        self.max_runs = Some(valid(limits::runs(runs)));
        self
    }

    /// Sets the time over which the users start, evenly. Default zero: all at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // A user starts every 500 ms.
    /// let plan = Plan::users(20).ramp_up(Duration::from_secs(10));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn ramp_up(mut self, ramp_up: Duration) -> Self {
        self.ramp_up = valid(limits::bounded(ramp_up));
        self
    }

    /// Sets the pause of a user after each iteration, in addition to the scenario's own. Default zero.
    ///
    /// Takes a duration, a range of durations for a random pause each time, or text: `"2s"`, `"1s..3s"`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use molotov::Plan;
    ///
    /// let always = Plan::users(20).delay(Duration::from_secs(2));
    /// let varies = Plan::users(20).delay("1s..3s");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the text is not a time, or the time is longer than a year. A [`ThinkTime`] is parsed without a panic,
    /// with that limit: `text.parse::<ThinkTime>()`.
    #[must_use]
    #[track_caller]
    pub fn delay<T: TryInto<ThinkTime, Error: Display>>(mut self, delay: T) -> Self {
        self.delay = valid(delay.try_into().map_err(|why| why.to_string()));
        valid(limits::bounded(self.delay.most()));
        self
    }

    /// Sets the number of threads on which the command line runs the users. Default: the number of processors. A run as
    /// a value uses the runtime that awaits it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(1_000).threads(4);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is zero, or greater than 1,024.
    #[must_use]
    #[track_caller]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(valid(limits::threads(threads as u64)));
        self
    }

    /// Selects the scenarios whose names match one of these patterns, in which `*` stands for any text and `?` for one
    /// character. A scenario of weight 0 must be named in full.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).scenarios(["browse", "buy_*"]);
    /// ```
    #[must_use]
    pub fn scenarios<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.select.names = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Ends the run at the first iteration that fails.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).max_runs(100).fail_fast();
    /// ```
    #[must_use]
    pub fn fail_fast(mut self) -> Self {
        self.fail_fast = FailFast::Yes;
        self
    }

    /// Sets the number of tolerated failed iterations; with more, the exit code is that of a failure. Default 0.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).max_runs(100).tolerate(3);
    /// ```
    #[must_use]
    pub fn tolerate(mut self, failures: u64) -> Self {
        self.tolerated = failures;
        self
    }

    /// Disables exit code 4: the exit code is the same as without the verdict INVALID. The report still contains the
    /// verdict ([`Report::verdict`](crate::Report::verdict)).
    ///
    /// ```
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).allow_invalid();
    /// ```
    #[must_use]
    pub fn allow_invalid(mut self) -> Self {
        self.allow_invalid = true;
        self
    }

    /// Adds a label: a name and a value that distinguish runs, for instance a commit. All reports contain it
    /// (`settings.labels`). A label of the same name is replaced.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).label("commit", "89479b5").label("environment", "staging");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the name is not of 1 to 64 letters, digits, `_`, `-` and `.`, if the value is empty, longer than 256
    /// characters or has a line break, or if there are more than 32 labels.
    #[must_use]
    #[track_caller]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        valid(Label::new(name, value).and_then(|label| label.add_to(&mut self.labels)));
        self
    }

    /// Sets the time that iterations in flight have at the end of the run; after that they are cancelled. Default 10 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).grace(Duration::from_secs(30));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = valid(limits::bounded(grace));
        self
    }

    /// Sets the time-out of each set-up and tear-down. Default 60 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).setup_timeout(Duration::from_secs(120));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time-out is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn setup_timeout(mut self, timeout: Duration) -> Self {
        self.setup_timeout = valid(limits::positive(timeout));
        self
    }

    /// Sets the seed of all randomness. Default: a new seed for each run; the report contains it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // The same random numbers, rows and pauses in each run.
    /// let plan = Plan::users(20).seed(42);
    /// ```
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the base URL of every session: text, or a [`Target`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// use molotov::Target;
    ///
    /// let plan = Plan::users(20).host("http://localhost:8080/shop");
    /// let same = Plan::users(20).host(Target::parse("http://localhost:8080/shop")?);
    /// # Ok::<(), molotov::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the text is not a base URL. A [`Target`] is parsed without a panic: `text.parse::<Target>()`.
    #[must_use]
    #[track_caller]
    pub fn host<T: TryInto<Target, Error: Display>>(mut self, target: T) -> Self {
        self.target = Some(valid(target.try_into().map_err(|why| why.to_string())));
        self
    }

    /// Sets the time-outs of each request.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// use molotov::http::Timeouts;
    ///
    /// let mut timeouts = Timeouts::default();
    /// timeouts.connect = Duration::from_secs(1);
    /// let plan = Plan::users(20).timeouts(timeouts);
    /// ```
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Accepts every certificate. Use only for tests of your own service.
    ///
    /// ```
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).host("https://localhost:8443").insecure();
    /// ```
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.trust.insecure = true;
        self
    }

    /// Additionally trusts the certificates in this PEM file.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).host("https://localhost:8443").add_root_certificate("certificates/ca.pem");
    /// ```
    #[must_use]
    pub fn add_root_certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.trust.authorities.push(file.into());
        self
    }

    /// Allows requests to this public host, besides the host of [`Plan::host`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).host("https://shop.example").allow_host("login.shop.example");
    /// ```
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.trust.allowed_hosts.push(host.into());
        self
    }

    /// Adds thresholds; the run fails if one is broken (exit code 99): `p99 < 200ms`, `errors{scenario=buy} < 1%`,
    /// several with commas between them. May be called several times;
    /// [the book](https://github.com/molotov-rs/molotov/blob/main/docs/thresholds.md) describes the language. Each is
    /// judged, with its observed value, in [`Report::thresholds`](crate::Report::thresholds); a threshold without
    /// samples fails.
    ///
    /// Thresholds of the command line replace those of the plan with the same subject. A single run and a
    /// [`Plan::sizing`] judge no thresholds.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).threshold("p99 < 200ms, errors < 1%").threshold("p95(10s) < 1s after 5s abort");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if a threshold does not parse or duplicates an earlier one; the message marks the place and names the
    /// cure. [`Thresholds`] are parsed without a panic: `text.parse::<Thresholds>()`.
    #[must_use]
    #[track_caller]
    pub fn threshold<T: TryInto<Thresholds, Error: Display>>(mut self, thresholds: T) -> Self {
        let parsed: Result<Thresholds, _> = thresholds.try_into().map_err(|why| why.to_string());
        let (mut thresholds, call) = (valid(parsed).0, Location::caller());
        thresholds.iter_mut().for_each(|threshold| threshold.said.call = Some(call));
        self.thresholds.extend(thresholds);
        valid(threshold::twins(&self.thresholds).map_or(Ok(()), Err));
        self
    }

    /// Executes every scenario once, by one user, in order of registration.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
    /// let report = Suite::registered().run(Plan::default().single_run()).await?;
    /// assert_eq!(report.iterations.failures(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn single_run(mut self) -> Self {
        self.order = ScenarioOrder::EachOnce;
        self.load.model = LoadShape::Closed;
        self
    }

    /// Executes this scenario once, as a test.
    pub(crate) fn smoke(mut self, scenario: &str) -> Self {
        self.order = ScenarioOrder::Smoke;
        self.outputs = ErasedOutputs::default();
        self.sizing = None;
        self.replay = None;
        self.select = Select::with_name(scenario);
        self
    }

    /// The percentiles that objectives and thresholds name, in percent.
    pub(crate) fn percentiles(&self) -> Vec<f64> {
        let objectives = self.sizing.iter().flat_map(|sizing| &sizing.objectives);
        objectives.filter_map(Objective::percentile).collect()
    }

    pub(crate) fn client(&self) -> molotov_core::Result<Client> {
        let mut builder: ClientBuilder = Client::builder().timeouts(self.timeouts);
        if self.trust.insecure {
            builder = builder.insecure();
        }
        for file in &self.trust.authorities {
            builder = builder.add_root_certificate(file);
        }
        for host in self.trust.allowed_hosts.iter().cloned().chain(self.target.iter().map(Target::host)) {
            builder = builder.allow_host(host);
        }
        self.connection_settings.apply(builder).build()
    }
}

/// Unwraps a value of a plan in code, where a mistake is the programmer's, or panics.
#[track_caller]
fn valid<T>(checked: Result<T, String>) -> T {
    match checked {
        Ok(value) => value,
        Err(why) => panic!("{why}"),
    }
}
