//! Thresholds as text from a program.

use super::parse::parts;
use super::scanner::{ThresholdScanner, trimmed};
use super::{EXAMPLE, MOST, Mistake, Threshold, foreign};
use crate::plan::from_text::from_text;

/// Thresholds with commas between them, for [`Plan::threshold`](crate::Plan::threshold).
///
/// ```
/// use molotov::plan::Thresholds;
///
/// assert!("p99 < 200ms, errors < 1%".parse::<Thresholds>().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds(pub(crate) Vec<Threshold>);

from_text!(Thresholds, parse_all);
from_text!(Threshold, parse_one);

fn parse_all(text: &str) -> Result<Thresholds, String> {
    Threshold::parse_all(text).map(Thresholds).map_err(|mistake| mistake.to_string())
}

fn parse_one(text: &str) -> Result<Threshold, String> {
    let mut all = parse_all(text)?.0;
    match all.len() {
        1 => Ok(all.remove(0)),
        many => Err(format!("{many} thresholds where one is wanted; leave the others out")),
    }
}

impl From<Threshold> for Thresholds {
    fn from(threshold: Threshold) -> Self {
        Self(vec![threshold])
    }
}

/// Returns the text without secrets, for [`ScenarioBuilder::threshold`](molotov_core::ScenarioBuilder::threshold).
impl From<Threshold> for String {
    fn from(threshold: Threshold) -> Self {
        threshold.to_string()
    }
}

/// Reads one or several, with commas between them.
pub(super) fn thresholds(text: &str) -> Result<Vec<Threshold>, Mistake> {
    if text.trim().is_empty() {
        return Err(Mistake::new(format!("no threshold; {EXAMPLE}"), text, 0..0));
    }
    let mut all: Vec<Threshold> = Vec::new();
    for part in parts(text) {
        let read = ThresholdScanner { text, at: part.start, end: part.end }.threshold();
        let threshold =
            read.map_err(|mistake| foreign::explain(mistake, text, trimmed(text, part.clone())))?;
        if let Some(twin) = all.iter().find(|other| other.is_twin(&threshold)) {
            let why = format!("`{twin}` and `{threshold}` bound the same; keep one of them");
            return Err(Mistake::new(why, text, trimmed(text, part)));
        }
        if all.len() == MOST {
            let why = format!("more than {MOST} thresholds; keep those that matter");
            return Err(Mistake::new(why, text, trimmed(text, part)));
        }
        all.push(threshold);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use molotov_core::Scenario;

    use super::*;

    #[test]
    fn one_threshold_is_not_a_list() {
        let threshold: Threshold = "p99 < 200ms".parse().unwrap();

        assert_eq!(Thresholds::from(threshold), "p99 < 200ms".parse().unwrap());
        let two = "p99 < 200ms, errors < 1%".parse::<Threshold>().unwrap_err();
        assert_eq!(two.to_string(), "2 thresholds where one is wanted; leave the others out");
    }

    #[test]
    fn scenario_takes_parsed_threshold() {
        let threshold: Threshold = "p99 < 200ms".parse().unwrap();

        let idle = Scenario::builder("idle", |_| Box::pin(async { Ok(()) })).threshold(threshold).build();

        assert_eq!(idle.thresholds(), ["p99 < 200ms"]);
    }

    #[test]
    fn parse_error_has_the_message_with_its_mark() {
        let error = "p99 < fast".parse::<Thresholds>().unwrap_err();
        assert_eq!(error.to_string(), Threshold::parse_all("p99 < fast").unwrap_err().to_string());
    }
}
