//! Stages as text: `0..200/s in 30s, 200/s for 2m, burst 100`.

use std::time::Duration;

use molotov_core::{NoDuration, Rate, parse_duration};

use super::from_text::from_text;
use super::{PlannedStage, limits};
use crate::schedule::{LoadProfile, ProfilePart};

/// Consecutive stages of a rate or of users, for [`Plan::stages`](crate::Plan::stages).
///
/// ```
/// use molotov::plan::Stages;
///
/// assert!("0..200/s in 30s, 200/s for 2m".parse::<Stages>().is_ok());
/// assert!("200/s for 5".parse::<Stages>().unwrap_err().to_string().contains("a duration needs a unit"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages(pub(crate) StagedCurve);

/// The curve of stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StagedCurve {
    /// Heights are thousandths of arrivals in an hour.
    Rates(LoadProfile),
    Users(LoadProfile),
}

/// The unit of one stage; a burst goes with rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StageUnit {
    Rate,
    Users,
}

/// The maximum number of stages in a report.
const MOST_PLANNED: usize = 1_000;

const FORM: &str =
    "a stage is for example `0..200/s in 30s`, `200/s for 2m` or `burst 100`, and of users `0..50 in 30s`";

from_text!(Stages, |text| StagedCurve::parse(text).map(Stages));

impl StagedCurve {
    /// # Errors
    ///
    /// Returns the wrong stage and its cure.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let stages: Vec<(StageUnit, ProfilePart)> = text
            .split(',')
            .map(|stage| {
                let stage = stage.trim();
                parse(stage).map_err(|why| format!("the stage `{stage}`: {why}"))
            })
            .collect::<Result<_, _>>()?;
        let (first, _) = stages[0];
        if stages.iter().any(|(unit, _)| *unit != first) {
            return Err(
                "all stages are of a rate (with a unit, for example 200/s; bursts too), or all are of users"
                    .into(),
            );
        }
        let curve = LoadProfile::new(stages.into_iter().map(|(_, part)| part));
        limits::bounded(curve.length())?;
        let stages = if first == StageUnit::Rate { Self::Rates(curve) } else { Self::Users(curve) };
        if stages.is_empty() {
            Err("nothing happens in these stages; one must be above 0".into())
        } else {
            Ok(stages)
        }
    }

    fn is_empty(&self) -> bool {
        let (Self::Rates(curve) | Self::Users(curve)) = self;
        curve.highest() == 0 && curve.largest_burst() == 0
    }
}

/// The stages of a profile, in the notation that is read.
pub(super) fn planned_stages(profile: &LoadProfile, unit: StageUnit) -> Vec<PlannedStage> {
    let pieces = profile.pieces().iter().take(MOST_PLANNED);
    pieces.map(|piece| PlannedStage { at: piece.start, text: words(piece.part, unit) }).collect()
}

fn words(part: ProfilePart, unit: StageUnit) -> String {
    let height = |height| match unit {
        StageUnit::Rate => Rate::from_thousandths_per_hour(height).to_string(),
        StageUnit::Users => height.to_string(),
    };
    match part {
        ProfilePart::Burst(many) => format!("burst {many}"),
        ProfilePart::Line { from, to, over } => {
            let over = humantime::format_duration(over);
            match from == to {
                true => format!("{} for {over}", height(from)),
                false => format!("{}..{} in {over}", height(from), height(to)),
            }
        }
    }
}

fn parse(stage: &str) -> Result<(StageUnit, ProfilePart), String> {
    let words: Vec<&str> = stage.split_whitespace().collect();
    match words.as_slice() {
        ["burst", many] => {
            let many = many.parse().ok().filter(|many| (1..=1_000_000).contains(many));
            let many = many.ok_or("a burst is of 1 to 1000000 arrivals, for example `burst 100`")?;
            Ok((StageUnit::Rate, ProfilePart::Burst(many)))
        }
        [heights, "in" | "for", time @ ..] if !time.is_empty() => {
            let (unit, from, to) = range(heights)?;
            Ok((unit, ProfilePart::Line { from, to, over: length(&time.join(" "))? }))
        }
        _ => Err(FORM.into()),
    }
}

fn length(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text).map_err(|why| match why {
        NoDuration::Form => format!("`{text}` is not a duration; write a number and a unit, for example 30s"),
        why => why.to_string(),
    })?;
    limits::positive(time)
}

/// Reads both ends; the unit of the second end applies to both.
fn range(text: &str) -> Result<(StageUnit, u64, u64), String> {
    let Some((from, to)) = text.split_once("..") else {
        let (unit, height) = height(text)?;
        return Ok((unit, height, height));
    };
    let (unit, to_height) = height(to)?;
    let from = match to.split_once('/') {
        Some((_, name)) if !from.contains('/') => format!("{from}/{name}"),
        _ => from.to_owned(),
    };
    let (unit_from, from_height) = height(&from)?;
    if unit == unit_from { Ok((unit, from_height, to_height)) } else { Err(FORM.into()) }
}

fn height(text: &str) -> Result<(StageUnit, u64), String> {
    if text.contains('/') {
        let rate: Rate = text.parse()?;
        return Ok((StageUnit::Rate, rate.thousandths_per_hour()));
    }
    let users: u64 = text.parse().map_err(|_| FORM.to_owned())?;
    if users > 0 {
        limits::users(users)?;
    }
    Ok((StageUnit::Users, users))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn stages_are_of_rates_or_of_users() {
        let height = |rate| Rate::per_second(rate).thousandths_per_hour();
        let rates =
            StagedCurve::parse("0..200/s in 30S, 200/s for 2MIN, burst 100, 12000/m..0/s in 1m 10s").unwrap();
        let wanted = LoadProfile::new([
            ProfilePart::Line { from: 0, to: height(200), over: secs(30) },
            ProfilePart::Line { from: height(200), to: height(200), over: secs(120) },
            ProfilePart::Burst(100),
            ProfilePart::Line { from: height(200), to: 0, over: secs(70) },
        ]);
        assert_eq!(rates, StagedCurve::Rates(wanted));

        let users = StagedCurve::parse("0..50 in 30s,50 for 1m").unwrap();
        let wanted = [
            ProfilePart::Line { from: 0, to: 50, over: secs(30) },
            ProfilePart::Line { from: 50, to: 50, over: secs(60) },
        ];
        assert_eq!(users, StagedCurve::Users(LoadProfile::new(wanted)));
    }

    #[test]
    fn invalid_stage_is_named_with_the_cure() {
        for (text, part) in [
            ("", "the stage ``: a stage is for example"),
            ("200/s", "a stage is for example"),
            ("5 for 1s, 200/s", "the stage `200/s`"),
            ("200/s for 5", "a duration needs a unit, for example 5s"),
            ("200/s for soon", "`soon` is not a duration"),
            ("200/s for 1M", "1m is a minute, 30d are a month"),
            ("200/M for 1s", "`/M` may be a minute or a month"),
            ("200/s for 0s", "longer than zero"),
            ("burst", "a stage is for example"),
            ("burst 0", "1 to 1000000"),
            ("5..10/s for 1s, 5 for 1s", "all stages are of a rate"),
            ("5 for 1s, burst 3", "all stages are of a rate"),
            ("0/s for 1s", "nothing happens"),
            ("9999999 for 1s", "too many for one process"),
            ("2000000/s for 1s", "at most 1000000/s"),
            ("1/s for 300d, 1/s for 300d", "longer than a year"),
        ] {
            let why = StagedCurve::parse(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-z ./,]*") {
            let _ = StagedCurve::parse(&text);
        }
    }
}
