//! Reports in several formats at once, invalid formats, and the output for GitHub Actions.

use std::path::Path;

use crate::black_box::server::Server;
use crate::support::run::{Ended, Program, skipped};

/// Every format, and a sign that a file is in it.
const FORMATS: &[(&str, &str)] = &[
    ("out.json", "\"schema\": 2"),
    ("out.txt", "3 iterations, none failed"),
    ("out.md", "## Load test: counted\n"),
    ("out.csv", "\nroute,GET /,3,3,0,0,"),
    ("out.xml", "<testcase classname=\"molotov.scenarios\" name=\"visit\""),
    ("out.hlog", "\nTag=route:GET%20/:ok,0.000,"),
    ("out.html", "<th scope=\"row\">GET /</th><td>"),
    ("csv-windows=seconds", "start_s,length_s,"),
    ("codequality=quality.json", "[]\n"),
    ("openmetrics=metrics", "molotov_requests_total{result=\"ok\"} 3\n"),
    ("k6=summary.json", "\"http_req_waiting\""),
];

fn file_of(request: &str) -> &str {
    request.split_once('=').map_or(request, |(_, file)| file)
}

#[track_caller]
fn assert_all_formats(ended: &Ended) {
    ended.assert_code(0);
    for (request, sign) in FORMATS {
        let text = ended.file(file_of(request));
        assert!(text.contains(sign), "{request}: {text}");
    }
    assert!(ended.stdout.contains("3 iterations, none failed"), "{}", ended.stdout);
}

#[test]
fn one_run_writes_all_formats_by_options_a_variable_or_a_file() {
    let server = Server::good();
    let host = server.url();
    let args = ["--host", &host, "-r", "3"];
    let requests: Vec<_> = FORMATS.iter().map(|(request, _)| *request).collect();

    let options = requests.iter().flat_map(|request| ["--report", request]);
    assert_all_formats(&Program::new(args.into_iter().chain(options)).run());
    assert_all_formats(&Program::new(args).env("MOLOTOV_REPORT", &requests.join(",")).run());
    assert_all_formats(&Program::new(args).file("molotov.toml", format!("report = {requests:?}\n")).run());
}

/// The reports of a command line, and of a file from which a report is made again; a secret value is shown nowhere.
#[test]
fn labels_are_in_every_report_that_has_settings() {
    let server = Server::good();
    let labels = ["--label", "commit=89479b5,author=jane@example.org", "--label", "note=a | <b> = c"];
    let secrets = ["--label", "api_token=hush-1", "--label", "job=https://u:hush-2@ci.example/1"];
    let files = ["out.json", "out.txt", "out.md", "out.xml", "out.html"];
    let reports = files.iter().flat_map(|file| ["--report", file]);
    let args = ["--host", &server.url(), "-r", "1", "--results", "run.jsonl"];

    let ended = Program::new(args).args(reports).args(labels).args(secrets).run();

    ended.assert_code(0);
    for (file, says) in [
        ("out.json", "\"author\": \"jane@example.org\",\n      \"commit\": \"89479b5\""),
        ("out.txt", "author=jane@example.org, commit=89479b5,"),
        ("out.md", "`note=a | <b> = c`"),
        ("out.xml", "<property name=\"molotov.label.note\" value=\"a | &lt;b&gt; = c\"/>"),
        ("out.html", "note=a | &lt;b&gt; = c"),
        (
            "run.jsonl",
            "\"labels\":{\"api_token\":\"***\",\"author\":\"jane@example.org\",\"commit\":\"89479b5\",",
        ),
    ] {
        let text = ended.file(file);
        assert!(text.contains(says), "{file}: {text}");
        assert!(!text.contains("hush"), "{file}: {text}");
    }
}

#[test]
fn labels_that_are_none_are_mistakes_with_their_cure() {
    for (labels, says) in [
        (&["--label", "commit"][..], "for example commit=89479b5"),
        (&["--label", "a b=1"], "letters, digits"),
        (&["--label", "a="], "write a=VALUE"),
        (&["--label", "a=1", "--label", "a=2"], "--label a: it is there twice; keep one of them"),
        (
            &["--label", &(0..33).map(|n| format!("l{n}=1")).collect::<Vec<_>>().join(",")],
            "at most 32 labels",
        ),
    ] {
        let ended = Program::new(labels).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let ended = Program::new(["-r", "1"]).env("MOLOTOV_LABEL", "commit").run();
    ended.assert_code(2);
    assert!(ended.stderr.contains("MOLOTOV_LABEL"), "{}", ended.stderr);
}

#[test]
fn a_scenario_has_its_file_and_line() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-r", "1", "--report", "out.xml"]).run();

    let text = ended.file("out.xml");
    let case = text.lines().find(|line| line.contains("name=\"visit\"")).unwrap();
    assert!(case.contains("file=\"tests/black_box/program.rs\" line=\""), "{case}");
}

