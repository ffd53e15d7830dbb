//! The `molotov` command as a black box: files, fetches, builds, runs, and exit codes.

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
