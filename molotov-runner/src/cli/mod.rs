//! The command line: what was typed, and what is true of it.

mod args;
mod environment;
mod resolve;
mod sizing;
mod values;

pub(crate) use self::args::{Args, Parsed, parse, parse_environment};
pub(crate) use self::resolve::resolve;