#[test]
fn standard_output_has_the_format_that_is_named_and_nothing_else() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-r", "3", "--report", "md=-"]).run();

    ended.assert_code(0);
    assert!(ended.stdout.starts_with("## Load test: counted\n"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("What ran") && ended.stderr.contains("What ran"), "{}", ended.stdout);
}

#[test]
fn requests_that_cannot_be_are_found_before_anything_is_sent() {
    let server = Server::good();
    for (args, says) in [
        (
            &["--report", "pdf=out.pdf"][..],
            &["--report pdf=out.pdf", "no format `pdf`", "k6", "./pdf=out.pdf"][..],
        ),
        (
            &["--report", "out.pdf"],
            &["--report out.pdf", ".json, .txt, .md, .csv, .xml, .hlog and .html", "FORMAT=FILE"],
        ),
        (&["--report", "k6="], &["--report k6= names no file; write k6=FILE"]),
        (&["--report", "a.json,./a.json"], &["--report a.json and --report ./a.json are the same file"]),
        (&["--report", "a.json,k6=a.json"], &["are the same file; name another"]),
        (&["--report", "a.json", "--events-out", "a.json"], &["--events-out a.json are the same file"]),
        (&["--report", "md=-,-"], &["are both standard output"]),
        (&["--report", "-", "--events-out", "-"], &["are both standard output", "name a file"]),
    ] {
        let ended = Program::new(["--host", &server.url(), "-r", "3"]).args(args).run();

        ended.assert_code(2);
        for said in says {
            assert!(ended.stderr.contains(said), "{args:?}: {said}: {}", ended.stderr);
        }
    }
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn a_folder_in_which_nothing_can_be_made_is_found_before_anything_is_sent() {
    // Not even root can write there.
    if !Path::new("/proc/self").exists() {
        skipped("this system has no /proc");
        return;
    }
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-r", "3", "--report", "/proc/out.xml"]).run();

    ended.assert_code(2);
    assert!(ended.stderr.contains("--report /proc/out.xml: the file cannot be written"), "{}", ended.stderr);
    assert_eq!(server.finish().requests, 0);
}

/// A run with a failed iteration, as a step of a job.
fn step(more: &[&str]) -> Ended {
    let program = Program::new(["-s", "fail", "-r", "1", "-u", "1"]).args(more);
    program
        .file("summary", "before\n")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", "summary")
        .run()
}

/// The commands of GitHub in a text.
fn commands(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("::")).collect()
}

#[test]
fn a_job_of_github_gets_a_summary_and_an_annotation_at_the_scenario() {
    let ended = step(&[]);

    ended.assert_code(1);
    let summary = ended.file("summary");
    assert!(summary.starts_with("before\n## Load test: failed\n"), "{summary}");
    let [command] = commands(&ended.stdout)[..] else { panic!("{}", ended.stdout) };
    assert!(command.starts_with("::error file=tests/black_box/program.rs,line="), "{command}");
    assert!(
        command.contains("title=load test%3A scenario::fail: 1 of 1 iteration failed (100%25)"),
        "{command}"
    );
}

#[test]
fn commands_to_github_are_in_no_output_of_another_and_can_be_left_out() {
    let taken = step(&["--report", "-"]);
    let quiet = step(&["-q"]);
    let none = step(&["--no-ci"]);

    for ended in [&taken, &quiet] {
        assert_eq!((commands(&ended.stdout).len(), commands(&ended.stderr).len()), (0, 1), "{ended:?}");
    }
    assert!(serde_json::from_str::<serde_json::Value>(&taken.stdout).is_ok(), "{}", taken.stdout);
    assert_eq!((commands(&none.stdout).len(), commands(&none.stderr).len()), (0, 0));
    assert_eq!(none.file("summary"), "before\n");
}
