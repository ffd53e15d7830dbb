//! Options that exclude each other. Of two from different origins, the one with the higher rank wins; two from the same
//! origin are a mistake.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::args::{Args, EXCLUSIVE};
use super::file::{FileSettings, Layer};

/// The origin of an option; the greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    File(Layer),
    Environment,
    CommandLine,
}

/// An option that was given, and its name in messages.
#[derive(Clone, Debug)]
pub(super) struct OptionOrigin {
    pub(super) rank: Rank,
    pub(super) name: String,
}

/// The origins of all options.
pub(super) struct Origins<'a> {
    pub(super) command: &'a Command,
    pub(super) matches: &'a ArgMatches,
    pub(super) settings: &'a FileSettings,
}

/// Turns off the overridden flags.
///
/// clap's own conflicts do not distinguish the environment from the command line, and treat `MOLOTOV_QUIET=false` as
/// set.
///
/// # Errors
///
/// Returns an error if two come from the same origin.
pub(super) fn resolve(args: &mut Args, origins: &Origins<'_>) -> Result<(), String> {
    for (flag, others) in EXCLUSIVE {
        let Some(flag_given) = origins.origin(flag) else { continue };
        let others = others.iter().filter_map(|other| origins.origin(other));
        let Some(strongest) = others.reduce(|a, b| if b.rank > a.rank { b } else { a }) else { continue };
        if strongest.rank == flag_given.rank {
            return Err(format!("the argument {} cannot be used with {}", flag_given.name, strongest.name));
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

impl Origins<'_> {
    /// The origin of an option; `None` for an option that was not given, and for a flag that is off.
    pub(super) fn origin(&self, id: &str) -> Option<OptionOrigin> {
        let arg = self.command.get_arguments().find(|arg| arg.get_id() == id)?;
        let is_off = match arg.get_action() {
            ArgAction::SetTrue => !self.matches.get_flag(id),
            ArgAction::Count => self.matches.get_count(id) == 0,
            _ => false,
        };
        if is_off { None } else { self.source(arg) }
    }

    /// The origin as a pair of its rank and its name in messages.
    pub(super) fn rank_and_name(&self, id: &str) -> Option<(Rank, String)> {
        self.origin(id).map(|given| (given.rank, given.name))
    }

    fn source(&self, arg: &Arg) -> Option<OptionOrigin> {
        let id = arg.get_id().as_str();
        let (rank, name) = match self.matches.value_source(id)? {
            ValueSource::CommandLine => (Rank::CommandLine, format!("'--{}'", id.replace('_', "-"))),
            ValueSource::EnvVariable => {
                let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
                (Rank::Environment, variable.unwrap_or_default())
            }
            _ => {
                let setting = self.settings.option(id)?;
                (Rank::File(setting.layer), format!("`{}` ({})", setting.key, setting.place))
            }
        };
        Some(OptionOrigin { rank, name })
    }
}
