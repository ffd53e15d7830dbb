//! The arguments of the program.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use molotov_runner::masked;

use super::failure::Failure;

/// Load tests: writes a project for one, and runs those of others.
///
/// A load test is a program with a command line of its own: `cargo run --release -- --help` in its project.
#[derive(Debug, Parser)]
#[command(
    name = "molotov",
    version,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,

    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version)]
    version: (),
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a project with a load test that compiles, passes and runs
    ///
    /// It asks nothing and overwrites nothing.
    Init(InitArgs),
    /// Build and run the load test of a repository, or of the project here
    ///
    /// The target is the first of these that exists: --example or --bin; loadtest = "NAME" in [package.metadata.molotov];
    /// a target called loadtest or loadtests; the only target in the packages that depend on molotov. It is built with
    /// --release, and with --locked if there is a Cargo.lock. The exit code is the load test's, or 2 if it was not
    /// started.
    Run(Box<RunArgs>),
    /// Make the report of a run from its results file (--results FILE of a load test)
    ///
    /// The report equals that of the run, byte for byte. After a killed run it is complete up to the last whole second,
    /// and has a note. Several files are merged first, as by `molotov merge`.
    Report(ReportArgs),
    /// Merge the results files of several runs into one
    ///
    /// Counts and histograms add up exactly, in any order. Runs of different plans cannot be merged.
    Merge(MergeArgs),
    /// Print the script that completes this command in a shell
    ///
    /// A load test prints its own with --completions SHELL.
    #[cfg(feature = "completions")]
    Completions(CompletionsArgs),
    /// Print the manual page of this command, for man -l
    #[cfg(feature = "completions")]
    Man,
}

/// The arguments of `molotov completions`.
#[cfg(feature = "completions")]
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Shell to print the script for
    pub(super) shell: clap_complete::Shell,
}

/// The command line as clap has it, for a script or a manual page.
#[cfg(feature = "completions")]
pub(super) fn definition() -> clap::Command {
    CommandLine::command()
}

/// The arguments of `molotov merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    #[command(flatten)]
    pub(super) report: ReportArgs,

    /// Merge although shards of the run are missing; the verdict is then suspect
    #[arg(long)]
    pub(super) allow_missing: bool,

    /// The files are repeats of one plan, one run after the other: rates and users are those of one run
    #[arg(long, conflicts_with = "allow_missing")]
    pub(super) repeats: bool,
}

/// The arguments of `molotov report`, and of `molotov merge` too.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Results files
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Write the report to this file too, in the format of its ending, or as FORMAT=FILE; may be repeated
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub(super) report: Vec<PathBuf>,

    /// Write the results as one file
    #[arg(long, value_name = "FILE")]
    pub(super) results: Option<PathBuf>,

    /// Thresholds for the runs, in place of their own; exit code 99 if one is broken; may be repeated
    #[arg(long, value_name = "THRESHOLD", allow_hyphen_values = true)]
    pub(super) threshold: Vec<String>,

    /// Print only errors and warnings
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Show whole messages of failures
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// The arguments of `molotov init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Folder of the project; created if it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,

    /// Name of the package [default: from the name of the folder]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Clone of molotov to depend on [default: the clone that this command was built from, if it still exists;
    /// otherwise the released version]
    #[arg(long, value_name = "PATH")]
    pub(super) molotov: Option<PathBuf>,

    /// Repository of molotov to depend on (https://, ssh:// or file://), so that the project can be built anywhere
    #[arg(long, value_name = "URL", conflicts_with = "molotov")]
    pub(super) git: Option<String>,
}

/// The arguments of `molotov run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Profile of the load test's molotov.toml
    #[arg(value_name = "PROFILE", env = "TEST_NAME")]
    profile: Option<String>,

    /// Same as the word without an option
    #[arg(long = "profile", value_name = "PROFILE")]
    named_profile: Option<String>,

    /// Fetch the load test from this repository (https://, ssh:// or file://), and remove it afterwards
    #[arg(long, value_name = "URL", env = "TEST_REPO")]
    pub(super) git: Option<String>,

    /// Branch, tag or whole hash of the commit, with --git [default: HEAD of the repository]
    #[arg(long, value_name = "REV", env = "TEST_REV")]
    pub(super) rev: Option<String>,

    /// Run foreign code without asking
    #[arg(short, long, env = "MOLOTOV_YES", value_parser = BoolishValueParser::new())]
    pub(super) yes: bool,

    /// Package of the load test
    #[arg(short, long, value_name = "NAME")]
    pub(super) package: Option<String>,

    /// Example that is the load test
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    pub(super) example: Option<String>,

    /// Program that is the load test
    #[arg(long, value_name = "NAME")]
    pub(super) bin: Option<String>,

    /// Load test that is already built; ignored if one of the options above is given
    #[arg(long, value_name = "FILE", env = "MOLOTOV_PROGRAM")]
    pub(super) program: Option<PathBuf>,

    /// Arguments of the load test; files in --report, --events-out and --ca are relative to the current folder
    #[arg(value_name = "ARGS", last = true)]
    pub(super) args: Vec<OsString>,
}

impl RunArgs {
    /// The profile that was named: by the bare word or `--profile`, otherwise by the variable.
    pub(super) fn profile(&self) -> Result<Option<&str>, Failure> {
        let (word, named) = (self.profile.as_deref(), self.named_profile.as_deref());
        match (word, named) {
            (Some(word), Some(named))
                if word != named && std::env::var("TEST_NAME").ok().as_deref() != Some(word) =>
            {
                Err(Failure::new(format!(
                    "two profiles are named, {word} and --profile {named}; keep one of them"
                )))
            }
            _ => Ok(named.or(word)),
        }
    }
}

/// Variables that are meant for this command, and not for the load test. That of the repository may hold a password.
const OUR_VARIABLES: [&str; 5] = ["TEST_REPO", "TEST_REV", "TEST_NAME", "MOLOTOV_YES", "MOLOTOV_PROGRAM"];

/// The commands.
pub(super) enum ParsedCommand {
    Do(Command),
    /// Help or the version was asked for: text for stdout.
    Say(String),
    /// A mistake: text for stderr.
    Wrong(String),
}

/// Hides them from a program that is started.
pub(super) fn withhold_ours(command: &mut process::Command) {
    for name in OUR_VARIABLES {
        command.env_remove(name);
    }
}

/// Parses a command line and the environment.
pub(super) fn parse(argv: impl IntoIterator<Item = OsString>) -> ParsedCommand {
    let command = CommandLine::command().mut_subcommands(considered);
    match command.try_get_matches_from(argv).and_then(|matches| CommandLine::from_arg_matches(&matches)) {
        Ok(typed) => ParsedCommand::Do(typed.command),
        Err(error) if error.use_stderr() => ParsedCommand::Wrong(masked(&error.render().ansi().to_string())),
        Err(error) => ParsedCommand::Say(error.render().ansi().to_string()),
    }
}

/// A variable that is set to nothing is as if it was not set, as for load tests. The help names the variables and not
/// their values, which may be secret.
fn considered(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| {
        let arg = arg.hide_env_values(true);
        let value = arg.get_env().and_then(|name| name.to_str()).and_then(std::env::var_os);
        if value.as_deref() == Some(OsStr::new("")) { arg.env(None::<&'static str>) } else { arg }
    })
}
