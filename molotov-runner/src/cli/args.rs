//! The arguments as they were typed.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{BoolishValueParser, PathBufValueParser, TypedValueParser};
use clap::{ArgAction, Parser};
use molotov_core::{ConnectionPolicy, Rate, Target, ThinkTime};

use super::run_id;
use super::shard_request::ShardRequest;
use super::values::{self, Resolves, SizingRequest, TypedThresholds};
use crate::output::results::{ResultsOptions, RunLine};
use crate::output::statsd::{Address, Format};
use crate::output::{LiveOutputOptions, ReportRequest};
use crate::plan::CommonStart;
use crate::plan::objective::Percent;
use crate::plan::stages::Stages;
use crate::plan::{Label, Replay};
use crate::schedule::Spacing;

/// Runs the scenarios of this program as a load.
///
/// Durations need a unit: 500ms, 10s, 1m30s. Each option can also be set by its environment variable, and in
/// molotov.toml; the environment wins over the file, and the command line over both.
// Numbers and durations take what begins with a minus, so that the message about it names them.
#[derive(Clone, Debug, Parser)]
#[command(name = "molotov", version, disable_version_flag = true, max_term_width = 100)]
pub(crate) struct Args {
    /// Profile of molotov.toml: the settings in [profile.PROFILE]
    #[arg(value_name = "PROFILE", env = "MOLOTOV_PROFILE")]
    profile: Option<String>,

    /// The same as the argument PROFILE
    #[arg(long = "profile", value_name = "PROFILE")]
    named_profile: Option<String>,

    /// Configuration file instead of molotov.toml; a molotov.json of Python Molotov is read too
    #[arg(long, value_name = "FILE", env = "MOLOTOV_CONFIG")]
    config: Option<PathBuf>,

