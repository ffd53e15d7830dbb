//! A file of options: `molotov.toml`, or Python Molotov's `molotov.json`.
//!
//! A file is found ([`find`](mod@find)), read ([`source`]) and parsed ([`toml`], [`json`]) into a [`document`] of keys
//! and values with their places. The keys are the long names of clap's options, and the values go through clap's own
//! parsers ([`options`]), so that a new option also works in files. The result for one run ([`reader`]) is its
//! [`settings`] and [`variables`].

mod document;
mod find;
mod json;
mod options;
#[cfg(test)]
mod python_tests;
mod python_values;
mod reader;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod toml;
mod variables;

pub(super) use self::find::{FileRequest, find, name_shown};
pub(super) use self::reader::read;
pub(super) use self::settings::{FileSettings, Layer};
