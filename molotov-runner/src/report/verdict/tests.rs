//! Each reason, from figures that provoke it.

use std::time::Duration;

use molotov_core::{FailureKind, Latencies};

use super::*;
use crate::plan::threshold::Threshold;
use crate::report::test_reports;
use crate::report::{
    Conclusion, Ended, ExitCode, Generator, Heartbeat, Limited, Processor, Stop, ThresholdOutcome,
    ThresholdResult,
};

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A run without any objection. Its requests have a p99 of some milliseconds.
fn sound() -> Report {
    let mut report = test_reports::sound();
    report.generator.heartbeats = vec![beating(200, MS(1), 0, MS(0))];
    report.generator.processor =
        Processor { used: Some(MS(3_000)), limit: Some(2.0), watched: MS(10_000), busy: MS(0) };
    report.generator.descriptors = Limited { used: Some(40), limit: Some(1_024) };
    report.generator.ports = Limited { used: Some(100), limit: Some(28_232) };
    report
}

/// A number of punctual beats, and a number of late ones.
fn beating(soon: u64, delay: Duration, many: u64, late: Duration) -> Heartbeat {
    let mut heartbeat = Heartbeat::default();
    (0..soon).for_each(|_| heartbeat.record(delay));
    (0..many).for_each(|_| heartbeat.record(late));
    heartbeat
}

fn latencies(many: u64, time: Duration) -> Latencies {
    let mut latencies = Latencies::default();
    (0..many).for_each(|_| latencies.record(time));
    latencies
}

/// The only reason, whose text must be the expected one.
#[track_caller]
fn only(report: &Report, kind: ReasonKind, verdict: Verdict, says: &[&str]) {
    let reasons = report.reasons();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert_eq!((reasons[0].kind, reasons[0].verdict), (kind, verdict), "{reasons:?}");
    says.iter().for_each(|word| assert!(reasons[0].text.contains(word), "`{word}`: {}", reasons[0].text));
    assert_eq!(report.verdict(), verdict);
    assert_eq!(report.exit_code() == ExitCode::Invalid, verdict == Verdict::Invalid);
}

#[test]
fn run_without_objections_is_valid() {
    let report = sound();
    assert_eq!(report.reasons(), []);
    assert_eq!((report.verdict(), report.exit_code()), (Verdict::Valid, ExitCode::Ok));
}

#[test]
fn a_short_run_without_a_single_beat_is_valid() {
    let mut report = sound();
    report.generator = Generator::default();
    assert_eq!(report.reasons(), []);
}

#[test]
fn threads_that_are_late_for_a_part_of_the_time_make_it_suspect() {
    let mut report = sound();
    report.generator.heartbeats = vec![beating(380, MS(1), 20, MS(35)), beating(400, MS(1), 0, MS(0))];

    let says = ["more than 20 ms late for 2.5% of the time", "up to 35 ms"];
    only(&report, ReasonKind::Heartbeat, Verdict::Suspect, &says);

    report.generator.heartbeats = vec![beating(398, MS(1), 2, MS(35))];
    assert_eq!(report.verdict(), Verdict::Valid, "half a percent");
    report.generator.heartbeats = vec![beating(10, MS(1), 2, MS(35))];
    assert_eq!(report.verdict(), Verdict::Valid, "two hiccups in half a second");
}

#[test]
fn delays_that_are_small_beside_the_latencies_do_not_matter() {
    let mut report = sound();
    report.generator.heartbeats = vec![beating(180, MS(1), 20, MS(35))];
    report.latency = latencies(1_000, MS(300));
    assert_eq!(report.verdict(), Verdict::Suspect, "more than a tenth of them");

    report.latency = latencies(1_000, MS(400));

    assert_eq!(report.verdict(), Verdict::Valid);
}

#[test]
fn single_stall_is_reported_in_a_run_of_any_length() {
    let mut report = sound();
    report.generator.heartbeats = vec![beating(100_000, MS(1), 1, MS(200))];

    only(&report, ReasonKind::Stall, Verdict::Suspect, &["stood still for 200 ms"]);

    report.generator.heartbeats = vec![beating(100_000, MS(1), 1, MS(199))];
    assert_eq!(report.verdict(), Verdict::Valid);
}

