//! From the command line, the environment and a file to the arguments of a run.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::args::Args;
#[cfg(feature = "completions")]
use super::completions;
use super::conflicts::Origins;
use super::file::{self, FileRequest, FileSettings};
use super::value_source::{is_given, is_typed};
use super::{conflicts, environment, foreign, help, load, python, sizing};
use crate::typed;

/// The action that the command line requests.
pub(crate) enum Parsed {
    Run(Box<Args>),
    /// A restart with these environment variables.
    Restart(Vec<(String, String)>),
    /// Help or the version: text for stdout.
    Say(String),
    /// A mistake: text for stderr.
    Wrong(String),
}

/// A failure to parse the arguments.
enum Fault {
    Clap(clap::Error),
    /// Messages without a prefix.
    Problems(Vec<String>),
}

impl From<clap::Error> for Fault {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

/// Parses a command line, the environment, and the requested or found file.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Parsed {
    let argv: Vec<OsString> = argv.into_iter().collect();
    try_parse(&argv).unwrap_or_else(|fault| match fault {
        Fault::Clap(error) if !error.use_stderr() => Parsed::Say(error.render().ansi().to_string()),
        fault => Parsed::Wrong(fault.message(argv)),
    })
}

/// Parses only the environment, for tests, whose command line belongs to the test harness. Tests read no file: a test
/// must not depend on its folder, and its environment is already fixed.
pub(crate) fn parse_environment() -> Result<Args, String> {
    let argv = [OsString::from("molotov")];
    let args = misspelt().and_then(|()| arguments(&argv, &FileSettings::default()));
    args.map_err(|fault| without_help(&fault.message(argv.to_vec())))
}

/// A test has no `--help`.
fn without_help(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.to_lowercase().starts_with("for more information"));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn try_parse(argv: &[OsString]) -> Result<Parsed, Fault> {
    misspelt()?;
    let typed = try_matches(&mut help::shorten(command(), argv), argv)?;
    #[cfg(feature = "completions")]
    if let Some(shell) = typed.get_one("completions") {
        return Ok(Parsed::Say(completions::script(*shell, &mut command(), argv)));
    }
    let mut settings = settings(&typed)?;
    let variables = std::mem::take(&mut settings.variables).missing();
    if !variables.is_empty() {
        return Ok(Parsed::Restart(variables));
    }
    settings.remove_replaced(|id| is_given(&typed, id));
    let mut args = arguments(argv, &settings)?;
    args.notes.extend(settings.notes);
    args.notes.extend(script_note(&typed));
    Ok(Parsed::Run(Box::new(args)))
}

fn misspelt() -> Result<(), Fault> {
    match environment::misspelt(&Args::command()) {
        Some(wrong) => Err(Fault::Problems(vec![wrong])),
        None => Ok(()),
    }
}

fn command() -> Command {
    let command = environment::without_empty_variables(Args::command());
    if python::by_taurus() { python::for_taurus(command) } else { command }
}

fn try_matches(command: &mut Command, argv: &[OsString]) -> Result<ArgMatches, Fault> {
    command.try_get_matches_from_mut(argv).map_err(|error| {
        let typed = argv.iter().map(|word| word.to_string_lossy().into_owned());
        match foreign::mistakes(&error, typed) {
            Some(mistakes) => Fault::Problems(mistakes),
            None => environment::name_source(error, argv, &Args::command()).into(),
        }
    })
}

/// Parses the arguments. Settings of the file are clap's defaults, so the environment and the command line override
/// them.
fn arguments(argv: &[OsString], settings: &FileSettings) -> Result<Args, Fault> {
    let mut command = command();
    for setting in &settings.options {
        if let Some(values) = &setting.values {
            command = command.mut_arg(&setting.id, |arg| arg.default_values(values));
        }
    }
    let matches = try_matches(&mut command, argv)?;
    let mut args = Args::from_arg_matches(&matches)?;
    let origins = Origins { command: &command, matches: &matches, settings };
    resolve_conflicts(&mut args, &origins).map_err(|(kind, why)| command.error(kind, why))?;
    args.judged_elsewhere = python::by_taurus() && args.fail.is_none() && args.sizing.is_none();
    if args.replay.is_some() && !args.quiet {
        args.verbose = args.verbose.max(2);
    }
    args.notes = python::notes(&matches);
    args.notes.extend(args.judged_elsewhere.then(|| python::JUDGED_BY_TAURUS.to_owned()));
    args.off = turned_off(&command, &matches, settings);
    Ok(args)
}

