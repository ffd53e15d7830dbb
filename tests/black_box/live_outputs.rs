//! Outputs during a run: metrics for statsd, events, Taurus's lines. None of it is sampled.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::black_box::server::{Answer, Server};
use crate::support::run::{Program, skipped};

/// The last line for a socket; no metric has this name.
const LAST: &[u8] = b"the last datagram";

/// A statsd server that only stores lines.
struct Statsd {
    address: SocketAddr,
    lines: JoinHandle<Vec<String>>,
}

impl Statsd {
    fn at(address: impl Into<SocketAddr>) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(address.into())?;
        let address = socket.local_addr()?;
        let lines = thread::spawn(move || {
            let mut lines = Vec::new();
            let mut bytes = [0; 65_536];
            loop {
                let length = socket.recv(&mut bytes).unwrap();
                if &bytes[..length] == LAST {
                    return lines;
                }
                assert!(length <= 1_432, "a datagram of {length} bytes");
                lines.extend(str::from_utf8(&bytes[..length]).unwrap().lines().map(str::to_owned));
            }
        });
        Ok(Self { address, lines })
    }

    fn start() -> Self {
        Self::at(([127, 0, 0, 1], 0)).unwrap()
    }

    fn url(&self) -> String {
        format!("udp://{}", self.address)
    }

    /// Everything that was sent to it. The run is over, and on one machine datagrams keep their order.
    fn finish(self) -> Vec<String> {
        let local = if self.address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        UdpSocket::bind(local).unwrap().send_to(LAST, self.address).unwrap();
        self.lines.join().unwrap()
    }
}

/// The number of lines with this prefix.
fn starting(lines: &[String], start: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(start)).count()
}

/// A port without a listener, as long as its holder exists.
fn nobody() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // Connected elsewhere, it refuses other peers.
    socket.connect("127.0.0.1:9").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[test]
fn statsd_gets_each_timing_status_and_user_count() {
    let statsd = Statsd::start();

    let args = ["-u", "2", "-r", "5", "--statsd", "--statsd-address", &statsd.url()];
    let ended = Program::example("listeners", args).reporting().run();

    ended.assert_code(0);
    let lines = statsd.finish();
    assert_eq!(starting(&lines, "items_bought:1|c"), 10, "{lines:#?}");
    let timings: Vec<_> = lines.iter().filter(|line| line.starts_with("molotov.request.duration:")).collect();
    assert_eq!(timings.len(), 10, "{lines:#?}");
    let tags = "|ms|#method:GET,route:/items/{id},status:200,result:ok";
    assert!(timings.iter().all(|line| line.ends_with(tags)), "{lines:#?}");
    assert_eq!(starting(&lines, "molotov.request.status:1|c|#method:GET,route:/items/{id},status:200"), 10);
    assert_eq!(starting(&lines, "molotov.iterations:1|c|#scenario:buy,result:ok"), 10);
    let users = lines.iter().rfind(|line| line.starts_with("molotov.users:"));
    assert_eq!(users.map(String::as_str), Some("molotov.users:0|g"), "{lines:#?}");
    assert_eq!(ended.stderr.matches("statsd").count(), 0, "{}", ended.stderr);
}

#[test]
fn statsd_receives_every_due_started_and_dropped_arrival() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(100));
    let statsd = Statsd::start();

    let load = ["--rate", "100/s", "-d", "1s", "-u", "1", "--max-late", "200ms"];
    let args = ["--host", &server.url(), "-s", "visit", "--statsd", "--statsd-address", &statsd.url()];
    let ended = Program::new(args.iter().chain(&load)).reporting().run();

    ended.assert_code(0);
    let (report, lines) = (ended.report(), statsd.finish());
    let sum = |name: &str| -> u64 {
        let counts = lines.iter().filter_map(|line| line.strip_prefix(name)?.strip_suffix("|c"));
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    let offered = report.offered.as_ref().unwrap();
    assert!(offered.dropped > 0, "{offered:?}");
    assert_eq!(
        ["due", "started", "dropped"].map(|what| sum(&format!("molotov.arrivals.{what}:"))),
        [offered.scheduled, offered.started, offered.dropped]
    );
}

#[test]
fn statsd_gets_python_molotovs_names_when_asked_for_them() {
    let (server, statsd) = (Server::good(), Statsd::start());

    let args = ["--host", &server.url(), "-u", "2", "-r", "5", "--statsd", "--statsd-format", "plain"];
    let ended = Program::new(args).env("MOLOTOV_STATSD_ADDRESS", &statsd.url()).run();

    ended.assert_code(0);
    let lines = statsd.finish();
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let name = format!("molotov.{host}.GET.127.0.0.1./");
    let timings = lines.iter().filter(|line| line.starts_with(&format!("{name}:")) && line.ends_with("|ms"));
    assert_eq!(timings.count(), 10, "{lines:#?}");
    assert_eq!(starting(&lines, &format!("{name}.200:1|c")), 10, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains('#')), "{lines:#?}");
}