/// Two seconds of ten, as caused by SIGSTOP.
fn stopped() -> Report {
    let mut report = sound();
    let mut heartbeat = beating(160, MS(1), 0, MS(0));
    (1..=40).for_each(|beat| heartbeat.record(MS(2_000 - 50 * beat)));
    report.generator.heartbeats = vec![heartbeat];
    report
}

#[test]
fn a_load_generator_that_stood_still_for_long_makes_it_invalid() {
    let report = stopped();

    let reasons = report.reasons();
    assert_eq!((reasons[0].kind, reasons[0].verdict), (ReasonKind::Heartbeat, Verdict::Invalid));
    for word in ["up to 1.9 s late", "more than 1 s late for 9.5% of the time", "not the target's"] {
        assert!(reasons[0].text.contains(word), "`{word}`: {}", reasons[0].text);
    }
    assert_eq!((report.verdict(), report.exit_code()), (Verdict::Invalid, ExitCode::Invalid));
    assert_eq!(report.exit_code().code(), 4);
}

#[test]
fn short_faults_are_suspect_at_most() {
    let mut report = sound();
    report.generator.heartbeats = vec![beating(160, MS(1), 9, MS(1_400))];
    assert_eq!(report.verdict(), Verdict::Suspect, "it stood still for less than 1.5 s");

    report.generator.heartbeats = vec![beating(10_000, MS(1), 20, MS(1_900))];
    assert_eq!(report.verdict(), Verdict::Suspect, "for 0.2% of the time");
}

#[test]
fn an_invalid_run_may_be_allowed_and_is_still_called_so() {
    let mut report = stopped();
    report.settings.allow_invalid = true;
    assert_eq!((report.verdict(), report.exit_code()), (Verdict::Invalid, ExitCode::Ok));
}

#[test]
fn failures_of_an_invalid_run_are_not_the_targets_and_a_signal_is_the_users() {
    let mut report = stopped();
    report.iterations.failed = 7;
    assert_eq!(report.exit_code(), ExitCode::Invalid);

    for (ended, code) in [
        (Ended::Signal(Stop::Interrupt), ExitCode::Interrupted),
        (Ended::SetupFailed("no".into()), ExitCode::Failures),
        (Ended::DeadTarget("no".into()), ExitCode::DeadTarget),
        (Ended::Threshold("broken".into()), ExitCode::Invalid),
        (Ended::FailFast, ExitCode::Invalid),
    ] {
        report.ended = ended.clone();
        assert_eq!(report.exit_code(), code, "{ended:?}");
    }
}

#[test]
fn outputs_that_were_not_written_are_3_where_nothing_else_is_wrong() {
    let mut report = sound();
    report.unwritten = vec!["results: no space left".into()];
    let mut failed = test_reports::all_failed();
    failed.unwritten.clone_from(&report.unwritten);

    assert_eq!((report.exit_code(), report.conclusion()), (ExitCode::NotWritten, Conclusion::Counted));
    assert_eq!(failed.exit_code(), test_reports::all_failed().exit_code());
}

#[test]
fn missing_shards_make_a_report_suspect() {
    let mut report = sound();
    report.shards = vec!["0/4".into(), "3/4".into()];

    let reasons = report.reasons();

    assert_eq!(reasons[0].kind, ReasonKind::MissingShards);
    assert!(reasons[0].text.starts_with("2 of 4 shards are missing (1/4, 2/4): "), "{}", reasons[0].text);
    assert_eq!(report.verdict(), Verdict::Suspect);
}

#[test]
fn arrivals_that_start_late_make_it_suspect_and_by_seconds_invalid() {
    let mut report = sound();
    report.generator.starts.lag = latencies(1_000, MS(12));
    only(&report, ReasonKind::StartLag, Verdict::Suspect, &["up to 12 ms late (p99 12 ms)"]);

    report.generator.starts.lag = latencies(1_000, MS(1_500));
    only(&report, ReasonKind::StartLag, Verdict::Invalid, &["up to 1.5 s late"]);
    report.generator.starts.lag = latencies(50, MS(1_500));
    only(&report, ReasonKind::StartLag, Verdict::Suspect, &["up to 1.5 s late"]);

    report.generator.starts.lag = latencies(1_000, MS(9));
    assert_eq!(report.verdict(), Verdict::Valid);
}

