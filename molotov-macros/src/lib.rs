//! The attributes of molotov, re-exported by the crate `molotov`; depend on that.
//!
//! An attribute reads its options and the signature of the function (`parse`), finds every mistake in them
//! (`model`), and writes a registration by the public API of `molotov` (`expand`). The function itself is
//! never touched: its body is not even parsed.

mod expand;
mod kind;
mod mistakes;
mod model;
mod parse;

use proc_macro::TokenStream;

use self::kind::AttributeKind;

/// Registers an `async fn` as a scenario, which a virtual user executes once in each iteration.
///
/// ```
/// use molotov::prelude::*;
///
/// #[scenario(weight = 40, delay = "500ms", tags("read"))]
/// async fn browse(session: &mut Session) -> Result {
///     session.get("/").send().await?;
///     Ok(())
/// }
/// ```
///
/// # Options
///
/// All are optional, and so are the parentheses.
///
/// | option | sets | default |
/// |---|---|---|
/// | `weight = 40` | frequency relative to the other scenarios; with 0 it runs only when its full name is selected, also in tests | 1 |
/// | `name = "buy"` | name: 1 to 128 characters, unique in a suite | the function's name |
/// | `delay = "500ms"` | pause of the user after each iteration; `"1s..3s"` draws each pause from this range | none |
/// | `rate = "50/s"` | arrival rate, also `/m` and `/h`, independent of the duration of iterations and of other scenarios | by weight |
/// | `timeout = "10s"` | time limit of one iteration, which is cut there and fails as `user.timeout` | no limit |
/// | `tags("a", "b")` | words for `--tag` | none |
/// | `threshold("p99 < 200ms", "errors < 1%")` | thresholds on its iterations; exit code 99 where one is broken | none |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// A duration needs a unit: `"250ms"`, `"2s"`, `"1m 30s"`.
///
/// # Arguments
///
/// Any number, in any order, chosen by type: `&mut T` belongs to the user, `&T` to all users.
///
/// | argument | value |
/// |---|---|
/// | `&mut Session` | session of the user |
/// | `&mut T` | state of the user, from the [`#[setup]`](macro@setup) that returns `T` |
/// | `&T` | state of all users, from the [`#[global_setup]`](macro@global_setup) that returns `T` |
/// | `Row<T>` | fresh row of the [`#[data]`](macro@data) that yields `T` |
/// | `&Run` | facts about the run: users, seed, host, smoke or not |
/// | `UserId`, `Iteration` | number of the user and of its iteration, from 0 |
///
/// It returns nothing, or a `Result<(), E>` with any `E: Display`: molotov's own `Result`, `anyhow::Result<()>`,
/// `Result<(), String>`, …
///
/// # As a test
///
/// In a test target the attribute also writes a test called `smoke_` and the function's name, which executes the
/// scenario once and fails at the line of the attribute. Where it sends a request to a relative route and has no host
/// (`MOLOTOV_HOST`, or a `#[global_setup]` that returns a `Target`), it ends early and writes that to standard error;
/// `MOLOTOV_REQUIRE_HOST=1` makes it fail.
#[proc_macro_attribute]
pub fn scenario(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Scenario, options, item)
}

/// Registers an `async fn` that runs once, before the first user starts; all users share the value that it returns.
///
/// Any number of them, one for each type of state; one may take the state of another. A function that returns
/// nothing makes no state.
///
/// ```
/// use molotov::prelude::*;
///
/// struct Catalogue(Vec<u32>);
///
/// #[global_setup(timeout = "30s")]
/// async fn catalogue(session: &mut Session) -> Result<Catalogue> {
///     Ok(Catalogue(session.get("/items").send().await?.json()?))
/// }
///
/// #[scenario]
/// async fn browse(session: &mut Session, catalogue: &Catalogue) -> Result {
///     session.get("/items/{id}").path("id", catalogue.0[0]).send().await?;
///     Ok(())
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "30s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: `&mut Session`, `&Run`, and `&T` of another global set-up.
///
/// It returns the state `T` itself, or a `Result<T, E>` with any `E: Display`; a return type whose name ends in
/// `Result` is taken for a result. If it fails, or takes too long, the run ends there.
#[proc_macro_attribute]
pub fn global_setup(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::GlobalSetup, options, item)
}

