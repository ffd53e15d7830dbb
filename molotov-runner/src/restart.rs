//! Begins the program anew with further variables in its environment.
//!
//! A process cannot change its own environment safely, because other threads, also those of C libraries, may read it
//! at any time. So it is started once more, before it did anything else.

use std::convert::Infallible;
use std::io;
use std::process::Command;

/// The variable that has the names of those that were set, so that no restart leads to another one.
pub(crate) const DONE: &str = "_MOLOTOV_ENV";

/// The separator of the names; no variable has it in its own.
pub(crate) const SEPARATOR: char = '=';

/// Starts this program again with the same arguments: in its own place where that is possible, and then it does not
/// return; otherwise beside it, and gives its exit code.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn with_variables(variables: &[(String, String)]) -> io::Result<u8> {
    let mut command = Command::new(std::env::current_exe()?);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let done = std::env::var(DONE).into_iter();
    let names: Vec<String> = done.chain(variables.iter().map(|(name, _)| name.clone())).collect();
    command.env(DONE, names.join(&SEPARATOR.to_string()));
    become_or_run(command)
}

/// The process stays the same: its number, who waits for it, and who sends it signals.
#[cfg(unix)]
fn become_or_run(mut command: Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;

    let mut argv = std::env::args_os();
    command.arg0(argv.next().unwrap_or_default()).args(argv);
    let failed: Result<Infallible, io::Error> = Err(command.exec());
    failed.map(|never| match never {})
}

/// Elsewhere the new process is a child, and its exit code is passed on.
#[cfg(not(unix))]
fn become_or_run(mut command: Command) -> io::Result<u8> {
    // Who presses Ctrl-C means the load test, which says what became of it; its exit code is waited for.
    #[cfg(windows)]
    let _heard = tokio::signal::windows::ctrl_c()?;
    command.args(std::env::args_os().skip(1));
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