#[test]
fn arrivals_that_no_user_began_are_the_generators_fault_where_one_was_free() {
    let mut report = sound();
    let starts = &mut report.generator.starts;
    starts.lag = latencies(1_000, MS(1));
    (starts.dropped, starts.dropped_late) = (17, 9);
    let busy = "never began: 17 (1.7%), because all users were busy: where the service is fast enough, more users (--users)";
    only(&report, ReasonKind::DroppedArrivals, Verdict::Valid, &[busy]);

    report.settings.load.pacing = Some(MS(100));
    let paced = "because each user was busy with its iteration before";
    only(&report, ReasonKind::DroppedArrivals, Verdict::Valid, &[paced]);

    report.generator.starts.dropped_late = 11;
    let some = "for 11 of them the load generator was late, although a user was free, and for 6 all users were busy: fewer";
    only(&report, ReasonKind::DroppedArrivals, Verdict::Suspect, &[some]);

    report.generator.starts.dropped_late = 17;
    let all = "because the load generator was late, although a user was free";
    only(&report, ReasonKind::DroppedArrivals, Verdict::Suspect, &[all]);

    (report.generator.starts.dropped, report.generator.starts.dropped_late) = (9, 9);
    assert_eq!(report.reasons(), [], "the end of a run drops a few");
}

#[test]
fn a_load_generator_at_the_limit_of_its_processors_is_suspect() {
    let mut report = sound();
    let processor = &mut report.generator.processor;
    (processor.used, processor.limit, processor.busy) = (Some(MS(2_300)), Some(0.25), MS(4_000));
    let says = ["92% of the processor time", "(0.25 processors)", "40% of the time"];
    only(&report, ReasonKind::Processor, Verdict::Suspect, &says);

    report.generator.own_target = true;
    only(&report, ReasonKind::Processor, Verdict::Valid, &[says[0], "which it has started itself"]);
    report.generator.own_target = false;

    report.generator.processor.busy = MS(900);
    assert_eq!(report.verdict(), Verdict::Valid, "the first second");
    report.generator.processor.busy = MS(4_000);
    report.generator.processor.watched = MS(60_000);
    assert_eq!(report.verdict(), Verdict::Valid, "a fifteenth of the time");
}

#[test]
fn descriptors_and_ports_that_are_nearly_used_up_make_it_suspect() {
    let mut report = sound();
    report.generator.descriptors.used = Some(922);
    only(&report, ReasonKind::Descriptors, Verdict::Suspect, &["922 of 1024", "ulimit -n"]);
    report.generator.descriptors.used = Some(921);
    assert_eq!(report.verdict(), Verdict::Valid);

    report.generator.ports.used = Some(26_000);
    only(&report, ReasonKind::Ports, Verdict::Suspect, &["26000 of about 28232 TCP ports"]);
    report.generator.same_machine = vec!["http://localhost:8080".into()];
    assert_eq!(report.verdict(), Verdict::Valid, "both ends of each connection were counted");
}

#[test]
fn faults_of_this_machine_make_it_suspect() {
    let mut report = sound();
    report.requests.local = 3;
    report.routes[0].kinds.insert(FailureKind::LocalPorts, 1);
    report.routes[0].kinds.insert(FailureKind::LocalFds, 2);
    only(&report, ReasonKind::LocalFaults, Verdict::Suspect, &["machine: 3 (local.fds, local.ports)"]);
}

#[test]
fn lost_events_and_records_make_it_suspect() {
    let mut report = sound();
    report.dropped_events = 5;
    only(&report, ReasonKind::DroppedEvents, Verdict::Suspect, &["too slow for: 5."]);

    let mut report = sound();
    report.generator.dropped_records = 6;
    only(&report, ReasonKind::DroppedRecords, Verdict::Suspect, &["too slow for: 6."]);
}

#[test]
fn a_debug_build_is_suspect() {
    let mut report = sound();
    report.settings.debug_build = true;
    only(&report, ReasonKind::DebugBuild, Verdict::Suspect, &["--release"]);
}

