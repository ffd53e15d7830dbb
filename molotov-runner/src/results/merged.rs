//! The merged results of several runs.

use std::collections::BTreeMap;

use molotov_core::Shard;

use super::RunResults;
use crate::error::RunError;
use crate::report::{self, Report};

/// The handling of missing shards in a merge.
///
/// ```
/// use molotov::results::MissingShards;
///
/// assert_eq!(MissingShards::default(), MissingShards::Refused);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingShards {
    /// They are an error that lists them, and nothing is merged.
    #[default]
    Refused,
    /// The others are merged, and the [verdict](Report::verdict) is suspect.
    Allowed,
}

/// Merges the results of several simultaneous runs, which are parts of one run. Counts and histograms add up exactly,
/// in any order ([`Report::merge`]).
///
/// ```
/// use molotov::results::{MissingShards, RunResults, merge};
///
/// # fn join() -> Result<(), molotov::error::RunError> {
/// let north = ("north.jsonl".to_owned(), RunResults::read("north.jsonl")?);
/// let south = ("south.jsonl".to_owned(), RunResults::read("south.jsonl")?);
/// let whole = merge(vec![north, south], MissingShards::Refused)?;
/// println!("{}", whole.report);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns an error if there are no runs, if a run is duplicate, if they have different plans, or if shards are missing
/// that are required: the message lists each.
#[inline]
pub fn merge(runs: Vec<(String, RunResults)>, missing: MissingShards) -> Result<RunResults, RunError> {
    let (runs, left_out) = without_cut_attempts(runs);
    let mut problems = misfits(&runs);
    problems.extend(unfit_shards(&runs));
    if missing == MissingShards::Refused {
        problems.extend(missing_shards(&runs));
    }
    RunError::unless_empty(problems)?;
    let runs = in_order_of_time(runs);
    let mut warnings = warnings(&runs);
    warnings.extend(left_out);
    warnings.extend(runs.windows(2).filter(|pair| !overlap(&pair[0].1, &pair[1].1)).map(|pair| {
        let (one, other) = (&pair[0].0, &pair[1].0);
        format!("{other}: it began when {one} had ended, and rates are as if both had run at the same time; of repeats of a plan --repeats makes one report")
    }));
    joined(runs, warnings, Report::merge)
}

/// Merges the results of several runs of one plan, one after another. Counts and histograms add up exactly, and so do
/// the times of rates, so that rates and users are those of one run.
///
/// ```
/// use molotov::results::{RunResults, merge_repeats};
///
/// # fn join() -> Result<(), molotov::error::RunError> {
/// let first = ("first.jsonl".to_owned(), RunResults::read("first.jsonl")?);
/// let second = ("second.jsonl".to_owned(), RunResults::read("second.jsonl")?);
/// println!("{}", merge_repeats(vec![first, second])?.report);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns an error if there are no runs, if a run is duplicate, if they have different plans, or if two were
/// simultaneous: the message lists each.
#[inline]
pub fn merge_repeats(runs: Vec<(String, RunResults)>) -> Result<RunResults, RunError> {
    let runs = in_order_of_time(runs);
    let mut problems = misfits(&runs);
    problems.extend(runs.windows(2).filter(|pair| overlap(&pair[0].1, &pair[1].1)).map(|pair| {
        let (one, other) = (&pair[0].0, &pair[1].0);
        format!(
            "{other}: it ran at the same time as {one}, so it is a part and no repeat; leave --repeats out"
        )
    }));
    RunError::unless_empty(problems)?;
    let warnings = warnings(&runs);
    joined(runs, warnings, Report::repeated_by)
}

/// Sorts the runs by their start, so that the result does not depend on the order of the files.
#[inline]
fn in_order_of_time(mut runs: Vec<(String, RunResults)>) -> Vec<(String, RunResults)> {
    runs.sort_by_key(|(_, run)| (run.header.started_at, run.header.id.clone()));
    runs
}

/// Leaves out the attempts of a shard that were cut, if another one was finished: engines start a shard again when its
/// machine is lost. Also returns a warning for each, because the service has seen its requests.
#[inline]
fn without_cut_attempts(runs: Vec<(String, RunResults)>) -> (Vec<(String, RunResults)>, Vec<String>) {
    let whole: Vec<(Shard, String)> = runs
        .iter()
        .filter(|(_, run)| run.is_whole())
        .flat_map(|(name, run)| shards(run).map(move |shard| (shard, name.clone())))
        .collect();
    let mut warnings = Vec::new();
    let mut kept = Vec::new();
    for (name, run) in runs {
        let replaced = (!run.is_whole())
            .then(|| shards(&run).find_map(|own| whole.iter().find(|(shard, _)| *shard == own)));
        match replaced.flatten() {
            Some((shard, by)) => warnings.push(format!(
                "{name}: this attempt of shard {shard} was cut after {} requests, and is left out, as {by} is a whole one; the service has seen these requests, too",
                run.report.requests.attempted
            )),
            None => kept.push((name, run)),
        }
    }
    (kept, warnings)
}

