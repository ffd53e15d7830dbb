//! Everything that Python Molotov does, row by row, seen from outside: how often something ran, in which order, with
//! which exit code and message. A row that cannot be seen so is named with the test that shows it elsewhere.
//!
//! `molotov_parity/program.rs` is the load test that is run here, against a server that remembers each request.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

// What other tests have for starting programs and reading reports; not all of it is used here.
#[allow(dead_code)]
#[path = "black_box/report.rs"]
mod report;
#[allow(dead_code)]
#[path = "black_box/run.rs"]
mod run;

#[allow(dead_code)]
#[path = "command/molotov.rs"]
mod command;

#[path = "molotov_parity/load.rs"]
mod load;
#[path = "molotov_parity/witness.rs"]
mod witness;

#[path = "molotov_parity/commands.rs"]
mod commands;
#[path = "molotov_parity/decorators.rs"]
mod decorators;
#[path = "molotov_parity/mistakes.rs"]
mod mistakes;
#[path = "molotov_parity/options.rs"]
mod options;
#[path = "molotov_parity/readme.rs"]
mod readme;
#[path = "molotov_parity/samples.rs"]
mod samples;
#[path = "molotov_parity/session.rs"]
mod session;
