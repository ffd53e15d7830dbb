//! A file of options: `molotov.toml`, or Python Molotov's `molotov.json`.
//!
//! A file is found ([`find`](mod@find)), read ([`source`]) and parsed ([`toml`], [`json`]) into a [`document`] of keys and values
//! with their places. The keys are the long names of the options that clap knows, and the values go through clap's own
//! parsers ([`options`]), so that an option that is added is known here at once. What is left of it for one run
//! ([`reader`]) are its [`settings`] and [`variables`].

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
