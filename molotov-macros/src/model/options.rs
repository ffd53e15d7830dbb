//! The options as values.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{LitInt, LitStr, Path, Token};

use super::duration::{NoDuration, parse_duration};
use super::rate;
use crate::kind::AttributeKind;
use crate::mistakes::Mistakes;
use crate::parse::{OptionValue, WrittenOption};

/// The longest name of a scenario or tag, in characters.
const LONGEST_NAME: usize = 128;

/// The options of an attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) weight: Option<u32>,
    /// In thousandths per hour.
    pub(crate) rate: Option<u64>,
    pub(crate) name: Option<String>,
    /// From the shortest to the longest.
    pub(crate) delay: Option<(Duration, Duration)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) tags: Vec<String>,
    pub(crate) thresholds: Vec<String>,
    pub(crate) krate: Option<Path>,
}

pub(super) fn options(kind: AttributeKind, written: Vec<WrittenOption>, mistakes: &mut Mistakes) -> Options {
    let mut options = Options::default();
    let mut seen: Vec<String> = Vec::new();
    for option in written {
        let name = option.name.to_string();
        if !kind.options().contains(&name.as_str()) {
            mistakes.at(option.name.span(), unknown(kind, &name));
        } else if seen.contains(&name) {
            mistakes.at(option.name.span(), format!("`{name}` is given twice; give it once"));
        } else {
            mistakes.keep(options.set(&name, &option));
            seen.push(name);
        }
    }
    options
}

fn unknown(kind: AttributeKind, name: &str) -> String {
    let nearest = kind
        .options()
        .iter()
        .map(|option| (strsim::jaro(name, option), option))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let guess = nearest.map_or_else(String::new, |(_, option)| format!("did you mean `{option}`? "));
    let attribute = kind.attribute();
    let all: Vec<_> = kind.options().iter().map(|option| format!("`{option}`")).collect();
    format!("`#[{attribute}]` has no option `{name}`; {guess}it takes {}", all.join(", "))
}

impl Options {
    fn set(&mut self, name: &str, option: &WrittenOption) -> syn::Result<()> {
        match name {
            "weight" => self.weight = Some(weight(option)?),
            "rate" => self.rate = Some(rate(option)?),
            "name" => self.name = Some(text(option)?),
            "delay" => self.delay = Some(delay(option)?),
            "timeout" => self.timeout = Some(timeout(option)?),
            "tags" => self.tags = tags(option)?,
            "threshold" => self.thresholds = thresholds(option)?,
            _ => self.krate = Some(krate(option)?),
        }
        Ok(())
    }
}

fn weight(option: &WrittenOption) -> syn::Result<u32> {
    let number = single::<LitInt>(option).and_then(|number| number.base10_parse().ok());
    number.ok_or_else(|| mistake(option, "`weight` is a whole number from 0 to 4294967295: `weight = 40`"))
}

fn rate(option: &WrittenOption) -> syn::Result<u64> {
    let written = single::<LitStr>(option)
        .ok_or_else(|| mistake(option, "`rate` is a string with a number and its unit: `rate = \"50/s\"`"))?;
    let text = written.value();
    rate::thousandths_per_hour(&text)
        .map_err(|why| syn::Error::new(written.span(), format!("{text:?} is no rate: {why}")))
}

fn text(option: &WrittenOption) -> syn::Result<String> {
    match single::<LitStr>(option) {
        Some(text) => checked("name", &text),
        None => Err(mistake(option, "`name` is a string: `name = \"buy\"`")),
    }
}

fn duration(option: &WrittenOption, example: &str) -> syn::Result<Duration> {
    let written = single::<LitStr>(option).ok_or_else(|| {
        mistake(option, format!("`{}` is a string with a duration and its unit: `{example}`", option.name))
    })?;
    parse_duration(&written.value()).map_err(|why| syn::Error::new(written.span(), no_duration(&why)))
}

fn no_duration(why: &NoDuration) -> String {
    match why {
        NoDuration::Bare(_) => "a duration needs a unit, for example \"500ms\" or \"2s\"".into(),
        NoDuration::Form => {
            "not a duration; write a number and a unit, for example \"500ms\" or \"2s\"".into()
        }
        NoDuration::Other(why) => why.clone(),
    }
}

