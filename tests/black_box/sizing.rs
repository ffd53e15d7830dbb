//! The number of users that a service can carry: the messages and the exit code.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::black_box::bad_input::refusal;
use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::run::Program;

/// Good until a window succeeds at any speed of this machine, and bad after that.
fn breaking() -> Server {
    Server::start(
        |request| if request > 1_000 { Answer::Error } else { Answer::Ok },
        Duration::from_millis(5),
    )
}

#[test]
fn a_service_that_breaks_is_found_and_that_is_0() {
    let server = breaking();

    let args = ["--host", &server.url(), "--sizing", "--ramp-up", "60s", "--users", "60", "-c"];
    let ended = Program::new(args).reporting().run();

    ended.assert_code(0);
    let (report, tally) = (ended.report(), server.finish());
    let sizing = report.sizing.as_ref().unwrap();
    let (good, broken) = (sizing.good.as_ref().unwrap(), sizing.broken.as_ref().unwrap());
    assert_eq!((report.ended.reason.as_str(), sizing.outcome.as_str()), ("sized", "broken"));
    assert_eq!(
        (sizing.objectives.as_slice(), sizing.most_users),
        (["errors <= 5%".to_owned()].as_slice(), 60)
    );
    assert!(good.users <= broken.users && broken.users < 60, "{sizing:?}");
    assert!(broken.errors.unwrap() > 0.05, "{sizing:?}");
    // One request an iteration.
    assert!(good.requests_per_second > 0.0, "{sizing:?}");
    assert!((good.requests_per_second / good.iterations_per_second - 1.0).abs() < 0.2, "{sizing:?}");
    assert!(ended.stdout.contains(&format!("{} user", good.users)), "{}", ended.stdout);
    assert!(ended.stdout.contains("(errors <= 5%)"), "{}", ended.stdout);
    assert!(ended.stderr.contains(" good_users="), "the display shows it too: {}", ended.stderr);
    assert_eq!((tally.requests, tally.errors), (report.sent(), report.requests.http_error));
}

#[test]
fn unbroken_sizing_is_0_also_by_variable() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));

    let program = Program::new(["--host", &server.url(), "-u", "3", "--ramp-up", "1s"]);
    let ended =
        program.env("MOLOTOV_SIZING", "p50 < 50s").env("MOLOTOV_SIZING_TOLERANCE", "1").reporting().run();

    ended.assert_code(0);
    assert!(ended.stdout.contains("No limit found up to 3 users"), "{}", ended.stdout);
    let sizing = ended.report().sizing.as_ref().unwrap();
    assert_eq!(
        (sizing.outcome.as_str(), sizing.objectives.join(", ")),
        ("no_limit", "p50 < 50s, errors <= 1%".into())
    );
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn a_service_that_always_fails_is_1() {
    let server = Server::start(|_| Answer::Error, Duration::from_millis(5));

    let ended = Program::new(["--host", &server.url(), "--sizing"]).reporting().run();

    ended.assert_code(1);
    let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the first step was beyond the limit: with "), "{text}");
    assert!(text.contains(" users were not looked at long enough, which a longer --ramp-up does"), "{text}");
    assert_eq!(ended.report().sizing.as_ref().unwrap().most_users, 500, "500 users where nothing is said");
    assert_eq!(server.finish().requests, ended.report().sent());
}

/// Users beyond the 60th descriptor pause when they fail, and are still counted with a slow server.
#[test]
fn machine_at_its_limit_is_1_and_leaves_the_services_open() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(100));
    let host = format!("--host={}", server.url());

    let args = [&host, "--sizing", "--users=200", "--ramp-up=10s"];
    let ended = Program::after_shell("ulimit -n 60", args).reporting().run();

    ended.assert_code(1);
    assert_eq!(ended.report().sizing.as_ref().unwrap().outcome, "generator_limit");
    assert!(ended.stdout.contains("the load generator was at its limit"), "{}", ended.stdout);
    assert!(ended.report().of_kind("local.fds") > 0, "{ended:#?}");
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn a_dead_target_is_6_and_is_named() {
    let nobody = Server::good();
    let url = nobody.url();
    nobody.finish();

    let loud = Program::new(["--host", &url, "--sizing", "p99<200ms"]).reporting().run();
    let quiet = Program::new(["--host", &url, "--sizing", "-q"]).run();

    loud.assert_code(6);
    quiet.assert_code(6);
    let says = format!("the target is dead: {url}");
    // Line breaks follow the length of the port.
    let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line(&loud.stdout).contains(&says), "{}", loud.stdout);
    assert!(in_one_line(&quiet.stderr).contains(&says), "{}", quiet.stderr);
    let report = loud.report();
    assert_eq!((report.ended.reason.as_str(), report.exit_code), ("dead_target", 6));
    assert!(report.ended.detail.as_ref().unwrap().contains("connect.refused"), "{report:?}");
    assert_eq!((report.sent(), report.sizing.as_ref().unwrap().outcome.as_str()), (0, "unfinished"));
}

