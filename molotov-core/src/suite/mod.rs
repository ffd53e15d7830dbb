//! The scenarios and fixtures of a run.

mod check;
mod order;

use crate::data::Data;
use crate::fixture::{GlobalSetup, Hook, Picker, Setup};
use crate::listeners::Listener;
use crate::registry::{Registration, registered};
use crate::scenario::Scenario;

pub use self::check::Problem;

/// The scenarios and fixtures of a run, registered by attributes or assembled by hand.
///
/// ```
/// use molotov::{Scenario, Suite};
///
/// let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
/// assert!(suite.check(&[]).is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Suite {
    scenarios: Vec<Scenario>,
    global_setups: Vec<GlobalSetup>,
    setups: Vec<Setup>,
    setup_session: Vec<Hook>,
    teardown_session: Vec<Hook>,
    teardown: Vec<Hook>,
    global_teardown: Vec<Hook>,
    picker: Vec<Picker>,
    listeners: Vec<Listener>,
    data: Vec<Data>,
}

impl Suite {
    /// An empty suite.
    pub fn new() -> Self {
        Self::default()
    }

    /// The suite of all registrations by attributes, in all crates of this program.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// // The scenarios of the attributes, and another.
    /// let suite = Suite::registered().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    /// ```
    pub fn registered() -> Self {
        registered().into_iter().fold(Self::new(), Self::with)
    }

    fn with(mut self, piece: Registration) -> Self {
        match piece {
            Registration::Scenario(scenario) => self.scenarios.push(scenario),
            Registration::GlobalSetup(setup) => self.global_setups.push(setup),
            Registration::Setup(setup) => self.setups.push(setup),
            Registration::SetupSession(hook) => self.setup_session.push(hook),
            Registration::TeardownSession(hook) => self.teardown_session.push(hook),
            Registration::Teardown(hook) => self.teardown.push(hook),
            Registration::GlobalTeardown(hook) => self.global_teardown.push(hook),
            Registration::Picker(picker) => self.picker.push(picker),
            Registration::Events(listener) => self.listeners.push(listener),
            Registration::Data(data) => self.data.push(data),
        }
        self
    }

    /// Adds a scenario.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// async fn browse(session: &mut Session) -> Result {
    ///     session.get("/items").send().await?;
    ///     Ok(())
    /// }
    ///
    /// let browse = Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg()))).needs::<&mut Session>();
    /// let suite = Suite::new().scenario(browse.weight(3));
    /// assert_eq!(suite.scenarios().len(), 1);
    /// ```
    #[must_use]
    pub fn scenario(self, scenario: impl Into<Scenario>) -> Self {
        self.with(Registration::Scenario(scenario.into()))
    }

    /// Adds a global set-up: one per type of state.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::GlobalSetup;
    ///
    /// async fn shop() -> Result<Target> {
    ///     Target::parse("http://localhost:8080")
    /// }
    ///
    /// let suite = Suite::registered().global_setup(GlobalSetup::builder("shop", |_| Box::pin(shop())));
    /// ```
    #[must_use]
    pub fn global_setup(self, setup: impl Into<GlobalSetup>) -> Self {
        self.with(Registration::GlobalSetup(setup.into()))
    }

    /// Adds a set-up of each user: one per type of state.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::Setup;
    ///
    /// struct Basket(Vec<u64>);
    ///
    /// async fn basket(session: &mut Session) -> Result<Basket> {
    ///     session.post("/basket").send().await?;
    ///     Ok(Basket(Vec::new()))
    /// }
    ///
    /// let basket = Setup::builder("basket", |mut cx| Box::pin(basket(cx.arg()))).needs::<&mut Session>();
    /// let suite = Suite::registered().setup(basket);
    /// ```
    #[must_use]
    pub fn setup(self, setup: impl Into<Setup>) -> Self {
        self.with(Registration::Setup(setup.into()))
    }

    /// Sets the hook that prepares each session.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::Hook;
    ///
    /// async fn log_in(session: &mut Session) -> Result {
    ///     session.post("/login").form([("user", "ann")]).send().await?;
    ///     Ok(())
    /// }
    ///
    /// let log_in = Hook::builder("log_in", |mut cx| Box::pin(log_in(cx.arg()))).needs::<&mut Session>();
    /// let suite = Suite::registered().setup_session(log_in);
    /// ```
    #[must_use]
    pub fn setup_session(self, hook: impl Into<Hook>) -> Self {
        self.with(Registration::SetupSession(hook.into()))
    }

