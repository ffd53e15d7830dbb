//! Starts `molotov`, with the environment of a user without settings.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::process::{Process, ProcessOutput, Reading};
use crate::support::run::executable;

/// A limit far above the real time; some of it compiles.
pub(crate) const COMPILED: Duration = Duration::from_secs(900);

/// A command to be run in a folder.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    // Variables for these tests are not for the programs that they start.
    let ours = ["MOLOTOV_", "TEST_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_TARGET_", "NEXTEST", "GIT_"];
    for (name, _) in std::env::vars_os() {
        if ours.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// `molotov` with these arguments, in a folder.
pub(crate) fn molotov<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Command {
    let mut command = command(executable("molotov"), folder);
    command.args(args);
    command
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Asserts the exit code, and that standard error contains all of these.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.text());
        assert!(!self.stderr.contains("thread 'main'"), "a panic was printed: {}", self.text());
        for words in said {
            assert!(self.stderr.contains(words), "no `{words}` in {}", self.text());
        }
    }

    pub(crate) fn text(&self) -> String {
        format!("{:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs it until its end.
#[track_caller]
pub(crate) fn run(command: Command) -> Ended {
    start(command).wait()
}

pub(crate) fn start(command: Command) -> Running {
    Running(Process::start(command, Reading::Both))
}

/// A running command. Dropping it kills it.
pub(crate) struct Running(Process);

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        self.0.signal(signal);
    }

    #[track_caller]
    pub(crate) fn wait(self) -> Ended {
        let ProcessOutput { code, stdout, stderr } = self.0.wait(COMPILED);
        Ended { code, stdout, stderr }
    }
}
