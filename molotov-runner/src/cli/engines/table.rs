//! The engines, and the variables by which they number the instances of a program.

/// The variables of one engine.
pub(super) struct Engine {
    pub(super) name: &'static str,
    /// The number of the instance.
    pub(super) index: &'static str,
    pub(super) numbers: Numbers,
    /// The variable that numbers the starts of this instance, and the number of the first.
    pub(super) attempt: Option<(&'static str, u32)>,
    /// The name of the run, the same for all instances.
    pub(super) run: Option<&'static str>,
    /// The variable without which the numbers do not mean this engine, and its values.
    pub(super) only_with: Option<Condition>,
}

/// A variable, and the test of its value.
pub(super) type Condition = (&'static str, fn(&str) -> bool);

/// The first number of an engine, and the number of its instances.
pub(super) enum Numbers {
    /// They count from this number; the variable contains their number, if there is one.
    From(u32, Option<&'static str>),
    /// Variables of the first number, the last, the step between two, and the number of instances, if there is one.
    Range([&'static str; 3], Option<&'static str>),
}

use Numbers::{From, Range};

/// Documented by each engine; docs/scale-out contains the addresses.
pub(super) const ENGINES: &[Engine] = &[
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
