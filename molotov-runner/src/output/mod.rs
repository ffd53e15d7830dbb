//! The outputs of a run, for people and programs: the live display, the text report, the JSON report.
//!
//! Only this module writes. All its content comes from a [`RunProgress`] or a [`Report`]; pure functions render these
//! as text, and only [`writer`] and [`console`] access streams. An output that writes during a run implements
//! [`Output`] behind a [`queue`].
//!
//! [`RunProgress`]: crate::report::RunProgress
//! [`Report`]: crate::report::Report

mod console;
mod display_thread;
mod escape;
mod events;
mod formats;
mod frame;
mod github;
mod json;
mod live_outputs;
mod log_lines;
mod output_thread;
mod place;
mod queue;
mod registered;
mod report_file;
mod report_files;
pub(crate) mod results;
mod seam;
pub(crate) mod statsd;
mod table;
mod taurus;
mod terminal;
mod text;
mod text_style;
mod trace_queue;
mod traces;
mod worker;
mod writer;

pub(crate) use self::console::Style;
pub(crate) use self::display_thread::DisplayThread;
pub use self::escape::escape;
pub(crate) use self::github::{GithubJob, annotations};
pub(crate) use self::live_outputs::{LiveOutputOptions, LiveOutputs};
pub(crate) use self::log_lines::last_words;
pub(crate) use self::place::{PlaceKind, clashes};
pub(crate) use self::queue::OutputQueue;
pub(crate) use self::registered::OutputThreads;
pub(crate) use self::report_file::ReportRequest;
#[cfg(test)]
pub(crate) use self::report_file::write_file;
pub(crate) use self::report_files::ReportFiles;
pub use self::seam::{ArrivalTotals, Interest, Output, RunFacts};
#[cfg(test)]
pub(crate) use self::text::answer_of_rates;
pub(crate) use self::text::{render, render_errors};
pub(crate) use self::text_style::{Detail, TextStyle};
pub(crate) use self::traces::TraceLevel;
pub(crate) use self::worker::Closing;
pub use self::writer::Sink;