/// One duration, or two with `..` between them.
fn delay(option: &WrittenOption) -> syn::Result<(Duration, Duration)> {
    let example = "delay = \"500ms\"";
    let Some(written) = single::<LitStr>(option).filter(|written| written.value().contains("..")) else {
        return duration(option, example).map(|delay| (delay, delay));
    };
    let text = written.value();
    let ends = text.split_once("..").map(|(least, most)| [least, most].map(str::trim));
    let ends = ends.map(|ends| ends.map(parse_duration));
    match ends {
        Some([Ok(least), Ok(most)]) if least < most => Ok((least, most)),
        Some([Ok(_), Ok(_)]) => {
            Err(mistake(option, "a delay is from the shorter time to the longer: \"1s..3s\""))
        }
        Some([Err(NoDuration::Other(why)), _] | [_, Err(NoDuration::Other(why))]) => {
            Err(mistake(option, why))
        }
        _ => Err(mistake(option, format!("{text:?} is no range of durations; write for example \"1s..3s\""))),
    }
}

fn timeout(option: &WrittenOption) -> syn::Result<Duration> {
    let timeout = duration(option, "timeout = \"10s\"")?;
    if timeout.is_zero() {
        return Err(mistake(option, "`timeout` must be longer than zero; for no limit, leave it out"));
    }
    Ok(timeout)
}

fn tags(option: &WrittenOption) -> syn::Result<Vec<String>> {
    let list = strings(option)
        .ok_or_else(|| mistake(option, "`tags` is a list of strings: `tags(\"a\", \"b\")`"))?;
    let mut mistakes = Mistakes::default();
    let tags = list.iter().filter_map(|tag| mistakes.keep(checked("tag", tag))).collect();
    mistakes.or(tags)
}

/// The texts alone: the runner parses them, and reports mistakes with the line of the attribute.
fn thresholds(option: &WrittenOption) -> syn::Result<Vec<String>> {
    let list = strings(option).filter(|list| !list.is_empty()).ok_or_else(|| {
        mistake(option, "`threshold` is a list of strings: `threshold(\"p99 < 200ms\", \"errors < 1%\")`")
    })?;
    let mut mistakes = Mistakes::default();
    for threshold in list.iter().filter(|threshold| threshold.value().trim().is_empty()) {
        mistakes
            .at(threshold.span(), "this threshold is empty; write for example \"p99 < 200ms\"".to_owned());
    }
    mistakes.or(list.iter().map(LitStr::value).collect())
}

/// The strings of a list, if it contains nothing else.
fn strings(option: &WrittenOption) -> Option<Punctuated<LitStr, Token![,]>> {
    let OptionValue::List(list) = &option.value else { return None };
    Punctuated::parse_terminated.parse2(list.clone()).ok()
}

fn krate(option: &WrittenOption) -> syn::Result<Path> {
    let OptionValue::Single(tokens) = &option.value else { return Err(no_path(option)) };
    Path::parse_mod_style.parse2(tokens.clone()).map_err(|_| no_path(option))
}

fn no_path(option: &WrittenOption) -> syn::Error {
    mistake(option, "`crate` is a path without quotes: `crate = ::molotov`")
}

/// The value behind the `=`, if it is a single value of this type.
fn single<T: Parse>(option: &WrittenOption) -> Option<T> {
    match &option.value {
        OptionValue::Single(tokens) => syn::parse2(tokens.clone()).ok(),
        _ => None,
    }
}

/// A valid name or tag: it can be printed and typed.
fn checked(what: &str, text: &LitStr) -> syn::Result<String> {
    let value = text.value();
    let wrong = if value.is_empty() {
        "is empty; leave it out, or write a word"
    } else if value.chars().any(char::is_control) {
        "contains a control character; leave that out"
    } else if value.trim() != value {
        "begins or ends with a space; take that away"
    } else if value.chars().count() > LONGEST_NAME {
        "is longer than 128 characters; make it shorter"
    } else {
        return Ok(value);
    };
    Err(syn::Error::new(text.span(), format!("this {what} {wrong}")))
}

/// A mistake in the value of an option, or in the option if it has no value.
fn mistake(option: &WrittenOption, message: impl Into<String>) -> syn::Error {
    let value = match &option.value {
        OptionValue::Single(tokens) if !tokens.is_empty() => tokens.clone(),
        OptionValue::Nothing | OptionValue::Single(_) | OptionValue::List(_) => {
            TokenStream::from_iter([option.name.to_token_stream()])
        }
    };
    syn::Error::new_spanned(value, message.into())
}