    /// Number of virtual users
    ///
    /// [default: that of the program, or 1]
    #[arg(short, long, visible_short_alias = 'w', visible_alias = "workers", value_name = "N", env = "MOLOTOV_USERS",
          allow_hyphen_values = true, value_parser = values::users, help_heading = "Load")]
    pub(super) users: Option<NonZeroU32>,

    /// Factor for the number of users, as in Python Molotov
    #[arg(short, long, value_name = "N", env = "MOLOTOV_PROCESSES",
          allow_hyphen_values = true, value_parser = values::processes, help_heading = "Load")]
    pub(super) processes: Option<NonZeroU32>,

    /// Time for which iterations start [default: 10s]
    ///
    /// It begins after the ramp-up. With --max-runs or --shared-runs there is no default.
    #[arg(short, long, value_name = "TIME", env = "MOLOTOV_DURATION",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) duration: Option<Duration>,

    /// Number of iterations of each user
    #[arg(short = 'r', long, value_name = "N", env = "MOLOTOV_MAX_RUNS",
          allow_hyphen_values = true, value_parser = values::runs, help_heading = "Load")]
    pub(super) max_runs: Option<NonZeroU64>,

    /// Number of iterations of all users together; the next free user makes the next iteration
    #[arg(long, value_name = "N", env = "MOLOTOV_SHARED_RUNS",
          allow_hyphen_values = true, value_parser = values::runs, help_heading = "Load")]
    pub(super) shared_runs: Option<NonZeroU64>,

    /// Time over which the users start, at even distances
    #[arg(long, value_name = "TIME", env = "MOLOTOV_RAMP_UP",
          allow_hyphen_values = true, value_parser = values::duration, help_heading = "Load")]
    pub(super) ramp_up: Option<Duration>,

    /// Pause of a user after each iteration, in addition to that of the scenario; 1s..3s draws each pause at random
    #[arg(long, value_name = "TIME", env = "MOLOTOV_DELAY",
          allow_hyphen_values = true, value_parser = values::pause, help_heading = "Load")]
    pub(super) delay: Option<ThinkTime>,

    /// Number of threads for the users [default: one for each processor]
    #[arg(short, long, value_name = "N", env = "MOLOTOV_THREADS",
          allow_hyphen_values = true, value_parser = values::threads, help_heading = "Load")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Arrival rate, for example 500/s, 30/m or 1000/h
    ///
    /// Iterations start at this rate, however long they take. --users limits the iterations in flight [default: the arrivals of one second, at least 10 and at
    /// most 1000].
    #[arg(long, value_name = "RATE", env = "MOLOTOV_RATE",
          allow_hyphen_values = true, value_parser = values::rate, help_heading = "Load")]
    pub(super) rate: Option<Rate>,

    /// Arrival rate of one scenario, independent of the others, for example buy=50/s; in molotov.toml it is `rate` in
    /// [profile.PROFILE.scenario.NAME]; may be repeated
    #[arg(long, value_name = "NAME=RATE", env = "MOLOTOV_SCENARIO_RATE", value_delimiter = ',',
          value_parser = values::scenario_rate, help_heading = "Load")]
    pub(super) scenario_rate: Vec<(String, Rate)>,

    /// Distances between arrivals: `even`, or `poisson` for independent visitors [default: even]
    #[arg(long, value_name = "HOW", env = "MOLOTOV_ARRIVALS", value_parser = values::arrivals, help_heading = "Load")]
    pub(super) arrivals: Option<Spacing>,

    /// Delay after its due time at which an arrival is dropped [default: 10s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_MAX_LATE",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) max_late: Option<Duration>,

    /// Stages of a load: "0..200/s in 30s, 200/s for 2m"
    ///
    /// One stage follows the other. For users without a rate: "0..50 in 30s, 50 for 2m". "burst 100" starts 100 iterations at
    /// once.
    #[arg(long, value_name = "STAGES", env = "MOLOTOV_STAGES",
          allow_hyphen_values = true, value_parser = values::stages, help_heading = "Load")]
    pub(super) stages: Option<Stages>,

    /// Time between the starts of two iterations of one user, however long they take
    #[arg(long, value_name = "TIME", env = "MOLOTOV_PACING",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) pacing: Option<Duration>,

    /// First part of the run, which is left out of latencies and rates
    #[arg(long, value_name = "TIME", env = "MOLOTOV_WARM_UP",
          allow_hyphen_values = true, value_parser = values::duration, help_heading = "Load")]
    pub(super) warm_up: Option<Duration>,

    /// Runs each scenario once, with one user, in order of registration
    #[arg(long, env = "MOLOTOV_SINGLE_RUN", value_parser = BoolishValueParser::new(), help_heading = "Load")]
    pub(super) single_run: bool,

    /// Search for the greatest number of users at which no objective breaks, for example "p99<200ms, errors<1%"
    ///
    /// Without an objective it ends where more than --sizing-tolerance of the iterations fail. It raises the users to --users
    /// [default: 500] over --ramp-up [default: 5m]. With --rate it searches for the greatest rate: it doubles that rate, then
    /// bisects.
    #[arg(long, value_name = "OBJECTIVES", env = "MOLOTOV_SIZING", num_args = 0..=1, default_missing_value = values::PLAIN_SIZING,
          value_parser = values::sizing, help_heading = "Load")]
    pub(super) sizing: Option<SizingRequest>,

    /// Share of failed iterations that --sizing tolerates [default: 5%]
    #[arg(long, value_name = "PERCENT", env = "MOLOTOV_SIZING_TOLERANCE",
          allow_hyphen_values = true, value_parser = values::sizing_tolerance, help_heading = "Load")]
    pub(super) sizing_tolerance: Option<Percent>,

    /// Raise the users of --sizing in steps instead of evenly: double, bisect, confirm; always so with --rate
    #[arg(long, env = "MOLOTOV_SIZING_STEPS", value_parser = BoolishValueParser::new(), help_heading = "Load")]
    pub(super) sizing_steps: bool,

    /// Time limit of --sizing, which then answers with the results so far [default: none; the expected time is printed first]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_SIZING_TIME",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) sizing_time: Option<Duration>,

    /// Part of a run that is split between several processes: 0/3 is the first of three; auto takes it from the engine that starts
    /// them, auto/12 where the engine does not tell the number [default: the whole run]
    ///
    /// Users, arrivals, rows and numbers of iterations are divided; all parts together are the run of one process. Each part needs
    /// the same options, the same --seed or --run-id, and --results; `molotov merge` judges the whole.
    #[arg(
        long,
        value_name = "I/N",
        env = "MOLOTOV_SHARD",
        allow_hyphen_values = true,
        help_heading = "Load"
    )]
    pub(super) shard: Option<ShardRequest>,

    /// Name of the run, the same for all its parts; the seed comes from it, if there is no --seed [default: that of the engine, with
    /// --shard auto]
    #[arg(long, value_name = "ID", env = "MOLOTOV_RUN_ID", value_parser = run_id::parse, help_heading = "Load")]
    pub(super) run_id: Option<String>,

    /// Time at which the load begins, the same for all processes of a run: 2026-12-01T18:00:00Z, seconds since 1970, or
    /// file:PATH for a file that will contain one [default: as soon as this process is ready]
    ///
    /// A process that is ready later sends nothing and exits with code 1.
    #[arg(long, value_name = "TIME", env = "MOLOTOV_START_AT", allow_hyphen_values = true, value_parser = values::start_at,
          help_heading = "Load")]
    pub(super) start_at: Option<CommonStart>,

    /// Folder that all shards of a run see, in which they wait for each other and begin together; needs --shard and --run-id
    #[arg(
        long,
        value_name = "DIR",
        env = "MOLOTOV_RENDEZVOUS",
        conflicts_with = "start_at",
        help_heading = "Load"
    )]
    pub(super) rendezvous: Option<PathBuf>,

    /// Maximum wait of --rendezvous for the other shards; then the exit code is 1, and nothing is sent
    #[arg(long, value_name = "TIME", env = "MOLOTOV_RENDEZVOUS_TIMEOUT", default_value = "10m",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Load")]
    pub(super) rendezvous_timeout: Duration,

    /// Seed of all random numbers [default: random]
    #[arg(long, value_name = "N", env = "MOLOTOV_SEED", allow_hyphen_values = true, value_parser = values::seed, help_heading = "Load")]
    pub(super) seed: Option<u64>,

    /// Repeat one iteration of an earlier run alone, with the output of -vv; needs --seed and all other options of that run
    #[arg(long, value_name = "USER:ITERATION", env = "MOLOTOV_REPLAY", allow_hyphen_values = true,
          value_parser = values::replay, help_heading = "Load")]
    pub(super) replay: Option<Replay>,

    /// Only scenarios with this name, for example `buy*`
    ///
    /// `*` matches any text, `?` any letter. May be repeated.
    #[arg(
        short,
        long,
        alias = "single-mode",
        value_name = "GLOB",
        env = "MOLOTOV_SCENARIO",
        value_delimiter = ',',
        help_heading = "Scenarios"
    )]
    pub(super) scenario: Vec<String>,

    /// Only scenarios with one of these tags; may be repeated
    #[arg(long, value_name = "TAG", env = "MOLOTOV_TAG", value_delimiter = ',', help_heading = "Scenarios")]
    pub(super) tag: Vec<String>,

    /// Lists the scenarios and exits
    ///
    /// Checks all options, thresholds and data first. Sends nothing.
    #[arg(long, help_heading = "Scenarios")]
    pub(crate) list: bool,

    /// Base URL of the service: http://localhost:8080
    ///
    /// Or of a Unix socket: unix:///run/app.sock.
    #[arg(long, value_name = "URL", env = "MOLOTOV_HOST", value_parser = values::target, help_heading = "Target")]
    pub(super) host: Option<Target>,

    /// Public host that the load may be sent to, besides --host; may be repeated
    #[arg(
        long,
        value_name = "HOST",
        env = "MOLOTOV_ALLOW_HOST",
        value_delimiter = ',',
        help_heading = "Target"
    )]
    pub(super) allow_host: Vec<String>,

    /// Address of a host and port instead of a DNS lookup, as in curl: `shop.example:443:127.0.0.1`; several addresses with
    /// commas, IPv6 in brackets, `*` for every host; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDR", env = "MOLOTOV_RESOLVE", allow_hyphen_values = true,
          value_parser = values::resolves, help_heading = "Target")]
    pub(super) resolve: Vec<Resolves>,

    /// Time for which all users share a DNS answer; 0: a lookup for each connection [default: 60s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_DNS_TTL",
          allow_hyphen_values = true, value_parser = values::duration, help_heading = "Target")]
    pub(super) dns_ttl: Option<Duration>,

    /// Lifetime of connections: a `user`, an `iteration` or a `request` [default: user]
    #[arg(long, value_name = "PER", env = "MOLOTOV_CONNECTIONS", value_parser = values::connections, help_heading = "Requests")]
    pub(super) connections: Option<ConnectionPolicy>,

    /// A fresh session for each iteration, without the cookies, connections and headers of the last iteration
    #[arg(long, env = "MOLOTOV_FRESH_SESSION", value_parser = BoolishValueParser::new(), help_heading = "Requests")]
    pub(super) fresh_session: bool,

    /// Limit of redirects of a request; 0: none is followed, and a 3xx is an ordinary status [default: 10]
    #[arg(long, value_name = "N", env = "MOLOTOV_REDIRECTS",
          allow_hyphen_values = true, value_parser = values::redirects, help_heading = "Requests")]
    pub(super) redirects: Option<u32>,

    /// Time-out of a whole request [default: 60s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_TIMEOUT",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Requests")]
    pub(super) timeout: Option<Duration>,

    /// PEM file of certificates to trust, besides those of the system; may be repeated
    #[arg(long, value_name = "FILE", env = "MOLOTOV_CA", value_delimiter = ',', help_heading = "Target")]
    pub(super) ca: Vec<PathBuf>,

    /// Accepts every certificate
    #[arg(long, env = "MOLOTOV_INSECURE", value_parser = BoolishValueParser::new(), help_heading = "Target")]
    pub(super) insecure: bool,

    /// Ends the run at the first failed iteration
    #[arg(short = 'x', long, alias = "exception", env = "MOLOTOV_FAIL_FAST", value_parser = BoolishValueParser::new(), help_heading = "Judging")]
    pub(super) fail_fast: bool,

    /// Number of failed iterations that makes the exit code 1 [default: 1]
    #[arg(short, long, value_name = "N", env = "MOLOTOV_FAIL", allow_hyphen_values = true, value_parser = values::failures, help_heading = "Judging")]
    pub(super) fail: Option<NonZeroU64>,

    /// Thresholds, for example "p99 < 200ms, errors < 1%"
    ///
    /// The exit code is 99 where one of them is broken. Also of one scenario or route, "errors{scenario=buy} < 1%", and in windows, "p95(10s) < 1s after 30s abort". May be
    /// repeated.
    #[arg(long, value_name = "THRESHOLD", env = "MOLOTOV_THRESHOLD", allow_hyphen_values = true,
          value_parser = values::thresholds, help_heading = "Judging")]
    pub(super) threshold: Vec<TypedThresholds>,

    /// Time for iterations in flight to finish when the run ends [default: 10s]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_GRACE", allow_hyphen_values = true, value_parser = values::duration, help_heading = "Load")]
    pub(super) grace: Option<Duration>,

    /// Time after which a dead target ends the run: 95% of the requests had no response, or a status of 5xx [default: 5s; 2s with
    /// --sizing]
    #[arg(long, value_name = "TIME", env = "MOLOTOV_DEAD_TARGET_WINDOW",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Judging")]
    pub(super) dead_target_window: Option<Duration>,

    /// Continues although the target is dead
    #[arg(long, env = "MOLOTOV_NO_DEAD_TARGET_CHECK", value_parser = BoolishValueParser::new(), help_heading = "Judging")]
    pub(super) no_dead_target_check: bool,

    /// Ignores a verdict of INVALID in the exit code; the report still has it
    #[arg(long, env = "MOLOTOV_ALLOW_INVALID", value_parser = BoolishValueParser::new(), help_heading = "Judging")]
    pub(super) allow_invalid: bool,

    /// Prints plain lines instead of a live display
    #[arg(short, long, env = "MOLOTOV_CONSOLE", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(crate) console: bool,

    /// Interval of the lines and of the display
    #[arg(long, value_name = "TIME", env = "MOLOTOV_CONSOLE_UPDATE", default_value = "1s",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Output")]
    pub(crate) console_update: Duration,

    /// Report file: out.html, out.json, out.xml (JUnit)
    ///
    /// The ending is the format (.json, .html, .txt, .md, .csv, .xml for JUnit, .hlog), or the word before it in FORMAT=FILE
    /// (json, text, markdown, csv, csv-windows, junit, hlog, html, codequality, openmetrics, k6). `-` is standard output. May be
    /// repeated.
    #[arg(long, value_name = "FILE", env = "MOLOTOV_REPORT", value_delimiter = ',',
          value_parser = PathBufValueParser::new().map(ReportRequest::from), help_heading = "Output")]
    pub(crate) report: Vec<ReportRequest>,

    /// Results file (.jsonl or .jsonl.gz), written each second: `molotov report FILE` makes the report from it, also when the run
    /// was killed; in a folder (results/) the file gets the name of the run and the shard
    #[arg(long, value_name = "FILE", env = "MOLOTOV_RESULTS", help_heading = "Output")]
    pub(crate) results: Option<PathBuf>,

    /// Print and write the report of a run from the results files of its shards, and of those in folders, instead of a load; its
    /// exit code is that of the run. With --report, --results and --threshold
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = "Output")]
    pub(crate) merge: Vec<PathBuf>,

    /// With --merge: merge the shards that exist, even if others are missing; the verdict is suspect then
    #[arg(long, requires = "merge", help_heading = "Output")]
    pub(crate) allow_missing: bool,

    /// Interval of the histograms of scenarios and routes in the results file, in whole seconds
    #[arg(long, value_name = "TIME", env = "MOLOTOV_RESULTS_EVERY", default_value = "1s",
          allow_hyphen_values = true, value_parser = values::positive, help_heading = "Output")]
    pub(crate) results_every: Duration,

    /// Label of the run in its reports, for example commit=89479b5; may be repeated
    #[arg(long, value_name = "NAME=VALUE", env = "MOLOTOV_LABEL", value_delimiter = ',',
          value_parser = values::label, help_heading = "Output")]
    pub(super) label: Vec<Label>,

    /// File of all events, each a line of JSON; `-` is standard output
    #[arg(long, value_name = "FILE", env = "MOLOTOV_EVENTS_OUT", help_heading = "Output")]
    pub(crate) events_out: Option<PathBuf>,

    /// Sends metrics to a statsd server
    #[arg(long, env = "MOLOTOV_STATSD", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(super) statsd: bool,

    /// Address of the statsd server
    #[arg(long, value_name = "URL", env = "MOLOTOV_STATSD_ADDRESS", default_value = "udp://localhost:8125",
          value_parser = values::statsd_address, help_heading = "Output")]
    pub(super) statsd_address: Address,

    /// Names of the metrics: with tags (dogstatsd), or as in Python Molotov (plain)
    #[arg(long, value_name = "FORMAT", env = "MOLOTOV_STATSD_FORMAT", default_value = "dogstatsd",
          value_parser = values::statsd_format, help_heading = "Output")]
    pub(super) statsd_format: Format,

    /// File of the lines that Taurus reads
    #[arg(long, value_name = "FILE", env = "MOLOTOV_TAURUS_REPORT", help_heading = "Output")]
    pub(super) taurus_report: Option<PathBuf>,

    /// Writes no job summary and no annotations under GitHub Actions
    #[arg(long, env = "MOLOTOV_NO_CI", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(crate) no_ci: bool,

    /// Prints errors only
    #[arg(short, long, env = "MOLOTOV_QUIET", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Prints failure messages in full; -vv: requests and responses too, without secrets
    #[arg(short, long, action = ArgAction::Count, env = "MOLOTOV_VERBOSE", help_heading = "Output")]
    pub(crate) verbose: u8,

    /// Prints the script that completes the options in a shell, and exits
    #[cfg(feature = "completions")]
    #[arg(long, value_name = "SHELL")]
    completions: Option<clap_complete::Shell>,

    /// Prints the version
    #[arg(long, action = ArgAction::Version)]
    version: (),

    /// Cargo passes this to benchmarks.
    #[arg(long, hide = true)]
    bench: bool,

    /// Python Molotov's; see [`super::python`].
    #[arg(long, hide = true)]
    debug: bool,

    /// Python Molotov's.
    #[arg(long, hide = true)]
    force_shutdown: bool,

    /// Python Molotov's.
    #[arg(long, hide = true, num_args = 1.., value_name = "MODULE")]
    use_extension: Vec<String>,

    /// Python Molotov's.
    #[arg(long, hide = true)]
    uvloop: bool,

    /// Flags that the environment or a file turns off.
    #[arg(skip)]
    pub(super) off: Vec<String>,

    /// `true` if the program that started this one judges the failures, and takes an exit code for a broken tool.
    #[arg(skip)]
    pub(super) judged_elsewhere: bool,

    /// Notes on arguments that are accepted and have no meaning.
    #[arg(skip)]
    pub(crate) notes: Vec<String>,
}

