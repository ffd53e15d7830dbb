//! What clap leaves open about the environment: variables that are empty, misspelt, or wrong.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

/// How alike two names must be for one to be taken for a slip of the other.
const ALIKE: f64 = 0.94;

/// A variable that is set to nothing is as if it was not set: that is how CI systems pass what they do not have. The
/// help names the variables and not their values, which may be secret.
pub(super) fn considered(command: Command) -> Command {
    command.mut_args(|arg| {
        let arg = arg.hide_env_values(true);
        let empty = variable(&arg).and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(None::<&'static str>) } else { arg }
    })
}

/// A message for a variable that is nearly one of ours. Others that begin with `MOLOTOV_` may be the user's own.
pub(super) fn misspelt(command: &Command) -> Option<String> {
    let known: Vec<&str> = command.get_arguments().filter_map(variable).collect();
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let slip = |name: String| {
        let near = known.iter().find(|known| strsim::jaro_winkler(known, &name) > ALIKE)?;
        Some(format!("error: the variable {name} is not known; did you mean {near}?\n"))
    };
    set.filter(|name| name.starts_with("MOLOTOV_") && !known.contains(&name.as_str())).find_map(slip)
}

/// Where a value that is not valid was not typed, names the variable that it came from.
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

/// Where an option comes from, of which the greater wins, and what to call it; none for one that was not given, and for
/// a flag that is off.
pub(super) fn given(command: &Command, matches: &ArgMatches, id: &str) -> Option<(ValueSource, String)> {
    let arg = command.get_arguments().find(|arg| arg.get_id() == id)?;
    let is_off = matches!(arg.get_action(), ArgAction::SetTrue) && !matches.get_flag(id);
    match matches.value_source(id).filter(|_| !is_off)? {
        ValueSource::DefaultValue => None,
        ValueSource::EnvVariable => Some((ValueSource::EnvVariable, variable(arg).unwrap_or(id).to_owned())),
        source => Some((source, format!("'--{}'", id.replace('_', "-")))),
    }
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
