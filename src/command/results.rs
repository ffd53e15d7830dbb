//! `molotov report` and `molotov merge`: reports of results files.

use molotov_runner::results::{
    Announced, MissingShards, RunResults, merge as merged, merge_repeats, publish, read_all,
};
use molotov_runner::{ExitCode, RunError, Sink, masked};

use super::args::{MergeArgs, ReportArgs};
use super::failure::{Failure, harmless};

/// Makes the report of one run, or of several as one.
pub(super) fn report(args: &ReportArgs) -> Result<u8, Failure> {
    report_with(args, Together::Parts(MissingShards::Refused))
}

/// Makes one results file from several.
pub(super) fn merge(args: &MergeArgs) -> Result<u8, Failure> {
    if args.report.results.is_none() && args.report.report.is_empty() {
        return Err(Failure::new("no output is named; add `--results all.jsonl` or `--report all.html`"));
    }
    let together = match (args.repeats, args.allow_missing) {
        (true, _) => Together::Repeats,
        (false, true) => Together::Parts(MissingShards::Allowed),
        (false, false) => Together::Parts(MissingShards::Refused),
    };
    let results = merge_files(&args.report, together)?;
    let code = results.report.exit_code().code();
    let is_of_shards = !results.report.shards.is_empty();
    let shown = show(&args.report, results)?;
    // The whole run is judged here for the first time.
    Ok(if shown == ExitCode::Ok.code() && is_of_shards && args.report.threshold.is_empty() {
        code
    } else {
        shown
    })
}

/// The relation of the runs in several files.
#[derive(Clone, Copy)]
enum Together {
    /// The runs took place at the same time.
    Parts(MissingShards),
    /// The runs followed each other.
    Repeats,
}

fn report_with(args: &ReportArgs, together: Together) -> Result<u8, Failure> {
    let results = match args.files.as_slice() {
        [file] if !file.is_dir() => RunResults::read(file).map_err(cannot)?,
        _ => merge_files(args, together)?,
    };
    show(args, results)
}

/// Prints and writes the report, and returns the exit code.
fn show(args: &ReportArgs, mut results: RunResults) -> Result<u8, Failure> {
    warn(&results);
    if !args.threshold.is_empty() {
        let thresholds = args.threshold.join(", ");
        results.report = results.report.with_thresholds(&thresholds).map_err(cannot)?;
    }
    let code = write(args, &results)?;
    let is_judged = !args.threshold.is_empty() && code == ExitCode::Ok.code();
    Ok(if is_judged { judged(args, &results) } else { code })
}

/// The exit code of the new verdict. Without the report on standard output, the broken thresholds are printed as errors.
fn judged(args: &ReportArgs, results: &RunResults) -> u8 {
    let broken: Vec<_> = results.report.thresholds.iter().filter(|result| !result.passed()).collect();
    let mut err = Sink::stderr();
    for result in broken.iter().filter(|_| args.quiet) {
        let observed = result.observed.map_or_else(|| "no samples".into(), |observed| observed.to_string());
        err.line(&format!("error: {} is broken: {observed}", harmless(&result.threshold)));
    }
    if broken.is_empty() { ExitCode::Ok.code() } else { ExitCode::Thresholds.code() }
}

fn merge_files(args: &ReportArgs, together: Together) -> Result<RunResults, Failure> {
    let runs = read_all(&args.files).map_err(cannot)?;
    let both = match together {
        Together::Parts(missing) => merged(runs, missing),
        Together::Repeats => merge_repeats(runs),
    };
    both.map_err(cannot)
}

fn warn(results: &RunResults) {
    let mut err = Sink::stderr();
    for warning in &results.warnings {
        err.line(&format!("warning: {}", harmless(&masked(warning))));
    }
}

fn write(args: &ReportArgs, results: &RunResults) -> Result<u8, Failure> {
    let announced = Announced {
        reports: args.report.clone(),
        sources: args.files.clone(),
        results: args.results.clone(),
        quiet: args.quiet,
        verbose: args.verbose,
    };
    let unwritten = publish(results, &announced).map_err(cannot)?;
    let mut err = Sink::stderr();
    unwritten.iter().for_each(|problem| err.line(&format!("error: {}", harmless(problem))));
    Ok(if unwritten.is_empty() { ExitCode::Ok.code() } else { ExitCode::NotWritten.code() })
}

fn cannot(error: RunError) -> Failure {
    Failure::new(error.to_string())
}