#[test]
fn statsd_receives_failures_by_their_status() {
    let server = Server::start(|n| if n % 4 == 0 { Answer::Error } else { Answer::Ok }, Duration::ZERO);
    let statsd = Statsd::start();

    let args =
        ["--host", &server.url(), "-u", "2", "-r", "20", "--statsd", "--statsd-address", &statsd.url()];
    let ended = Program::new(args).run();

    ended.assert_code(1);
    let lines = statsd.finish();
    assert_eq!(
        starting(&lines, "molotov.request.status:1|c|#method:GET,route:/,status:500,result:http.5xx"),
        10
    );
    assert_eq!(starting(&lines, "molotov.request.status:1|c|#method:GET,route:/,status:200,result:ok"), 30);
    assert_eq!(starting(&lines, "molotov.iterations:1|c|#scenario:visit,result:http.5xx"), 10);
    assert_eq!(starting(&lines, "molotov.request.duration:"), 40);
}

#[test]
fn statsd_that_is_not_there_is_reported_once_and_changes_nothing() {
    let (server, (_holder, address)) = (Server::good(), nobody());
    for style in ["--console", "--quiet"] {
        let url = format!("udp://{address}");
        let host = server.url();
        let args = ["--host", &host, "-u", "2", "-r", "5", "--statsd", "--statsd-address", &url, style];

        let ended = Program::new(args).reporting().run();

        ended.assert_code(0);
        assert_eq!(ended.report().iterations.ok, 10);
        let said = &ended.stderr;
        assert_eq!(said.matches("cannot be sent to").count(), 1, "{said}");
        assert!(said.contains(&format!("udp://{address} (nobody listens there)")), "{said}");
        let counted = said.lines().find(|line| line.contains("were dropped")).unwrap();
        let numbers: Vec<&str> = counted.split(' ').filter(|word| word.parse::<u64>().is_ok()).collect();
        // On one machine every refusal is noticed.
        assert!(numbers.len() == 2 && numbers[0] == numbers[1] && numbers[0] != "0", "{said}");
    }
}

#[test]
fn statsd_can_be_at_an_ipv6_address() {
    let Ok(statsd) = Statsd::at((Ipv6Addr::LOCALHOST, 0)) else {
        skipped("this machine has no IPv6");
        return;
    };
    let server = Server::good();

    let args = ["--host", &server.url(), "-r", "3", "--statsd", "--statsd-address", &statsd.url()];
    Program::new(args).run().assert_code(0);

    assert_eq!(starting(&statsd.finish(), "molotov.request.duration:"), 3);
}

#[test]
fn nothing_is_sent_to_statsd_unless_it_is_asked_for() {
    let (server, statsd) = (Server::good(), Statsd::start());

    let program = Program::new(["--host", &server.url(), "-r", "3"]);
    program.env("MOLOTOV_STATSD_ADDRESS", &statsd.url()).env("MOLOTOV_STATSD", "false").run().assert_code(0);

    assert_eq!(statsd.finish(), Vec::<String>::new());
}

#[test]
fn mistakes_about_outputs_are_2_with_their_cure_and_nothing_is_sent() {
    let server = Server::good();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--statsd", "--statsd-address", "localhost:8125"], &["--statsd-address", "udp://localhost:8125"]),
        (&["--statsd", "--statsd-address", "tcp://h:1"], &["--statsd-address", "UDP only"]),
        (&["--statsd", "--statsd-address", "udp://h:0"], &["--statsd-address", "no port"]),
        (&["--statsd", "--statsd-address", ""], &["--statsd-address", "udp://localhost:8125"]),
        (
            &["--statsd", "--statsd-address", "udp://no-such-host.invalid"],
            &["no-such-host.invalid", "check its name"],
        ),
        (&["--statsd", "--statsd-format", "graphite"], &["--statsd-format", "dogstatsd", "plain"]),
        (&["--statsd-address", "udp://localhost:8125"], &["--statsd-address", "needs --statsd"]),
        (&["--statsd-format", "plain"], &["--statsd-format", "needs --statsd"]),
        (&["--events-out", "nosuchdir/x"], &["--events-out", "nosuchdir/x", "folder"]),
        (&["--events-out", "."], &["--events-out", "cannot be written"]),
        (&["--taurus-report", "nosuchdir/x"], &["MOLOTOV_TAURUS_REPORT", "nosuchdir/x", "folder"]),
    ];
    for (args, says) in cases {
        let ended = Program::new([["--host", &server.url()].as_slice(), args].concat()).run();

        ended.assert_code(2);
        for word in *says {
            assert!(ended.stderr.contains(word), "{args:?}: no `{word}` in {}", ended.stderr);
        }
    }
    for (variable, value) in [("STATSD_ADDRESS", "nowhere"), ("STATSD", "perhaps"), ("TAURUS_REPORT", "no/x")]
    {
        let variable = format!("MOLOTOV_{variable}");

        let ended = Program::new(["--host", &server.url()]).env(&variable, value).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(&variable), "{}", ended.stderr);
    }
    assert_eq!(server.finish().requests, 0);
}

