//! The lines of an open window, which are applied at its end.

use std::borrow::Cow;

use molotov_core::Latencies;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::output::results::{
    CountsLine, EndLine, FailureLine, HistogramKind, HistogramLine, MoreLine, PartLine, SeriesLine,
    ValueLine, WindowLine,
};

/// A line that is applied at the end of its window.
#[derive(Debug)]
pub(super) enum PendingLine {
    Series(SeriesLine),
    /// Latencies that ended in a second, of a series.
    Histogram(u64, u32, HistogramKind, Latencies),
    Counts(CountsLine),
    Failure(FailureLine),
    More(MoreLine),
    /// A row of the user's own metrics, as JSON.
    Value(u32, Box<RawValue>),
    /// A part of the report, with its index if it is an item of a list.
    Part(String, Option<u64>, Box<RawValue>),
    /// A known line without content of the report.
    Remark,
    /// An unknown line, possibly of a newer version.
    Unknown,
}

/// A line of a results file.
#[derive(Debug)]
pub(super) enum ResultsLine {
    Run,
    Pending(PendingLine),
    Window(Box<WindowLine>),
    End(EndLine),
}

#[derive(Deserialize)]
struct LineTag<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
}

impl ResultsLine {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// Returns the mistake in the line.
    #[inline]
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let tag: LineTag<'_> = parsed(line)?;
        let pending = match &*tag.t {
            "run" => return Ok(Self::Run),
            "w" => return parsed(line).map(Self::Window),
            "end" => return parsed(line).map(Self::End),
            "series" => PendingLine::Series(parsed(line)?),
            "h" => histogram(&parsed(line)?)?,
            "c" => PendingLine::Counts(parsed(line)?),
            "failure" => PendingLine::Failure(parsed(line)?),
            "more" => PendingLine::More(parsed(line)?),
            "value" => {
                let value: ValueLine<'_> = parsed(line)?;
                PendingLine::Value(value.i, value.row.to_owned())
            }
            "part" => {
                let part: PartLine<'_> = parsed(line)?;
                PendingLine::Part(part.key.into_owned(), part.item, part.value.to_owned())
            }
            "mark" | "lost" => PendingLine::Remark,
            _ => PendingLine::Unknown,
        };
        Ok(Self::Pending(pending))
    }
}

#[inline]
fn histogram(line: &HistogramLine) -> Result<PendingLine, String> {
    let latencies = Latencies::try_from(&line.latencies)?;
    Ok(PendingLine::Histogram(line.w, line.i, line.of, latencies))
}

#[inline]
fn parsed<'a, L: Deserialize<'a>>(line: &'a str) -> Result<L, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}
