//! Nobody's code is run without a yes.

use std::io::{self, IsTerminal};
use std::thread;

use molotov_runner::Sink;
use tokio::sync::oneshot;

use super::signals::Signals;
use crate::command::failure::Failure;

/// Whether the question can be asked, or need not be. Looked at before anything is fetched.
pub(super) fn is_possible(yes: bool) -> Result<(), Failure> {
    if yes || (io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(());
    }
    Err(Failure::new(
        "the repository's code would be built and run with your rights, and without a terminal nobody can be asked; \
         --yes (or MOLOTOV_YES=true) says that you trust it",
    ))
}

/// Asks, unless the answer was given before.
pub(super) async fn ask(yes: bool, signals: &mut Signals) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    Sink::stderr().write("Its code will be built and run with your rights. Go on? [y/N] ");
    let (tell, told) = oneshot::channel();
    // Aside, because a signal must end the wait.
    let asking = thread::Builder::new().name("molotov-question".into()).spawn(move || {
        let mut line = String::new();
        // An end without an answer is a no.
        let _: io::Result<usize> = io::stdin().read_line(&mut line);
        // Nobody listens any more when a signal came.
        drop(tell.send(line));
    });
    asking
        .map_err(|error| Failure::new(format!("nobody can be asked: no thread can be started: {error}")))?;
    let answer = tokio::select! {
        answer = told => answer.unwrap_or_default(),
        signal = signals.next() => {
            Sink::stderr().line("");
            return Err(Failure::Signal(signal.number()));
        }
    };
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("nothing was run")),
    }
}
