//! Shares of scenarios in two runs.

use std::collections::BTreeSet;

use super::union;
use crate::quantity::Share;
use crate::report::rows::Mix;
use crate::report::summary::Report;

/// Wanted shares are weighted by what was started; actual ones are counted.
pub(super) fn merged(one: &Report, other: &Report) -> Vec<Mix> {
    let all = one.iterations.started + other.iterations.started;
    let names: BTreeSet<&str> =
        [one, other].iter().flat_map(|report| &report.mix).map(|mix| mix.scenario.as_str()).collect();
    let scenarios = union(one.settings.scenarios.clone(), other.settings.scenarios.clone());
    let share = |name: &str, of: fn(&Mix) -> Share| {
        let started = |report: &Report| {
            let found = report.mix.iter().find(|mix| mix.scenario == name);
            found.map_or(0.0, |mix| of(mix).fraction() * report.iterations.started as f64)
        };
        Share::of_fraction((started(one) + started(other)) / all.max(1) as f64)
    };
    let mut merged: Vec<_> = names
        .into_iter()
        .map(|name| Mix {
            scenario: name.to_owned(),
            wanted: share(name, |mix| mix.wanted),
            actual: share(name, |mix| mix.actual),
        })
        .collect();
    merged.sort_by_key(|mix| scenarios.iter().position(|name| *name == mix.scenario));
    merged
}
