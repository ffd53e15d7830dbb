//! The engines that start a program several times, and the variables by which they number its instances.

use molotov_core::Shard;

use super::run_id;

/// The variables of one engine.
struct Engine {
    name: &'static str,
    /// The number of the instance.
    index: &'static str,
    numbers: Numbers,
    /// The variable that numbers the starts of this instance, and the number of the first.
    attempt: Option<(&'static str, u32)>,
    /// The name of the run, the same for all instances.
    run: Option<&'static str>,
    /// The variable without which the numbers do not mean this engine, and its values.
    only_with: Option<Condition>,
}

/// A variable, and the test of its value.
type Condition = (&'static str, fn(&str) -> bool);

/// The first number of an engine, and the number of its instances.
enum Numbers {
    /// They count from this number; the variable contains their number, if there is one.
    From(u32, Option<&'static str>),
    /// Variables of the first number, the last, the step between two, and the number of instances, if there is one.
    Range([&'static str; 3], Option<&'static str>),
}

use Numbers::{From, Range};

/// Documented by each engine; docs/scale-out contains the addresses.
const ENGINES: &[Engine] = &[
    Engine {
        name: "a Kubernetes Indexed Job",
        index: "JOB_COMPLETION_INDEX",
        numbers: From(0, None),
        attempt: None,
        run: None,
        only_with: None,
    },
    Engine {
        name: "a Slurm array",
        index: "SLURM_ARRAY_TASK_ID",
        numbers: Range(
            ["SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"],
            Some("SLURM_ARRAY_TASK_COUNT"),
        ),
        attempt: Some(("SLURM_RESTART_COUNT", 0)),
        run: Some("SLURM_ARRAY_JOB_ID"),
        only_with: None,
    },
    Engine {
        name: "Slurm's srun",
        index: "SLURM_PROCID",
        numbers: From(0, Some("SLURM_NTASKS")),
        attempt: Some(("SLURM_RESTART_COUNT", 0)),
        run: Some("SLURM_JOB_ID"),
        // The only task of a batch step has the number 0, too.
        only_with: Some(("SLURM_STEP_NUM_TASKS", |tasks| tasks.parse().is_ok_and(|tasks: u32| tasks > 1))),
    },
    Engine {
        name: "an AWS Batch array",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        numbers: From(0, Some("AWS_BATCH_JOB_ARRAY_SIZE")),
        attempt: Some(("AWS_BATCH_JOB_ATTEMPT", 1)),
        run: Some("AWS_BATCH_JOB_ID"),
        only_with: None,
    },
    Engine {
        name: "an AWS Batch multi-node job",
        index: "AWS_BATCH_JOB_NODE_INDEX",
        numbers: From(0, Some("AWS_BATCH_JOB_NUM_NODES")),
        attempt: Some(("AWS_BATCH_JOB_ATTEMPT", 1)),
        run: Some("AWS_BATCH_JOB_ID"),
        only_with: None,
    },
    Engine {
        name: "a Cloud Run job",
        index: "CLOUD_RUN_TASK_INDEX",
        numbers: From(0, Some("CLOUD_RUN_TASK_COUNT")),
        attempt: Some(("CLOUD_RUN_TASK_ATTEMPT", 0)),
        run: Some("CLOUD_RUN_EXECUTION"),
        only_with: None,
    },
    Engine {
        name: "Google Batch",
        index: "BATCH_TASK_INDEX",
        numbers: From(0, Some("BATCH_TASK_COUNT")),
        attempt: Some(("BATCH_TASK_RETRY_ATTEMPT", 0)),
        run: Some("BATCH_JOB_UID"),
        only_with: None,
    },
    Engine {
        name: "Nomad",
        index: "NOMAD_ALLOC_INDEX",
        numbers: From(0, None),
        attempt: None,
        run: Some("NOMAD_JOB_ID"),
        only_with: None,
    },
    Engine {
        name: "GitLab's `parallel`",
        index: "CI_NODE_INDEX",
        numbers: From(1, Some("CI_NODE_TOTAL")),
        attempt: None,
        run: Some("CI_PIPELINE_ID"),
        // Elsewhere people set the variable themselves, from 0 on.
        only_with: Some(("GITLAB_CI", |set| set == "true")),
    },
    Engine {
        name: "Buildkite's `parallelism`",
        index: "BUILDKITE_PARALLEL_JOB",
        numbers: From(0, Some("BUILDKITE_PARALLEL_JOB_COUNT")),
        attempt: Some(("BUILDKITE_RETRY_COUNT", 0)),
        run: Some("BUILDKITE_BUILD_ID"),
        only_with: None,
    },
    Engine {
        name: "CircleCI's `parallelism`",
        index: "CIRCLE_NODE_INDEX",
        numbers: From(0, Some("CIRCLE_NODE_TOTAL")),
        attempt: None,
        run: Some("CIRCLE_WORKFLOW_ID"),
        only_with: None,
    },
    Engine {
        name: "a Grid Engine array",
        index: "SGE_TASK_ID",
        numbers: Range(["SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE"], None),
        attempt: None,
        run: Some("JOB_ID"),
        // It is `undefined` outside of an array.
        only_with: Some(("SGE_TASK_ID", |task| task != "undefined")),
    },
    Engine {
        name: "an LSF array",
        index: "LSB_JOBINDEX",
        numbers: From(1, Some("LSB_JOBINDEX_END")),
        attempt: None,
        run: Some("LSB_JOBID"),
        // It is 0 outside of an array.
        only_with: Some(("LSB_JOBINDEX", |task| task != "0")),
    },
    Engine {
        name: "a PBS array",
        index: "PBS_ARRAY_INDEX",
        numbers: From(0, None),
        attempt: None,
        run: Some("PBS_JOBID"),
        only_with: None,
    },
    Engine {
        name: "Open MPI",
        index: "OMPI_COMM_WORLD_RANK",
        numbers: From(0, Some("OMPI_COMM_WORLD_SIZE")),
        attempt: None,
        run: None,
        only_with: None,
    },
    Engine {
        name: "MPI",
        index: "PMI_RANK",
        numbers: From(0, Some("PMI_SIZE")),
        attempt: None,
        run: None,
        only_with: None,
    },
];

/// The values of variables.
pub(super) type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// This instance, as an engine numbers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) engine: &'static str,
    /// From 0.
    pub(super) index: u32,
    /// The number of instances, if the engine tells it.
    pub(super) count: Option<u32>,
    pub(super) attempt: u32,
    pub(super) run: Option<String>,
    /// The variables and their values, for messages.
    said: String,
}

impl Instance {
    /// Its number and the number of all, in words.
    pub(super) fn place(&self) -> String {
        match self.count {
            Some(count) => format!("{} of {count}, from 0,", self.index),
            None => format!("{}, from 0,", self.index),
        }
    }
}

/// The instance that the engines describe; `None` outside of all engines.
///
/// # Errors
///
/// Returns a message for a value that is no number, for an array with gaps, and for engines that disagree.
pub(super) fn instance(get: Variables<'_>) -> Result<Option<Instance>, String> {
    let mut first: Option<Instance> = None;
    for engine in ENGINES {
        let Some(found) = engine.instance(get)? else { continue };
        match &mut first {
            None => first = Some(found),
            Some(first) => {
                let is_same_count = first.count.zip(found.count).is_none_or(|(one, other)| one == other);
                if first.index != found.index || !is_same_count {
                    return Err(format!(
                        "{} and {} disagree ({}; {}); give the shard yourself: --shard 0/3",
                        first.engine, found.engine, first.said, found.said
                    ));
                }
                first.count = first.count.or(found.count);
                first.run = first.run.take().or(found.run);
            }
        }
    }
    Ok(first)
}

/// The variables that number instances, for a message.
pub(super) fn names() -> String {
    ENGINES.iter().map(|engine| engine.index).collect::<Vec<_>>().join(", ")
}

impl Engine {
    fn instance(&self, get: Variables<'_>) -> Result<Option<Instance>, String> {
        let is_meant =
            self.only_with.is_none_or(|(variable, fits)| get(variable).is_some_and(|value| fits(&value)));
        if !is_meant || get(self.index).is_none() {
            return Ok(None);
        }
        let number = |variable: &str| number(get, variable);
        let own = number(self.index)?.unwrap_or_default();
        let (index, count) = match self.numbers {
            From(first, count) => (own.checked_sub(first), count.map(number).transpose()?.flatten()),
            Range([first, last, step], count) => {
                let range = [needed(get, first)?, needed(get, last)?, needed(get, step)?];
                let count = count.map(number).transpose()?.flatten();
                self.in_range(own, range, count).map(|(index, all)| (index, Some(all)))?
            }
        };
        let said = self.said(get);
        let Some(index) = index else {
            return Err(format!("{said}: {} counts from 1; give the shard yourself: --shard 0/3", self.name));
        };
        if count.is_some_and(|count| Shard::new(index, count).is_none()) {
            return Err(format!(
                "{said}: the number is not below that of all; give the shard yourself: --shard 0/3"
            ));
        }
        let (attempt, run) = (self.earlier_starts(get), self.run(get));
        Ok(Some(Instance { engine: self.name, index, count, attempt, run, said }))
    }

    /// For the name of a file, so a text that is no number is no mistake.
    fn earlier_starts(&self, get: Variables<'_>) -> u32 {
        let Some((variable, first)) = self.attempt else { return 0 };
        get(variable).and_then(|text| text.parse().ok()).unwrap_or(first).saturating_sub(first)
    }

    /// The index and the number of the instances of an array, which must have no gaps.
    fn in_range(&self, own: u32, range: [u32; 3], count: Option<u32>) -> Result<(Option<u32>, u32), String> {
        let (first, last, step) = (range[0], range[1], range[2].max(1));
        let all = last.saturating_sub(first) / step + 1;
        if count.is_some_and(|count| count != all) || own.saturating_sub(first) % step != 0 {
            return Err(format!(
                "{} has gaps: {} tasks from {first} to {last}; number them without, or give the shard yourself: --shard 0/3",
                self.name,
                count.unwrap_or(all)
            ));
        }
        Ok((own.checked_sub(first).map(|own| own / step), all))
    }

    /// The name of the run, in the letters of a run ID.
    fn run(&self, get: Variables<'_>) -> Option<String> {
        let name = self.run.and_then(get)?;
        // AWS Batch adds the index of the child to the job's ID.
        let whole = name.split(':').next().unwrap_or_default();
        let letters = whole.chars().map(|letter| if run_id::is_letter(letter) { letter } else { '-' });
        let run: String = letters.take(run_id::LENGTH).collect();
        (!run.is_empty()).then_some(run)
    }

    fn said(&self, get: Variables<'_>) -> String {
        let others: Vec<&str> = match self.numbers {
            From(_, count) => count.into_iter().collect(),
            Range(range, count) => range.into_iter().chain(count).collect(),
        };
        let all = [self.index].into_iter().chain(others);
        let set = all.filter_map(|name| get(name).map(|value| format!("{name}={}", value.escape_debug())));
        set.collect::<Vec<_>>().join(" ")
    }
}

fn number(get: Variables<'_>, variable: &str) -> Result<Option<u32>, String> {
    let Some(text) = get(variable) else { return Ok(None) };
    let number = text.parse().map_err(|_| {
        format!(
            "{variable} is `{}`, and no number; give the shard yourself: --shard 0/3",
            text.escape_debug()
        )
    });
    number.map(Some)
}

fn needed(get: Variables<'_>, variable: &str) -> Result<u32, String> {
    number(get, variable)?
        .ok_or_else(|| format!("{variable} is not set; give the shard yourself: --shard 0/3"))
}

#[cfg(test)]
mod tests;
