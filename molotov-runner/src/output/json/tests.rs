//! The completeness of the file and of its documentation.

use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use super::*;
use crate::output::write_file;
use crate::report::test_reports;
use crate::report::{Ended, SizingOutcome, Stop};

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

fn schema() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json")).unwrap()
}

#[test]
fn a_rich_report() {
    let mut report = test_reports::rich();
    report.windows.truncate(2);
    report.scenarios.truncate(1);
    report.routes.drain(..1);
    report.routes.truncate(1);
    report.failures.truncate(1);
    insta::assert_snapshot!(report.to_json());
}

#[test]
fn thresholds() {
    let report = parsed(&test_reports::judged());
    insta::assert_snapshot!(serde_json::to_string_pretty(&report["thresholds"]).unwrap());
}

#[test]
fn unknown_figures_are_null() {
    let report = parsed(&test_reports::without_requests());
    assert_eq!(report["latency"]["p50_ms"], Value::Null);
    assert_eq!(report["latency"]["count"], 0);
    assert_eq!(report["scenarios"][0]["ok"]["p99_ms"], Value::Null);
    assert_eq!(report["scenarios"][0]["ok"]["max_ms"].as_f64(), Some(6.153));
    assert_eq!(report["settings"]["duration_ms"], Value::Null);
}

#[test]
fn numbers_that_json_cannot_say_are_null() {
    let mut report = test_reports::rich();
    report.gauges[0].last = f64::NAN;
    assert_eq!(parsed(&report)["gauges"][0]["last"], Value::Null);
}

#[test]
fn every_end_has_its_word() {
    let cases = [
        (Ended::Duration, "duration", Value::Null),
        (Ended::Completed, "completed", Value::Null),
        (Ended::FailFast, "fail_fast", Value::Null),
        (Ended::Stopped("why".into()), "stopped", "why".into()),
        (Ended::Signal(Stop::HangUp), "signal", "hang_up".into()),
        (Ended::Signal(Stop::Interrupt), "signal", "interrupt".into()),
        (Ended::Signal(Stop::Terminate), "signal", "terminate".into()),
        (Ended::SetupFailed("why".into()), "setup_failed", "why".into()),
        (Ended::DataExhausted("why".into()), "data_exhausted", "why".into()),
        (Ended::Sized, "sized", Value::Null),
        (Ended::DeadTarget("why".into()), "dead_target", "why".into()),
    ];
    let documentation = schema();
    for (ended, reason, detail) in cases {
        let mut report = test_reports::empty();
        report.ended = ended;
        let ended = &parsed(&report)["ended"];
        assert_eq!((&ended["reason"], &ended["detail"]), (&reason.into(), &detail));
        assert!(documentation.contains(&format!("\"{reason}\"")), "{reason}");
    }
}

#[test]
fn every_outcome_of_a_sizing_has_its_word() {
    let mut report = test_reports::sizing();
    assert_eq!(parsed(&report)["sizing"]["broken"]["latency_ms"].as_f64(), Some(231.4));
    assert_eq!(parsed(&report)["exit_code"], 0);
    let documentation = schema();
    for (outcome, word) in [
        (report.sizing.clone().unwrap().outcome, "broken"),
        (SizingOutcome::NoLimit, "no_limit"),
        (SizingOutcome::TooFewSamples, "too_few_samples"),
        (SizingOutcome::GeneratorLimit { users: 7, why: "no ports".into() }, "generator_limit"),
        (SizingOutcome::Unsteady, "unsteady"),
        (SizingOutcome::TimeOver, "time_over"),
        (SizingOutcome::Unfinished, "unfinished"),
    ] {
        report.sizing.as_mut().unwrap().outcome = outcome;
        let sizing = &parsed(&report)["sizing"];
        assert_eq!(sizing["outcome"], word);
        assert_eq!(sizing["broken"]["users"], 113, "what broke is known however it ended");
        assert_eq!(sizing["broken"]["confirmed"], false);
        assert_eq!(sizing["generator_limit_users"] == 7, word == "generator_limit");
        assert_eq!(sizing["generator"] == "no ports", word == "generator_limit");
        assert!(documentation.contains(&format!("\"{word}\"")), "{word}");
    }
}

#[test]
fn a_file_is_replaced_whole_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    fs::write(&path, "old").unwrap();

    write_file(&path, &test_reports::empty()).unwrap();

    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\n  \"schema\": 2,\n") && text.ends_with("}\n"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_missing_is_an_error_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_file(&folder.path().join("missing/out.json"), &test_reports::empty()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn pipes_are_written_to_and_links_stay_links() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file.json"), folder.path().join("link.json"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();

    write_file(&link, &test_reports::empty()).unwrap();
    write_file(Path::new("/dev/null"), &test_reports::empty()).unwrap();

    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with('{'));
}
