//! Starts programs, and waits for them.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::support::process::{PATIENCE, Process, ProcessOutput, Reading};
use crate::support::report::Report;
use crate::support::root;

/// A program to be run, with the environment of a user without any settings.
pub(crate) struct Program {
    command: Command,
    folder: TempDir,
}

impl Program {
    /// The program of these tests.
    pub(crate) fn new<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        Self::example("black_box_program", args)
    }

    /// The same, after the shell has executed a command in its process.
    pub(crate) fn after_shell<A: AsRef<OsStr>>(first: &str, args: impl IntoIterator<Item = A>) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!(r#"{first} && exec "$0" "$@""#)]).arg(executable("black_box_program"));
        Self::of(shell, args)
    }

    /// The same in a line of shell, in which it is `"$0" "$@"`.
    pub(crate) fn in_shell<A: AsRef<OsStr>>(line: &str, args: impl IntoIterator<Item = A>) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).arg(executable("black_box_program"));
        Self::of(shell, args)
    }

    /// An example.
    pub(crate) fn example<A: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = A>) -> Self {
        Self::of(Command::new(executable(name)), args)
    }

    fn of<A: AsRef<OsStr>>(mut command: Command, args: impl IntoIterator<Item = A>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        command.args(args).current_dir(folder.path());
        for (name, _) in std::env::vars_os() {
            let (own, proxy) = ("MOLOTOV_", "_PROXY");
            let name_here = name.to_string_lossy().to_uppercase();
            let is_of_ci = name_here == "CI" || name_here.starts_with("GITHUB_");
            if name_here.starts_with(own) || name_here.ends_with(proxy) || is_of_ci {
                command.env_remove(name);
            }
        }
        // The search for a file of options includes the folder of the package according to cargo.
        command.env_remove("CARGO_MANIFEST_DIR");
        Self { command, folder }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Puts a file into its folder.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    /// Adds these arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Adds the option for its report.
    pub(crate) fn reporting(mut self) -> Self {
        self.command.args(["--report", "report.json"]);
        self
    }

    /// Runs it until its end.
    pub(crate) fn run(self) -> Ended {
        self.start().wait()
    }

    pub(crate) fn start(self) -> Running {
        self.start_reading(Reading::Both)
    }

    /// Starts it without a reader of its standard output.
    pub(crate) fn start_unread(self) -> Running {
        self.start_reading(Reading::StderrOnly)
    }

    /// Starts it, and its standard error stays in the pipe, which is soon full.
    pub(crate) fn start_unheard(self) -> Running {
        self.start_reading(Reading::StdoutOnly)
    }

    fn start_reading(self, reading: Reading) -> Running {
        Running { process: Process::start(self.command, reading), folder: self.folder }
    }
}

/// A running program. Dropping it kills it.
pub(crate) struct Running {
    process: Process,
    folder: TempDir,
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    #[track_caller]
    pub(crate) fn wait(self) -> Ended {
        let ProcessOutput { code, stdout, stderr } = self.process.wait(PATIENCE);
        let report = Report::read(&self.folder.path().join("report.json"));
        Ended { code, stdout, stderr, report, folder: self.folder }
    }
}

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    report: Option<Report>,
    folder: TempDir,
}

impl Ended {
    #[track_caller]
    pub(crate) fn report(&self) -> &Report {
        self.report.as_ref().unwrap_or_else(|| panic!("no report: {self:#?}"))
    }

    /// A file from its folder.
    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.stderr.contains("thread '"), "a panic was printed: {}", self.stderr);
    }
}

/// Prints the reason why a test shows nothing here. Bypasses libtest, which shows the output of `println!` only for
/// failed tests.
pub(crate) fn skipped(why: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
}

/// The path of the program of an example, or of `molotov` itself.
///
/// Cargo builds those that are not test targets when it builds all tests, but none of another package for `--test it`,
/// and an old program would then be tested silently. So this runs cargo; if there is nothing to do, that is quick.
pub(crate) fn executable(name: &str) -> &'static Path {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    built.get(name).unwrap_or_else(|| panic!("no program `{name}` in {built:?}"))
}

fn build() -> HashMap<String, PathBuf> {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        // With them, ring's build script would run again, and everything that depends on it be compiled.
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args([
            "build",
            "--workspace",
            "--bins",
            "--examples",
            "--message-format",
            "json",
            "--profile",
            profile,
        ])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the programs do not compile");
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    messages
        .filter(|message| ["bin", "example"].iter().any(|kind| message["target"]["kind"][0] == *kind))
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect()
}
