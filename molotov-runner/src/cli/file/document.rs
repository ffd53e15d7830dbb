//! The unchecked content of a file, in either format.

use super::source::Place;

/// A file: common settings, and profiles.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Options of every run.
    pub(super) common: Vec<FileEntry>,
    /// Variables of every run.
    pub(super) env: Vec<FileEntry>,
    pub(super) profiles: Vec<Profile>,
    /// Notes on ignored content.
    pub(super) notes: Vec<String>,
    /// Mistakes in its structure; each message starts with a place.
    pub(super) problems: Vec<String>,
}

/// Options and variables under a name.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) name_at: Place,
    pub(super) options: Vec<FileEntry>,
    pub(super) env: Vec<FileEntry>,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct FileEntry {
    pub(super) key: String,
    pub(super) key_at: Place,
    pub(super) value: FileValue,
    pub(super) value_at: Place,
}

/// A value, in the types of options.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileValue {
    Text(String),
    /// A decimal number, as written.
    Number(String),
    Flag(bool),
    List(Vec<FileValue>),
    /// An absent value, like a missing key.
    Nothing,
    /// A value of a type that no option has, by the type's name.
    Other(&'static str),
}

impl FileValue {
    /// The kind of the value, for a message. The value itself may be secret.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "an array",
            Self::Nothing => "nothing",
            Self::Other(name) => name,
        }
    }

    /// Text, a number, true or false as text.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Flag(flag) => Some(flag.to_string()),
            _ => None,
        }
    }
}
