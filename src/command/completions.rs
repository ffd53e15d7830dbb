//! The shell completions and the manual page.

use clap_complete::Shell;

use super::args;
use super::failure::Failure;

/// Returns the script that completes `molotov` in this shell.
pub(super) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::definition(), "molotov", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Returns the manual page, in roff.
pub(super) fn manual() -> Result<String, Failure> {
    let mut page = Vec::new();
    let written = clap_mangen::Man::new(args::definition()).render(&mut page);
    written.map_err(|why| Failure::new(why.to_string()))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
