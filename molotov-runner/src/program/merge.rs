//! `--merge`: the report of a run from the results files of its shards, by the load test itself, for images that contain
//! no other program.

use crate::cli::Args;
use crate::error::RunError;
use crate::output::{Sink, escape};
use crate::report::ExitCode;
use crate::results::{Announced, MissingShards, merge, publish_as, read_all};
use crate::typed;

/// Merges the files, and prints and writes the report as a run does.
///
/// # Errors
///
/// Returns an error for files that cannot be read, parts that do not fit, missing shards, and outputs that cannot be
/// written.
pub(super) fn run(args: &Args) -> Result<ExitCode, RunError> {
    let missing = if args.allow_missing { MissingShards::Allowed } else { MissingShards::Refused };
    let mut merged = merge(read_all(&args.merge)?, missing)?;
    for warning in &merged.warnings {
        Sink::stderr().line(&format!("warning: {}", escape(&typed::masked(warning))));
    }
    if let Some(thresholds) = args.typed_thresholds() {
        merged.report = merged.report.with_thresholds(&thresholds)?;
    }
    let announced = Announced {
        sources: args.merge.clone(),
        results: args.results.clone(),
        quiet: args.quiet,
        verbose: args.verbose > 0,
        ..Announced::default()
    };
    let unwritten = publish_as(&merged, &args.report, &announced)?;
    unwritten.iter().for_each(|problem| super::print_problem(problem));
    Ok(match merged.report.exit_code() {
        ExitCode::Ok if !unwritten.is_empty() => ExitCode::NotWritten,
        code => code,
    })
}
