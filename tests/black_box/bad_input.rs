//! Bad input: one message that names the thing and the cure, code 2, and nothing is sent.

use crate::black_box::server::Server;
use crate::support::run::{Ended, Program};

/// The arguments, and the contents of the message: first the thing, then the cure.
const TYPED: &[(&[&str], &[&str])] = &[
    (&["--users", "0"], &["--users", "at least one"]),
    (&["--users", "1000000000"], &["--users", "at most 1000000"]),
    (&["--users", "-1"], &["--users", "a whole number"]),
    (&["--users=-1"], &["--users", "a whole number"]),
    (&["--users", "NaN"], &["--users", "a whole number"]),
    (&["--users", "1.5"], &["--users", "a whole number"]),
    (&["--users", ""], &["--users", "a whole number"]),
    (&["--users", "99999999999999999999"], &["--users", "too large"]),
    (&["--users", "twenty"], &["--users", "for example 20"]),
    (&["--users"], &["--users", "<N>"]),
    (&["-u", "0"], &["--users", "at least one"]),
    (&["-w", "0"], &["--users", "at least one"]),
    (&["--duration", "5"], &["--duration", "5s"]),
    (&["--duration", "0s"], &["--duration", "longer than zero"]),
    (&["--duration", "0"], &["--duration", "longer than zero"]),
    (&["--duration", "-5s"], &["--duration", "for example 500ms"]),
    (&["--duration", "NaN"], &["--duration", "for example 500ms"]),
    (&["--duration", "inf"], &["--duration", "for example 500ms"]),
    (&["--duration", "5 parsecs"], &["--duration", "for example 500ms"]),
    (&["--duration", "1000y"], &["--duration", "a year"]),
    (&["--duration", "1M"], &["--duration", "1m is a minute, 30d are a month"]),
    (&["--duration", "PT1M30S"], &["--duration", "`PT1M30S` is 1m30s here"]),
    (&["--stages", "5/s for 1M"], &["--stages", "1m is a minute, 30d are a month"]),
    (&["--rate", "30/M"], &["--rate", "1m is a minute, 30d are a month"]),
    (&["--threshold", "p99 < 1M"], &["--threshold", "1m is a minute, 30d are a month"]),
    (&["--max-runs", "0"], &["--max-runs", "at least 1"]),
    (&["--max-runs", "-1"], &["--max-runs", "a whole number"]),
    (&["--threads", "0"], &["--threads", "at least one"]),
    (&["--threads", "100000"], &["--threads", "at most 1024"]),
    (&["--ramp-up", "x"], &["--ramp-up", "for example 500ms"]),
    (&["--ramp-up", "3"], &["--ramp-up", "3s"]),
    (&["--delay", "NaN"], &["--delay", "for example 500ms"]),
    (&["--grace", "-1s"], &["--grace", "for example 500ms"]),
    (&["--timeout", "0s"], &["--timeout", "longer than zero"]),
    (&["--console-update", "0s"], &["--console-update", "longer than zero"]),
    (&["--seed", "abc"], &["--seed", "a whole number"]),
    (&["--seed", "-1"], &["--seed", "a whole number"]),
    (&["--replay", "3"], &["--replay", "for example 3:17"]),
    (&["--replay", "-1:2"], &["--replay", "for example 3:17"]),
    (&["--replay", "0:1"], &["--replay 0:1", "--seed N"]),
    (&["--replay", "1:1", "--seed", "7"], &["--replay 1:1", "there is one user", "all options of the run"]),
    (&["--fail", "0"], &["--fail", "at least 1"]),
    (&["--host", "not-a-url"], &["--host", "http://not-a-url"]),
    (&["--host", "localhost:8080"], &["--host", "http://localhost:8080"]),
    (&["--host", "ftp://x"], &["--host", "http"]),
    (&["--host", "http://"], &["--host", "not a URL"]),
    (&["--host", ""], &["--host", "not a URL"]),
    (&["--host", "http://user:pw@h:x"], &["--host", "http://user:password@host"]),
    (&["--host", "http://h:99999"], &["--host", "not a URL"]),
    (&["--host", "http://h/?q=1"], &["--host", "query"]),
    (&["--host", "unix://run/app.sock"], &["--host", "did you mean `unix:///run/app.sock`"]),
    (&["--host", "unix:app.sock"], &["--host", "absolute path"]),
    (&["--host", "unix:///"], &["--host", "does not name a socket"]),
    (&["--host", "/run/app.sock"], &["--host", "`unix:///run/app.sock`"]),
    (&["--host", TOO_LONG], &["--host", "has 155 bytes", "at most", "link"]),
    (&["--resolve", "shop.example"], &["--resolve", "no port", "shop.example:443:127.0.0.1"]),
    (&["--resolve", "shop.example:127.0.0.1"], &["--resolve", "no address"]),
    (&["--resolve", "shop.example:80:localhost"], &["--resolve", "`localhost` is not an IP address"]),
    (&["--resolve", "shop.example:https:127.0.0.1"], &["--resolve", "`https` is not a port"]),
    (&["--resolve", "-shop.example:80"], &["--resolve", "leave the sign out"]),
    (&["--dns-ttl", "60"], &["--dns-ttl", "60s"]),
    (&["--dns-ttl", "-1s"], &["--dns-ttl", "not negative"]),
    (&["--connections", "shared"], &["--connections", "`user`, `iteration` or `request`"]),
    (&["--connections", "user", "--fresh-session"], &["--connections user", "--fresh-session", "leave out"]),
    (&["--redirects", "-1"], &["--redirects", "a whole number"]),
    (&["--redirects", "101"], &["--redirects", "at most 100"]),
    (&["--scenario", "nothing-matches"], &["nothing-matches", "`visit`"]),
    (&["--scenario", "visti"], &["visti", "did you mean `visit`"]),
    (&["--scenario", ""], &["scenario", "`visit`"]),
    (&["--scenario", "f*"], &["weight 0", "--scenario"]),
    (&["--tag", "nothing"], &["nothing", "`good`"]),
    (&["--tag", "goood"], &["goood", "did you mean `good`"]),
    (&["--scenario", "fail", "--tag", "good"], &["a name and a tag", "fewer"]),
    (&["--report", "nosuchdir/x.json"], &["--report", "nosuchdir", "does not exist"]),
    (&["--report", "x.unknown"], &["--report", "x.unknown", ".json"]),
    (&["--report", "x"], &["--report", ".json"]),
    (&["--report", "."], &["--report"]),
    (&["--ca", "nosuchfile"], &["nosuchfile"]),
    (&["-q", "-v"], &["--quiet", "--verbose", "cannot be used with"]),
    (&["--vus", "10"], &["`--vus` is k6's word: here it is `--users N`"]),
    (&["--run-time=5m"], &["`--run-time` is Locust's word", "`--duration TIME`"]),
    (&["-n", "1000", "-k"], &["`-n` is ab's word", "`--shared-runs N`"]),
    (&["-t2", "-c100", "-d30s"], &["`-c100`: `-c` is `--console` here", "`--users 100`"]),
    (&["-c", "100"], &["`100` was typed where", "`--users 100`"]),
    (&["smoke"], &["`smoke` is the name of a profile", "[profile.smoke]", "leave the word out"]),
    (&["--connections", "100"], &["--connections", "`--users 100`"]),
    (&["--sizing", "p99<200"], &["--sizing", "a time needs a unit", "`p99 < 200ms`"]),
    (&["--sizing", "p99"], &["--sizing", "has no `<`"]),
    (&["--sizing", ""], &["--sizing", "p99 < 200ms"]),
    (&["--sizing", "error<1%"], &["--sizing", "write `errors < 1%`"]),
    (&["--sizing=p99>1s"], &["--sizing", "upper bound", "`<`"]),
    (&["--sizing", "p99<1s,"], &["--sizing", "beside a comma"]),
    (&["--sizing-time", "2m"], &["--sizing-time", "needs '--sizing'"]),
    (&["--sizing", "--sizing-time", "2"], &["--sizing-time", "unit"]),
    (&["--sizing", "--sizing-time", "0s"], &["--sizing-time"]),
    (&["--sizing-tolerance", "5"], &["--sizing-tolerance", "needs '--sizing'"]),
    (&["--sizing-tolerance", "-1"], &["--sizing-tolerance", "percent from 0"]),
    (&["--sizing-tolerance", "100"], &["--sizing-tolerance", "less than 100%"]),
    (&["--sizing-tolerance", "NaN"], &["--sizing-tolerance", "for example 5%"]),
    (&["--threshold", "p99 < 200"], &["--threshold", "a time needs a unit", "p99 < 200\n        ^^^"]),
    (&["--threshold", ""], &["--threshold", "no threshold; for example `p99 < 200ms`"]),
    (&["--threshold", "p(95)<500"], &["--threshold", "write `p95 < 500ms`"]),
    (&["--threshold", "http_req_failed: rate<0.01"], &["--threshold", "`errors < 1%`"]),
    (&["--threshold", "eror < 1%"], &["--threshold", "did you mean `errors`?", "eror < 1%\n  ^^^^"]),
    (
        &["--threshold", "p99{scenario=visti} < 1s"],
        &["no scenario is called `visti`", "did you mean `visit`", "^^^^^"],
    ),
    (&["--threshold", "p99{tag=goood} < 1s"], &["no tag is called `goood`", "did you mean `good`", "^^^^^"]),
    (&["--threshold", "p99{scenario=fail} < 1s"], &["takes part in the run", "leave the threshold out"]),
    (&["--threshold", "p99<1s", "--threshold", "p99<2s"], &["--threshold", "bound the same", "keep one"]),
    (
        &["--duration", "5s", "--threshold", "p99(10s) < 1s"],
        &["`p99(10s) < 1s`", "longer than the run, which takes 5s", "the window shorter"],
    ),
    (&["--single-run", "--threshold", "p99<1s"], &["--single-run", "--threshold", "cannot be used with"]),
    (&["--rate", "500"], &["--rate", "500/s, 500/m or 500/h"]),
    (&["--rate", "0/s"], &["--rate", "above zero"]),
    (&["--rate", "-1/s"], &["--rate", "not one"]),
    (&["--rate", "5/s", "--max-runs", "3"], &["--rate", "--max-runs", "the rate times the duration"]),
    (&["--rate", "5/s", "--stages", "5/s for 1s"], &["--rate", "--stages", "both set the start"]),
    (&["--rate", "5/s", "--single-run"], &["--rate", "--single-run", "cannot be used with"]),
    (&["--stages", "5/s"], &["--stages", "the stage `5/s`", "for example"]),
    (&["--stages", "5/s for 1s, 5 for 1s"], &["--stages", "all stages are of a rate"]),
    (&["--stages", "5 for 1s", "-u", "3"], &["--stages", "--users", "the number of users"]),
    (&["--pacing", "1s", "--delay", "1s"], &["--pacing", "--delay", "when they are due"]),
    (&["--pacing", "0"], &["--pacing", "longer than zero"]),
    (&["--max-late", "0"], &["--max-late", "longer than zero"]),
    (&["--arrivals", "often"], &["--arrivals", "poisson"]),
    (&["--scenario-rate", "5/s"], &["--scenario-rate", "buy=50/s"]),
    (&["--scenario-rate", "visti=5/s"], &["visti", "did you mean `visit`"]),
    (&["--nosuch"], &["--nosuch", "--help"]),
    (&["--user", "3"], &["--user", "--users"]),
    (&["--single-run", "--users", "3"], &["--single-run", "--users", "cannot be used with"]),
    (&["--single-run", "--duration", "3s"], &["--single-run", "--duration", "cannot be used with"]),
    (&["--users", "3", "--users", "4"], &["--users", "multiple times"]),
    (&["--single-run", "--processes", "3"], &["--single-run", "--processes", "cannot be used with"]),
    (&["--processes", "0"], &["--processes", "multiplies the users", "at least 1"]),
    (&["--processes", "-1"], &["--processes", "a whole number"]),
    (&["-p", "2000000"], &["--processes", "--users"]),
    (&["-p", "1000", "-u", "2000"], &["--processes 1000", "2000000 users", "at most 1000000"]),
    (&["-w", "-1"], &["--users", "a whole number"]),
    (&["stray"], &["`stray`", "a profile", "[profile.stray]", "--config FILE"]),
    (&["two", "strays"], &["strays", "--help"]),
    (&["http://localhost:8080"], &["a URL", "--host URL"]),
    (&["http://user:hunter2@localhost:8080"], &["a URL", "--host URL"]),
    (&["--config", "nosuch.toml"], &["--config", "nosuch.toml", "no such file"]),
    (&["--config", "nosuch.toml", "big"], &["--config", "nosuch.toml", "no such file"]),
    (&["--config"], &["--config", "<FILE>"]),
    (&["--config", "/dev/null"], &["--config", ".toml or .json"]),
    (&["--config", "."], &["--config", ".toml or .json"]),
];

