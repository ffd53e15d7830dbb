//! From keys to options: each key is the long name of an option, and each value goes through its parser.

use std::error::Error as _;
use std::ffi::OsString;
use std::time::Duration;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

use super::document::{FileEntry, FileValue};
use super::python_values;
use super::settings::{Layer, Setting};
use crate::cli::{foreign, python};
use crate::suggest;

/// Options of a single call of the program, which a file may not have.
const TYPED_ONLY: &[&str] = &["help", "version", "list", "completions", "config", "profile", "bench"];

/// The vocabulary of a file's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Ours.
    Own,
    /// Python Molotov's: numbers of seconds, and names that are ignored here.
    Python,
}

/// The reading of the entries of one table.
pub(super) struct Reading<'a> {
    pub(super) command: &'a Command,
    pub(super) words: Words,
    /// The name of the table, for messages.
    pub(super) table: String,
    pub(super) layer: Layer,
}

/// The results of reading a table's entries.
#[derive(Default)]
pub(super) struct Understood {
    pub(super) settings: Vec<Setting>,
    pub(super) notes: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Reading<'_> {
    pub(super) fn settings(&self, entries: &[FileEntry]) -> Understood {
        let mut understood = Understood::default();
        for entry in entries {
            match self.setting(entry, &mut understood.notes) {
                Ok(Some(setting)) => match duplicate(&understood.settings, &setting) {
                    Some(problem) => understood.problems.push(problem),
                    None => understood.settings.push(setting),
                },
                Ok(None) => understood.notes.extend(self.meaningless(entry)),
                Err(problem) => understood.problems.push(problem),
            }
        }
        understood
    }

    /// The setting of an entry; `None` for an ignored one.
    fn setting(&self, entry: &FileEntry, notes: &mut Vec<String>) -> Result<Option<Setting>, String> {
        if self.meaningless(entry).is_some() || entry.value == FileValue::Nothing {
            return Ok(None);
        }
        let arg = self.find(&entry.key).ok_or_else(|| self.unknown(entry))?;
        let (value, note) = match self.words {
            Words::Own => (entry.value.clone(), None),
            Words::Python => python_values::translate(arg, &entry.value),
        };
        notes.extend(note.map(|note| format!("{}: `{}`: {note}", entry.value_at, entry.key)));
        if value == FileValue::Nothing {
            return Ok(None);
        }
        let values = values(arg, &value, self.words)
            .map_err(|why| format!("{}: `{}` in {}: {why}", entry.value_at, entry.key, self.table))?;
        Ok(Some(Setting {
            id: arg.get_id().to_string(),
            key: entry.key.clone(),
            values,
            place: entry.key_at.clone(),
            layer: self.layer,
        }))
    }

    fn meaningless(&self, entry: &FileEntry) -> Option<String> {
        let why = python::without_meaning_in_json(&entry.key).filter(|_| self.words == Words::Python)?;
        Some(format!("{}: `{}` has no meaning here: {why}", entry.key_at, entry.key))
    }

    fn find(&self, key: &str) -> Option<&Arg> {
        let long = dashed(key);
        let mut args = self.command.get_arguments().filter(|arg| is_for_files(arg));
        args.find(|arg| names(arg).any(|name| name == long))
    }

    fn unknown(&self, entry: &FileEntry) -> String {
        let FileEntry { key, key_at, .. } = entry;
        if TYPED_ONLY.contains(&key.as_str()) {
            return format!("{key_at}: `{key}` in {} belongs on the command line: --{key}", self.table);
        }
        if let Some(why) = python::without_meaning(key) {
            return format!("{key_at}: `{key}` in {} has no meaning here; leave it out: {why}", self.table);
        }
        let args = self.command.get_arguments().filter(|arg| is_for_files(arg));
        let mut known: Vec<String> = Vec::new();
        for arg in args {
            known.extend(names(arg).map(|name| name.replace('-', "_")));
        }
        let meant = suggest::nearest(&key.replace('-', "_"), known.iter().map(String::as_str));
        let cure = match (foreign::cure_of_key(key), meant) {
            (Some(cure), _) => cure,
            (None, Some(name)) => format!("did you mean `{name}`?"),
            (None, None) => "the keys are the long names of the options, which --help lists".to_owned(),
        };
        format!("{key_at}: {} has the unknown key `{key}`; {cure}", self.table)
    }
}

fn is_for_files(arg: &Arg) -> bool {
    let id = arg.get_id().as_str();
    let long = arg.get_long().unwrap_or_default();
    !TYPED_ONLY.contains(&id) && !TYPED_ONLY.contains(&long) && python::without_meaning(id).is_none()
}

