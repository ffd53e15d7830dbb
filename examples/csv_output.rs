//! A custom output: a line of CSV for each second, in `load.csv`.
//!
//! `cargo run --example csv_output -- --users 5 --duration 3s`

use std::fs::File;
use std::io::{self, Write};

use molotov::output::{Output, RunFacts, Snapshot};
use molotov::prelude::*;

/// An output has a thread of its own, so it may block; a failed write is an error at the end of the run.
struct Csv(File);

impl Csv {
    fn create() -> io::Result<Self> {
        let mut file = File::create("load.csv")?;
        writeln!(file, "second,users,iterations,failed,p99_ms,verdict")?;
        Ok(Self(file))
    }
}

impl Output for Csv {
    fn name(&self) -> &str {
        "csv"
    }

    fn tick(&mut self, snapshot: &Snapshot, _: &mut RunFacts) -> Result {
        let p99 = snapshot.report.scenarios.first().and_then(|row| row.ok.percentile(99.0));
        let p99 = p99.unwrap_or_default().as_secs_f64() * 1e3;
        for window in &snapshot.windows {
            let (second, verdict) = (window.start.as_secs_f64(), snapshot.report.verdict().as_str());
            let (users, ended, failed) = (window.users, window.iterations, window.failed_iterations);
            writeln!(self.0, "{second:.0},{users},{ended},{failed},{p99:.1},{verdict}")?;
        }
        Ok(())
    }
}

#[scenario(delay = "20ms")]
async fn buy() {}

molotov::main!(Plan::default().output(Csv::create));
