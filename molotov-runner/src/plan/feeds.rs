//! The loaded feeds of a run; every row has been checked.

use std::any::TypeId;

use molotov_core::{Data, Dependency, Feeder, Scope, Suite};

use super::{Choice, Plan};

/// The feeders that the functions of the run draw rows from.
#[derive(Debug, Default)]
pub(crate) struct Feeds(Vec<(TypeId, Feeder)>);

impl Feeds {
    /// Loads the feeds that the run uses. The file of an unused feed may be missing.
    ///
    /// # Errors
    ///
    /// Returns every wrong row, and every feeder with too few rows.
    pub(crate) fn load(suite: &Suite, choices: &[Choice], plan: &Plan) -> Result<Self, Vec<String>> {
        let (mut loaded, mut problems) = (Vec::new(), Vec::new());
        for data in suite.feeds().iter().filter(|data| is_needed(data, suite, choices)) {
            match data.load() {
                Ok(feeder) => {
                    problems.extend(feeder.problem(plan.user_count()));
                    loaded.push((data.provides().0, feeder.in_shard(plan.share())));
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(Self(loaded)) } else { Err(problems) }
    }

    /// The feeders of these arguments, as one index for each row.
    pub(crate) fn indices_for(&self, needs: &[Dependency]) -> Box<[usize]> {
        needs.iter().filter_map(|need| self.0.iter().position(|(id, _)| is_row_of(need, *id))).collect()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Feeder> {
        self.0.get(index).map(|(_, feeder)| feeder)
    }

    /// The names of the shared feeds: timing decides which user gets which row.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, feeder)| feeder).filter(|feeder| feeder.is_shared()).map(Feeder::name)
    }
}

/// Returns `true` if a row of the data is an argument of a function that will be called.
fn is_needed(data: &Data, suite: &Suite, choices: &[Choice]) -> bool {
    needs(suite, choices).any(|need| is_row_of(need, data.provides().0))
}

fn is_row_of(need: &Dependency, id: TypeId) -> bool {
    need.scope == Scope::Row && need.type_id == id
}

/// The arguments of all functions that may be called. A picker may name scenarios outside the selection.
fn needs<'s>(suite: &'s Suite, choices: &'s [Choice]) -> impl Iterator<Item = &'s Dependency> {
    let is_picked = suite.scenario_picker().is_some();
    let scenarios = suite.scenarios().iter().enumerate();
    let run = scenarios
        .filter(move |(index, _)| is_picked || choices.iter().any(|choice| choice.index == *index))
        .flat_map(|(_, scenario)| scenario.dependencies());
    let setups = suite.setups().into_iter().flat_map(|setup| setup.dependencies());
    run.chain(setups).chain(suite.setup_session_hook().into_iter().flat_map(|hook| hook.dependencies()))
}
