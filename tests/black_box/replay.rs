//! `--replay`: one iteration of a run, once more.

use crate::black_box::server::Server;
use crate::support::report::Place;
use crate::support::run::{Ended, Program};

const WORDS: &str = "word,number\none,1\ntwo,2\nthree,3\nfour,4\nfive,5\n";

fn run(server: &Server, more: &str) -> Ended {
    let args =
        ["--host", &server.url(), "--scenario", "draw", "--users", "4", "--max-runs", "20"].map(String::from);
    let more = more.split_whitespace().map(String::from);
    Program::new(args.into_iter().chain(more)).file("words.csv", WORDS).reporting().run()
}

#[test]
fn replay_line_repeats_a_failure_and_shows_its_requests() {
    let (first, second) = (Server::good(), Server::good());
    let ended = run(&first, "--seed 7");
    ended.assert_code(1);
    let failure = &ended.report().failures[0];
    assert!(ended.stdout.contains(&format!("replay: {}", failure.replay)), "{}", ended.stdout);

    let again = run(&second, &failure.replay);

    again.assert_code(1);
    let report = again.report();
    assert_eq!((report.iterations.started, report.iterations.failed, report.requests.attempted), (1, 1, 1));
    assert_eq!(
        (&report.failures[0].message, &report.failures[0].replay),
        (&failure.message, &failure.replay)
    );
    assert!(again.stderr.contains("> user-agent: molotov/"), "what was sent is not shown: {}", again.stderr);
    assert!(again.stdout.contains("and nothing else"), "{}", again.stdout);
    assert_eq!(second.finish().requests, 1);
}

#[test]
fn the_exit_code_of_a_replay_is_its_outcome() {
    let server = Server::good();
    let all = run(&server, "--seed 7 --fail 1000 -c");
    all.assert_code(0);

    let (mut good, mut bad) = (0, 0);
    for iteration in 0..6 {
        let ended = run(&server, &format!("--seed 7 --fail 1000 --replay 2:{iteration}"));
        let said =
            ended.stderr.lines().find_map(|line| Some(line.split_once("drew ")?.1.to_owned())).unwrap();
        assert!(all.stderr.contains(&said), "{said} is not in {}", all.stderr);
        let fails = said.rsplit(' ').next().unwrap().parse::<u64>().unwrap() % 2 == 0;
        ended.assert_code(fails.into());
        assert_eq!(ended.report().settings.replay, Some(Place { user: 2, iteration }));
        *(if fails { &mut bad } else { &mut good }) += 1;
    }
    assert!(good > 0 && bad > 0, "{good}, {bad}");
}

#[test]
fn seed_and_quiet_of_the_file_are_used() {
    let server = Server::good();
    let file = "seed = 7\nscenario = [\"visit\"]\nusers = 3\n";
    let args = ["--host", &server.url(), "--replay", "2:5", "-q"];

    let ended = Program::new(args).file("molotov.toml", file).run();

    ended.assert_code(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(server.finish().requests, 1);
}

#[test]
fn replay_of_rows_that_others_took_too_has_a_note() {
    let args = ["--scenario", "redeem", "--users", "2", "--seed", "7", "--replay", "1:0"];

    let ended = Program::new(args).run();

    ended.assert_code(0);
    assert!(
        ended.stderr.contains("note: the rows of `vouchers` went to whoever came next"),
        "{}",
        ended.stderr
    );
}