/// Registers the `async fn` that runs once at the end, also when the run failed or was interrupted.
///
/// ```
/// use molotov::prelude::*;
///
/// #[global_teardown(timeout = "30s")]
/// async fn clean(session: &mut Session) -> Result {
///     session.delete("/test-data").send().await?;
///     Ok(())
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "30s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: `&mut Session`, `&Run`, and `&T` of a [`#[global_setup]`](macro@global_setup).
///
/// It returns nothing, or a `Result<(), E>` with any `E: Display`; a failure is shown and counted. There can be one
/// only.
#[proc_macro_attribute]
pub fn global_teardown(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::GlobalTeardown, options, item)
}

/// Registers an `async fn` that runs once for each user, before its first iteration; the value that it returns is that user's.
///
/// Any number of them, one for each type of state; one may take the state of another. A function that returns
/// nothing makes no state.
///
/// ```
/// use molotov::prelude::*;
///
/// #[derive(Default)]
/// struct Basket(Vec<u32>);
///
/// #[setup]
/// async fn basket() -> Basket {
///     Basket::default()
/// }
///
/// #[scenario]
/// async fn buy(session: &mut Session, basket: &mut Basket) -> Result {
///     basket.0.push(7);
///     session.post("/basket").json(&basket.0).send().await?;
///     Ok(())
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "30s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: the same as those of a [`#[scenario]`](macro@scenario).
///
/// It returns the state `T` itself, or a `Result<T, E>` with any `E: Display`; a return type whose name ends in
/// `Result` is taken for a result. If it fails, or takes too long, the run ends there.
#[proc_macro_attribute]
pub fn setup(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Setup, options, item)
}

/// Registers the `async fn` that cleans up the states of a user, after its last iteration.
///
/// ```
/// use molotov::prelude::*;
///
/// struct Basket {
///     id: u32,
/// }
///
/// #[setup]
/// async fn basket(session: &mut Session) -> Result<Basket> {
///     Ok(Basket { id: session.post("/baskets").send().await?.json()? })
/// }
///
/// #[teardown]
/// async fn empty(session: &mut Session, basket: &mut Basket) -> Result {
///     session.delete("/basket/{id}").path("id", basket.id).send().await?;
///     Ok(())
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "30s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: the same as those of a [`#[scenario]`](macro@scenario).
///
/// It returns nothing, or a `Result<(), E>` with any `E: Display`; a failure is shown and counted. There can be one
/// only.
#[proc_macro_attribute]
pub fn teardown(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Teardown, options, item)
}

/// Registers the `async fn` that prepares the session of each user: headers, base URL, a log-in.
///
/// ```
/// use molotov::prelude::*;
///
/// #[setup_session(timeout = "5s")]
/// async fn log_in(session: &mut Session) -> Result {
///     session.set_header("authorization", "Bearer 1234")
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "5s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: the same as those of a [`#[scenario]`](macro@scenario).
///
/// It returns nothing, or a `Result<(), E>` with any `E: Display`; if it fails, the run ends there. There can be one
/// only. With `--fresh-session` it prepares the session of each iteration; a failure in a later iteration than the first
/// fails that iteration only.
#[proc_macro_attribute]
pub fn setup_session(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::SetupSession, options, item)
}

