//! The selection of the scenarios of a run, and their weights.

use molotov_core::{Scenario, Suite};
use wildmatch::WildMatch;

use crate::suggest;

/// The selection of scenarios; empty for all scenarios.
#[derive(Clone, Debug, Default)]
pub(crate) struct Select {
    /// Patterns of names.
    pub(crate) names: Vec<String>,
    pub(crate) tags: Vec<String>,
    exact: bool,
}

/// A scenario that can be picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The index in the suite.
    pub(crate) index: usize,
    pub(crate) weight: u32,
}

impl Select {
    /// Selects the scenario of exactly this name, without wildcards.
    pub(crate) fn with_name(name: &str) -> Self {
        Self { names: vec![name.to_owned()], tags: Vec::new(), exact: true }
    }

    /// Returns `true` if the selection is empty, so that all scenarios run.
    pub(crate) fn is_everything(&self) -> bool {
        self.names.is_empty() && self.tags.is_empty()
    }

    /// Returns the matching scenarios, in order of registration.
    ///
    /// # Errors
    ///
    /// Returns each pattern without a match, or an error if the selection is empty.
    pub(crate) fn choose(&self, suite: &Suite) -> Result<Vec<Choice>, Vec<String>> {
        let scenarios = suite.scenarios();
        let mut problems = Vec::new();
        for pattern in &self.names {
            if !scenarios.iter().any(|scenario| self.matches(pattern, scenario.name())) {
                problems.push(unknown("scenario", pattern, scenarios.iter().map(Scenario::name)));
            }
        }
        let tags: Vec<&str> = scenarios.iter().flat_map(Scenario::tags).map(String::as_str).collect();
        for tag in &self.tags {
            if !tags.contains(&tag.as_str()) {
                problems.push(unknown("tag", tag, tags.iter().copied()));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let matching: Vec<Choice> = scenarios
            .iter()
            .enumerate()
            .filter_map(|(index, scenario)| Some(Choice { index, weight: self.weight(scenario)? }))
            .collect();
        if matching.is_empty() && self.tags.is_empty() {
            return Err(vec!["all scenarios have weight 0; name the one to run with --scenario NAME".into()]);
        }
        if matching.is_empty() {
            return Err(vec![
                "no scenario has both a name and a tag that were asked for; ask for fewer".into(),
            ]);
        }
        Ok(matching)
    }

    /// The weight of a selected scenario; `None` for others.
    fn weight(&self, scenario: &Scenario) -> Option<u32> {
        let tagged = self.tags.is_empty() || self.tags.iter().any(|tag| scenario.tags().contains(tag));
        let named =
            self.names.is_empty() || self.names.iter().any(|name| self.matches(name, scenario.name()));
        match scenario.weight() {
            _ if !(tagged && named) => None,
            // A scenario of weight 0 is selected only by its full name.
            0 => self.names.iter().any(|name| name == scenario.name()).then_some(1),
            weight => Some(weight),
        }
    }

    fn matches(&self, pattern: &str, name: &str) -> bool {
        pattern == name || (!self.exact && WildMatch::new(pattern).matches(name))
    }
}

/// Returns a message for a pattern without a match, with the nearest names.
fn unknown<'a>(what: &str, word: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("no {what} matches `{word}`; {}", suggest::cure(what, word, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite() -> Suite {
        let scenario =
            |name: &str, weight| Scenario::builder(name, |_| Box::pin(async { Ok(()) })).weight(weight);
        Suite::new()
            .scenario(scenario("browse", 40).tag("read"))
            .scenario(scenario("buy", 60).tag("write"))
            .scenario(scenario("buy_slowly", 0).tag("write"))
    }

    fn names(select: &Select) -> Result<Vec<&'static str>, String> {
        let choices = select.choose(&suite()).map_err(|problems| problems.join("\n"))?;
        Ok(choices.iter().map(|choice| ["browse", "buy", "buy_slowly"][choice.index]).collect())
    }

    fn by_name(names: &[&str]) -> Select {
        Select { names: names.iter().map(ToString::to_string).collect(), ..Select::default() }
    }

    #[test]
    fn scenarios_of_weight_0_run_only_by_their_full_name() {
        assert_eq!(names(&Select::default()).unwrap(), ["browse", "buy"]);
        assert_eq!(names(&by_name(&["b*"])).unwrap(), ["browse", "buy"]);
        assert_eq!(names(&by_name(&["buy_slowly"])).unwrap(), ["buy_slowly"]);
        assert_eq!(names(&by_name(&["buy_slowly", "br*"])).unwrap(), ["browse", "buy_slowly"]);
    }

    #[test]
    fn a_name_that_matches_nothing_gets_the_nearest_one() {
        assert!(names(&by_name(&["brwose"])).unwrap_err().contains("did you mean `browse`?"));
        assert!(names(&by_name(&["zzz"])).unwrap_err().contains("there is `browse`, `buy`, `buy_slowly`"));
        assert!(names(&by_name(&["buy_s*"])).unwrap_err().contains("weight 0"));
    }

    #[test]
    fn each_word_without_a_match_is_reported() {
        let mut select = by_name(&["zzz", "yyy"]);
        select.tags.push("xxx".into());
        assert_eq!(names(&select).unwrap_err().lines().count(), 3);
    }

    #[test]
    fn tags_select_too() {
        let tagged = |tag: &str| Select { tags: vec![tag.into()], ..Select::default() };
        assert_eq!(names(&tagged("read")).unwrap(), ["browse"]);
        assert!(names(&tagged("raed")).unwrap_err().contains("did you mean `read`?"));
    }
}
