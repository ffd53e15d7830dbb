//! The tests of whole runs, in one program.

#![allow(clippy::unwrap_used)]

mod support;

mod arrivals;
mod behaviour;
mod blame;
mod capacity;
mod connections;
mod data;
mod dead_target;
mod events;
mod laws;
mod outputs;
mod pauses;
mod regressions;
mod replay;
mod same_bytes;
mod shards;
mod silence;
mod sizing;
mod sizing_time;
mod steady;
mod thresholds;
mod verdict;
