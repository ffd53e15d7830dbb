//! Processes that are started, signalled and waited for, with generous time limits.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A limit far above the time of anything that is compiled already.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The result of a process. A signal that it did not handle is not an exit code.
pub(crate) struct ProcessOutput {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The streams of a process that are read while it runs; other output stays in the pipe, or its pipe is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Both,
    /// Standard output is closed.
    StderrOnly,
    /// Standard error stays in the pipe, which is soon full.
    StdoutOnly,
}

/// A running process. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Process {
    pub(crate) fn start(mut command: Command, reading: Reading) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take();
        if reading == Reading::StderrOnly {
            stdout = None;
        }
        let stderr = if reading == Reading::StdoutOnly { None } else { child.stderr.take() };
        Self { child, stdout: stdout.map(read), stderr: stderr.map(read) }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Waits for its end, for this long at most.
    #[track_caller]
    pub(crate) fn wait(mut self, patience: Duration) -> ProcessOutput {
        let deadline = Instant::now() + patience;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > deadline => panic!("it has not ended after {patience:?}"),
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        ProcessOutput {
            code: status.code(),
            stdout: text(self.stdout.take()),
            stderr: text(self.stderr.take()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until the condition is true.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    wait_until(what, PATIENCE, is_so);
}

/// Waits until the condition is true, for this long at most.
#[track_caller]
pub(crate) fn wait_until(what: &str, patience: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not after {patience:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn text(reader: Option<JoinHandle<String>>) -> String {
    reader.map_or(String::new(), |reader| reader.join().unwrap())
}

fn read(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
