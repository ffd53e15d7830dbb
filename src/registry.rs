//! Scenarios, fixtures and their arguments by hand; the attributes expand to these.
//!
//! A [`Suite`] has [`Scenario`]s, set-ups ([`GlobalSetup`], [`Setup`]) that make states, and [`Hook`]s. Their functions
//! take their arguments from a [`Context`], and `needs` declares these, so that a missing state is found before the run.
//!
//! ```
//! use molotov::prelude::*;
//! use molotov::registry::Setup;
//!
//! struct Token(String);
//!
//! async fn log_in(session: &mut Session) -> Result<Token> {
//!     Ok(Token(session.post("/login").form([("user", "ann")]).send().await?.text()?.to_owned()))
//! }
//!
//! async fn orders(session: &mut Session, token: &mut Token) -> Result {
//!     session.get("/orders").bearer_auth(&*token.0).send().await?;
//!     Ok(())
//! }
//!
//! let log_in = Setup::builder("log_in", |mut cx| Box::pin(log_in(cx.arg()))).needs::<&mut Session>();
//! let orders = Scenario::builder("orders", |mut cx| Box::pin(orders(cx.arg(), cx.arg())))
//!     .needs::<&mut Session>()
//!     .needs::<&mut Token>();
//! assert!(Suite::new().setup(log_in).scenario(orders).check(&[]).is_empty());
//! ```

pub use molotov_core::{
    Arg, BoxFuture, Context, Deck, Dependency, FixtureBuilder, GlobalSetup, Hook, Origin, Picker, Problem,
    Registration, Scenario, ScenarioBuilder, Scope, Setup, Shared, States, Suite,
};
