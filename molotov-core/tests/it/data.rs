//! Feeds: the values read from files, and the messages about wrong files.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use molotov_core::{Context, Data, Exhausted, FailureKind, Feed, Feeder, Row, Rows, Shared, Turn, UserId};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use serde::Deserialize;
use tempfile::TempDir;

#[derive(Clone, Debug, Deserialize, PartialEq)]
struct Account {
    name: String,
    age: u32,
    city: Option<String>,
}

fn account(name: &str, age: u32, city: Option<&str>) -> Account {
    Account { name: name.into(), age, city: city.map(Into::into) }
}

/// A folder with one file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn load<T: Send + Sync + 'static>(
    make: impl Fn() -> Feed<T> + Send + Sync + 'static,
) -> Result<Feeder, String> {
    Data::new("accounts", make).load().map_err(|problems| problems.join("\n"))
}

fn draw<T: Clone + Send + Sync + 'static>(feeder: &Feeder, user: u32, nth: u64) -> Result<T, Exhausted> {
    row::<T>(feeder, user, nth).map(|row| T::clone(&row))
}

fn row<T: Send + Sync + 'static>(feeder: &Feeder, user: u32, nth: u64) -> Result<Row<T>, Exhausted> {
    let (mut rows, shared) = (Rows::default(), Shared::default());
    feeder.draw(&Turn::new(7, UserId(user), 3, nth), &mut rows)?;
    Ok(Context::new(&shared).rows(&mut rows).arg())
}

fn all<T: Clone + Send + Sync + 'static>(feeder: &Feeder) -> Vec<T> {
    (0..feeder.rows()).map(|nth| draw(feeder, 0, nth).unwrap()).collect()
}

/// All rows, or the message without the folder.
fn csv(content: impl AsRef<[u8]>) -> Result<Vec<Account>, String> {
    read("a.csv", content, |path| Feed::csv(path))
}

fn json_lines(content: impl AsRef<[u8]>) -> Result<Vec<Account>, String> {
    read("a.jsonl", content, |path| Feed::json_lines(path))
}

/// The same whether rows are kept in memory or read when they are drawn.
fn read<T: Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static>(
    name: &str,
    content: impl AsRef<[u8]>,
    feed: fn(&Path) -> Feed<T>,
) -> Result<Vec<T>, String> {
    let (folder, path) = file(name, content);
    let place = format!("the data `accounts` (built by hand): {}/", folder.path().display());
    let again = path.clone();
    let kept = load(move || feed(&path)).map(|feeder| all(&feeder));
    let streamed = load(move || feed(&again).keep_up_to(0)).map(|feeder| all(&feeder));
    assert_eq!(kept, streamed);
    kept.map_err(|problems| problems.replace(&place, ""))
}

#[test]
fn csv_becomes_rows_by_the_names_of_its_columns() {
    let rows = csv("age,more,name,city\n3,x,Ann,\"New\nYork, NY\"\n4,y,\"Bob \"\"B\"\"\",\n");

    assert_eq!(rows.unwrap(), [account("Ann", 3, Some("New\nYork, NY")), account("Bob \"B\"", 4, None)]);
}

#[test]
fn a_byte_order_mark_and_any_end_of_lines_are_understood() {
    let wanted = [account("Ann", 3, None), account("Bob", 4, Some("Ulm"))];

    for end in ["\n", "\r\n", "\r"] {
        for (mark, last) in [("", ""), ("\u{feff}", end)] {
            let text = format!("{mark}name,age,city{end}Ann,3,{end}{end}Bob,4,Ulm{last}");
            assert_eq!(csv(&text).unwrap(), wanted, "{text:?}");
        }
    }
    let lines = "\u{feff}{\"name\":\"Ann\",\"age\":3}\r\n\r\n{\"name\":\"Bob\",\"age\":4,\"city\":\"Ulm\"}";
    assert_eq!(json_lines(lines).unwrap(), wanted);
}

#[test]
fn other_delimiters_and_tuples_are_understood() {
    let tabs = |path: &Path| Feed::<(String, u8)>::csv(path).delimiter(b'\t');
    assert_eq!(read("a.csv", "a\tb\nx,y\t2\n", tabs).unwrap(), [("x,y".to_owned(), 2)]);
}

