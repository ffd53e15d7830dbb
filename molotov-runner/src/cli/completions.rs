//! Shell completions for a load test.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

/// Returns the script that completes the options of this program; the program's name is the first argument.
pub(super) fn script(shell: Shell, command: &mut Command, argv: &[OsString]) -> String {
    let file = argv.first().and_then(|program| Path::new(program).file_stem());
    let name = file.map_or_else(|| command.get_name().to_owned(), |name| name.to_string_lossy().into_owned());
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
