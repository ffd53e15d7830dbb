//! The arguments of the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Compares what molotov reports with what is true and writes docs/measurement.md.
#[derive(Clone, Debug, Parser)]
#[command(name = "lab", max_term_width = 100)]
pub(crate) struct Args {
    /// Which tables [default: all]; those that are not made keep their earlier text
    #[arg(value_enum)]
    sections: Vec<Section>,

    /// Shorter runs; what is shortened says so
    #[arg(long)]
    pub(crate) quick: bool,

    /// Print figures of a busy machine, marked, and write no file
    #[arg(long)]
    pub(crate) allow_busy: bool,

    /// The program k6 [default: on the PATH, or where benches/peers installs it]
    #[arg(long, value_name = "FILE")]
    pub(crate) k6: Option<PathBuf>,
}

/// A part of docs/measurement.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// Reported against true percentiles, for delays that follow a script
    Latency,
    /// A server that stops once, under a load that does not wait for it
    Stall,
    /// How late starts at a rate are, and what that costs
    Starts,
    /// The few requests at a low rate that take longer, beside those of a plain client
    Tails,
}

impl Section {
    /// The name in its markers in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Stall => "stall",
            Self::Starts => "starts",
            Self::Tails => "tails",
        }
    }
}

impl Args {
    pub(crate) fn sections(&self) -> &[Section] {
        if self.sections.is_empty() { Section::value_variants() } else { &self.sections }
    }

    /// The duration of each load.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(if self.quick { 3 } else { 10 })
    }

    /// The reason why these figures are not for the file.
    pub(crate) fn why_unwritten(&self) -> Option<&'static str> {
        if self.allow_busy {
            Some("--allow-busy takes figures of a busy machine too")
        } else if cfg!(debug_assertions) {
            Some("this is a debug build; add --release")
        } else {
            None
        }
    }

    /// The command as a reader can repeat it.
    pub(crate) fn command(&self) -> String {
        let mut command = "cargo run --release --manifest-path benches/lab/Cargo.toml".to_owned();
        let names: Vec<_> = self.sections.iter().map(|section| section.name()).collect();
        let flags = [(self.quick, "--quick"), (self.allow_busy, "--allow-busy")];
        let typed = names.into_iter().chain(flags.iter().filter(|flag| flag.0).map(|flag| flag.1));
        for (index, word) in typed.enumerate() {
            command.push_str(if index == 0 { " -- " } else { " " });
            command.push_str(word);
        }
        command
    }
}