fn names(arg: &Arg) -> impl Iterator<Item = String> {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    arg.get_long().into_iter().chain(aliases).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn dashed(key: &str) -> String {
    key.replace('_', "-")
}

fn duplicate(settings: &[Setting], setting: &Setting) -> Option<String> {
    let first = settings.iter().find(|first| first.id == setting.id)?;
    Some(format!(
        "{}: `{}` is given twice; first as `{}` ({})",
        setting.place, setting.key, first.key, first.place
    ))
}

/// The values in the form of the command line; `None` for a flag or an option that is turned off.
fn values(arg: &Arg, value: &FileValue, words: Words) -> Result<Option<Vec<OsString>>, String> {
    let text = match (arg.get_action(), value) {
        (ArgAction::SetTrue, FileValue::Flag(flag)) => return Ok(Some(vec![flag.to_string().into()])),
        (ArgAction::SetTrue, _) => return Err(wrong_type(value, "true or false")),
        (ArgAction::Count, FileValue::Flag(flag)) => {
            return Ok(Some(vec![u8::from(*flag).to_string().into()]));
        }
        (ArgAction::Count, FileValue::Number(number)) => return count(number).map(Some),
        (ArgAction::Count, _) => return Err(wrong_type(value, "a number")),
        (_, FileValue::Flag(false)) if may_lack_value(arg) => return Ok(None),
        (_, FileValue::Flag(true)) if may_lack_value(arg) => return typed(arg, &[]).map(Some),
        (ArgAction::Append, FileValue::List(items)) => {
            items.iter().map(|item| scalar(arg, item, words)).collect::<Result<Vec<_>, _>>()?
        }
        (_, single) => vec![scalar(arg, single, words)?],
    };
    if text.is_empty() { Ok(None) } else { typed(arg, &text).map(Some) }
}

fn count(number: &str) -> Result<Vec<OsString>, String> {
    match number.parse::<u8>() {
        Ok(count) => Ok(vec![count.to_string().into()]),
        Err(_) => Err("this must be a whole number, for example 2".into()),
    }
}

fn may_lack_value(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|number| number.min_values() == 0)
}

/// One value as text. The option's value name in the help determines the accepted types.
fn scalar(arg: &Arg, value: &FileValue, words: Words) -> Result<String, String> {
    let placeholder = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match (placeholder, value) {
        ("TIME", FileValue::Number(number)) if words == Words::Python => return seconds(number),
        ("TIME", FileValue::Number(_) | FileValue::Text(_)) | ("N", FileValue::Number(_)) => {}
        ("TIME", _) => return Err(wrong_type(value, r#"text with a unit, for example "10s""#)),
        ("N", _) => return Err(wrong_type(value, "a number")),
        (_, FileValue::Text(_) | FileValue::Number(_)) => {}
        _ => return Err(wrong_type(value, "text")),
    }
    Ok(value.scalar().unwrap_or_default())
}

fn wrong_type(value: &FileValue, expected: &str) -> String {
    format!("this must be {expected}, and it is {}", value.name())
}

/// Converts a time that Python Molotov gives as a number of seconds.
fn seconds(number: &str) -> Result<String, String> {
    let seconds = number.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match seconds {
        Some(seconds) => Ok(format!("{}ns", seconds.as_nanos())),
        None => Err("this must be a number of seconds that is not negative".into()),
    }
}

/// Parses the option alone with clap, and returns its values in the form of the command line.
fn typed(arg: &Arg, values: &[String]) -> Result<Vec<OsString>, String> {
    let long = arg.get_long().unwrap_or_default();
    let words: Vec<String> = match values {
        [] => vec![format!("--{long}")],
        values => values.iter().map(|value| format!("--{long}={value}")).collect(),
    };
    // Requirements and conflicts are checked later, with all options together.
    let alone =
        arg.clone().env(None::<&'static str>).requires(Resettable::Reset).conflicts_with(Resettable::Reset);
    let matches =
        Command::new("file").no_binary_name(true).arg(alone).try_get_matches_from(words).map_err(reason)?;
    Ok(matches.get_raw(arg.get_id().as_str()).into_iter().flatten().map(ToOwned::to_owned).collect())
}

/// The reason why a value is invalid, without the value.
fn reason(error: clap::Error) -> String {
    match (error.kind(), error.source()) {
        (ErrorKind::ValueValidation, Some(source)) => source.to_string(),
        _ => {
            let text = error.render().to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}