    /// Sets the hook that closes each session.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::Hook;
    ///
    /// async fn log_out(session: &mut Session) -> Result {
    ///     session.post("/logout").send().await?;
    ///     Ok(())
    /// }
    ///
    /// let log_out = Hook::builder("log_out", |mut cx| Box::pin(log_out(cx.arg()))).needs::<&mut Session>();
    /// let suite = Suite::registered().teardown_session(log_out);
    /// ```
    #[must_use]
    pub fn teardown_session(self, hook: impl Into<Hook>) -> Self {
        self.with(Registration::TeardownSession(hook.into()))
    }

    /// Sets the hook that cleans up each user's states.
    #[must_use]
    pub fn teardown(self, hook: impl Into<Hook>) -> Self {
        self.with(Registration::Teardown(hook.into()))
    }

    /// Sets the hook that runs once at the end.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::Hook;
    ///
    /// let remove = Hook::builder("remove", |_| Box::pin(async { Ok(std::fs::remove_file("orders.db")?) }));
    /// let suite = Suite::registered().global_teardown(remove);
    /// ```
    #[must_use]
    pub fn global_teardown(self, hook: impl Into<Hook>) -> Self {
        self.with(Registration::GlobalTeardown(hook.into()))
    }

    /// Sets the function that picks scenarios; it replaces the weights.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::registry::Picker;
    ///
    /// // Each user logs in first, and then browses.
    /// let picker = Picker::new(|_, iteration| if iteration.0 == 0 { "log_in" } else { "browse" });
    /// let suite = Suite::registered().picker(picker);
    /// ```
    #[must_use]
    pub fn picker(self, picker: Picker) -> Self {
        self.with(Registration::Picker(picker))
    }

    /// Adds a listener: one of your own, or a [ready-made](crate::listeners) one.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::listeners::Slowest;
    ///
    /// let slowest = Slowest::new(10);
    /// let suite = Suite::registered().events(&slowest);
    /// ```
    #[must_use]
    pub fn events(self, listener: impl Into<Listener>) -> Self {
        self.with(Registration::Events(listener.into()))
    }

    /// Adds a feed, whose rows scenarios and set-ups take as `Row<T>`: one feed per type of row.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::data::Data;
    ///
    /// let suite = Suite::registered().data(Data::new("words", || Feed::rows(["molotov", "cocktail"]).random()));
    /// ```
    #[must_use]
    pub fn data(self, data: Data) -> Self {
        self.with(Registration::Data(data))
    }

    /// The scenarios, in order of registration.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The global set-ups, each after the set-ups whose states it needs.
    pub fn global_setups(&self) -> Vec<&GlobalSetup> {
        order::sorted(&self.global_setups)
    }

    /// The set-ups of a user, each after the set-ups whose states it needs.
    pub fn setups(&self) -> Vec<&Setup> {
        order::sorted(&self.setups)
    }

    /// The hook that prepares each session, for a runner.
    #[doc(hidden)]
    pub fn setup_session_hook(&self) -> Option<&Hook> {
        self.setup_session.first()
    }

    /// The hook that closes each session, for a runner.
    #[doc(hidden)]
    pub fn teardown_session_hook(&self) -> Option<&Hook> {
        self.teardown_session.first()
    }

    /// The hook that cleans up each user's states, for a runner.
    #[doc(hidden)]
    pub fn teardown_hook(&self) -> Option<&Hook> {
        self.teardown.first()
    }

    /// The hook that runs once at the end, for a runner.
    #[doc(hidden)]
    pub fn global_teardown_hook(&self) -> Option<&Hook> {
        self.global_teardown.first()
    }

    /// The function that picks scenarios instead of the weights, for a runner.
    #[doc(hidden)]
    pub fn scenario_picker(&self) -> Option<&Picker> {
        self.picker.first()
    }

    /// The listeners.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The feeds.
    pub fn feeds(&self) -> &[Data] {
        &self.data
    }
}
