//! A service that stops responding affects the verdict of a run, whatever its samples are; and one that responds does
//! not.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod by_time;
mod cut_in_windows;
mod healthy;
mod judgement;
mod last_requests;
mod last_windows;
mod masked;
mod measured;
mod one_server;
mod presence;
mod property;
mod rows;
mod service;
mod stalls;
mod straddled;
mod to_the_end;
mod user_waits;