#[test]
fn each_row_that_is_wrong_is_reported_with_its_line_and_column() {
    let problems =
        csv("name,age,city\n\n\nAnn,three,\n\"B\n\no\nb\",4\r\n\r\nCarl,5,Ulm,x\nDora,6,\nEve,-1,\n")
            .unwrap_err();

    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "a.csv:4: column `age`: invalid digit found in string",
            "a.csv:5: has 2 fields, but there are 3 columns",
            "a.csv:10: has 4 fields, but there are 3 columns",
            "a.csv:12: column `age`: invalid digit found in string",
        ]
    );
}

#[test]
fn each_line_of_json_that_is_wrong_is_reported_with_its_line_and_byte() {
    let good = "{\"name\":\"Ann\",\"age\":3}\n";
    let problems =
        json_lines(format!("{good}\n{{\"name\":\"Bob\"}}\n{{\"name\":\n{good}[]\n\"x\"\n{good}{{}} 1\n"))
            .unwrap_err();

    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "a.jsonl:3:14: missing field `age`",
            "a.jsonl:4:8: EOF while parsing a value at `name`",
            "a.jsonl:6:2: invalid length 0, expected struct Account with 3 elements",
            "a.jsonl:7:3: invalid type: string, expected struct Account",
            "a.jsonl:9:2: missing field `name`",
        ]
    );
}

#[test]
fn missing_column_is_reported_with_the_existing_ones() {
    let problems = csv("name,aeg,city\nAnn,3,\n").unwrap_err();

    assert_eq!(problems, "a.csv:2: missing field `age`; there is a column `aeg`");
}

