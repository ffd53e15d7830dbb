//! The values of a `molotov.json` in Python Molotov's semantics: it replaces argparse's results by them, so that
//! Python's false values are false, and text with digits is a number.

use clap::{Arg, ArgAction};

use super::document::FileValue;

/// Options for which 0 means the default, and that default.
const ZERO: &[(&str, &str)] = &[
    ("console_update", "0 is no interval; the default is taken"),
    ("max_runs", "0 is no limit, as if it was not there"),
    ("fail", "0 is as if it was not there: the first failure decides"),
];

/// Translates the value to our notation, with a note if its meaning is unexpected. [`FileValue::Nothing`] stands for an
/// absent value.
pub(super) fn translate(arg: &Arg, value: &FileValue) -> (FileValue, Option<String>) {
    let placeholder = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match (arg.get_action(), value) {
        (_, FileValue::Text(text)) if is_nothing(text) => (FileValue::Nothing, None),
        (ArgAction::SetTrue, value) => flag(value),
        (ArgAction::Count, FileValue::Text(text)) => match (flag(value), text.trim().parse::<u8>()) {
            (_, Ok(number)) => (FileValue::Number(number.to_string()), None),
            (flag, Err(_)) => flag,
        },
        (ArgAction::Count, FileValue::Number(number)) => (FileValue::Number(without_fraction(number)), None),
        _ if matches!(placeholder, "N" | "TIME") => number(arg, placeholder, value),
        _ => (value.clone(), None),
    }
}

/// Returns `true` for `None` and for empty text, which stand for no value.
fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "None" | "null")
}

fn flag(value: &FileValue) -> (FileValue, Option<String>) {
    match value {
        FileValue::Number(number) => match number.parse::<f64>() {
            Ok(number) => (FileValue::Flag(number != 0.0), None),
            Err(_) => (value.clone(), None),
        },
        FileValue::Text(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => (FileValue::Flag(true), None),
            "false" | "no" | "off" | "0" => {
                let note = "this is text, which Python takes for true whatever it says; here it is false";
                (FileValue::Flag(false), Some(note.into()))
            }
            _ => (value.clone(), None),
        },
        value => (value.clone(), None),
    }
}

fn number(arg: &Arg, placeholder: &str, value: &FileValue) -> (FileValue, Option<String>) {
    let number = match value {
        FileValue::Number(number) => number.clone(),
        FileValue::Text(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            text.trim().to_owned()
        }
        FileValue::Flag(false) => "0".to_owned(),
        value => return (value.clone(), None),
    };
    let zero = ZERO.iter().find(|(id, _)| arg.get_id() == id).map(|(_, note)| *note);
    if let Some(note) = zero.filter(|_| number.parse::<f64>().is_ok_and(|number| number == 0.0)) {
        return (FileValue::Nothing, Some(note.to_owned()));
    }
    match value {
        // For other options this is a mistake.
        FileValue::Flag(_) => (value.clone(), None),
        _ if placeholder == "N" => (FileValue::Number(without_fraction(&number)), None),
        _ => (FileValue::Number(number), None),
    }
}

/// `5.0` as `5`, because some writers of JSON add the fraction.
fn without_fraction(number: &str) -> String {
    match number.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() < 1e15 && number.contains(['.', 'e', 'E']) => {
            format!("{value:.0}")
        }
        _ => number.to_owned(),
    }
}
