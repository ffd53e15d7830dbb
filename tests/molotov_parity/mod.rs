//! Everything that Python Molotov does, row by row, seen from outside: how often something ran, in which order, with
//! which exit code and message. A row that cannot be seen so is named with the test that shows it elsewhere.
//!
//! `program.rs` is the load test that is run here, against a server that remembers each request.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod load;
mod witness;

mod book;
mod commands;
mod decorators;
mod mistakes;
mod options;
mod samples;
mod session;