/// The events in a file, without the line about the log.
fn events(text: &str) -> Vec<Value> {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["schema"]), (&"log".into(), &1.into()));
    lines[1..].to_vec()
}

fn by_name(events: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event["event"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts.remove("user_count"); // their number depends on the time
    counts
}

#[test]
fn every_event_is_written_with_its_time() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let file = folder.path().join("events.ndjson");
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();

    let args = ["--host", &server.url(), "-u", "2", "-r", "5", "--events-out", file.to_str().unwrap()];
    Program::new(args).run().assert_code(0);

    let events = events(&fs::read_to_string(file).unwrap());
    let counts = by_name(&events);
    let expected = [
        ("run_started", 1),
        ("scenario_started", 10),
        ("request_sent", 10),
        ("response_received", 10),
        ("scenario_succeeded", 10),
        ("run_ended", 1),
    ];
    assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!((&events[0]["event"], &events[0]["users"]), (&"run_started".into(), &2.into()));
    assert_eq!(events.last().unwrap()["event"], "run_ended");
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    // The time of day is read once, at the first event, which may be late.
    let began = |event: &Value| event["ts"].as_f64().unwrap() - event["at_ms"].as_f64().unwrap() / 1_000.0;
    let (first, rounding) = (began(&events[0]), 0.001);
    assert!((before - rounding..=after).contains(&first), "{before} {after} {events:#?}");
    assert!(events.iter().all(|event| (began(event) - first).abs() < rounding), "{events:#?}");
    // Each user's events are in order.
    for user in 0..2 {
        let of_user = events.iter().filter(|event| event["user"] == user);
        let names: Vec<_> = of_user.map(|event| event["event"].as_str().unwrap()).collect();
        let one = ["scenario_started", "request_sent", "response_received", "scenario_succeeded"];
        assert_eq!(names, one.repeat(5));
    }
}

#[test]
fn events_on_standard_output_are_alone_there() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-r", "3", "--events-out", "-"]).run();

    ended.assert_code(0);
    assert_eq!(by_name(&events(&ended.stdout))["response_received"], 3);
    assert!(ended.stderr.contains("3 iterations"), "{}", ended.stderr);
}

#[test]
fn events_are_written_to_a_named_pipe() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let (pipe, copy) = (folder.path().join("pipe"), folder.path().join("copy"));
    let shell = format!("mkfifo {0} && (cat {0} >{1} && mv {1} {1}.whole &)", pipe.display(), copy.display());

    let args = ["--host", &server.url(), "-r", "3", "--events-out", pipe.to_str().unwrap()];
    Program::after_shell(&shell, args).run().assert_code(0);

    let whole = copy.with_extension("whole");
    crate::support::process::eventually("the copy", || whole.exists());
    assert_eq!(by_name(&events(&fs::read_to_string(whole).unwrap()))["response_received"], 3);
}

#[test]
fn events_and_lines_that_cannot_be_written_are_3_and_the_report_comes_all_the_same() {
    if !Path::new("/dev/full").exists() {
        skipped("this system has no /dev/full");
        return;
    }
    for option in ["--events-out", "--taurus-report"] {
        let server = Server::good();

        let ended = Program::new(["--host", &server.url(), "-r", "3", option, "/dev/full"]).reporting().run();

        ended.assert_code(3);
        assert!(
            ended.stderr.contains("cannot write") && ended.stderr.contains("/dev/full"),
            "{}",
            ended.stderr
        );
        assert_eq!((ended.report().iterations.ok, server.finish().requests), (3, 3));
        let report = ended.file("report.json");
        assert!(report.contains("\"exit_code\": 3"), "{report}");
        assert!(report.contains("\"unwritten\": [\n"), "{report}");
        assert!(ended.stdout.contains("1 output was not written:"), "{}", ended.stdout);
    }
}

