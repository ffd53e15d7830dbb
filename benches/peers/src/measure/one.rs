//! Runs one client once.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::window::{Reading, Window};
use crate::peers::Ready;
use crate::sys::{Cores, Running};
use crate::target::Target;
use crate::work::Work;

/// How long a client may take until its first requests.
const START: Duration = Duration::from_secs(30);

/// What is not measured after them: connections are opened, code is compiled, buffers grow.
const WARM_UP: Duration = Duration::from_millis(700);

/// Which cores a client may use, and for how long it is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) cores: &'a Cores,
    pub(crate) client: &'a str,
    pub(crate) window: Duration,
}

/// Starts the client, waits until it is warm, and measures it while it works.
pub(super) fn measure(
    client: &Ready,
    work: &Work<'_>,
    target: &Target,
    layout: Layout<'_>,
) -> Result<Window> {
    let before = target.status()?.requests;
    let output = work.places.scratch.join("client.out");
    let mut process = Running::start(&client.command(work), layout.client, output)?;
    wait_for_requests(&mut process, target, before)?;
    std::thread::sleep(WARM_UP);

    let start = Reading::now(&process, target)?;
    std::thread::sleep(layout.window);
    let end = Reading::now(&process, target)?;

    if let Some(status) = process.ended() {
        bail!("it ended too early, with {status}: {}", process.last_words());
    }
    let window = Window::between(&start, &end, layout.cores.count());
    ensure!(window.requests > 0, "it sent nothing while it was measured: {}", process.last_words());
    Ok(window)
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

/// Lets the client send for a moment and looks whether it sends what it should; a client that does other work cannot
/// be compared. The target must be our own.
pub(crate) fn try_out(client: &Ready, work: &Work<'_>, target: &Target, layout: Layout<'_>) -> Result<()> {
    let before = target.status()?;
    let output = work.places.scratch.join("try.out");
    let mut process = Running::start(&client.command(work), layout.client, output)?;
    wait_for_requests(&mut process, target, before.requests)?;
    std::thread::sleep(Duration::from_millis(300));
    let words = process.last_words();
    let connections = target.status()?.connections;
    drop(process);

    let after = target.status()?;
    let (Some(before), Some(after)) = (before.kinds, after.kinds) else { bail!("the target tells no kinds") };
    let right = if work.is_post() { after.post - before.post } else { after.get - before.get };
    let wrong = after.wrong - before.wrong;
    let other = if work.is_post() { after.get - before.get } else { after.post - before.post };
    ensure!(
        wrong == 0 && other == 0,
        "{wrong} requests were malformed and {other} of the wrong kind: {words}"
    );
    ensure!(right > 0, "none of its requests was right: {words}");
    ensure!(
        connections == u64::from(work.users),
        "it had {connections} connections open instead of {}: {words}",
        work.users
    );
    Ok(())
}
