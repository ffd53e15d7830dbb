use super::*;

/// An engine, the variables that it sets, and the name of the run in them.
type Row = (&'static str, &'static [(&'static str, &'static str)], Option<&'static str>);

/// What an engine sets for its third instance of four, with the name of the run, where it has one.
const SET: &[Row] = &[
    ("a Kubernetes Indexed Job", &[("JOB_COMPLETION_INDEX", "2")], None),
    (
        "a Slurm array",
        &[
            ("SLURM_ARRAY_TASK_ID", "14"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_MAX", "16"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
            ("SLURM_RESTART_COUNT", "1"),
            ("SLURM_ARRAY_JOB_ID", "77"),
            // The batch step of each task.
            ("SLURM_PROCID", "0"),
            ("SLURM_NTASKS", "1"),
            ("SLURM_STEP_NUM_TASKS", "1"),
        ],
        Some("77"),
    ),
    (
        "Slurm's srun",
        &[
            ("SLURM_PROCID", "2"),
            ("SLURM_NTASKS", "4"),
            ("SLURM_STEP_NUM_TASKS", "4"),
            ("SLURM_RESTART_COUNT", "1"),
            ("SLURM_JOB_ID", "78"),
        ],
        Some("78"),
    ),
    (
        "an AWS Batch array",
        &[
            ("AWS_BATCH_JOB_ARRAY_INDEX", "2"),
            ("AWS_BATCH_JOB_ARRAY_SIZE", "4"),
            // It counts from 1.
            ("AWS_BATCH_JOB_ATTEMPT", "2"),
            ("AWS_BATCH_JOB_ID", "6c-1f:2"),
        ],
        Some("6c-1f"),
    ),
    (
        "an AWS Batch multi-node job",
        &[
            ("AWS_BATCH_JOB_NODE_INDEX", "2"),
            ("AWS_BATCH_JOB_NUM_NODES", "4"),
            ("AWS_BATCH_JOB_ATTEMPT", "2"),
        ],
        None,
    ),
    (
        "a Cloud Run job",
        &[
            ("CLOUD_RUN_TASK_INDEX", "2"),
            ("CLOUD_RUN_TASK_COUNT", "4"),
            ("CLOUD_RUN_TASK_ATTEMPT", "1"),
            ("CLOUD_RUN_EXECUTION", "load-x7"),
        ],
        Some("load-x7"),
    ),
    (
        "Google Batch",
        &[
            ("BATCH_TASK_INDEX", "2"),
            ("BATCH_TASK_COUNT", "4"),
            ("BATCH_TASK_RETRY_ATTEMPT", "1"),
            ("BATCH_JOB_UID", "j-5"),
        ],
        Some("j-5"),
    ),
    (
        "Nomad",
        &[("NOMAD_ALLOC_INDEX", "2"), ("NOMAD_JOB_ID", "load/dispatch-17 é")],
        Some("load-dispatch-17--"),
    ),
    (
        "GitLab's `parallel`",
        &[("GITLAB_CI", "true"), ("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "4"), ("CI_PIPELINE_ID", "9")],
        Some("9"),
    ),
    (
        "Buildkite's `parallelism`",
        &[
            ("BUILDKITE_PARALLEL_JOB", "2"),
            ("BUILDKITE_PARALLEL_JOB_COUNT", "4"),
            ("BUILDKITE_RETRY_COUNT", "1"),
            ("BUILDKITE_BUILD_ID", "b"),
        ],
        Some("b"),
    ),
    (
        "CircleCI's `parallelism`",
        &[("CIRCLE_NODE_INDEX", "2"), ("CIRCLE_NODE_TOTAL", "4"), ("CIRCLE_WORKFLOW_ID", "c")],
        Some("c"),
    ),
    (
        "a Grid Engine array",
        &[
            ("SGE_TASK_ID", "5"),
            ("SGE_TASK_FIRST", "1"),
            ("SGE_TASK_LAST", "7"),
            ("SGE_TASK_STEPSIZE", "2"),
            ("JOB_ID", "5"),
        ],
        Some("5"),
    ),
    ("an LSF array", &[("LSB_JOBINDEX", "3"), ("LSB_JOBINDEX_END", "4"), ("LSB_JOBID", "6")], Some("6")),
    ("a PBS array", &[("PBS_ARRAY_INDEX", "2"), ("PBS_JOBID", "7[]")], Some("7--")),
    ("Open MPI", &[("OMPI_COMM_WORLD_RANK", "2"), ("OMPI_COMM_WORLD_SIZE", "4")], None),
    ("MPI", &[("PMI_RANK", "2"), ("PMI_SIZE", "4")], None),
];

/// Engines that do not tell the number of their instances.
const WITHOUT_COUNT: &[&str] = &["a Kubernetes Indexed Job", "Nomad", "a PBS array"];

fn found(set: &[(&str, &str)]) -> Result<Option<Instance>, String> {
    instance(&|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn each_engine_tells_the_instance() {
    assert_eq!(
        SET.iter().map(|row| row.0).collect::<Vec<_>>(),
        ENGINES.iter().map(|engine| engine.name).collect::<Vec<_>>()
    );
    for (engine, set, run) in SET {
        let instance = found(set).unwrap().unwrap();

        assert_eq!((instance.engine, instance.index, instance.run.as_deref()), (*engine, 2, *run));
        assert_eq!(instance.count, (!WITHOUT_COUNT.contains(engine)).then_some(4), "{engine}");
        let has_attempt = set.iter().any(|(name, _)| name.ends_with("ATTEMPT") || name.contains("RE"));
        assert_eq!(instance.attempt, u32::from(has_attempt), "{engine}");
    }
}

#[test]
fn without_its_index_no_engine_is_found() {
    for (engine, set, _) in SET {
        let index = ENGINES.iter().find(|known| known.name == *engine).unwrap().index;
        let rest: Vec<_> = set.iter().copied().filter(|(name, _)| *name != index).collect();

        assert_eq!(found(&rest), Ok(None), "{engine}");
    }
}

#[test]
fn without_another_variable_an_engine_tells_less_or_names_it() {
    for (engine, set, _) in SET {
        let numbers = &ENGINES.iter().find(|known| known.name == *engine).unwrap().numbers;
        let without = |removed: &str| {
            found(&set.iter().copied().filter(|(name, _)| *name != removed).collect::<Vec<_>>())
        };
        match numbers {
            From(_, count) => {
                if let Some(count) = count {
                    let instance = without(count).unwrap().unwrap();
                    assert_eq!((instance.index, instance.count), (2, None), "{engine}");
                }
            }
            Range(range, count) => {
                for removed in range {
                    let why = format!("{removed} is not set; give the shard yourself: --shard 0/3");
                    assert_eq!(without(removed), Err(why), "{engine}");
                }
                if let Some(count) = count {
                    assert_eq!(without(count).unwrap().unwrap().count, Some(4), "{engine}");
                }
            }
        }
    }
}

#[test]
fn first_start_of_an_instance_has_no_earlier_one() {
    let batch = |attempt| {
        let set = [("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ATTEMPT", attempt)];
        found(&set).unwrap().unwrap().attempt
    };

    assert_eq!([batch("1"), batch("3"), batch("0"), batch("x")], [0, 2, 0, 0]);
}

#[test]
fn numbers_outside_of_an_engine_mean_nothing() {
    for set in [
        &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "4")][..],
        &[("SLURM_PROCID", "0"), ("SLURM_NTASKS", "1"), ("SLURM_STEP_NUM_TASKS", "1")],
        &[("SGE_TASK_ID", "undefined"), ("JOB_ID", "3")],
        &[("LSB_JOBINDEX", "0"), ("LSB_JOBID", "3")],
        &[],
    ] {
        assert_eq!(found(set), Ok(None));
    }
}

#[test]
fn engines_that_agree_are_one_and_others_are_a_mistake() {
    let rank = |rank| {
        [("SLURM_PROCID", "1"), ("SLURM_NTASKS", "4"), ("SLURM_STEP_NUM_TASKS", "4"), ("PMI_RANK", rank)]
    };

    let agreed = found(&rank("1")).unwrap().unwrap();
    let why = found(&rank("3")).unwrap_err();

    assert_eq!((agreed.index, agreed.count), (1, Some(4)));
    assert!(why.contains("Slurm's srun and MPI disagree"), "{why}");
    assert!(
        why.contains("SLURM_PROCID=1") && why.contains("PMI_RANK=3") && why.contains("--shard 0/3"),
        "{why}"
    );
}

#[test]
fn engine_with_one_task_gives_way() {
    let array = [("BATCH_TASK_INDEX", "2"), ("BATCH_TASK_COUNT", "4"), ("PMI_RANK", "0"), ("PMI_SIZE", "1")];

    let of_both = found(&array).unwrap().unwrap();
    let alone = found(&array[2..]).unwrap().unwrap();

    assert_eq!((of_both.engine, of_both.index, of_both.count), ("Google Batch", 2, Some(4)));
    assert_eq!((alone.engine, alone.index, alone.count), ("MPI", 0, Some(1)));
}

#[test]
fn wrong_numbers_are_named_with_the_cure() {
    let array = |id, count| {
        found(&[
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", "0"),
            ("SLURM_ARRAY_TASK_MAX", "7"),
            ("SLURM_ARRAY_TASK_STEP", "1"),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ])
    };
    for (found, named) in [
        (array("3", "5"), "has gaps: 5 tasks from 0 to 7"),
        (array("x", "8"), "SLURM_ARRAY_TASK_ID is `x`"),
        (array("9", "8"), "SLURM_ARRAY_TASK_ID=9"),
        (found(&[("PMI_RANK", "4"), ("PMI_SIZE", "4")]), "PMI_RANK=4 PMI_SIZE=4"),
        (found(&[("GITLAB_CI", "true"), ("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "4")]), "counts from 1"),
    ] {
        let why = found.unwrap_err();
        assert!(why.contains(named) && why.contains("--shard 0/3"), "{why}");
    }
}
