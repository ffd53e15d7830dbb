//! From text to the limit of a metric.

use std::time::Duration;

use molotov_core::{NoDuration, parse_duration, rate_seconds};

use super::metric::{Key, Kind, Metric};
use super::share::{Percent, plain_number};
use super::{Limit, Per};
use crate::plan::bound::Relation;
use crate::plan::limits;

/// Reads a limit of this metric, of one of its kinds.
///
/// # Errors
///
/// Returns a message with the cure.
pub(super) fn parse(
    text: &str,
    metric: Metric,
    of: Option<Key>,
    relation: Relation,
) -> Result<Limit, String> {
    let kinds = metric.kinds(of);
    let kind = match text {
        text if text.ends_with('%') => Kind::Share,
        text if text.contains('/') => Kind::Rate,
        text if text.parse::<f64>().is_ok() => Kind::Number,
        _ => Kind::Time,
    };
    if !kinds.contains(&kind) {
        return Err(other_kind(metric, kinds, kind, relation));
    }
    match kind {
        Kind::Time => time(text, &format!("{metric} < 200ms")).map(Limit::Time),
        Kind::Share => share(text, metric, relation).map(Limit::Share),
        Kind::Rate => rate(text).unwrap_or_else(|| {
            Err(format!("not a rate; a number and `/s`, `/m` or `/h`, for example `{metric} > 300/s`"))
        }),
        Kind::Number => number(text, metric, of, relation).map(Limit::Number),
    }
}

fn other_kind(metric: Metric, kinds: &[Kind], kind: Kind, relation: Relation) -> String {
    let examples: Vec<_> =
        kinds.iter().map(|kind| format!("`{metric} {relation} {}`", example_of(*kind))).collect();
    let examples = examples.join(" or ");
    match (kinds, kind) {
        ([Kind::Time], Kind::Number) => format!("a time needs a unit, for example {examples}"),
        ([Kind::Time], _) => format!("not a time; a number and a unit, for example {examples}"),
        _ if metric == Metric::Errors => format!(
            "a share of errors needs its %, for example {examples}; `failed_iterations {relation} 10` is of their number"
        ),
        ([Kind::Rate], _) => format!("a rate is a number and `/s`, `/m` or `/h`, for example {examples}"),
        _ => format!("not a limit for `{metric}`; for example {examples}"),
    }
}

fn example_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "200ms",
        Kind::Share => "1%",
        Kind::Rate => "300/s",
        Kind::Number => "10",
    }
}

pub(super) fn time(text: &str, example: &str) -> Result<Duration, String> {
    let time = parse_duration(text).map_err(|why| match why {
        NoDuration::Bare(_) => format!("a time needs a unit, for example `{example}`"),
        NoDuration::Form => format!("not a time; a number and a unit, for example `{example}`"),
        NoDuration::Other(why) => why,
    })?;
    limits::positive(time)
}

fn share(text: &str, metric: Metric, relation: Relation) -> Result<Percent, String> {
    let share = if relation.is_upper() { Percent::parse(text) } else { Percent::parse_least(text) }?;
    let (none, all) = (share.fraction() == 0.0, share.fraction() == 1.0);
    match relation {
        Relation::Below if none => Err(format!("nothing is less than none; write `{metric} <= 0%`")),
        Relation::Above if all => Err(format!("nothing is more than all; write `{metric} >= 100%`")),
        Relation::AtLeast if none => Err("0% is always reached; a share of more than that".into()),
        _ => Ok(share),
    }
}

fn rate(text: &str) -> Option<Result<Limit, String>> {
    let (number, per) = text.split_once('/')?;
    let number = plain_number(number.trim())?;
    Some(rate_seconds(per).map(|seconds| {
        let per = match seconds {
            1 => Per::Second,
            60 => Per::Minute,
            _ => Per::Hour,
        };
        Limit::Rate(number, per)
    }))
}

fn number(text: &str, metric: Metric, of: Option<Key>, relation: Relation) -> Result<f64, String> {
    // A gauge may go below zero.
    let digits = text.strip_prefix('-').filter(|_| !metric.is_count()).unwrap_or(text);
    if plain_number(digits).is_none() {
        return Err(format!("not a number of `{metric}`; digits, for example 10"));
    }
    let number: f64 = text.parse().map_err(|_| "not a number; digits, for example 10".to_owned())?;
    if metric.is_count() && number.fract() != 0.0 {
        return Err(not_whole(number, metric, of, relation));
    }
    match relation {
        Relation::Below if metric.is_count() && number == 0.0 => {
            Err(format!("nothing is less than none; write `{metric} <= 0`"))
        }
        Relation::AtLeast if metric.is_count() && number == 0.0 => {
            Err("this holds always; a number from 1 on".into())
        }
        _ => Ok(number),
    }
}

/// The cure for a count with a fraction, which is a share in other tools' language.
fn not_whole(number: f64, metric: Metric, of: Option<Key>, relation: Relation) -> String {
    if number < 1.0 && metric.kinds(of).contains(&Kind::Share) {
        let percent = (number * 1e8).round() / 1e6;
        return format!("this is a number of them; a share is `{metric} {relation} {percent}%`");
    }
    format!("`{metric}` counts whole ones; for example `{metric} {relation} 10`")
}