#[test]
fn outputs_that_cannot_be_written_are_named_while_the_run_goes_on() {
    if !Path::new("/dev/full").exists() {
        skipped("this system has no /dev/full");
        return;
    }
    let server = Server::good();
    let outputs = ["--events-out", "/dev/full", "--taurus-report", "/dev/full", "--results", "/dev/full"];

    let ended =
        Program::new([["--host", &server.url(), "-d", "3s", "--console"].as_slice(), &outputs].concat())
            .run();

    ended.assert_code(3);
    let all = [
        "events: cannot write the events to",
        "taurus: cannot write",
        "results: cannot write the results to",
    ];
    for what in all {
        let lines = |start: &str| {
            let start = format!("{start}: {what} /dev/full: ");
            ended.stderr.lines().filter(|line| line.starts_with(&start)).collect::<Vec<_>>()
        };
        let (at_once, in_the_end) = (lines("warning"), lines("error"));
        assert!(at_once.len() == 1 && in_the_end.len() == 1, "{}", ended.stderr);
        assert!(at_once[0].ends_with("; the run goes on"), "{}", ended.stderr);
    }
}

/// It takes the ten seconds for which the end of a run waits.
#[test]
fn unread_pipe_delays_nothing_and_is_reported() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let pipe = folder.path().join("pipe");

    let args = ["--host", &server.url(), "-r", "30000", "--events-out", pipe.to_str().unwrap()];
    let ended = Program::after_shell(&format!("mkfifo {}", pipe.display()), args).reporting().run();

    ended.assert_code(3);
    assert_eq!((ended.report().iterations.ok, server.finish().requests), (30_000, 30_000));
    assert!(ended.stderr.contains("cannot write the events to"), "{}", ended.stderr);
    assert!(ended.stdout.contains("were dropped: a listener was too slow"), "{}", ended.stdout);
}

/// The lines in Taurus's report, by type.
fn taurus_lines(file: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut lines = BTreeMap::<String, Vec<Value>>::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        lines.entry(line["type"].as_str().unwrap().to_owned()).or_default().push(line);
    }
    lines
}

#[test]
fn taurus_gets_a_line_for_each_request_and_iteration() {
    let server = Server::start(|n| if n % 5 == 0 { Answer::Error } else { Answer::Ok }, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("molotov-report.ldjson");

    let program = Program::new(["--host", &server.url(), "-u", "2", "-r", "10"]);
    let ended = program.env("MOLOTOV_TAURUS_REPORT", file.to_str().unwrap()).reporting().run();

    ended.assert_code(0);
    let lines = taurus_lines(&file);
    let (requests, ok, failed) = (&lines["request"], &lines["scenario_success"], &lines["scenario_failure"]);
    assert_eq!((requests.len(), ok.len(), failed.len()), (20, 16, 4));
    let of_code = |code: &str| requests.iter().filter(|line| line["responseCode"] == code).count();
    assert_eq!((of_code("200"), of_code("500")), (16, 4));
    assert!(requests.iter().all(|line| line["label"] == "GET /" && line["elapsed"].is_f64()));
    let of_worker = |wid: &str| ok.iter().chain(failed).filter(|line| line["wid"] == wid).count();
    assert_eq!((of_worker("worker-0"), of_worker("worker-1")), (10, 10));
    assert!(ok.iter().chain(failed).all(|line| line["name"] == "visit" && line["duration"].is_f64()));
    for line in failed {
        assert_eq!(line["exception"], "http.5xx");
        assert!(line["errorMessage"].as_str().unwrap().contains("500 Internal Server Error"), "{line}");
    }
    assert!(lines["workers"].iter().all(|line| line["value"].as_u64() <= Some(2)), "{:?}", lines["workers"]);
}

#[test]
fn ready_listeners_have_their_say_in_the_report() {
    let ended = Program::example("listeners", ["-u", "2", "-r", "10"]).run();

    ended.assert_code(0);
    let (_, slowest) = ended.stdout.split_once("\nSlowest requests\n").unwrap();
    let slowest: Vec<&str> = slowest.lines().take_while(|line| line.starts_with("  ")).collect();
    assert_eq!(slowest.len(), 3, "{}", ended.stdout);
    assert!(slowest.iter().all(|line| line.contains("GET /items/{id}: 200 (user ")), "{slowest:?}");
    assert!(ended.stdout.contains("\nAverage concurrency\n  "), "{}", ended.stdout);
}
