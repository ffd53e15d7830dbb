//! Labels of a run: names and values of the user's own that distinguish runs.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The maximum number of labels of a run.
pub(crate) const MOST: usize = 32;

/// The maximum length of a name, in characters.
const NAME: usize = 64;

/// The maximum length of a value, in characters.
const VALUE: usize = 256;

/// The labels of a run: each name with its value.
pub(crate) type Labels = BTreeMap<String, String>;

/// A name and a value that are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Label {
    pub(crate) fn new(name: &str, value: &str) -> Result<Self, String> {
        check_name(name)?;
        check_value(name, value)?;
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }

    /// Adds the label, and replaces an earlier label of the same name.
    pub(crate) fn add_to(self, labels: &mut Labels) -> Result<(), String> {
        labels.insert(self.name, self.value);
        match labels.len() {
            0..=MOST => Ok(()),
            _ => Err(format!("a run has at most {MOST} labels; leave some out")),
        }
    }
}

/// `NAME=VALUE`. The value is the text after the first `=`.
impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a name and its value, for example commit=89479b5; a comma separates two labels";
        let (name, value) = text.split_once('=').ok_or(form)?;
        Self::new(name.trim(), value.trim())
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(format!(
            "the name {name:?} is not of letters, digits, `_`, `-` and `.`; for example commit=89479b5"
        ));
    }
    let length = name.len();
    match length {
        0..=NAME => Ok(()),
        _ => Err(format!("a name of {length} characters is too long; at most {NAME}")),
    }
}

fn check_value(name: &str, value: &str) -> Result<(), String> {
    let length = value.chars().count();
    match length {
        0 => Err(format!("{name} has no value; write {name}=VALUE, or leave it out")),
        1..=VALUE if !value.chars().any(char::is_control) => Ok(()),
        1..=VALUE => {
            Err(format!("the value of {name} has a line break or another control character; leave it out"))
        }
        _ => Err(format!("the value of {name} is too long: {length} characters; at most {VALUE}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_is_a_plain_name_and_any_text() {
        let label = |text: &str| text.parse::<Label>().map(|label| (label.name, label.value));
        let (name, value) = ("n".repeat(NAME), "ü".repeat(VALUE));

        assert_eq!(label("commit=89=4"), Ok(("commit".into(), "89=4".into())));
        assert_eq!(label(" ci.job-1_a = main branch "), Ok(("ci.job-1_a".into(), "main branch".into())));
        assert!(label(&format!("{name}={value}")).is_ok());
        for (text, says) in [
            ("commit", "for example commit=89479b5; a comma"),
            ("=1", "the name \"\" is not of letters"),
            ("a b=1", "the name \"a b\" is not of letters"),
            ("a=", "a has no value; write a=VALUE"),
            ("a=1\n2", "has a line break"),
            (&format!("{name}n=1"), "a name of 65 characters is too long; at most 64"),
            (&format!("a={value}x"), "the value of a is too long: 257 characters; at most 256"),
        ] {
            let why = label(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn labels_are_bounded() {
        let mut labels = Labels::new();
        for n in 0..MOST {
            Label::new(&format!("l{n}"), "1").unwrap().add_to(&mut labels).unwrap();
        }

        assert_eq!(Label::new("l0", "2").unwrap().add_to(&mut labels), Ok(()));
        let why = Label::new("more", "1").unwrap().add_to(&mut labels).unwrap_err();
        assert_eq!(why, "a run has at most 32 labels; leave some out");
    }
}
