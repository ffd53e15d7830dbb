//! Python Molotov's `molotov.json`: `{"molotov": {"env": {…}, "requirements": …, "tests": {"name": {options}}}}`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::document::{Document, FileEntry, FileValue, Profile};
use super::source::{Place, Source};
use crate::suggest;

/// Reads the structure of the file.
///
/// # Errors
///
/// Returns the first syntax error, or an error for a file that is not Molotov's.
pub(super) fn parse(source: &Source) -> Result<Document, String> {
    let whole: &RawValue = serde_json::from_str(&source.text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        format!("{}: this is not JSON: {what}", source.at(error.line(), error.column().max(1)))
    })?;
    let mut document = Document::default();
    let molotov = section(source, whole, "the file", &["molotov"], &mut document)?;
    let Some((_, molotov)) = molotov.first() else {
        let place = source.place_of(whole.get());
        let none = format!(r#"{place}: there is no "molotov"; write {{"molotov": {{"tests": {{…}}}}}}"#);
        return Err(document.problems.pop().unwrap_or(none));
    };
    for (name, raw) in
        section(source, molotov, "`molotov`", &["env", "requirements", "tests"], &mut document)?
    {
        match name.as_str() {
            "env" => document.env = entries(source, raw, "`env`")?,
            "tests" => document.profiles = tests(source, raw, &mut document.notes)?,
            _ => document.notes.push(requirements(&source.place_of(raw.get()))),
        }
    }
    Ok(document)
}

fn requirements(place: &Place) -> String {
    format!("{place}: `requirements` has no meaning here: dependencies stand in Cargo.toml")
}

/// The tests; some files repeat the requirements in each of them.
fn tests(source: &Source, raw: &RawValue, notes: &mut Vec<String>) -> Result<Vec<Profile>, String> {
    let mut tests: Vec<Profile> = Vec::new();
    for (written, raw) in members(source, raw, "`tests`")? {
        let (name, name_at) = (written.text(source)?, source.place_of(written.0.get()));
        if tests.iter().any(|test| test.name == name) {
            return Err(format!("{name_at}: the test `{name}` is given twice"));
        }
        let (mut options, mut env) = (Vec::new(), Vec::new());
        for (key, raw) in members(source, raw, &format!("the test `{name}`"))? {
            let place = source.place_of(key.0.get());
            match key.text(source)?.as_str() {
                "env" if raw.get() != "null" => {
                    env = entries(source, raw, &format!("`env` of the test `{name}`"))?
                }
                "env" => {}
                "requirements" => notes.push(requirements(&place)),
                _ => options.push(entry(source, (key, raw))?),
            }
        }
        tests.push(Profile { name, name_at, options, env });
    }
    Ok(tests)
}

/// The known members; others are problems.
fn section<'a>(
    source: &Source,
    raw: &'a RawValue,
    what: &str,
    known: &[&str],
    document: &mut Document,
) -> Result<Vec<(String, &'a RawValue)>, String> {
    let mut section = Vec::new();
    for (name, value) in members(source, raw, what)? {
        let text = name.text(source)?;
        if known.contains(&text.as_str()) {
            section.push((text, value));
        } else {
            let cure = suggest::cure("key", &text, known.iter().copied());
            let place = source.place_of(name.0.get());
            document.problems.push(format!("{place}: {what} has the unknown key `{text}`; {cure}"));
        }
    }
    Ok(section)
}

fn entries(source: &Source, raw: &RawValue, what: &str) -> Result<Vec<FileEntry>, String> {
    members(source, raw, what)?.into_iter().map(|member| entry(source, member)).collect()
}

fn entry(source: &Source, (name, raw): (Name<'_>, &RawValue)) -> Result<FileEntry, String> {
    Ok(FileEntry {
        key: name.text(source)?,
        key_at: source.place_of(name.0.get()),
        value: value(source, raw)?,
        value_at: source.place_of(raw.get()),
    })
}

fn value(source: &Source, raw: &RawValue) -> Result<FileValue, String> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'"') => FileValue::Text(read(source, raw)?),
        Some(b't') => FileValue::Flag(true),
        Some(b'f') => FileValue::Flag(false),
        Some(b'n') => FileValue::Nothing,
        Some(b'[') => {
            let items: Vec<&RawValue> = read(source, raw)?;
            FileValue::List(items.into_iter().map(|raw| item(source, raw)).collect::<Result<_, String>>()?)
        }
        Some(b'{') => FileValue::Other("an object"),
        _ => FileValue::Number(text.to_owned()),
    })
}

/// An item of an array. Its content is read one level deep, so that deep nesting is no risk.
fn item(source: &Source, raw: &RawValue) -> Result<FileValue, String> {
    match raw.get().as_bytes().first() {
        Some(b'[') => Ok(FileValue::Other("an array")),
        _ => value(source, raw),
    }
}

/// The members of an object, in the order of the file.
fn members<'a>(
    source: &Source,
    raw: &'a RawValue,
    what: &str,
) -> Result<Vec<(Name<'a>, &'a RawValue)>, String> {
    if !raw.get().starts_with('{') {
        return Err(format!("{}: {what} must be an object: {{…}}", source.place_of(raw.get())));
    }
    Ok(read::<Members<'a>>(source, raw)?.0)
}

fn read<'a, T: Deserialize<'a>>(source: &Source, raw: &'a RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(|error| {
        let what = error.to_string();
        format!("{}: {}", source.place_of(raw.get()), what.split(" at line ").next().unwrap_or_default())
    })
}

/// A name as written, with its quotes, so that it has a place.
struct Name<'a>(&'a RawValue);

impl Name<'_> {
    fn text(&self, source: &Source) -> Result<String, String> {
        read(source, self.0)
    }
}

struct Members<'a>(Vec<(Name<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push((Name(name), value));
        }
        Ok(Members(members))
    }
}