/// Longer than the limit for a socket's path on every system.
const TOO_LONG: &str = concat!(
    "unix:///run/",
    "a-long-name-a-long-name-a-long-name-a-long-name-a-long-name-a-long-name-a-long-name-a-long-name-",
    "a-long-name-a-long-name-a-long-name-a-long-name-a.sock",
);

/// The same in the environment.
const SET: &[(&str, &str, &[&str])] = &[
    ("MOLOTOV_USERS", "0", &["MOLOTOV_USERS", "at least one"]),
    ("MOLOTOV_USERS", "many", &["MOLOTOV_USERS", "a whole number"]),
    ("MOLOTOV_DURATION", "5", &["MOLOTOV_DURATION", "5s"]),
    ("MOLOTOV_MAX_RUNS", "0", &["MOLOTOV_MAX_RUNS", "at least 1"]),
    ("MOLOTOV_THREADS", "0", &["MOLOTOV_THREADS", "at least one"]),
    ("MOLOTOV_SEED", "abc", &["MOLOTOV_SEED", "a whole number"]),
    ("MOLOTOV_FAIL", "0", &["MOLOTOV_FAIL", "at least 1"]),
    ("MOLOTOV_HOST", "localhost:8080", &["MOLOTOV_HOST", "http://localhost:8080"]),
    ("MOLOTOV_HOST", "unix://run/app.sock", &["MOLOTOV_HOST", "unix:///run/app.sock"]),
    ("MOLOTOV_RESOLVE", "a:80:127.0.0.1,b", &["MOLOTOV_RESOLVE", "no port"]),
    ("MOLOTOV_DNS_TTL", "60", &["MOLOTOV_DNS_TTL", "60s"]),
    ("MOLOTOV_CONNECTIONS", "all", &["MOLOTOV_CONNECTIONS", "`request`"]),
    ("MOLOTOV_FRESH_SESSION", "perhaps", &["MOLOTOV_FRESH_SESSION", "perhaps"]),
    ("MOLOTOV_SCENARIO", "visti", &["did you mean `visit`"]),
    ("MOLOTOV_TAG", "goood", &["did you mean `good`"]),
    ("MOLOTOV_FAIL_FAST", "perhaps", &["MOLOTOV_FAIL_FAST", "perhaps"]),
    ("MOLOTOV_REPORT", "x.unknown", &[".json"]),
    ("MOLOTOV_CA", "nosuchfile", &["nosuchfile"]),
    ("MOLOTOV_PROCESSES", "0", &["MOLOTOV_PROCESSES", "at least 1"]),
    ("MOLOTOV_PROFILE", "big", &["`big`", "[profile.big]"]),
    ("MOLOTOV_CONFIG", "nosuch.toml", &["MOLOTOV_CONFIG", "no such file"]),
    ("MOLOTOV_SIZING", "p99<200", &["MOLOTOV_SIZING", "a time needs a unit"]),
    (
        "MOLOTOV_THRESHOLD",
        "p99 < fast",
        &["MOLOTOV_THRESHOLD", "not a time", "for example `p99 < 200ms`", "^^^^"],
    ),
    ("MOLOTOV_SIZING_TOLERANCE", "all", &["MOLOTOV_SIZING_TOLERANCE", "a number of percent"]),
    ("MOLOTOV_USRES", "4", &["MOLOTOV_USRES", "did you mean MOLOTOV_USERS"]),
];

