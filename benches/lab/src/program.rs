//! The steps of the program, section by section.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::args::{Args, Section};
use crate::client::Lab;
use crate::{doc, load};

pub(crate) fn main() -> ExitCode {
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

/// True if every section was made. A failed section does not affect the others.
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