#[test]
fn no_value_of_a_row_is_in_a_message() {
    #[derive(Clone, Debug, Deserialize, PartialEq)]
    struct Login {
        name: String,
        pin: u32,
    }
    let csv = |text: &str| read("a.csv", text, |path| Feed::<Login>::csv(path)).unwrap_err();
    let lines = |text: &str| read("a.jsonl", text, |path| Feed::<Login>::json_lines(path)).unwrap_err();
    let pairs = |text: &str| read("a.csv", text, |path| Feed::<(String, u32)>::csv(path)).unwrap_err();

    for (said, expected) in [
        (csv("name,pin\nann,s3cret\n"), "a.csv:2: column `pin`: invalid digit found in string"),
        (
            csv("s3cret,4711\nann,4712\n"),
            "a.csv:2: missing field `name`; the first line of the file has no such name (2 others)",
        ),
        (pairs("ann,a-s3cret-1\nbob,x\n"), "a.csv:2: column 2: invalid digit found in string"),
        (csv("4711,4711\n"), "a.csv:1: two columns are called the same; rename one"),
        (
            lines("{\"name\":\"ann\",\"pin\":\"s3cret\"}\n"),
            "a.jsonl:1:28: invalid type: string, expected u32 at `pin`",
        ),
        (
            lines("{\"name\":[\"s3cret\"]}\n"),
            "a.jsonl:1:8: invalid type: sequence, expected a string at `name`",
        ),
    ] {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_column_twice_no_rows_and_no_file_are_mistakes() {
    assert_eq!(
        csv("name,age,name\nx,1,y\n").unwrap_err(),
        "a.csv:1: two columns are called `name`; rename one"
    );
    for end in ["\n", "\r\n", "\r"] {
        let why = csv(format!("{end}{end}name,age,name{end}x,1,y{end}")).unwrap_err();
        assert_eq!(why, "a.csv:3: two columns are called `name`; rename one", "{end:?}");
    }
    for empty in ["", "\n\r\n", "\u{feff}"] {
        let why = "a.csv: is empty; it needs a line with the names of the columns, and rows below";
        assert_eq!(csv(empty).unwrap_err(), why, "{empty:?}");
    }
    assert_eq!(csv("name,age,city\n").unwrap_err(), "a.csv: has no rows; it needs at least one");
    assert_eq!(json_lines("\n \n").unwrap_err(), "a.jsonl: has no rows; it needs at least one");
    assert!(load(|| Feed::<u8>::rows([])).unwrap_err().ends_with("has no rows; it needs at least one"));
    assert!(
        load(|| Feed::<Account>::csv("no/such.csv")).unwrap_err().contains("no/such.csv: cannot be read: ")
    );
    assert!(load(|| Feed::<Account>::csv(".")).unwrap_err().contains(".: is not a file"));
}

#[test]
fn invalid_utf_8_is_reported_with_its_place() {
    assert_eq!(
        csv(b"name,age,city\nAnn,3,\nB\xF6b,4,\n").unwrap_err(),
        "a.csv:3: column `name` is not UTF-8; save the file as UTF-8"
    );
    assert_eq!(csv(b"n\xE4me\nx\n").unwrap_err(), "a.csv:1: is not UTF-8; save the file as UTF-8");
    assert_eq!(
        json_lines(b"{\"name\":\"B\xF6b\"}\n").unwrap_err(),
        "a.jsonl:1:11: is not UTF-8; save the file as UTF-8"
    );
    let utf16: Vec<u8> = "\u{feff}name\nx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(csv(&utf16).unwrap_err(), "a.csv: is UTF-16; save it as UTF-8");
}

#[test]
fn first_ten_wrong_rows_are_reported_and_the_others_counted() {
    let problems = csv(format!("name,age,city\n{}", "x,y,z\n".repeat(1000))).unwrap_err();

    assert_eq!(problems.lines().count(), 11);
    assert!(problems.ends_with("a.csv: 990 more rows are wrong"), "{problems}");
}

#[test]
fn a_row_without_an_end_is_cut_at_16_mib() {
    let long = "x".repeat(40 << 20);

    let quoted = csv(format!("name,age,city\nAnn,3,\n\"{long}"));
    let line = json_lines(&long);

    let why = "is longer than 16 MiB; is a quote not closed, or a line not ended?";
    assert_eq!(quoted.unwrap_err(), format!("a.csv:3: {why}"));
    assert_eq!(line.unwrap_err(), format!("a.jsonl:1: {why}"));
}

#[test]
fn a_function_that_fails_or_panics_or_contradicts_itself_is_a_mistake() {
    let failing = Data::new("x", || Err::<Feed<u8>, _>("DATA is not set"));
    let panicking = Data::new("x", || -> Feed<u8> { panic!("no") });

    assert_eq!(failing.load().unwrap_err(), ["the data `x` (built by hand): DATA is not set"]);
    assert_eq!(panicking.load().unwrap_err(), ["the data `x` (built by hand): panicked"]);
    assert!(load(|| Feed::rows([1]).random().then_stop()).unwrap_err().contains("which has no end"));
    assert!(load(|| Feed::rows([1]).once().then_cycle()).unwrap_err().contains("would give rows twice"));
    let unique = load(|| Feed::rows([1, 2]).unique()).unwrap();
    assert_eq!(unique.problem(2), None);
    assert!(unique.problem(3).unwrap().contains("has 2 rows for 3 users"));
}

#[test]
fn the_end_is_a_new_round_or_the_end_of_the_run_or_a_failure() {
    let feed = || Feed::rows(["a", "b"]);
    let ends = [
        (load(feed).unwrap(), "cycle"),
        (load(move || feed().then_stop()).unwrap(), "stop"),
        (load(move || feed().once()).unwrap(), "stop"),
        (load(move || feed().once().then_fail()).unwrap(), "fail"),
        (load(move || feed().shuffled().then_fail()).unwrap(), "fail"),
        (load(move || feed().shuffled()).unwrap(), "cycle"),
    ];

    for (feeder, end) in ends {
        let mut both = [draw::<&str>(&feeder, 0, 0).unwrap(), draw(&feeder, 0, 1).unwrap()];
        both.sort_unstable();
        assert_eq!(both, ["a", "b"]);
        match (draw::<&str>(&feeder, 0, 2), end) {
            (Ok(row), "cycle") => assert!(["a", "b"].contains(&row)),
            (Err(Exhausted::Stop(why)), "stop") => {
                assert_eq!(why, "the data `accounts` is used up: all of its 2 rows were given");
            }
            (Err(Exhausted::Fail(error)), "fail") => assert_eq!(error.kind(), FailureKind::DataExhausted),
            (other, end) => panic!("{end}: {other:?}"),
        }
    }
}

#[test]
fn users_of_a_sequential_feed_take_from_one_pile_and_others_do_not() {
    let sequential = load(|| Feed::rows(0..5)).unwrap();
    let taken: Vec<i32> = [0, 2, 1, 0, 0, 2].map(|user| draw(&sequential, user, 0).unwrap()).to_vec();
    let random = load(|| Feed::rows(0..1000).random()).unwrap();
    let drawn = |user, nth| draw::<i32>(&random, user, nth).unwrap();

    assert_eq!(taken, [0, 1, 2, 3, 4, 0]);
    assert!(sequential.is_shared() && !random.is_shared());
    assert_eq!(drawn(1, 5), drawn(1, 5));
    assert_ne!([drawn(1, 5), drawn(1, 6), drawn(1, 7)], [drawn(2, 5), drawn(2, 6), drawn(2, 7)]);
}

#[test]
fn rows_of_a_large_file_are_read_in_any_order_of_draws() {
    let text: String = (0..1000).map(|n| format!("row {n},{n},\n{}", "\n".repeat(n % 3))).collect();
    let (_folder, path) = file("a.csv", format!("\u{feff}name,age,city\n{text}"));
    let feeder = load(move || Feed::<Account>::csv(&path).shuffled().keep_up_to(100)).unwrap();

    let mut seen = HashMap::new();
    for nth in 0..1000 {
        let row = row::<Account>(&feeder, 1, nth).unwrap();
        assert_eq!(*row, account(&format!("row {}", row.index()), row.index() as u32, None));
        *seen.entry(row.index()).or_insert(0) += 1;
    }

    assert_eq!(seen.len(), 1000);
}

#[test]
fn a_file_that_becomes_shorter_is_a_failure_of_this_machine_and_no_wrong_row() {
    let lines: String = (0..5000).map(|n| format!("{{\"name\":\"{n}\",\"age\":{n}}}\n")).collect();
    let (_folder, path) = file("a.jsonl", &lines);
    let there = path.clone();
    let feeder = load(move || Feed::<Account>::json_lines(&there).random().keep_up_to(0)).unwrap();
    fs::write(&path, &lines[..lines.len() / 2 - 5]).unwrap();

    let drawn: Vec<_> = (0..200).map(|nth| row::<Account>(&feeder, 0, nth)).collect();

    let (mut read, mut failed) = (0, 0);
    for row in drawn {
        match row {
            Ok(row) => {
                read += 1;
                assert_eq!(u64::from(row.age), row.index());
            }
            Err(Exhausted::Fail(error)) => {
                failed += 1;
                assert_eq!(error.kind(), FailureKind::LocalOther);
                assert!(error.to_string().contains("has the file changed?"), "{error}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(read > 20 && failed > 20, "{read}, {failed}");
}

/// Fields of a spreadsheet, and their form in the file.
fn written(rows: &[Vec<String>], end: &str) -> String {
    let field = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(",") + end;
    rows.iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_parser_panic(content in prop::collection::vec(any::<u8>(), 0..300), mark in any::<bool>()) {
        let mut bytes = if mark { b"\xEF\xBB\xBFname,age,city\n".to_vec() } else { Vec::new() };
        bytes.extend(content);
        drop((csv(&bytes), json_lines(&bytes)));
    }

    #[test]
    fn no_text_makes_a_parser_panic(content in "[\"a,\\n\\r 1{}:\u{feff}é]{0,200}") {
        let text = format!("name,age,city\n{content}");
        drop((csv(&text), json_lines(&content)));
    }

    #[test]
    fn written_csv_is_read_back(
        rows in prop::collection::vec(prop::collection::vec(".*", 3), 1..150),
        end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let text = format!("a,b,c{end}{}", written(&rows, end));
        let wanted: Vec<BTreeMap<String, String>> = rows
            .iter()
            .map(|row| ["a", "b", "c"].map(String::from).into_iter().zip(row.iter().cloned()).collect())
            .collect();
        prop_assert_eq!(read("a.csv", text, |path| Feed::<BTreeMap<String, String>>::csv(path)).unwrap(), wanted);
    }

    #[test]
    fn written_json_is_read_back(rows in prop::collection::vec(".*", 1..150)) {
        let text: String = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect();
        prop_assert_eq!(read("a.jsonl", text, |path| Feed::<String>::json_lines(path)).unwrap(), rows);
    }

    #[test]
    fn the_line_of_a_wrong_row_is_the_one_that_an_editor_shows(
        before in prop::collection::vec("[a-z]{0,3}(\\n[a-z]{0,2}){0,2}", 0..80),
        blank in 0usize..4,
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        // The line end in a field is the same as that of the lines.
        let good: String = before.iter().map(|name| format!("\"{}\",1,{end}", name.replace('\n', end))).collect();
        let text = format!("name,age,city{end}{good}{}x,y,{end}{end}x,z,{end}", end.repeat(blank));
        let line = |found: usize| 1 + text[..found].matches(end).count();
        let lines = [text.find("x,y,"), text.find("x,z,")].map(|found| line(found.unwrap()));
        let problems = csv(&text).unwrap_err();
        for (line, problem) in lines.into_iter().zip(problems.lines()) {
            prop_assert!(problem.starts_with(&format!("a.csv:{line}: column `age`")), "{:?}: {}", text, problem);
        }
    }
}
