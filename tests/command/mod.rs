//! The `molotov` command as a black box: what it writes, fetches, builds and runs, and with which exit code.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod command_line;
mod container;
mod folder;
mod init;
mod real;
mod repository;
mod run_git;
mod run_here;
mod signals;
mod terminal;
mod trust;
