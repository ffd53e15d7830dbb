//! The features of Python Molotov, row by row, seen from outside: the number of executions, their order, exit code and
//! message. A row without such a view is named with the test that shows it elsewhere.
//!
//! `program.rs` is the load test here, against a server that stores each request.

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
