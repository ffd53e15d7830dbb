//! The measured load test: an ordinary user program.

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Duration;

use molotov::prelude::*;

/// Set if this program is started as the load test.
const ROLE: &str = "LAB_LOAD";

#[scenario]
async fn get(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

/// The scenario that counts requests beyond the limit; the first request of a user counts separately, because it opens
/// the connection.
pub(crate) const TIMED: &str = "timed";
pub(crate) const LATE_FIRST: &str = "late, first";
pub(crate) const LATE_LATER: &str = "late, later";

/// The variable with the limit in microseconds.
const LIMIT: &str = "LAB_LIMIT";

#[scenario(weight = 0)]
async fn timed(session: &mut Session, iteration: Iteration) -> Result {
    static LIMIT: LazyLock<Duration> = LazyLock::new(limit);

    let time = session.get("/").send().await?.elapsed();
    if time > *LIMIT {
        session.counter(if iteration.0 == 0 { LATE_FIRST } else { LATE_LATER }).add(1);
    }
    Ok(())
}

fn limit() -> Duration {
    let typed = std::env::var(LIMIT).ok().and_then(|micros| micros.parse().ok());
    typed.map_or(Duration::MAX, Duration::from_micros)
}

/// A target for this scenario in tests.
#[cfg(test)]
#[global_setup]
async fn server() -> Result<Target> {
    use crate::server::{Script, Server};

    let server = Server::start(Script::None).map_err(|error| error.to_string())?;
    Target::parse(&server.url())
}

molotov::main!();

pub(crate) fn is_wanted() -> bool {
    std::env::var_os(ROLE).is_some()
}

pub(crate) fn run() -> ExitCode {
    main()
}

/// The command that starts it, for the scenario that counts requests longer than this limit.
pub(crate) fn timed_command(limit: Duration) -> std::io::Result<std::process::Command> {
    let mut command = command()?;
    command.env(LIMIT, limit.as_micros().to_string());
    Ok(command)
}

/// The command that starts it.
pub(crate) fn command() -> std::io::Result<std::process::Command> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.env(ROLE, "1");
    Ok(command)
}
