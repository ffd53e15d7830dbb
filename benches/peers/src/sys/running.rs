//! A running process, which ends with its owner.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// A process, in a group of its own with its children.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    output: PathBuf,
}

impl Running {
    /// Starts it on these cores; its output goes to a file, so that no pipe can fill up.
    pub(crate) fn start(command: &Command, cores: &str, output: PathBuf) -> Result<Self> {
        let file = File::create(&output)?;
        let program = command.get_program();
        let child = pinned(command, cores)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("taskset cannot be started for {}", program.display()))?;
        Ok(Self { child, output })
    }

    /// taskset becomes the program, so this is the program's own.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The last lines of its output.
    pub(crate) fn last_words(&self) -> String {
        let text = String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(3)..].join(" / ")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // It may have ended already.
        let _ = killpg(Pid::from_raw(self.pid().cast_signed()), signal);
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + at_most;
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if Instant::now() > end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::SIGTERM);
        if self.wait(Duration::from_millis(300)).is_none() {
            self.signal(Signal::SIGKILL);
            let _ = self.child.wait();
        }
        // Its children may outlive it.
        self.signal(Signal::SIGKILL);
    }
}

fn pinned(command: &Command, cores: &str) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", cores]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    pinned
}
