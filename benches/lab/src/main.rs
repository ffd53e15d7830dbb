//! The measurement lab: compares what molotov reports with what is true, and writes `docs/measurement.md`.
//!
//! ```text
//! cargo run --release -p molotov-lab --example lab                       # everything: five minutes on an idle machine
//! cargo run --release -p molotov-lab --example lab -- latency --quick    # one section, shorter runs
//! ```
//!
//! The program has two more roles: it is the server whose delays follow a script, in threads of its own, and it starts
//! itself anew as the load test, so that what is measured is a program like any user's.

mod args;
mod client;
mod clients;
mod doc;
mod load;
mod sections;
mod server;
mod stats;
mod sys;
mod window;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::args::{Args, Section};
use crate::client::Lab;

fn main() -> ExitCode {
    if load::is_wanted() {
        return load::run();
    }
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// True when every section was made. One that fails leaves the others alone.
fn run(args: &Args) -> Result<bool> {
    let lab = Lab::new(args)?;
    let mut all_made = true;
    for section in args.sections() {
        if let Err(error) = make(*section, &lab) {
            eprintln!("lab: {}: {error:#}", section.name());
            all_made = false;
        }
    }
    Ok(all_made)
}

fn make(section: Section, lab: &Lab) -> Result<()> {
    let text = section.run(lab)?;
    println!("## {}\n\n{text}\n", section.name());
    if let Some(why) = lab.args.why_unwritten() {
        eprintln!("lab: docs/measurement.md is not written: {why}");
        return Ok(());
    }
    doc::write(section.name(), &text)
}
