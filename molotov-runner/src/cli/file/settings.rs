//! The settings of a file for one run.

use std::ffi::OsString;

use super::source::Place;
use super::variables::Variables;

/// The layer of an option in a file; the greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Layer {
    /// At the top, for every run.
    Common,
    Profile,
}

/// An option in a file.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Setting {
    /// The option's name in clap.
    pub(in crate::cli) id: String,
    /// The option's name in the file.
    pub(in crate::cli) key: String,
    /// The values in the form of the command line; `None` if the file turns the option off.
    pub(in crate::cli) values: Option<Vec<OsString>>,
    pub(in crate::cli) place: Place,
    pub(in crate::cli) layer: Layer,
}

/// The settings of a file for one run.
#[derive(Default)]
pub(in crate::cli) struct FileSettings {
    pub(in crate::cli) options: Vec<Setting>,
    pub(in crate::cli) variables: Variables,
    /// Notes on ignored content.
    pub(in crate::cli) notes: Vec<String>,
}

/// Options that replace each other as a group: one end of the run, or one way to choose scenarios, also overrides the
/// others of a lower layer.
const TOGETHER: &[&[&str]] = &[&["duration", "max_runs", "shared_runs"], &["scenario", "tag"]];

impl FileSettings {
    /// The option of this name, if the file has it.
    pub(in crate::cli) fn option(&self, id: &str) -> Option<&Setting> {
        self.options.iter().find(|setting| setting.id == id)
    }

    /// Removes the settings that these options replace.
    pub(in crate::cli) fn remove_replaced(&mut self, replaces: impl Fn(&str) -> bool) {
        self.options.retain(|setting| {
            let id = setting.id.as_str();
            !replaces(id) && !replaced_with(id).iter().any(|other| replaces(other))
        });
    }

    /// Adds the settings of a higher layer, which win.
    pub(super) fn overlay(&mut self, above: Self) {
        self.remove_replaced(|id| above.option(id).is_some());
        self.options.extend(above.options);
        self.variables.overlay(above.variables);
        self.notes.extend(above.notes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.options.is_empty() && self.variables.is_empty()
    }
}

/// The groups whose options replace this one.
fn replaced_with(id: &str) -> &'static [&'static str] {
    TOGETHER.iter().find(|group| group.contains(&id)).copied().unwrap_or_default()
}
