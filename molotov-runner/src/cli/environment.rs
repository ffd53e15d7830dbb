//! The environment variables that clap does not handle: empty, misspelt, or invalid ones.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};

/// The similarity from which on a name is treated as a misspelling of another.
const ALIKE: f64 = 0.94;

/// The variable that makes tests without a host fail; by default they are ignored. It is not an option, because it
/// applies to tests only.
const REQUIRE_HOST: &str = "MOLOTOV_REQUIRE_HOST";

/// Returns `true` if tests without a host fail.
///
/// # Errors
///
/// Returns a message if the variable's value is not 0 or 1.
pub(crate) fn requires_host() -> Result<bool, String> {
    let set = std::env::var_os(REQUIRE_HOST).unwrap_or_default();
    match set.to_str() {
        Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        _ => Err(format!(
            "invalid {REQUIRE_HOST} `{}`: write 1, so that tests fail without a host, or 0",
            set.to_string_lossy().escape_debug()
        )),
    }
}

/// Ignores empty variables, because CI systems pass missing values as such. The help names the variables without their
/// values, which may be secret.
pub(super) fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let arg = arg.hide_env_values(true);
        let empty = variable(&arg).and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(None::<&'static str>) } else { arg }
    })
}

/// A message for a variable whose name is similar to one of ours. Others with the prefix `MOLOTOV_` may be the user's
/// own.
pub(super) fn misspelt(command: &Command) -> Option<String> {
    let options = command.get_arguments().filter_map(variable);
    let known: Vec<&str> = options.chain([REQUIRE_HOST]).collect();
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    set.filter(|name| name.starts_with("MOLOTOV_")).find_map(|name| misspelling(&name, &known))
}

/// A message for an unknown variable with a name similar to a known one.
fn misspelling(name: &str, known: &[&str]) -> Option<String> {
    if known.contains(&name) {
        return None;
    }
    let near = known.iter().find(|known| strsim::jaro_winkler(known, name) > ALIKE)?;
    Some(format!("the variable {name} is not known; did you mean {near}?"))
}

/// Adds the variable's name to the error for an invalid value that was not on the command line.
pub(super) fn name_source(mut error: Error, argv: &[OsString], command: &Command) -> Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return error };
    let long = option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let Some(arg) = command.get_arguments().find(|arg| arg.get_long() == Some(long)) else { return error };
    if let Some(variable) = variable(arg)
        && std::env::var_os(variable).is_some()
        && !typed(arg, argv)
    {
        let source = ContextValue::String(format!("{variable} (--{long})"));
        error.insert(ContextKind::InvalidArg, source);
    }
    error
}

fn typed(arg: &Arg, argv: &[OsString]) -> bool {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    argv.iter().filter_map(|word| word.to_str()).any(|word| {
        let is_long =
            long.as_deref().is_some_and(|long| word == long || word.starts_with(&format!("{long}=")));
        is_long || short.as_deref().is_some_and(|short| !word.starts_with("--") && word.starts_with(short))
    })
}

fn variable(arg: &Arg) -> Option<&str> {
    arg.get_env().and_then(OsStr::to_str)
}
