//! The tests that need no registered suite of their own, in one program.

#![allow(clippy::unwrap_used)]

mod support;

mod architecture;
mod black_box;
mod circles;
mod command;
mod documentation;
mod layers;
mod listeners;
mod molotov_parity;
mod public_functions;
mod recipes;
mod session_parity;
mod smoke_projects;