/// Keeps one of each two options that exclude each other, or returns those that are a mistake.
fn resolve_conflicts(args: &mut Args, origins: &Origins<'_>) -> Result<(), (ErrorKind, String)> {
    conflicts::resolve(args, origins).map_err(conflict)?;
    for option in ["statsd_address", "statsd_format"] {
        if is_typed(origins.matches, option) && !args.statsd {
            let option = option.replace('_', "-");
            let text = format!("'--{option}' needs --statsd, which sends the metrics");
            return Err((ErrorKind::MissingRequiredArgument, text));
        }
    }
    load::resolve_conflicts(args, |id| origins.rank_and_name(id)).map_err(conflict)?;
    sizing::resolve_conflicts(args, |id| origins.rank_and_name(id), |id| is_typed(origins.matches, id))
        .map_err(conflict)
}

fn conflict(why: String) -> (ErrorKind, String) {
    (ErrorKind::ArgumentConflict, why)
}

/// Flags that are explicitly false, not merely absent: they override the program's own plan.
fn turned_off(command: &Command, matches: &ArgMatches, settings: &FileSettings) -> Vec<String> {
    let flags = command.get_arguments().filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
    let ids = flags.map(|arg| arg.get_id().as_str());
    let off =
        ids.filter(|id| !matches.get_flag(id) && (is_given(matches, id) || settings.option(id).is_some()));
    off.map(ToOwned::to_owned).collect()
}

/// Reads the requested file. A list of scenarios needs none.
fn settings(typed: &ArgMatches) -> Result<FileSettings, Fault> {
    // A broken file in this folder must not hide the scenarios; a requested file or profile is checked.
    if typed.get_flag("list") && !["config", "profile", "named_profile"].iter().any(|id| is_given(typed, id))
    {
        return Ok(FileSettings::default());
    }
    let asked = file_request(typed).map_err(|why| Fault::Problems(vec![why]))?;
    match file::find(&asked).map_err(|why| Fault::Problems(vec![why]))? {
        Some(found) => file::read(&found, &asked, &Args::command()).map_err(Fault::Problems),
        None => Ok(FileSettings::default()),
    }
}

fn file_request(typed: &ArgMatches) -> Result<FileRequest, String> {
    let by = match typed.value_source("config") {
        Some(ValueSource::EnvVariable) => "MOLOTOV_CONFIG",
        _ => "--config",
    };
    let profile = match typed.get_one::<String>("profile") {
        // Taurus passes the script in place of a profile.
        Some(_) if script_note(typed).is_some() => {
            std::env::var("MOLOTOV_PROFILE").ok().filter(|name| !name.is_empty())
        }
        profile => profile.cloned(),
    };
    let named = typed.get_one::<String>("named_profile");
    if let (Some(profile), Some(named)) = (&profile, named)
        && profile != named
        && is_typed(typed, "profile")
        && script_note(typed).is_none()
    {
        let (profile, named) = (file::name_shown(profile), file::name_shown(named));
        return Err(format!("two profiles are named, {profile} and --profile {named}; keep one of them"));
    }
    let file = typed.get_one::<PathBuf>("config").map(|file| (file.clone(), by.to_owned()));
    Ok(FileRequest { file, profile: named.cloned().or(profile) })
}

/// A note on the script that Taurus passed, if any.
fn script_note(typed: &ArgMatches) -> Option<String> {
    let script =
        typed.get_one::<String>("profile").filter(|_| is_typed(typed, "profile") && python::by_taurus())?;
    Some(format!(
        "{script} is not read: scenarios are compiled in; a profile is named by MOLOTOV_PROFILE where Taurus starts"
    ))
}

impl Fault {
    /// The message, without possible secrets from the command line.
    fn message(self, argv: Vec<OsString>) -> String {
        match self {
            Self::Clap(error) => typed::without_secrets(&error.render().ansi().to_string(), argv),
            Self::Problems(problems) => {
                let lines = problems.iter().map(|problem| format!("error: {}\n", escaped(problem)));
                typed::without_secrets(&lines.collect::<String>(), argv)
            }
        }
    }
}

/// Escapes the users' text, line by line; the line breaks are ours.
fn escaped(problem: &str) -> String {
    problem.lines().map(crate::output::escape).collect::<Vec<_>>().join("\n")
}
