//! Starts `molotov`, with the environment of a user who has set nothing.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::run::executable;

/// Far more than anything here takes; some of it compiles.
const PATIENCE: Duration = Duration::from_secs(900);

/// A command that is to be run in a folder.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    // What is meant for these tests is not meant for what they start.
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

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The exit code, and that all of these are said on standard error.
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

/// Runs it to its end.
#[track_caller]
pub(crate) fn run(command: Command) -> Ended {
    start(command).wait()
}

pub(crate) fn start(mut command: Command) -> Running {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    Running { child, streams: Some((stdout, stderr)) }
}

/// A command that runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    streams: Option<(JoinHandle<String>, JoinHandle<String>)>,
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    #[track_caller]
    pub(crate) fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > deadline => panic!("it has not ended after {PATIENCE:?}"),
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        let (stdout, stderr) = self.streams.take().unwrap();
        Ended { code: status.code(), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn read(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut stream = stream.unwrap();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
