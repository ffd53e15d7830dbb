//! The load test that is measured: a program like any user's.

use std::process::ExitCode;

use molotov::prelude::*;

/// Set where this program is started as the load test.
const ROLE: &str = "LAB_LOAD";

#[scenario]
async fn get(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

/// Something to load where this scenario is executed as a test.
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

/// The command that starts it.
pub(crate) fn command() -> std::io::Result<std::process::Command> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.env(ROLE, "1");
    Ok(command)
}
