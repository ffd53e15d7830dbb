use clap::Parser as _;

use super::*;

const KUBERNETES: &[(&str, &str)] = &[("JOB_COMPLETION_INDEX", "2")];
const CLOUD_RUN: &[(&str, &str)] = &[
    ("CLOUD_RUN_TASK_INDEX", "2"),
    ("CLOUD_RUN_TASK_COUNT", "10"),
    ("CLOUD_RUN_TASK_ATTEMPT", "1"),
    ("CLOUD_RUN_EXECUTION", "load-x7"),
];

fn resolved(options: &[&str], set: &[(&str, &str)]) -> Result<Plan, String> {
    let args = Args::try_parse_from(["load"].iter().chain(options)).map_err(|error| error.to_string())?;
    let get = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    resolve(&args, Plan::users(20), &get).map_err(|error| error.to_string())
}

#[test]
fn shard_is_given_or_taken_from_the_engine() {
    let part = |options: &[&str], set| {
        let part = resolved(&[options, &["--results", "parts/"]].concat(), set).unwrap().part;
        (part.shard.map(|shard| shard.to_string()), part.run, part.attempt)
    };
    let is =
        |shard: &str, run: Option<&str>, attempt| (Some(shard.to_owned()), run.map(str::to_owned), attempt);

    assert_eq!(part(&["--shard", "1/4"], &[]), is("1/4", None, 0));
    assert_eq!(part(&["--shard=auto/12"], KUBERNETES), is("2/12", None, 0));
    assert_eq!(part(&["--shard=auto"], CLOUD_RUN), is("2/10", Some("load-x7"), 1));
    assert_eq!(part(&["--shard=auto", "--run-id", "r"], CLOUD_RUN), is("2/10", Some("r"), 1));
    assert_eq!(part(&["--run-id", "r"], CLOUD_RUN), (None, Some("r".into()), 0));
}

#[test]
fn seed_comes_from_the_run_unless_it_is_given() {
    let seed = |options: &[&str]| resolved(options, &[]).unwrap().seed;

    assert_eq!(seed(&["--run-id", "foobar"]), Some(0x8594_4171_f739_67e8));
    assert_eq!(seed(&[]), None);
}

#[test]
fn each_mistake_names_the_thing_and_the_cure() {
    let results = ["--results", "parts/"];
    for (options, set, named) in [
        (&["--shard=auto"][..], &[][..], "no variable of an engine is set (JOB_COMPLETION_INDEX, "),
        (&["--shard=auto"], KUBERNETES, "--shard auto/12"),
        (&["--shard=auto/2"], KUBERNETES, "2 shards have the indices 0 to 1"),
        (&["--shard=auto/12"], CLOUD_RUN, "a Cloud Run job has 10 tasks; --shard auto takes that number"),
        (&["--shard=auto/0"], KUBERNETES, "for example auto/12"),
        (&["--shard=auto12"], KUBERNETES, "for example auto/12"),
        (&["--shard=4/4"], &[], "shards count from 0: 0/4 to 3/4"),
        (&["--shard=12"], &[], "`auto/12` takes the index"),
        (&["--run-id=a/b"], &[], "for example nightly-42"),
        (&["--run-id=.."], &[], "for example nightly-42"),
        (&["--shard=0/4", "--taurus-report=kpi"], &[], "leave the shard out"),
    ] {
        let why = resolved(&[options, &results].concat(), set).unwrap_err();
        assert!(why.contains(named), "{options:?}: {why}");
    }
    let why = resolved(&["--shard=0/4"], &[]).unwrap_err();
    assert!(why.contains("--results parts/"), "{why}");
    assert!(resolved(&[&format!("--run-id={}", "x".repeat(65))], &[]).is_err());
    assert!(resolved(&["--shard=0/1"], &[]).is_ok());
}

#[test]
fn engine_without_a_shard_is_a_note() {
    let note = |options: &[&str], set: &[(&str, &str)]| {
        let args = Args::try_parse_from(["load"].iter().chain(options)).unwrap();
        note(&args, &|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };

    let of_cloud_run = note(&[], CLOUD_RUN).unwrap();
    assert!(
        of_cloud_run.starts_with("this is task 2 of 10, from 0, of a Cloud Run job, and each"),
        "{of_cloud_run}"
    );
    assert!(of_cloud_run.ends_with("--shard auto divides it"), "{of_cloud_run}");
    assert!(note(&[], KUBERNETES).unwrap().contains("--shard auto/N"));
    assert_eq!(note(&["--shard=auto/4"], KUBERNETES), None);
    assert_eq!(note(&[], &[("PMI_RANK", "0"), ("PMI_SIZE", "1")]), None);
    assert_eq!(note(&[], &[]), None);
}
