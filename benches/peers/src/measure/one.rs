//! Runs one client once.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::window::{Reading, Window};
use crate::sys::Running;
use crate::target::{Kinds, Target};
use crate::work::Kind;

/// The time limit for a client's first requests.
const START: Duration = Duration::from_secs(30);

/// A client, and the conditions of its measurement.
#[derive(Debug)]
pub(crate) struct Contender<'a> {
    pub(crate) name: String,
    pub(crate) command: Command,
    pub(crate) target: &'a Target,
    /// The cores for it.
    pub(crate) cores: String,
    /// The warm-up from its first request on: connections are opened, code is compiled, buffers grow.
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
    /// The file for its output.
    pub(crate) output: PathBuf,
}

impl Contender<'_> {
    /// Starts it, waits until it is warm, and measures it while it works.
    pub(super) fn measure(&self) -> Result<Window> {
        let mut started = self.start()?;
        started.window(self.window)
    }

    /// Starts it and waits until it is warm.
    pub(crate) fn start(&self) -> Result<Started<'_>> {
        let before = self.target.status()?.requests;
        let mut process = Running::start(&self.command, &self.cores, self.output.clone())?;
        wait_for_requests(&mut process, self.target, before)?;
        std::thread::sleep(self.warm_up);
        Ok(Started { process, target: self.target })
    }
}

/// A client at work.
#[derive(Debug)]
pub(crate) struct Started<'a> {
    process: Running,
    target: &'a Target,
}

impl Started<'_> {
    /// The figures from now on, for this duration.
    pub(crate) fn window(&mut self, length: Duration) -> Result<Window> {
        let start = Reading::now(&self.process, self.target)?;
        std::thread::sleep(length);
        let end = Reading::now(&self.process, self.target)?;
        if let Some(status) = self.process.ended() {
            bail!("it ended too early, with {status}: {}", self.process.last_words());
        }
        let window = Window::between(&start, &end);
        ensure!(window.requests > 0, "it sent nothing while it was measured: {}", self.process.last_words());
        Ok(window)
    }
}

fn wait_for_requests(process: &mut Running, target: &Target, before: u64) -> Result<()> {
    let end = Instant::now() + START;
    while target.status()?.requests == before {
        if let Some(status) = process.ended() {
            bail!("it ended before it sent anything, with {status}: {}", process.last_words());
        }
        ensure!(Instant::now() < end, "it sent nothing for {} s: {}", START.as_secs(), process.last_words());
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The number of open connections when there are enough, or after a while.
fn wait_for_connections(target: &Target, wanted: u32) -> Result<u64> {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let open = target.status()?.connections;
        if open >= u64::from(wanted) || Instant::now() > end {
            return Ok(open);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Lets the client send for a moment and checks its requests; a client with other work cannot be compared. The target
/// must be our own.
pub(crate) fn try_out(contender: &Contender<'_>, kind: Kind, connections: u32) -> Result<()> {
    let before = contender.target.status()?;
    let started = contender.start()?;
    let words = started.process.last_words();
    let open = wait_for_connections(contender.target, connections)?;
    drop(started);

    let after = contender.target.status()?;
    let (Some(before), Some(after)) = (before.kinds, after.kinds) else { bail!("the target tells no kinds") };
    let Kinds { get, post, wrong } = after - before;
    let (right, other) = match kind {
        Kind::Get => (get, post),
        Kind::Post => (post, get),
    };
    ensure!(
        wrong == 0 && other == 0,
        "{wrong} requests were malformed and {other} of the wrong kind: {words}"
    );
    ensure!(right > 0, "none of its requests was right: {words}");
    // Some open a few more than they use (hey does, when it is slow), none can work with fewer.
    let enough = u64::from(connections)..=2 * u64::from(connections);
    ensure!(enough.contains(&open), "it had {open} connections open instead of {connections}: {words}");
    Ok(())
}