#[test]
fn signal_ends_it_with_the_result_so_far() {
    for (signal, code, word) in
        [(Signal::SIGINT, 130, "INTERRUPTED: "), (Signal::SIGTERM, 143, "TERMINATED: ")]
    {
        let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));
        let running = Program::new(["--host", &server.url(), "--sizing", "-c"]).reporting().start();
        eventually("requests", || server.requests() > 200);

        running.signal(signal);
        let ended = running.wait();

        ended.assert_code(code);
        assert!(
            ended.stdout.starts_with(word) || ended.stdout.contains(&format!("\n{word}")),
            "{}",
            ended.stdout
        );
        assert!(ended.stdout.contains("found yet"), "{}", ended.stdout);
        assert_eq!(ended.report().sizing.as_ref().unwrap().outcome, "unfinished");
        assert_eq!(server.finish().requests, ended.report().sent());
    }
}

#[test]
fn contradictory_options_are_refused() {
    let server = Server::good();
    let mut wrong = Vec::new();
    for (args, says) in [
        (
            ["--sizing", "--single-run"].as_slice(),
            ["--sizing", "--single-run", "cannot be used with"].as_slice(),
        ),
        (
            &["--sizing", "--max-runs", "3"],
            &["--sizing", "--max-runs", "cannot be used with", "until an objective"],
        ),
        (&["--sizing", "-r3"], &["--sizing", "--max-runs", "cannot be used with"]),
        (&["--sizing", "--fail", "3"], &["--sizing", "--fail", "--sizing-tolerance"]),
        (&["--sizing", "-x"], &["--sizing", "--fail-fast", "cannot be used with"]),
        (&["--sizing", "--sizing-time", "1s"], &["a sizing time of less than 5s 500ms", "give it more"]),
        (&["--sizing", "--rate", "5/s", "--sizing-time", "20s"], &["a sizing time of less than 24s"]),
        (&["--sizing", "--rate", "50/s", "--sizing-time", "13s"], &["a sizing time of less than 14s"]),
        (&["--sizing", "--ramp-up", "0"], &["--sizing", "--ramp-up", "for example 5m"]),
        (
            &["--sizing", "errors<1%", "--sizing-tolerance", "2"],
            &["--sizing", "`errors < 1%`", "2%", "keep one"],
        ),
    ] {
        let mut all = vec!["--host".to_owned(), server.url()];
        all.extend(args.iter().map(ToString::to_string));

        let ended = Program::new(&all).run();

        wrong.extend(refusal(&ended, says).err().map(|why| format!("{args:?}: {why}")));
    }
    let set =
        Program::new(["--host", &server.url()]).env("MOLOTOV_SIZING", "true").env("MOLOTOV_FAIL", "3").run();
    wrong.extend(refusal(&set, &["MOLOTOV_SIZING", "MOLOTOV_FAIL"]).err());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn typed_load_and_typed_sizing_win_over_set_ones() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));
    let program = |args: &[&str]| Program::new([&["--host", &server.url()], args].concat()).reporting();

    let not_sized = program(&["--max-runs", "3"]).env("MOLOTOV_SIZING", "true").run();
    let refused = program(&[]).env("MOLOTOV_SIZING", "no").run();
    let sized = program(&["--sizing", "errors<1%", "-u", "2", "--ramp-up", "1s"])
        .env("MOLOTOV_FAIL_FAST", "true")
        .env("MOLOTOV_MAX_RUNS", "3")
        .env("MOLOTOV_SIZING_TOLERANCE", "2")
        .run();

    for (ended, iterations) in [(&not_sized, 3), (&refused, 2)] {
        ended.assert_code(0);
        assert_eq!(ended.report().iterations.ok, iterations);
        assert!(ended.report().sizing.is_none());
    }
    sized.assert_code(0);
    assert_eq!(sized.report().sizing.as_ref().unwrap().objectives, ["errors < 1%"]);
    assert!(sized.report().iterations.ok >= 100);
    let sent = [&not_sized, &refused, &sized].map(|ended| ended.report().sent()).iter().sum::<u64>();
    assert_eq!(server.finish().requests, sent);
}

#[test]
fn expected_length_is_printed_first_and_bounded_by_the_time() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));
    let program = |args: &[&str]| {
        let sizing = ["--host", &server.url(), "--sizing", "--ramp-up", "60s", "--users", "60", "-c"];
        Program::new([&sizing, args].concat()).reporting()
    };

    let typed = program(&["--sizing-time", "3s"]).run();
    let set = program(&[]).env("MOLOTOV_SIZING_TIME", "3s").run();

    for ended in [&typed, &set] {
        ended.assert_code(1);
        let says = "a search takes up to 1m, and less where an objective breaks before; this one at most 3s";
        let note = ended.stderr.find(says).unwrap_or_else(|| panic!("{}", ended.stderr));
        assert!(ended.stderr.find("good_users=").is_none_or(|display| note < display), "{}", ended.stderr);
        assert!(ended.stdout.contains("the time of the sizing (--sizing-time) was over"), "{}", ended.stdout);
        assert_eq!(ended.report().sizing.as_ref().unwrap().outcome, "time_over");
    }
    assert_eq!(server.finish().requests, typed.report().sent() + set.report().sent());
}