#[test]
fn bad_arguments_are_refused() {
    let server = Server::good();
    let mut wrong = Vec::new();
    for (args, says) in TYPED {
        // The valid part comes first: it would run if the mistake were not noticed.
        let mut all = vec![];
        let url = server.url();
        if !args.contains(&"--host") {
            all.extend(["--host", &url]);
        }
        all.extend(*args);
        // Before the others: an option without a value would take the name of this one for it.
        let bounded = ["--max-runs", "--single-run", "--rate", "--stages"];
        if !args.iter().any(|arg| bounded.contains(arg)) {
            all.splice(0..0, ["--max-runs", "1"]);
        }

        let ended = Program::new(&all).run();

        wrong.extend(refusal(&ended, says).err().map(|why| format!("{args:?}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn bad_environment_is_refused() {
    let server = Server::good();
    let mut wrong = Vec::new();
    for (name, value, says) in SET {
        let program = Program::new(if *name == "MOLOTOV_MAX_RUNS" { [].as_slice() } else { &["-r", "1"] });
        let program =
            if *name == "MOLOTOV_HOST" { program } else { program.env("MOLOTOV_HOST", &server.url()) };

        let ended = program.env(name, value).run();

        wrong.extend(refusal(&ended, says).err().map(|why| format!("{name}={value}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn typed_options_win_over_the_environment() {
    for (name, value, args) in [
        ("MOLOTOV_USERS", "5", ["--single-run"].as_slice()),
        ("MOLOTOV_SINGLE_RUN", "false", &["--users", "1"]),
        ("MOLOTOV_SINGLE_RUN", "true", &["--users", "1"]),
        ("MOLOTOV_QUIET", "false", &["-v"]),
        ("MOLOTOV_QUIET", "true", &["-v"]),
        ("MOLOTOV_VERBOSE", "1", &["-q"]),
        ("MOLOTOV_USERS", "many", &["--users", "1"]),
        ("MOLOTOV_PROCESSES", "5", &["--single-run"]),
        ("MOLOTOV_PROCESSES", "5", &["--processes", "1"]),
    ] {
        let server = Server::good();

        let ended = Program::new(args).env("MOLOTOV_HOST", &server.url()).env(name, value).reporting().run();

        ended.assert_code(0);
        let iterations = if args == ["--single-run"] { 1 } else { 2 };
        assert_eq!(ended.report().iterations.ok, iterations, "{name}={value} {args:?}");
        assert_eq!(ended.stdout.is_empty(), args == ["-q"], "{name}={value} {args:?}");
        assert_eq!(server.finish().requests, iterations);
    }
}

#[test]
fn a_variable_that_is_empty_is_as_if_it_was_not_set_and_a_foreign_one_is_left_alone() {
    let server = Server::good();

    let program = Program::new(["--host", &server.url(), "--max-runs", "1"]);
    let ended = program.env("MOLOTOV_USERS", "").env("MOLOTOV_HOST", "").env("MOLOTOV_MY_TOKEN", "x").run();

    ended.assert_code(0);
    assert_eq!(server.finish().requests, 1);
}

#[test]
fn a_query_is_not_repeated() {
    let ended = Program::new(["--host", "http://h/?token=hunter2"]).run();

    ended.assert_code(2);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn a_password_is_not_repeated() {
    for host in [
        "http://u:hunter2@h:0",
        "user:hunter2@h",
        "ftp://user:hunter2@h",
        "http://a:hunter2@h:99999",
        "http://a:1#hunter2@h",
    ] {
        let typed = Program::new(["--host", host]).run();
        let set = Program::new([""; 0]).env("MOLOTOV_HOST", host).run();

        for ended in [typed, set] {
            ended.assert_code(2);
            assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        }
    }
}

pub(crate) fn refusal(ended: &Ended, says: &[&str]) -> Result<(), String> {
    let messages = ended.stderr.lines().filter(|line| line.starts_with("error")).count();
    let unsaid: Vec<_> = says.iter().filter(|word| !ended.stderr.contains(**word)).collect();
    let faults = [
        (ended.code != Some(2)).then(|| format!("the code is {:?}", ended.code)),
        (messages != 1).then(|| format!("{messages} messages")),
        (!unsaid.is_empty()).then(|| format!("{unsaid:?} is not said")),
        (!ended.stdout.is_empty()).then(|| format!("this is on stdout: {}", ended.stdout)),
        ended.stderr.contains("panicked").then(|| "it panicked".into()),
    ];
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("{}\n{}", faults.join("; "), ended.stderr)) }
}
