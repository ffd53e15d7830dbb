//! Compares molotov with other load generators, side by side on one machine, and writes `docs/performance.md`.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml                       # everything
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --install         # gets the peers first
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- requests --quick  # one section, fewer rounds
//! ```

mod args;
mod install;
mod markdown;
mod measure;
mod peers;
mod places;
mod sections;
mod stats;
mod sys;
mod target;
mod work;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::args::Args;
use crate::measure::Busy;
use crate::places::Places;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Busy>() => {
            eprintln!("peers: {error}; nothing of this section is reported (--allow-busy prints it, marked)");
            ExitCode::from(measure::BUSY)
        }
        Err(error) => {
            eprintln!("peers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let places = Places::find()?;
    sys::raise_descriptor_limit();
    if args.install {
        install::missing(&places);
    }
    for section in args.sections() {
        let Some(text) = section.run(args, &places)? else { continue };
        println!("{}", text.whole);
        if args.allow_busy || !args.only.is_empty() {
            eprintln!("peers: docs/performance.md is not written, because of --allow-busy or --only");
        } else {
            text.write(&places)?;
        }
    }
    Ok(())
}