/// Registers the `async fn` that closes the session of each user: a log-out.
///
/// ```
/// use molotov::prelude::*;
///
/// #[teardown_session]
/// async fn log_out(session: &mut Session) -> Result {
///     session.post("/logout").send().await?;
///     Ok(())
/// }
/// ```
///
/// | option | sets | default |
/// |---|---|---|
/// | `timeout = "5s"` | time limit, with its unit | the run's limit for set-ups, 60 s |
/// | `crate = path` | path of `molotov`, if it was renamed or re-exported | `::molotov` |
///
/// Arguments: the same as those of a [`#[scenario]`](macro@scenario).
///
/// It returns nothing, or a `Result<(), E>` with any `E: Display`; a failure is shown and counted. There can be one
/// only.
#[proc_macro_attribute]
pub fn teardown_session(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::TeardownSession, options, item)
}

/// Registers the plain `fn` that names the scenario of each iteration, instead of the weights.
///
/// ```
/// use molotov::prelude::*;
///
/// #[scenario_picker]
/// fn pick(user: UserId, iteration: Iteration) -> &'static str {
///     if iteration.0 == 0 { "log_in" } else { "browse" }
/// }
/// ```
///
/// It takes exactly these two arguments, which both count from 0, and returns the name of a scenario, which may be one
/// of weight 0. An unknown name is a failed iteration (`user.error`), as is a panic of the picker; the run goes on. It
/// is not called if scenarios are named (`--scenario`, `--tag`), in a single run and in tests; the report has a note
/// about that. Its only option is `crate = path` (default `::molotov`). There can be one only.
#[proc_macro_attribute]
pub fn scenario_picker(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::ScenarioPicker, options, item)
}

/// Registers a plain `fn` that is called with the events of the run, off the hot path.
///
/// ```
/// use molotov::prelude::*;
///
/// #[events]
/// fn watch(event: &Event) {
///     if let Event::ScenarioFailed { scenario, message, .. } = event {
///         eprintln!("{scenario}: {message}");
///     }
/// }
/// ```
///
/// The events of one user come in order, and each has its time. A thread of its own calls the listeners: a slow or
/// panicking listener never changes the load. Events that a slow listener misses are counted, and a panic is named in
/// the report.
///
/// It takes exactly this argument and returns nothing. Its only option is `crate = path` (default `::molotov`).
/// There can be any number of them.
#[proc_macro_attribute]
pub fn events(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Events, options, item)
}

/// Registers a plain `fn` that returns a feed: rows of a file, or of code, that scenarios take as `Row<T>`.
///
/// ```
/// use molotov::prelude::*;
///
/// #[derive(serde::Deserialize)]
/// struct Account {
///     name: String,
///     password: String,
/// }
///
/// #[data]
/// fn accounts() -> Feed<Account> {
///     Feed::csv("accounts.csv").unique()
/// }
///
/// #[scenario]
/// async fn log_in(session: &mut Session, account: Row<Account>) -> Result {
///     session.post("/login").form([("name", &account.name), ("password", &account.password)]).send().await?;
///     Ok(())
/// }
/// ```
///
/// Each row is checked before the run; a row that is not a valid `T` is reported with its file and line, and nothing is sent. `Feed`
/// sets the source of the rows, their order, and the rule for the end of the rows.
///
/// A `#[setup]` and the `#[setup_session]` may take rows too: of `shuffled()`, `random()` and `unique()` feeds the first one
/// of their user, each time.
///
/// It takes no arguments, and returns a `Feed<T>`, or a `Result<Feed<T>, E>` with any `E: Display`. Its only option is
/// `crate = path` (default `::molotov`). There can be one for each type of row.
#[proc_macro_attribute]
pub fn data(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Data, options, item)
}

fn attribute(kind: AttributeKind, options: TokenStream, item: TokenStream) -> TokenStream {
    let (parsed, item) = (parse::parse(kind, options.into(), item.clone().into()), item.into());
    match model::model(kind, parsed) {
        Ok(model) => expand::expand(&model, &item).into(),
        Err(mistakes) => expand::refuse(&mistakes, &item).into(),
    }
}
