//! From the lines of a results file to its run.

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
/// Returns an error if nothing of it can be read.
#[inline]
pub(super) fn read(bytes: impl Read) -> Result<RunResults, String> {
    let (header, mut run, end) = read_lines(Box::new(bytes))?;
    let has_nothing = run.windows == 0 && !run.is_ended;
    let warning = match end {
        FileEnd::Whole => None,
        FileEnd::Cut if has_nothing => {
            let why = "the run was killed before its first second was over; there is nothing to report";
            return Err(why.to_owned());
        }
        FileEnd::Damaged(why) if has_nothing => {
            return Err(format!("{why}; before it no second is whole, so there is nothing to report"));
        }
        FileEnd::Cut => Some(run.cut()),
        FileEnd::Damaged(why) => Some(format!("{why}; what follows is left out")),
        FileEnd::Continued => Some("what follows the end of the run is left out".to_owned()),
    };
    let report =
        Report::from_json(&document(std::mem::take(&mut run.parts))).map_err(|error| error.to_string())?;
    run.finish(report, header, warning)
}

/// The kind of a file's end.
enum FileEnd {
    /// The run was finished, and the file is complete.
    Whole,
    /// The file ends before its run.
    Cut,
    /// More lines follow the end of the run.
    Continued,
    /// A damaged line, in words.
    Damaged(String),
}

/// Reads all complete lines, and returns the reason why there are no more.
#[inline]
fn read_lines(bytes: Box<dyn Read + '_>) -> Result<(RunLine, RunSoFar, FileEnd), String> {
    let mut input = Input::new(bytes)?;
    let header = header(&mut input)?;
    let (mut run, mut pending) = (RunSoFar::default(), Vec::new());
    while let Some(line) = input.next() {
        match run.add_line(&line, &mut pending) {
            Ok(()) => {}
            Err(ReadEnd::Useless(why)) => return Err(why),
            Err(ReadEnd::Damaged(why)) => return Ok((header, run, damaged(input.number(), &why))),
        }
    }
    let end = match &input.end {
        LinesEnd::Damaged(why) => damaged(input.number(), why),
        LinesEnd::Whole if run.is_ended => FileEnd::Whole,
        LinesEnd::Torn if run.is_ended => FileEnd::Continued,
        LinesEnd::Whole | LinesEnd::Torn => FileEnd::Cut,
    };
    Ok((header, run, end))
}

#[inline]
fn damaged(line: u64, why: &str) -> FileEnd {
    FileEnd::Damaged(format!("line {line} is damaged: {why}"))
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
