//! The arguments of the command line.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Compares molotov with other load generators and writes docs/performance.md.
#[derive(Clone, Debug, Parser)]
#[command(name = "peers", max_term_width = 100)]
pub(crate) struct Args {
    /// Which tables [default: all]; those that are not made keep their earlier text
    #[arg(value_enum)]
    sections: Vec<Section>,

    /// Install the peers that are missing first: apt-get as root, the others into the target folder
    #[arg(long)]
    pub(crate) install: bool,

    /// Fewer and shorter rounds; what is shortened says so
    #[arg(long)]
    pub(crate) quick: bool,

    /// Print figures of a busy machine, marked, and write no file
    #[arg(long)]
    pub(crate) allow_busy: bool,

    /// Rounds of each comparison [default: 5, with --quick 3]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,

    /// Only clients whose names contain one of these; writes no file
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
}

/// A table, or some that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// CPU per request and requests per second, on one core
    Requests,
    /// The same for what somebody who builds a client can choose
    Choices,
    /// The same on all cores
    Cores,
    /// Memory of an idle user, start and stop
    Users,
    /// Cost by users, routes and time
    Growth,
    /// Builds of a user's crate
    Compile,
}

impl Args {
    pub(crate) fn sections(&self) -> &[Section] {
        if self.sections.is_empty() { Section::value_variants() } else { &self.sections }
    }

    pub(crate) fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 3 } else { 5 })
    }

    /// The duration of each measurement.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_millis(if self.quick { 1_500 } else { 3_000 })
    }

    pub(crate) fn wants(&self, client: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| client.contains(name.as_str()))
    }

    /// The same for one section alone, for another process.
    pub(crate) fn for_section(&self, section: &str) -> Vec<OsString> {
        let mut args = vec![section.to_owned()];
        args.extend(self.quick.then(|| "--quick".to_owned()));
        args.extend(self.allow_busy.then(|| "--allow-busy".to_owned()));
        args.extend(self.rounds.map(|rounds| format!("--rounds={rounds}")));
        args.extend(self.only.iter().map(|name| format!("--only={name}")));
        args.into_iter().map(OsString::from).collect()
    }

    /// The command as a reader can repeat it.
    pub(crate) fn command(&self) -> String {
        let mut command = "cargo run --release --manifest-path benches/peers/Cargo.toml".to_owned();
        let typed: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--install").collect();
        if !typed.is_empty() {
            command.push_str(" -- ");
            command.push_str(&typed.join(" "));
        }
        command
    }
}
