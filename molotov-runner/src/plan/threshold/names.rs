//! A check that the scenarios and tags of a threshold exist. Routes and metrics of the user's own get their names from
//! the scenarios during the run, so they cannot be checked before.

use std::time::Duration;

use humantime::format_duration;
use molotov_core::{Scenario, Suite};

use super::{Key, Mistake, Selector, Threshold};
use crate::plan::{Choice, Plan};
use crate::suggest;

impl Threshold {
    /// The thresholds on the attributes of scenarios, each with its scenario, and their mistakes with file and line.
    pub(crate) fn on_attributes(suite: &Suite) -> (Vec<Self>, Vec<String>) {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for scenario in suite.scenarios() {
            let place = scenario.origin().map_or_else(String::new, |origin| format!(" ({origin})"));
            let on = format!("scenario `{}`{place}", scenario.name());
            let own = all.len();
            for text in scenario.thresholds() {
                match Self::from_scenario(text, scenario, &on) {
                    Ok(thresholds) => all.extend(thresholds),
                    Err(mistake) => problems.push(format!("threshold of {on}: {mistake}")),
                }
            }
            problems.extend(twins(&all[own..]).map(|why| format!("thresholds of {on}: {why}")));
        }
        (all, problems)
    }

    fn from_scenario(text: &str, scenario: &Scenario, on: &str) -> Result<Vec<Self>, Mistake> {
        let mut all = Self::parse_all(text)?;
        for threshold in &mut all {
            let key = threshold.of.as_ref().map(|of| of.key);
            if key.is_some()
                || threshold.phase.is_some()
                || !threshold.metric.keys().contains(&Some(Key::Scenario))
            {
                let why = "on an attribute it is of the iterations of the scenario; \
                           what is of something else belongs into the plan, molotov.toml or --threshold";
                return Err(Mistake::new(why, text, 0..text.len()));
            }
            threshold.of = Some(Selector { key: Key::Scenario, name: scenario.name().to_owned() });
            threshold.said.on = Some(on.into());
        }
        Ok(all)
    }

    /// The reason why the threshold does not fit the suite and the plan.
    pub(crate) fn problem(&self, suite: &Suite, choices: &[Choice], plan: &Plan) -> Option<String> {
        self.unknown(suite).or_else(|| self.is_left_out(suite, choices, plan)).or_else(|| self.too_long(plan))
    }

    fn marked(&self, why: String) -> String {
        let mistake = Mistake::new(why, &self.said.text, self.said.name.clone());
        match &self.said.on {
            Some(on) => format!("threshold of {on}: {mistake}"),
            None => format!("threshold: {mistake}"),
        }
    }

    fn unknown(&self, suite: &Suite) -> Option<String> {
        let of = self.of.as_ref()?;
        let scenarios = suite.scenarios();
        let known: Vec<&str> = match of.key {
            Key::Scenario => scenarios.iter().map(Scenario::name).collect(),
            Key::Tag => scenarios.iter().flat_map(|one| one.tags()).map(String::as_str).collect(),
            _ => return None,
        };
        if known.contains(&of.name.as_str()) {
            return None;
        }
        let word = of.key.word();
        let cure = suggest::cure(word, &of.name, known);
        Some(self.marked(format!("no {word} is called `{}`; {cure}", of.shown_name())))
    }

    /// A message for a threshold of a scenario outside the run, which would fail for lack of samples.
    fn is_left_out(&self, suite: &Suite, choices: &[Choice], plan: &Plan) -> Option<String> {
        let of = self.of.as_ref().filter(|_| plan.mode().picks_scenarios())?;
        // A picker may pick scenarios without a weight.
        if suite.scenario_picker().is_some() && plan.select.is_everything() {
            return None;
        }
        let mut chosen = choices.iter().filter_map(|choice| suite.scenarios().get(choice.index));
        let takes_part = match of.key {
            Key::Scenario => chosen.any(|scenario| scenario.name() == of.name),
            Key::Tag => chosen.any(|scenario| scenario.tags().contains(&of.name)),
            _ => true,
        };
        let word = of.key.word();
        (!takes_part).then(|| {
            self.marked(format!(
                "no scenario of this {word} takes part in the run (its weight, --scenario, --tag); \
                 run it too, or leave the threshold out"
            ))
        })
    }

    /// A message for a threshold that starts after the end of the run and is never judged.
    fn too_long(&self, plan: &Plan) -> Option<String> {
        let length = plan.ramp_up + plan.time_limit()?;
        let needed = self.start(plan.warm_up_time()) + self.window.unwrap_or(Duration::ZERO);
        let is_in_vain = if self.window.is_some() { needed > length } else { needed >= length };
        (is_in_vain && !needed.is_zero()).then(|| {
            let takes = format!("takes {}", format_duration(length));
            let why = self.out_of_reach(self.start(plan.warm_up_time()), &takes);
            let cure = if self.window.is_some() {
                "make the run longer, or the window shorter"
            } else {
                "make the run longer"
            };
            format!("threshold `{self}`: {why}; {cure}")
        })
    }

    /// A message for a run that is too short for the threshold, if it starts at this time.
    pub(crate) fn out_of_reach(&self, start: Duration, takes: &str) -> String {
        let Some(window) = self.window else {
            return format!("it looks at what is later than {}, and the run {takes}", format_duration(start));
        };
        let (long, end) = (format_duration(window), format_duration(start + window));
        if start.is_zero() {
            return format!("its window of {long} is longer than the run, which {takes}");
        }
        format!(
            "its first window, of {long} from {} on, ends at {end}, and the run {takes}",
            format_duration(start)
        )
    }
}

/// A message for two thresholds with the same subject.
pub(crate) fn twins(all: &[Threshold]) -> Option<String> {
    all.iter().enumerate().find_map(|(index, one)| {
        let twin = all[..index].iter().find(|other| other.is_twin(one))?;
        Some(format!("`{twin}` and `{one}` bound the same; keep one of them"))
    })
}