#[test]
fn too_few_samples_are_a_note_and_no_doubt_of_the_load_generator() {
    let mut report = sound();
    report.settings.percentiles = vec![50.0, 99.9];
    assert_eq!(report.verdict(), Verdict::Valid, "there are more than a thousand");

    report.routes[0].ok = latencies(50, MS(1));
    report.routes.truncate(1);

    let says = ["50 requests are too few for the p99.9", "it takes 1000"];
    only(&report, ReasonKind::FewSamples, Verdict::Valid, &says);
    report.routes.clear();
    report.scenarios.truncate(1);
    report.scenarios[0].ok = latencies(51, MS(1));
    only(&report, ReasonKind::FewSamples, Verdict::Valid, &["51 iterations"]);
}

#[test]
fn a_target_on_the_same_machine_is_a_note() {
    let mut report = sound();
    report.generator.same_machine = vec!["http://localhost:8080".into()];
    only(&report, ReasonKind::SameMachine, Verdict::Valid, &["on this machine (http://localhost:8080)"]);
}

#[test]
fn missing_system_figures_are_a_note() {
    let mut report = sound();
    report.generator.processor.limit = None;
    only(&report, ReasonKind::Unknown, Verdict::Valid, &["does not tell"]);
}

#[test]
fn the_gravest_reason_comes_first_and_makes_the_verdict() {
    let mut report = stopped();
    report.settings.debug_build = true;
    report.generator.same_machine = vec!["http://localhost:8080".into()];

    let verdicts: Vec<_> = report.reasons().iter().map(|reason| reason.verdict).collect();

    assert_eq!(verdicts, [Verdict::Invalid, Verdict::Suspect, Verdict::Valid]);
    assert_eq!(report.verdict(), Verdict::Invalid);
}

#[test]
fn every_kind_has_its_name_in_the_documentation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report-schema.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in ReasonKind::ALL {
        assert!(text.contains(&format!("`{}`", kind.as_str())), "{kind:?}");
    }
}

#[test]
fn no_threshold_passes_on_a_run_that_is_invalid() {
    let held = Threshold::parse_all("p99 < 10s, errors < 99%").unwrap();
    let mut report = sound();
    report.thresholds = report.judged(&held, None);
    assert!(report.thresholds.iter().all(ThresholdResult::passed), "{:?}", report.thresholds);

    report.generator.heartbeats = vec![beating(100, MS(1), 40, MS(2_000))];
    report.thresholds = report.judged(&held, None);

    let outcomes: Vec<_> = report.thresholds.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [ThresholdOutcome::InvalidRun; 2]);
    assert_eq!(report.exit_code(), ExitCode::Invalid);
    let file = tempfile::NamedTempFile::new().unwrap();
    crate::output::write_file(file.path(), &report).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
    assert_eq!((&json["verdict"], &json["exit_code"]), (&"invalid".into(), &4.into()));
    for threshold in json["thresholds"].as_array().unwrap() {
        assert_eq!((&threshold["passed"], &threshold["result"]), (&false.into(), &"invalid_run".into()));
    }
    let text = report.to_string();
    assert_eq!(text.matches("FAIL: generator at fault").count(), 2, "{text}");
    let why = report.check("p99 < 10s").unwrap_err().to_string();
    assert!(
        why.contains(
            "FAIL: generator at fault\n  these numbers are worth nothing: the load generator itself stood"
        ),
        "{why}"
    );

    report.settings.allow_invalid = true;
    report.assert("p99 < 10s");
}

/// Two suspect runs may be invalid together.
#[test]
fn no_threshold_passes_on_a_merged_run_that_is_invalid() {
    let half = || {
        let mut report = sound();
        report.generator.heartbeats = vec![beating(160, MS(1), 9, MS(1_400))];
        let planned = Threshold::parse_all("p99(2s) < 10s").unwrap().remove(0);
        let mut kept = report.judged(std::slice::from_ref(&planned), None).remove(0);
        kept.outcome = ThresholdOutcome::Held;
        report.thresholds = vec![kept];
        report
    };
    assert_eq!(half().verdict(), Verdict::Suspect);

    let both = Report::merge(half(), half());

    assert_eq!(both.verdict(), Verdict::Invalid);
    assert_eq!(both.thresholds[0].outcome, ThresholdOutcome::InvalidRun);
}
