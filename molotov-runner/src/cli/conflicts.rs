//! Options that exclude each other. Of two that come from different places, the one that wins elsewhere wins here too;
//! two from the same place are a mistake.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::args::{Args, EXCLUSIVE};
use super::file::{Layer, Settings};

/// Where an option was given; what is greater wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    File(Layer),
    Environment,
    CommandLine,
}

/// An option that was given, and how to call it in a message.
struct Given {
    rank: Rank,
    name: String,
}

/// Turns off the flags that give way.
///
/// clap's own conflicts do not tell the environment from the command line, and take `MOLOTOV_QUIET=false` for a yes.
///
/// # Errors
///
/// When two come from the same place.
pub(super) fn settle(
    args: &mut Args,
    matches: &ArgMatches,
    settings: &Settings,
    command: &mut Command,
) -> Result<(), clap::Error> {
    for (flag, others) in EXCLUSIVE {
        let Some(flag_given) = given(flag, matches, settings, command) else { continue };
        let others = others.iter().filter_map(|other| given(other, matches, settings, command));
        let Some(strongest) = others.reduce(|a, b| if b.rank > a.rank { b } else { a }) else { continue };
        if strongest.rank == flag_given.rank {
            let text = format!("the argument {} cannot be used with {}", flag_given.name, strongest.name);
            return Err(command.error(ErrorKind::ArgumentConflict, text));
        }
        if strongest.rank > flag_given.rank {
            match *flag {
                "single_run" => args.single_run = false,
                _ => args.quiet = false,
            }
        }
    }
    Ok(())
}

fn given(id: &str, matches: &ArgMatches, settings: &Settings, command: &Command) -> Option<Given> {
    let arg = command.get_arguments().find(|arg| arg.get_id() == id)?;
    let is_off = match arg.get_action() {
        ArgAction::SetTrue => !matches.get_flag(id),
        ArgAction::Count => matches.get_count(id) == 0,
        _ => false,
    };
    let (rank, name) = source(arg, matches, settings)?;
    (!is_off).then_some(Given { rank, name })
}

fn source(arg: &Arg, matches: &ArgMatches, settings: &Settings) -> Option<(Rank, String)> {
    let id = arg.get_id().as_str();
    match matches.value_source(id)? {
        ValueSource::CommandLine => Some((Rank::CommandLine, format!("'--{}'", id.replace('_', "-")))),
        ValueSource::EnvVariable => {
            let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
            Some((Rank::Environment, variable.unwrap_or_default()))
        }
        _ => {
            let setting = settings.option(id)?;
            Some((Rank::File(setting.layer), format!("`{}` ({})", setting.key, setting.place)))
        }
    }
}
