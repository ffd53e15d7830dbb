//! Rows of files: mistakes in them are reported before anything is sent.

use crate::black_box::server::Server;
use crate::support::run::Program;

const WORDS: &str = "word,number\none,1\ntwo,2\nthree,3\nfour,4\n";

/// A file, and the message about it.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "words.csv",
        "word,number\none,1\n\ntwo,zwei\n",
        "words.csv:4: column `number`: invalid digit found in string",
    ),
    ("words.csv", "word,number\none,1\ntwo\n", "words.csv:3: has 1 field, but there are 2 columns"),
    ("words.csv", "word,nummer\none,1\n", "words.csv:2: missing field `number`; there is a column `nummer`"),
    ("words.csv", "word,word\n", "words.csv:1: two columns are called `word`"),
    ("words.csv", "word,number\n", "words.csv: has no rows"),
    ("words.csv", "", "words.csv: is empty"),
    (
        "words.jsonl",
        "{\"word\":\"one\",\"number\":1}\n{\"word\":2}\n",
        "words.jsonl:2:9: invalid type: integer, expected a string at `word`",
    ),
];

#[test]
fn wrong_file_is_reported_with_the_place_before_anything_is_sent() {
    for (name, text, why) in WRONG {
        let server = Server::good();

        let args = ["--host", &server.url(), "--scenario", "draw", "--max-runs", "1"];
        let ended = Program::new(args).env("WORDS", name).file(name, text).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(why), "no `{why}` in {}", ended.stderr);
        assert!(
            ended.stderr.contains("error: the data `words` (tests/black_box/program.rs:"),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "");
        assert_eq!(server.finish().requests, 0);
    }
}

#[test]
fn a_file_is_asked_for_only_where_a_scenario_that_runs_takes_its_rows() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--max-runs", "1"]).run();

    ended.assert_code(0);
}

#[test]
fn the_end_of_the_rows_may_be_the_end_of_the_run() {
    let ended = Program::new(["--scenario", "redeem", "--users", "2", "--max-runs", "9"]).reporting().run();

    ended.assert_code(0);
    let report = ended.report();
    assert_eq!((report.iterations.started, report.iterations.ok), (3, 3));
    assert_eq!(report.ended.reason, "data_exhausted");
    let why = "the data `vouchers` is used up: all of its 3 rows were given";
    assert_eq!(report.ended.detail.as_deref(), Some(why));
    let words = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(why), "{}", ended.stdout);
}

/// The lines that users logged about their rows and random numbers, each in order.
fn drawn(threads: &str) -> Vec<Vec<String>> {
    let server = Server::good();
    let args =
        ["--host", &server.url(), "--scenario", "draw", "--users", "6", "--max-runs", "12", "--seed", "7"];
    let ended = Program::new(args.into_iter().chain(["--fail", "1000", "--threads", threads, "-c"]))
        .file("words.csv", WORDS)
        .run();
    ended.assert_code(0);
    let said = |user: usize| {
        let lines = ended.stderr.lines().filter(move |line| line.contains(&format!("user {user}")));
        lines.filter_map(|line| Some(line.split_once("drew ")?.1.to_owned())).collect()
    };
    (0..6).map(said).collect()
}

#[test]
fn one_seed_gives_each_user_the_same_rows_and_numbers_on_1_2_and_4_threads() {
    let one = drawn("1");

    assert!(one.iter().all(|user| user.len() == 12), "{one:?}");
    assert_ne!(one[0], one[1]);
    assert_eq!(drawn("2"), one);
    assert_eq!(drawn("4"), one);
}
