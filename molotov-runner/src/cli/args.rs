//! What was typed.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};
use molotov_core::Target;

use super::{environment, values};
use crate::output::Wanted;
use crate::output::statsd::{Address, Format};

/// Runs the scenarios of this program as a load.
///
/// Durations need a unit: 500ms, 10s, 1m30s. Each option can also be set by its environment variable; what the
/// command line says wins.
// Numbers and durations take what begins with a minus, so that the message about it names them.
#[derive(Clone, Debug, Parser)]
#[command(name = "molotov", version, disable_version_flag = true, max_term_width = 100)]
pub(crate) struct Args {
    /// Virtual users
    #[arg(short, long, visible_short_alias = 'w', visible_alias = "workers", value_name = "N", env = "MOLOTOV_USERS",
          allow_hyphen_values = true, value_parser = values::users, help_heading = "Load")]
    pub(super) users: Option<NonZeroU32>,

    /// How long new iterations are started, after the ramp-up [default: 10s, unless --max-runs is given]
    #[arg(short, long, value_name = "TIME", env = "MOLOTOV_DURATION",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) duration: Option<Duration>,

    /// Iterations that each user makes
    #[arg(short = 'r', long, value_name = "N", env = "MOLOTOV_MAX_RUNS",
          allow_hyphen_values = true, value_parser = values::runs, help_heading = "Load")]
    pub(super) max_runs: Option<NonZeroU64>,

    /// Time over which the users start, evenly
    #[arg(long, value_name = "TIME", env = "MOLOTOV_RAMP_UP",
          allow_hyphen_values = true, value_parser = values::duration, help_heading = "Load")]
    pub(super) ramp_up: Option<Duration>,

    /// Pause of a user after each iteration, in addition to the scenario's own
    #[arg(long, value_name = "TIME", env = "MOLOTOV_DELAY",
          allow_hyphen_values = true, value_parser = values::duration, help_heading = "Load")]
    pub(super) delay: Option<Duration>,

    /// Threads that the users run on [default: one a processor]
    #[arg(short, long, value_name = "N", env = "MOLOTOV_THREADS",
          allow_hyphen_values = true, value_parser = values::threads, help_heading = "Load")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Every scenario once, by one user, in order of registration
    #[arg(long, env = "MOLOTOV_SINGLE_RUN", value_parser = BoolishValueParser::new(), help_heading = "Load")]
    pub(super) single_run: bool,

    /// Seed of all randomness [default: a new one]
    #[arg(long, value_name = "N", env = "MOLOTOV_SEED", allow_hyphen_values = true, value_parser = values::seed, help_heading = "Load")]
    pub(super) seed: Option<u64>,

    /// Only scenarios whose names match; `*` and `?` are wild; may be repeated
    #[arg(
        short,
        long,
        value_name = "GLOB",
        env = "MOLOTOV_SCENARIO",
        value_delimiter = ',',
        help_heading = "Scenarios"
    )]
    pub(super) scenario: Vec<String>,

    /// Only scenarios with one of these tags; may be repeated
    #[arg(long, value_name = "TAG", env = "MOLOTOV_TAG", value_delimiter = ',', help_heading = "Scenarios")]
    pub(super) tag: Vec<String>,

    /// List the scenarios and exit
    #[arg(long, help_heading = "Scenarios")]
    pub(crate) list: bool,

    /// Base URL of the service, for example http://localhost:8080
    #[arg(long, value_name = "URL", env = "MOLOTOV_HOST", value_parser = values::target, help_heading = "Target")]
    pub(super) host: Option<Target>,

    /// Further public hosts that may be loaded; may be repeated
    #[arg(
        long,
        value_name = "HOST",
        env = "MOLOTOV_ALLOW_HOST",
        value_delimiter = ',',
        help_heading = "Target"
    )]
    pub(super) allow_host: Vec<String>,

    /// Time-out of a whole request [default: 60s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_TIMEOUT",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Target")]
    pub(super) timeout: Option<Duration>,

    /// Trust the certificates in this PEM file too; may be repeated
    #[arg(long, value_name = "FILE", env = "MOLOTOV_CA", value_delimiter = ',', help_heading = "Target")]
    pub(super) ca: Vec<PathBuf>,

    /// Accept every certificate
    #[arg(long, env = "MOLOTOV_INSECURE", value_parser = BoolishValueParser::new(), help_heading = "Target")]
    pub(super) insecure: bool,

    /// End the run at the first iteration that fails
    #[arg(short = 'x', long, env = "MOLOTOV_FAIL_FAST", value_parser = BoolishValueParser::new(), help_heading = "End")]
    pub(super) fail_fast: bool,

    /// The number of failed iterations from which on the exit code is 1 [default: 1]
    #[arg(short, long, value_name = "N", env = "MOLOTOV_FAIL", allow_hyphen_values = true, value_parser = values::failures, help_heading = "End")]
    pub(super) fail: Option<NonZeroU64>,

    /// How long iterations in flight may go on when the run ends [default: 10s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_GRACE", allow_hyphen_values = true, value_parser = values::duration, help_heading = "End")]
    pub(super) grace: Option<Duration>,

    /// Plain lines instead of a live display
    #[arg(short, long, env = "MOLOTOV_CONSOLE", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(crate) console: bool,

    /// Interval of the display
    #[arg(long, value_name = "TIME", env = "MOLOTOV_CONSOLE_UPDATE", default_value = "1s",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Output")]
    pub(crate) console_update: Duration,

    /// Write the report to this file too (.json); may be repeated
    #[arg(long, value_name = "FILE", env = "MOLOTOV_REPORT", value_delimiter = ',', help_heading = "Output")]
    pub(crate) report: Vec<PathBuf>,

    /// Write every event to this file too, as a line of JSON; `-` is standard output
    #[arg(long, value_name = "FILE", env = "MOLOTOV_EVENTS_OUT", help_heading = "Output")]
    pub(crate) events_out: Option<PathBuf>,

    /// Send metrics to a statsd server
    #[arg(long, env = "MOLOTOV_STATSD", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(super) statsd: bool,

    /// Where the statsd server is
    #[arg(long, value_name = "URL", env = "MOLOTOV_STATSD_ADDRESS", default_value = "udp://localhost:8125",
          value_parser = values::statsd_address, help_heading = "Output")]
    pub(super) statsd_address: Address,

    /// How metrics are named: with tags (dogstatsd), or as Python Molotov names them (plain)
    #[arg(long, value_name = "FORMAT", env = "MOLOTOV_STATSD_FORMAT", default_value = "dogstatsd",
          value_parser = values::statsd_format, help_heading = "Output")]
    pub(super) statsd_format: Format,

    /// Write the lines that Taurus reads to this file
    #[arg(long, value_name = "FILE", env = "MOLOTOV_TAURUS_REPORT", help_heading = "Output")]
    pub(super) taurus_report: Option<PathBuf>,

    /// Print errors only
    #[arg(short, long, env = "MOLOTOV_QUIET", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Show the messages of failures whole
    #[arg(short, long, action = ArgAction::Count, env = "MOLOTOV_VERBOSE", help_heading = "Output")]
    pub(crate) verbose: u8,

    /// Print the version
    #[arg(long, action = ArgAction::Version)]
    version: (),

    /// Cargo passes this to benchmarks.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What there is to do.
