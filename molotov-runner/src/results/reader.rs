//! From the lines of a results file to what is known of its run.

use std::io::Read;

use super::RunResults;
use super::input::{Input, LinesEnd};
use super::rebuild::document;
use super::run_so_far::{ReadEnd, RunSoFar};
use crate::output::results::{RunLine, SCHEMA};
use crate::report::Report;

/// Reads a results file.
///
/// # Errors
///
/// Where nothing of it can be read.
#[inline]
pub(super) fn read(bytes: impl Read) -> Result<RunResults, String> {
    let (header, mut run, warning) = read_lines(Box::new(bytes))?;
    if run.windows == 0 && !run.is_ended {
        return Err(
            "the run was killed before its first second was over; there is nothing to report".to_owned()
        );
    }
    let report =
        Report::from_json(&document(std::mem::take(&mut run.parts))).map_err(|error| error.to_string())?;
    run.finish(report, header, warning)
}

/// Reads all lines that are whole, and why there are no more.
#[inline]
fn read_lines(bytes: Box<dyn Read + '_>) -> Result<(RunLine, RunSoFar, Option<String>), String> {
    let mut input = Input::new(bytes)?;
    let header = header(&mut input)?;
    let (mut run, mut pending) = (RunSoFar::default(), Vec::new());
    let mut damage = None;
    while let Some(line) = input.next() {
        match run.add_line(&line, &mut pending) {
            Ok(()) => {}
            Err(ReadEnd::Useless(why)) => return Err(why),
            Err(ReadEnd::Damaged(why)) => {
                damage =
                    Some(format!("line {} is damaged, and what follows is left out: {why}", input.number()));
                break;
            }
        }
    }
    let warning = damage.or_else(|| match &input.end {
        LinesEnd::Damaged(why) => {
            Some(format!("line {} is damaged, and what follows is left out: {why}", input.number()))
        }
        LinesEnd::Whole if run.is_ended => None,
        LinesEnd::Torn if run.is_ended => Some("what follows the end of the run is left out".to_owned()),
        LinesEnd::Whole | LinesEnd::Torn => Some(run.cut()),
    });
    Ok((header, run, warning))
}

#[inline]
fn header(input: &mut Input<'_>) -> Result<RunLine, String> {
    #[derive(serde::Deserialize)]
    struct Version {
        t: String,
        schema: u32,
        molotov: String,
    }
    let Some(line) = input.next() else {
        return Err(match &input.end {
            LinesEnd::Whole => {
                "the file is empty: the run was killed before its first second was over".to_owned()
            }
            LinesEnd::Torn => "there is no whole line in it".to_owned(),
            LinesEnd::Damaged(why) => format!("this is no results file: line 1: {why}"),
        });
    };
    let version: Version =
        serde_json::from_str(&line).ok().filter(|version: &Version| version.t == "run").ok_or(
            "this is no results file: its first line is not that of a run; `--results FILE.jsonl` writes one",
        )?;
    if version.schema != SCHEMA {
        return Err(format!(
            "it is of version {} of the schema, written by molotov {}, and this version of molotov ({}) reads version {SCHEMA}",
            version.schema,
            version.molotov,
            env!("CARGO_PKG_VERSION")
        ));
    }
    serde_json::from_str(&line).map_err(|error| format!("line 1 is damaged: {error}"))
}
