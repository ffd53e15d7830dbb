//! Data that differs between iterations: rows of feeders, random numbers, think times, and variables of a run.
//!
//! The attribute of the same name is [`#[data]`](macro@crate::data).

pub use molotov_core::{
    Data, Exhausted, Feed, Feeder, IntoFeed, Rng, Row, Rows, SampleInt, SampleRange, ThinkTime, Turn, Vars,
};
