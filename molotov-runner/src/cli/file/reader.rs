//! From a document to the settings of one run. The whole file is checked, including parts that this run does not use,
//! so that mistakes are found early.

use std::path::Path;

use clap::Command;

use super::document::{Document, FileEntry, Profile};
use super::find::{FileRequest, no_name};
use super::options::{Reading, Words};
use super::settings::{FileSettings, Layer};
use super::source::{Place, Source};
use super::variables::Variables;
use super::{json, toml};
use crate::suggest;

/// The test that Python Molotov runs by default.
const PYTHON_DEFAULT: &str = "test";

/// Reads the settings of a file for the requested run.
///
/// # Errors
///
/// Returns all mistakes in the file, each with its place, or an error for a missing profile.
pub(in crate::cli) fn read(
    file: &Path,
    asked: &FileRequest,
    command: &Command,
) -> Result<FileSettings, Vec<String>> {
    let source = Source::read(file).map_err(|why| vec![why])?;
    let is_json = file.extension().is_some_and(|ending| ending == "json");
    let words = if is_json { Words::Python } else { Words::Own };
    Reader::new(command, words).run(&source, asked)
}

pub(super) struct Reader<'a> {
    command: &'a Command,
    words: Words,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(command: &'a Command, words: Words) -> Self {
        Self { command, words, problems: Vec::new() }
    }

    pub(super) fn run(mut self, source: &Source, asked: &FileRequest) -> Result<FileSettings, Vec<String>> {
        let document = match self.words {
            Words::Own => toml::parse(source),
            Words::Python => json::parse(source),
        };
        let mut document = document.map_err(|why| vec![why])?;
        self.problems.append(&mut document.problems);
        let mut settings = self.common(&document);
        let profiles: Vec<(&str, FileSettings)> =
            document.profiles.iter().map(|profile| (profile.name.as_str(), self.profile(profile))).collect();
        match self.chosen(source, &document, asked) {
            // The mistake may be in settings for every run.
            Ok(None) if asked.file.is_some() && settings.is_empty() && self.problems.is_empty() => {
                self.problems.push(no_profile_chosen(source, &document));
            }
            Ok(name) => {
                let chosen = profiles.into_iter().find(|(profile, _)| Some(*profile) == name);
                settings.overlay(chosen.map(|(_, settings)| settings).unwrap_or_default());
            }
            Err(why) => self.problems.push(why),
        }
        if self.problems.is_empty() { Ok(settings) } else { Err(self.problems) }
    }

    fn common(&mut self, document: &Document) -> FileSettings {
        let mut settings = self.table("the file".into(), Layer::Common, &document.common);
        settings.variables = self.variables(&document.env, "[env]");
        settings.notes.extend(document.notes.iter().cloned());
        settings
    }

    fn profile(&mut self, profile: &Profile) -> FileSettings {
        let name = &profile.name;
        let table = match self.words {
            Words::Own => format!("[profile.{name}]"),
            Words::Python => format!("the test `{name}`"),
        };
        let mut settings = self.table(table, Layer::Profile, &profile.options);
        settings.variables = self.variables(&profile.env, &format!("[profile.{name}.env]"));
        settings
    }

    fn table(&mut self, table: String, layer: Layer, entries: &[FileEntry]) -> FileSettings {
        let reading = Reading { command: self.command, words: self.words, table, layer };
        let understood = reading.settings(entries);
        self.problems.extend(understood.problems);
        FileSettings { options: understood.settings, notes: understood.notes, ..FileSettings::default() }
    }

    fn variables(&mut self, entries: &[FileEntry], table: &str) -> Variables {
        Variables::from_entries(entries, table, self.command).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            Variables::default()
        })
    }

    /// The name of the selected profile, if any.
    fn chosen<'d>(
        &self,
        source: &Source,
        document: &'d Document,
        asked: &FileRequest,
    ) -> Result<Option<&'d str>, String> {
        let names: Vec<&str> = document.profiles.iter().map(|profile| profile.name.as_str()).collect();
        let wanted = match (asked.profile.as_deref(), self.words) {
            (Some(name), _) => name,
            (None, Words::Python) => PYTHON_DEFAULT,
            (None, Words::Own) => return Ok(None),
        };
        let what = if self.words == Words::Own { "profile" } else { "test" };
        match names.iter().copied().find(|name| *name == wanted) {
            Some(name) => Ok(Some(name)),
            None => {
                let place = near_profile(document, wanted).map_or(source.name().into(), ToString::to_string);
                let cure = suggest::cure(what, wanted, names);
                if let Some(why) = no_name(wanted) {
                    return Err(format!("{place}: {why}; {cure}"));
                }
                Err(format!("{place}: there is no {what} `{wanted}` in it; {cure}"))
            }
        }
    }
}

/// The place of the profile with the most similar name.
fn near_profile<'d>(document: &'d Document, wanted: &str) -> Option<&'d Place> {
    let meant = suggest::nearest(wanted, document.profiles.iter().map(|profile| profile.name.as_str()))?;
    document.profiles.iter().find(|profile| profile.name == meant).map(|profile| &profile.name_at)
}

/// The message for a requested file from which no settings are read.
fn no_profile_chosen(source: &Source, document: &Document) -> String {
    let names: Vec<_> = document.profiles.iter().map(|profile| format!("`{}`", profile.name)).collect();
    let cure = match names.as_slice() {
        [] => "it is empty".to_owned(),
        names => format!("name one of its profiles after it: {}", names.join(", ")),
    };
    format!("{}: nothing in it is for every run; {cure}", source.name())
}
