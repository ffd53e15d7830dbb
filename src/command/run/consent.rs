//! The consent to run code of others, which is always required.

use std::io::{self, IsTerminal};
use std::thread;

use molotov_runner::Sink;
use tokio::sync::oneshot;

use super::signals::Signals;
use crate::command::args::RunArgs;
use crate::command::failure::Failure;

/// The consent to run the code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// From `--yes`, or its variable.
    Given,
    /// The user has to answer.
    Missing,
}

impl Consent {
    pub(super) fn from_args(args: &RunArgs) -> Self {
        if args.yes { Self::Given } else { Self::Missing }
    }
}

/// Checks that the question can be asked, or is answered already. Called before the fetch.
pub(super) fn is_possible(consent: Consent) -> Result<(), Failure> {
    if consent == Consent::Given || (io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(());
    }
    Err(Failure::new(
        "the repository's code would be built and run with your rights, and without a terminal nobody can be asked; \
         --yes (or MOLOTOV_YES=true) says that you trust it",
    ))
}

/// Asks, unless the answer is known already.
pub(super) async fn ask(consent: Consent, signals: &mut Signals) -> Result<(), Failure> {
    if consent == Consent::Given {
        return Ok(());
    }
    Sink::stderr().write("Its code will be built and run with your rights. Go on? [y/N] ");
    let (tell, told) = oneshot::channel();
    // On a thread of its own, because a signal must end the wait.
    let asking = thread::Builder::new().name("molotov-question".into()).spawn(move || {
        let mut line = String::new();
        // An end without an answer counts as no.
        let _: io::Result<usize> = io::stdin().read_line(&mut line);
        // After a signal there is no receiver any more.
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
