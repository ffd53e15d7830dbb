//! Data that differs between iterations: rows of feeders, random numbers, think times, and variables of a run.
//!
//! A [`Feed`] has the rows of a file or of a list, and scenarios take them as [`Row`]. [`Rng`] makes random numbers that
//! depend on the seed of the run ([`Session::rng`](crate::Session::rng)), and [`Vars`] has the values that all users share
//! ([`Run::vars`](crate::Run::vars)). The other items are for suites without attributes.
//!
//! ```
//! use molotov::prelude::*;
//!
//! fn accounts() -> Feed<(String, String)> {
//!     Feed::csv("data/accounts.csv").unique()
//! }
//!
//! async fn log_in(session: &mut Session, account: Row<(String, String)>) -> Result {
//!     let (user, password) = &*account;
//!     session.post("/login").form([("user", user), ("password", password)]).send().await?;
//!     Ok(())
//! }
//! ```
//!
//! The attribute of the same name is [`#[data]`](macro@crate::data).

pub use molotov_core::{
    Data, Exhausted, Feed, Feeder, IntoFeed, Rng, Row, Rows, SampleInt, SampleRange, ThinkTime, Turn, Vars,
};
