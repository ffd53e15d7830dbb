//! The command line: parsed arguments, and the plan that they resolve to.

mod args;
#[cfg(feature = "completions")]
mod completions;
mod conflicts;
mod engines;
mod environment;
mod file;
mod foreign;
mod help;
mod labels;
mod load;
#[cfg(test)]
mod message_tests;
mod parse;
mod proxy;
mod python;
mod resolve;
mod run_id;
mod shard;
mod shard_request;
mod sizing;
mod threshold;
mod value_source;
mod values;

pub(crate) use self::args::Args;
pub(crate) use self::environment::requires_host;
pub(crate) use self::parse::{Parsed, parse, parse_environment};
pub(crate) use self::proxy::UnusedProxies;
pub(crate) use self::resolve::resolve;
pub(crate) use self::shard::{note as engine_note, resolve as resolve_shard};
