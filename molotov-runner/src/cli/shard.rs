//! `--shard` and `--run-id` resolved: this process among those of a run.

use std::fs;
use std::time::SystemTime;

use molotov_core::Shard;

use super::args::Args;
use super::engines::{self, Variables};
use super::shard_request::ShardRequest;
use crate::error::RunError;
use crate::execute::rendezvous;
use crate::hash::fnv;
use crate::plan::{CommonStart, Part, Plan, Rendezvous, common_start};

/// Sets the part of the run that this process makes, and the seed of the run.
///
/// # Errors
///
/// Returns an error if the engine's variables do not tell the shard, and for outputs that a shard cannot have.
pub(crate) fn resolve(args: &Args, mut plan: Plan, get: Variables<'_>) -> Result<Plan, RunError> {
    if let Some(part) = part(args, get).map_err(RunError::new)? {
        plan.part = part;
    }
    if let Some(run) = &plan.part.run {
        plan.seed = plan.seed.or(Some(fnv(run)));
    }
    RunError::unless_empty(missing_outputs(args, &plan))?;
    plan.part.start = start(args, &plan).map_err(RunError::new)?;
    Ok(plan)
}

fn part(args: &Args, get: Variables<'_>) -> Result<Option<Part>, String> {
    let run = args.run_id.clone();
    match args.shard {
        None if run.is_none() => Ok(None),
        None => Ok(Some(Part { run, ..Part::default() })),
        Some(ShardRequest::Given(shard)) => Ok(Some(Part { shard: Some(shard), run, ..Part::default() })),
        Some(ShardRequest::Auto(count)) => detected(count, get).map(|part| {
            let run = run.or(part.run);
            Some(Part { run, ..part })
        }),
    }
}

/// The common start. The folder of a rendezvous is created, so that an unusable one is a mistake before the load.
fn start(args: &Args, plan: &Plan) -> Result<Option<CommonStart>, String> {
    if let Some(CommonStart::At(time)) = &args.start_at {
        common_start::check(*time, SystemTime::now()).map_err(|why| format!("--start-at {why}"))?;
    }
    let Some(folder) = &args.rendezvous else { return Ok(args.start_at.clone()) };
    let Some(run) = &plan.part.run else {
        return Err(
            "--rendezvous: shards of one run find each other by its name; give each the same --run-id".into(),
        );
    };
    let count = plan.share().count;
    if plan.part.shard.is_none() {
        return Err("--rendezvous: only shards wait for each other; add --shard, or leave it out".into());
    }
    if !folder.is_dir() {
        return Err(format!("--rendezvous {}: there is no such folder; create it first", folder.display()));
    }
    let folder = folder.join(run);
    fs::create_dir_all(&folder).map_err(|error| {
        format!("--rendezvous {}: {error}; name a folder that is yours", folder.display())
    })?;
    if let Some(other) = rendezvous::other_count(&folder, count) {
        return Err(format!(
            "--rendezvous {}: {other} shards were here, and not {count}; give this run another --run-id",
            folder.display()
        ));
    }
    Ok(Some(CommonStart::Rendezvous(Rendezvous { folder, timeout: args.rendezvous_timeout })))
}

/// The part of an engine's instance.
fn detected(count: Option<u32>, get: Variables<'_>) -> Result<Part, String> {
    let Some(found) = engines::instance(get)? else {
        return Err(format!(
            "--shard auto: no variable of an engine is set ({}); give the shard yourself: --shard 0/3",
            engines::names()
        ));
    };
    let (engine, index) = (found.engine, found.index);
    let count = match (count, found.count) {
        (Some(given), Some(told)) if given != told => {
            return Err(format!("--shard auto/{given}: {engine} has {told} tasks; --shard auto takes that number"));
        }
        (given, told) => given.or(told).ok_or_else(|| {
            format!("--shard auto: {engine} tells the index {index}, and not the number of all; for twelve: --shard auto/12")
        })?,
    };
    let shard = Shard::new(index, count).ok_or_else(|| {
        format!("--shard auto/{count}: {engine} tells the index {index}, and {count} shards have the indices 0 to {}", count - 1)
    })?;
    Ok(Part { shard: Some(shard), run: found.run, attempt: found.attempt, start: None })
}

/// Messages on outputs without which nobody would judge the run, and on those that a part cannot have.
fn missing_outputs(args: &Args, plan: &Plan) -> Vec<String> {
    let share = plan.share();
    if share.count == 1 {
        return Vec::new();
    }
    let mut problems = Vec::new();
    if args.results.is_none() {
        problems.push(format!(
            "shard {share}: the whole run is judged from the results files of its shards; name a folder for them: \
             --results parts/"
        ));
    }
    if args.taurus_report.is_some() {
        problems.push(format!("shard {share}: Taurus judges one process; leave the shard out"));
    }
    problems
}

/// A note on an engine that starts the program several times, if each start makes the whole load.
pub(crate) fn note(args: &Args, get: Variables<'_>) -> Option<String> {
    if args.shard.is_some() {
        return None;
    }
    let found = engines::instance(get).ok().flatten().filter(|found| found.count != Some(1))?;
    let cure = found.count.map_or("--shard auto/N (of N tasks)".to_owned(), |_| "--shard auto".to_owned());
    Some(format!(
        "this is task {} of {}, and each task makes the whole load; {cure} divides it",
        found.place(),
        found.engine
    ))
}

#[cfg(test)]
mod tests;