pub(crate) enum Parsed {
    Run(Box<Args>),
    /// Help or the version was asked for: text for stdout.
    Say(String),
    /// A mistake: text for stderr.
    Wrong(String),
}

/// Parses a command line and the environment.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Parsed {
    if let Some(wrong) = environment::misspelt(&Args::command()) {
        return Parsed::Wrong(wrong);
    }
    match typed_and_set(argv) {
        Ok(args) => Parsed::Run(Box::new(args)),
        Err(error) if error.use_stderr() => Parsed::Wrong(without_secret(error).render().ansi().to_string()),
        Err(error) => Parsed::Say(error.render().ansi().to_string()),
    }
}

/// Options that exclude each other.
const EXCLUSIVE: &[(&str, &[&str])] =
    &[("single_run", &["users", "duration", "max_runs", "ramp_up"]), ("quiet", &["verbose"])];

/// clap's own conflicts do not tell the environment from the command line, and take `MOLOTOV_QUIET=false` for a yes.
fn typed_and_set(argv: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
    let mut command = environment::considered(Args::command());
    let argv: Vec<OsString> = argv.into_iter().collect();
    let named = |error| environment::name_source(error, &argv, &Args::command());
    let matches = command.try_get_matches_from_mut(&argv).map_err(named)?;
    let mut args = Args::from_arg_matches(&matches)?;
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for (flag, others) in EXCLUSIVE {
        let Some(other) = others.iter().find(|other| typed(other)) else { continue };
        if typed(flag) {
            let [flag, other] = [flag, other].map(|id| id.replace('_', "-"));
            let text = format!("the argument '--{flag}' cannot be used with '--{other}'");
            return Err(command.error(ErrorKind::ArgumentConflict, text));
        }
        // What is typed wins over what is set.
        match *flag {
            "single_run" => args.single_run = false,
            _ => args.quiet = false,
        }
    }
    for option in ["statsd_address", "statsd_format"] {
        if typed(option) && !args.statsd {
            let text =
                format!("'--{}' needs --statsd, which is what sends metrics", option.replace('_', "-"));
            return Err(command.error(ErrorKind::MissingRequiredArgument, text));
        }
    }
    Ok(args)
}

impl Args {
    /// What is to be written while the run goes on.
    pub(crate) fn outlets(&self) -> Wanted {
        Wanted {
            statsd: self.statsd.then(|| (self.statsd_address.clone(), self.statsd_format)),
            events: self.events_out.clone(),
            taurus: self.taurus_report.clone(),
        }
    }
}

/// clap repeats a value that is not valid; who puts a password or a token into a URL must not find it in a log.
fn without_secret(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let masked = masked(value);
        error.insert(ContextKind::InvalidValue, ContextValue::String(masked));
    }
    error
}

/// A URL without its user-info and the values of its query; anything else as it is.
fn masked(value: &str) -> String {
    let (start, query) = match value.split_once('?') {
        Some((start, _)) if value.contains("://") => (start, "?***"),
        _ => (value, ""),
    };
    match start.rsplit_once('@') {
        Some((secret, host)) => {
            let scheme = secret.find("://").map_or("", |end| &secret[..end + 3]);
            format!("{scheme}***@{host}{query}")
        }
        None => format!("{start}{query}"),
    }
}

/// The environment alone, for tests, whose command line is somebody else's.
pub(crate) fn parse_environment() -> Parsed {
    parse([OsString::from("molotov")])
}
