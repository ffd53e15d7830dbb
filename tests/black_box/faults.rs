//! Services with one deliberate fault each (`examples/faults`), and the first statement of the report about each.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::run::{Ended, Program, executable};

/// A service with a fault, in a process of its own. Dropping it kills the process.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(fault: &str) -> Self {
        let mut command = Command::new(executable("faults"));
        let mut child = command.args([fault, "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The leaking service has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Visits a service with this fault.
fn visit(fault: &str, load: &[&str]) -> Ended {
    let service = Service::start(fault);
    Program::example("visitors", ["--host", &service.url]).args(load).reporting().run()
}

/// The first paragraph of a report, below the warning of a debug build.
fn headline(ended: &Ended) -> String {
    let report = ended.stdout.split("\n\n").find(|part| !part.starts_with("WARNING: THIS IS A DEBUG BUILD"));
    report.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The headline never sounds like praise of a service with a fault.
#[track_caller]
fn assert_no_praise(ended: &Ended) -> String {
    let headline = headline(ended);
    for praise in ["OK", "PASSED", "VALID", "fine"] {
        assert!(!headline.contains(praise), "{praise}: {headline}");
    }
    headline
}

/// The report names this fault, among others that follow from it, and its first screen does so.
#[track_caller]
fn assert_found(ended: &Ended, kind: &str) -> String {
    let report = ended.report();
    let findings = &report.findings;
    let found = findings.iter().find(|finding| finding.kind == kind);
    let first: String = ended.stdout.lines().take(30).collect::<Vec<_>>().join("\n");
    assert!(found.is_some() && first.contains("What happened"), "{kind}: {findings:#?}\n{first}");
    found.map(|finding| finding.text.clone()).unwrap_or_default()
}

#[test]
fn too_small_pool_misses_the_rate() {
    let ended = visit("pool", &["--rate", "80/s", "--duration", "5s"]);

    let headline = assert_no_praise(&ended);
    assert!(headline.contains("80.0/s were due"), "{headline}");
    assert_found(&ended, "saturated");
}

#[test]
fn connections_that_are_not_kept_alive_are_no_praise() {
    let ended = visit("no-keep-alive", &["--users", "20", "--duration", "2s"]);

    assert_no_praise(&ended);
    let report = ended.report();
    assert_eq!((report.connections.reused, report.iterations.failed), (0, 0));
    assert_found(&ended, "not_kept_alive");
}

#[test]
fn a_table_that_grows_is_no_praise() {
    let load = ["--users", "10", "--duration", "3s"];
    let ended = visit("growing-table", &["--users", "10", "--duration", "9s"]);
    let judged = visit("growing-table", &[&load[..], &["--threshold", "p95 < 20ms"]].concat());

    assert_no_praise(&ended);
    assert_no_praise(&judged);
    judged.assert_code(99);
    assert_found(&ended, "drift");
}

#[test]
fn a_leak_that_ends_the_service_is_a_dead_target() {
    let load = ["--users", "20", "--duration", "20s"];
    let ended = visit("leak", &load);

    let headline = assert_no_praise(&ended);
    ended.assert_code(6);
    assert!(headline.contains("dead") && ended.report().iterations.ok >= 780, "{headline}");
    assert_found(&ended, "failed_from");
}

/// Shorter than the window in which a target is given up.
#[test]
fn a_leak_that_ends_the_service_soon_before_the_end_is_not_green() {
    let tolerant = ["--threshold", "errors < 90%, p99 < 5s"];
    // As many as the service can take and a few more, at the speed of the machine.
    let ended = visit("leak", &[&["--users", "20", "--max-runs", "45"][..], &tolerant].concat());

    assert_no_praise(&ended);
    assert!(matches!(ended.code, Some(6 | 99)), "{ended:#?}");
}

#[test]
fn a_service_that_does_not_recover_is_no_praise() {
    let load = ["--stages", "20/s for 2s, burst 100, 20/s for 3s"];
    let ended = visit("no-recovery", &load);
    let judged = visit("no-recovery", &[&load[..], &["--threshold", "p95 < 200ms"]].concat());

    assert_no_praise(&ended);
    assert_no_praise(&judged);
    judged.assert_code(99);
    assert_found(&ended, "not_recovered");
}

#[test]
fn one_slow_route_of_ten_is_no_praise() {
    let load = ["--users", "20", "--duration", "3s"];
    let ended = visit("slow-route", &load);
    let judged = visit("slow-route", &[&load[..], &["--threshold", "p99 < 500ms"]].concat());

    assert_no_praise(&ended);
    assert_no_praise(&judged);
    judged.assert_code(99);
    let text = assert_found(&ended, "slow_route");
    assert!(text.contains("GET /search"), "{text}");
}

#[test]
fn errors_above_twenty_at_once_fail_the_run() {
    let ended = visit("errors-under-load", &["--users", "40", "--duration", "2s"]);

    assert_no_praise(&ended);
    ended.assert_code(1);
    assert_found(&ended, "refused");
}

#[test]
fn one_percent_of_slow_requests_is_no_praise() {
    let load = ["--rate", "80/s", "--duration", "3s"];
    let ended = visit("one-percent-slow", &["--rate", "80/s", "--duration", "8s"]);
    let judged = visit("one-percent-slow", &[&load[..], &["--threshold", "max < 500ms"]].concat());

    assert_no_praise(&ended);
    assert_no_praise(&judged);
    judged.assert_code(99);
    assert_found(&ended, "slow_few");
}

#[test]
fn stalls_prevent_praise_and_break_latency_thresholds() {
    let load = ["--rate", "80/s", "--duration", "6s"];
    let ended = visit("stalls", &load);
    let open = visit("stalls", &[&load[..], &["--threshold", "p95 < 500ms"]].concat());
    let closed =
        visit("stalls", &["--users", "5", "--duration", "6s", "--threshold", "p95 < 500ms, errors < 5%"]);

    assert_no_praise(&ended);
    assert_no_praise(&open);
    open.assert_code(99);
    let lenient = visit("stalls", &["--users", "8", "--duration", "6s", "--threshold", "errors < 5%"]);
    // Nearly all of its requests were answered between two stalls.
    assert_no_praise(&closed);
    closed.assert_code(99);
    let headline = assert_no_praise(&lenient);
    assert!(headline.contains("nothing ended although requests were waiting"), "{headline}");
    assert_found(&ended, "stood_still");
}

#[test]
fn a_service_without_a_fault_keeps_its_thresholds() {
    // Two users, because with more of them the report would mention a pause of the machine.
    let load = ["--users", "2", "--max-runs", "60"];
    let judged = visit("none", &[&load[..], &["--threshold", "p99 < 60s, errors < 1%"]].concat());

    judged.assert_code(0);
    assert!(headline(&judged).contains("PASSED"), "{}", judged.stdout);
    let findings = &judged.report().findings;
    assert!(findings.is_empty(), "{findings:#?}");
}
