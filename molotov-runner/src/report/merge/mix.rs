//! Shares of scenarios in two runs.

use std::collections::BTreeSet;

use crate::quantity::Share;
use crate::report::mergeable::union;
use crate::report::rows::Mix;
use crate::report::summary::Report;

/// Planned shares are weighted by the started iterations; actual ones are counted.
#[inline]
pub(super) fn merged(one: &Report, other: &Report) -> Vec<Mix> {
    let names: BTreeSet<&str> =
        [one, other].iter().flat_map(|report| &report.mix).map(|mix| mix.scenario.as_str()).collect();
    let scenarios = union(one.settings.scenarios.clone(), other.settings.scenarios.clone());
    let mut merged: Vec<_> = names
        .into_iter()
        .map(|name| Mix {
            scenario: name.to_owned(),
            wanted: share([one, other], name, |mix| mix.wanted),
            actual: share([one, other], name, |mix| mix.actual),
        })
        .collect();
    merged.sort_by_key(|mix| scenarios.iter().position(|name| *name == mix.scenario));
    merged
}

/// The share of a scenario in the iterations of both runs.
#[inline]
fn share(reports: [&Report; 2], name: &str, of: fn(&Mix) -> Share) -> Share {
    let all: u64 = reports.iter().map(|report| report.iterations.started).sum();
    let started = reports.map(|report| {
        let found = report.mix.iter().find(|mix| mix.scenario == name);
        found.map_or(0.0, |mix| of(mix).fraction() * report.iterations.started as f64)
    });
    Share::from_fraction((started[0] + started[1]) / all.max(1) as f64)
}