/// Returns `true` if a run had not ended when a later one started.
#[inline]
fn overlap(one: &RunResults, later: &RunResults) -> bool {
    later.report.started_at < one.report.started_at + one.report.elapsed
}

#[inline]
fn joined(
    runs: Vec<(String, RunResults)>,
    warnings: Vec<String>,
    both: fn(Report, Report) -> Report,
) -> Result<RunResults, RunError> {
    let headers: Vec<_> = runs.iter().map(|(_, run)| run.header.clone()).collect();
    let report = runs.into_iter().map(|(_, run)| run.report).reduce(both);
    let report = report.ok_or_else(|| RunError::new("there are no results to merge"))?;
    let mut header = headers[0].clone();
    header.merged = headers.iter().flat_map(|header| ids(&header.merged, &header.id)).collect();
    header.merged.sort();
    header.labels = report.settings.labels.clone();
    header.id = header.merged.join("+");
    header.shard = None;
    // The merged report is that of the run, even if all but one of its parts are missing.
    let mut report = report;
    report.settings.shard = None;
    Ok(RunResults { report, warnings, header })
}

#[inline]
fn ids(merged: &[String], own: &str) -> Vec<String> {
    if merged.is_empty() { vec![own.to_owned()] } else { merged.to_vec() }
}

#[inline]
fn warnings(runs: &[(String, RunResults)]) -> Vec<String> {
    let all = runs
        .iter()
        .flat_map(|(name, run)| run.warnings.iter().map(move |warning| format!("{name}: {warning}")));
    all.collect()
}

/// The runs that do not fit, in words.
#[inline]
fn misfits(runs: &[(String, RunResults)]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut there: BTreeMap<String, &str> = BTreeMap::new();
    for (name, run) in runs {
        for id in ids(&run.header.merged, &run.header.id) {
            if let Some(first) = there.insert(id, name) {
                problems.push(format!("{name}: the same run as in {first}; it would count twice"));
            }
        }
    }
    let Some((first, rest)) = runs.split_first() else { return problems };
    for (name, run) in rest.iter().filter(|(_, run)| run.header.run != first.1.header.run) {
        let [own, other] = [run, &first.1].map(|run| run.header.run.as_deref().unwrap_or("none"));
        problems.push(format!("{name}: its --run-id is {own}, and that of {} is {other}", first.0));
    }
    let plan = &first.1.header.fingerprint.plan;
    let others = rest.iter().filter(|(_, run)| run.header.fingerprint.plan != *plan);
    problems.extend(others.map(|(name, _)| {
        format!("{name}: it was to do something else than {}: other load, scenarios or thresholds", first.0)
    }));
    problems
}

/// The shards of a run.
#[inline]
fn shards(run: &RunResults) -> impl Iterator<Item = Shard> + '_ {
    run.report.shards.iter().filter_map(|name| name.parse().ok())
}

/// The runs that are not another shard of the same run, in words.
#[inline]
fn unfit_shards(runs: &[(String, RunResults)]) -> Vec<String> {
    let mut there: BTreeMap<Shard, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, run) in runs {
        for shard in shards(run) {
            if let Some(first) = there.insert(shard, name)
                && first != name
            {
                problems.push(format!("{name}: shard {shard}, as {first}; it would count twice"));
            }
            if let Some((other, first)) = there.iter().find(|(other, _)| other.count != shard.count) {
                problems.push(format!("{name}: shard {shard}, and {first} is shard {other} of another run"));
            }
        }
    }
    let whole = runs.iter().filter(|(_, run)| shards(run).next().is_none());
    if let Some((shard, first)) = there.first_key_value() {
        problems.extend(whole.map(|(name, _)| format!("{name}: no shard, and {first} is shard {shard}")));
    }
    problems
}

#[inline]
fn missing_shards(runs: &[(String, RunResults)]) -> Vec<String> {
    let names = runs.iter().flat_map(|(_, run)| run.report.shards.iter().map(String::as_str));
    let missing = report::missing_shards(names).into_iter();
    missing.map(|shard| format!("shard {shard} is missing: name its file, or say --allow-missing")).collect()
}
