//! Restarts the program with additional environment variables.
//!
//! A process cannot change its own environment safely, because other threads, also those of C libraries, may read it at
//! any time. So the program is restarted before it does anything else.

use std::convert::Infallible;
use std::io;
use std::process::Command;

/// The variable with the names of the set variables, which prevents a second restart.
pub(crate) const DONE: &str = "_MOLOTOV_ENV";

/// The separator of the names; no variable's name contains it.
pub(crate) const SEPARATOR: char = '=';

/// Restarts this program with the same arguments: in the same process if possible, and then it does not return;
/// otherwise as a child, and returns its exit code.
///
/// # Errors
///
/// Returns an error if the program cannot be started.
pub(crate) fn with_variables(variables: &[(String, String)]) -> io::Result<u8> {
    let mut command = Command::new(std::env::current_exe()?);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let done = std::env::var(DONE).into_iter();
    let names: Vec<String> = done.chain(variables.iter().map(|(name, _)| name.clone())).collect();
    command.env(DONE, names.join(&SEPARATOR.to_string()));
    become_or_run(command)
}

/// The process stays the same: its id, its parent, and its signals.
#[cfg(unix)]
fn become_or_run(mut command: Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;

    let mut argv = std::env::args_os();
    command.arg0(argv.next().unwrap_or_default()).args(argv);
    let failed: Result<Infallible, io::Error> = Err(command.exec());
    failed.map(|never| match never {})
}

/// On other systems the new process is a child, and its exit code is returned.
#[cfg(not(unix))]
fn become_or_run(mut command: Command) -> io::Result<u8> {
    // Ctrl-C is meant for the load test, which reports its end; this process waits for its exit code.
    #[cfg(windows)]
    let _heard = tokio::signal::windows::ctrl_c()?;
    command.args(std::env::args_os().skip(1));
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
