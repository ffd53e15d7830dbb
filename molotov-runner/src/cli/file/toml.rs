//! `molotov.toml`: options at the top for every run, `[profile.NAME]`, `[env]`, `[profile.NAME.env]`, and settings of
//! one scenario in `[scenario.NAME]` and `[profile.NAME.scenario.NAME]`.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeInteger, DeTable, DeValue};

use super::document::{Document, FileEntry, FileValue, Profile};
use super::source::Source;

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Item<'a, 'i> = (&'a Key<'i>, &'a Spanned<DeValue<'i>>);

/// Reads the structure of the file.
///
/// # Errors
///
/// Returns the first syntax error. The message does not repeat the text, which may contain a secret.
pub(super) fn parse(source: &Source) -> Result<Document, String> {
    let table = DeTable::parse(&source.text).map_err(|error| {
        let place = source.place(error.span().map_or(0, |span| span.start));
        let why = error.message().replace('\n', "; ");
        // A profile that lists its scenarios, and then has a table for one of them.
        let cure = match why.starts_with("cannot extend value of type array") {
            true => "; where `scenario` is a list, rates are `scenario_rate = [\"NAME=50/s\"]`",
            false => "",
        };
        format!("{place}: this is not TOML: {why}{cure}")
    })?;
    let mut document = Document::default();
    for (key, value) in in_order(table.get_ref()) {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("env", DeValue::Table(env)) => document.env = entries(source, env),
            ("profile", DeValue::Table(profiles)) => add_profiles(source, profiles, &mut document),
            ("scenario", DeValue::Table(scenarios)) => {
                let Document { common, problems, .. } = &mut document;
                common.extend(scenario_rates(source, "scenario", key, scenarios, problems));
            }
            (name @ ("env" | "profile"), _) => document.problems.push(not_a_table(source, name, key)),
            (name, DeValue::Table(_)) => document.problems.push(unknown_table(source, name, key)),
            _ => document.common.push(entry(source, key, value)),
        }
    }
    Ok(document)
}

fn add_profiles(source: &Source, profiles: &DeTable<'_>, document: &mut Document) {
    for (key, value) in in_order(profiles) {
        let name = key.get_ref().as_ref();
        let DeValue::Table(table) = value.get_ref() else {
            document.problems.push(not_a_table(source, &format!("profile.{name}"), key));
            continue;
        };
        let name_at = source.place(start(&key.span()));
        let mut profile = Profile { name: name.to_owned(), name_at, options: Vec::new(), env: Vec::new() };
        for (key, value) in in_order(table) {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("env", DeValue::Table(env)) => profile.env = entries(source, env),
                ("env", _) => {
                    document.problems.push(not_a_table(source, &format!("profile.{name}.env"), key));
                }
                ("scenario", DeValue::Table(scenarios)) => {
                    let table = format!("profile.{name}.scenario");
                    let problems = &mut document.problems;
                    profile.options.extend(scenario_rates(source, &table, key, scenarios, problems));
                }
                _ => profile.options.push(entry(source, key, value)),
            }
        }
        document.profiles.push(profile);
    }
}

/// The settings of single scenarios, as the equivalent option: so far their rates.
fn scenario_rates(
    source: &Source,
    table: &str,
    key: &Key<'_>,
    scenarios: &DeTable<'_>,
    problems: &mut Vec<String>,
) -> Option<FileEntry> {
    let mut rates = Vec::new();
    let mut place = None;
    for (name, value) in in_order(scenarios) {
        let table = format!("{table}.{}", name.get_ref());
        let DeValue::Table(keys) = value.get_ref() else {
            problems.push(not_a_table(source, &table, name));
            continue;
        };
        for (key, item) in in_order(keys) {
            match (key.get_ref().as_ref(), item.get_ref()) {
                ("rate", DeValue::String(rate)) => {
                    place.get_or_insert(start(&item.span()));
                    rates.push(FileValue::Text(format!("{}={rate}", name.get_ref())));
                }
                ("rate", _) => problems.push(format!(
                    "{}: `rate` in [{table}] must be text with a unit, for example \"50/s\"",
                    source.place(start(&item.span()))
                )),
                (unknown, _) => problems.push(format!(
                    "{}: [{table}] has the unknown key `{unknown}`; it takes `rate`",
                    source.place(start(&key.span()))
                )),
            }
        }
    }
    let value_at = source.place(place?);
    let key_at = source.place(start(&key.span()));
    Some(FileEntry { key: "scenario_rate".into(), key_at, value: FileValue::List(rates), value_at })
}

fn not_a_table(source: &Source, name: &str, key: &Key<'_>) -> String {
    format!(
        "{}: `{name}` must be a table; write [{name}], and its keys below",
        source.place(start(&key.span()))
    )
}

fn unknown_table(source: &Source, name: &str, key: &Key<'_>) -> String {
    let meant =
        if strsim::jaro_winkler("env", name) > 0.75 { "env".to_owned() } else { format!("profile.{name}") };
    let place = source.place(start(&key.span()));
    format!(
        "{place}: the table [{name}] is not known; did you mean [{meant}]? There are [env] and [profile.NAME]"
    )
}

fn entries(source: &Source, table: &DeTable<'_>) -> Vec<FileEntry> {
    in_order(table).into_iter().map(|(key, value)| entry(source, key, value)).collect()
}

fn entry(source: &Source, key: &Key<'_>, item: &Spanned<DeValue<'_>>) -> FileEntry {
    FileEntry {
        key: key.get_ref().clone().into_owned(),
        key_at: source.place(start(&key.span())),
        value: value(item.get_ref()),
        value_at: source.place(start(&item.span())),
    }
}

fn value(value: &DeValue<'_>) -> FileValue {
    match value {
        DeValue::String(text) => FileValue::Text(text.clone().into_owned()),
        DeValue::Integer(number) => FileValue::Number(decimal(number)),
        DeValue::Float(number) => FileValue::Number(number.as_str().to_owned()),
        DeValue::Boolean(flag) => FileValue::Flag(*flag),
        DeValue::Array(items) => {
            FileValue::List(items.iter().map(|item| self::value(item.get_ref())).collect())
        }
        DeValue::Datetime(_) => FileValue::Other("a date or time"),
        DeValue::Table(_) => FileValue::Other("a table"),
    }
}

/// A number that is too large for any option is kept unchanged, and the option reports it.
fn decimal(number: &DeInteger<'_>) -> String {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(whole) => whole.to_string(),
        Err(_) => number.to_string(),
    }
}

/// In the order of the file, so that messages are in that order too.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Item<'a, 'i>> {
    let mut items: Vec<Item<'a, 'i>> = table.iter().collect();
    items.sort_by_key(|(key, _)| start(&key.span()));
    items
}

fn start(span: &Range<usize>) -> usize {
    span.start
}
