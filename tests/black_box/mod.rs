//! The command line as a black box: a test starts a program and checks its exit code, its output, and the requests that
//! a server in this process has received.
//!
//! Times are bounded only so that nothing hangs.

#![allow(clippy::unwrap_used)]

mod arrivals;
mod bad_input;
mod config;
mod connections;
mod counts;
mod data;
mod dead_target;
mod descriptors;
mod dump;
mod examples;
mod exit_codes;
mod faults;
mod hang_up;
mod headlines;
mod live_outputs;
mod lost_outputs;
mod marks;
mod no_host;
mod output;
mod planted_secrets;
mod proxies;
mod python_words;
mod replay;
mod report_formats;
mod results;
mod server;
mod shards;
mod silence;
mod sizing;
mod special_files;
mod statsd_server;
mod terminals;
mod threads;
mod thresholds;
mod typed_secrets;
mod verdict;