/// Options that exclude each other; [`super::conflicts`] says which gives way.
pub(super) const EXCLUSIVE: &[(&str, &[&str])] = &[
    (
        "single_run",
        &[
            "users",
            "processes",
            "duration",
            "max_runs",
            "shared_runs",
            "ramp_up",
            "rate",
            "stages",
            "pacing",
            "threshold",
        ],
    ),
    ("quiet", &["verbose"]),
];

impl Args {
    /// All that is written besides what is shown, with the option that names it.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let reports = self.report.iter().map(|report| ("--report", report.path()));
        let events = self.events_out.iter().map(|path| ("--events-out", path.as_path()));
        let taurus = self.taurus_report.iter().map(|path| ("--taurus-report", path.as_path()));
        let results = self.results.iter().map(|path| ("--results", path.as_path()));
        reports.chain(results).chain(events).chain(taurus)
    }

    /// The thresholds of the command line, as one text.
    pub(crate) fn typed_thresholds(&self) -> Option<String> {
        let all: Vec<_> = self.threshold.iter().flat_map(|list| &list.0).map(ToString::to_string).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// The outputs that are written while the run goes on.
    pub(crate) fn live_outputs(&self, header: RunLine) -> LiveOutputOptions {
        let every = self.results_every;
        let results = self.results.clone().map(|path| ResultsOptions { path, every, header });
        LiveOutputOptions {
            results,
            statsd: self.statsd.then(|| (self.statsd_address.clone(), self.statsd_format)),
            events: self.events_out.clone(),
            taurus: self.taurus_report.clone(),
        }
    }
}
