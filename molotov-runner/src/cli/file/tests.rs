//! Whole files, read as for a run.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::CommandFactory;

use super::find::FileRequest;
use super::options::Words;
use super::reader::Reader;
use super::settings::FileSettings;
use super::source::Source;
use crate::cli::args::Args;

fn read(words: Words, text: &str, asked: &FileRequest) -> Result<FileSettings, String> {
    let name = if words == Words::Own { "molotov.toml" } else { "molotov.json" };
    let source = Source::new(name, text.to_owned());
    Reader::new(&Args::command(), words).run(&source, asked).map_err(|problems| problems.join("\n"))
}

fn named(profile: &str) -> FileRequest {
    FileRequest { profile: Some(profile.to_owned()), ..FileRequest::default() }
}

fn toml(text: &str, profile: &str) -> Result<FileSettings, String> {
    read(Words::Own, text, &named(profile))
}

pub(super) fn json(text: &str) -> Result<FileSettings, String> {
    read(Words::Python, text, &named("big"))
}

/// The values of an option in the form of the command line.
pub(super) fn values(settings: &FileSettings, id: &str) -> Option<String> {
    let values = settings.option(id)?.values.as_ref()?;
    Some(values.iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

#[test]
fn profile_wins_over_settings_of_every_run() {
    let text = r#"
        host = "http://localhost:1"
        users = 3
        max-runs = 5
        tag = ["read"]
        [profile.big]
        users = 1_000
        duration = "10m"
        scenario = ["b*", "c"]
        quiet = true
        verbose = 2
        fail_fast = false
        [profile.small]
        users = 1
    "#;

    let big = toml(text, "big").unwrap();

    for (id, value) in [
        ("host", Some("http://localhost:1")),
        ("users", Some("1000")),
        ("duration", Some("10m")),
        ("max_runs", None),
        ("scenario", Some("b* c")),
        ("tag", None),
        ("quiet", Some("true")),
        ("verbose", Some("2")),
        ("fail_fast", Some("false")),
    ] {
        assert_eq!(values(&big, id).as_deref(), value, "{id}");
    }
    assert_eq!(values(&toml(text, "small").unwrap(), "max_runs").as_deref(), Some("5"));
    assert_eq!(
        values(&read(Words::Own, text, &FileRequest::default()).unwrap(), "users").as_deref(),
        Some("3")
    );
}

#[test]
fn every_option_that_makes_sense_in_a_file_is_known_by_each_of_its_names() {
    let command = Args::command();
    let mut known = 0;
    for arg in
        command.get_arguments().filter(|arg| arg.get_env().is_some() && arg.get_long() != Some("config"))
    {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        for name in arg.get_long().into_iter().chain(aliases) {
            for key in [name.to_owned(), name.replace('-', "_")] {
                // A value that no option accepts: the message is about the value, not the key.
                let wrong = toml(&format!("[profile.big]\n{key} = 1979-05-27"), "big").err().unwrap();
                assert!(wrong.starts_with(&format!("molotov.toml:2:{}: `{key}`", key.len() + 4)), "{wrong}");
                known += 1;
            }
        }
    }
    assert!(known > 40, "{known}");
}

/// A file's content, the place in the message, and its text.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("usres = 3", "1:1", &["the file has", "`usres`", "did you mean `users`?"]),
    (
        "[profile.big]\nusers = 3\nmax_rnus = 3",
        "3:1",
        &["[profile.big]", "`max_rnus`", "did you mean `max_runs`?"],
    ),
    ("[profile.small]\nx = 3\n[profile.big]", "2:1", &["[profile.small]", "`x`", "--help"]),
    ("[profile.big]\nusers = 0", "2:9", &["`users` in [profile.big]", "at least one user"]),
    ("[profile.big]\nusers = \"3\"", "2:9", &["`users`", "a number", "it is text"]),
    ("[profile.big]\nusers = true", "2:9", &["`users`", "a number", "it is true or false"]),
    ("[profile.big]\nusers = [3]", "2:9", &["`users`", "a number", "it is an array"]),
    ("[profile.big]\nusers = 1.5", "2:9", &["`users`", "a whole number"]),
    ("[profile.big]\nduration = 10", "2:12", &["`duration`", "a unit", "10s"]),
    ("[profile.big]\nduration = true", "2:12", &["`duration`", "\"10s\""]),
    ("[profile.big]\nduration = \"0s\"", "2:12", &["`duration`", "longer than zero"]),
    ("[profile.big]\nquiet = \"yes\"", "2:9", &["`quiet`", "true or false"]),
    ("[profile.big]\nverbose = 300", "2:11", &["`verbose`", "a whole number"]),
    ("[profile.big]\nhost = \"localhost:80\"", "2:8", &["`host`", "http://localhost:80"]),
    ("[profile.big]\nscenario = [[\"a\"]]", "2:12", &["`scenario`", "text", "an array"]),
    ("[profile.big]\nreport = { a = 1 }", "2:10", &["`report`", "text", "a table"]),
    ("[profile.big]\nusers = 1\nworkers = 2", "3:1", &["`workers`", "twice", "`users` (molotov.toml:2:1)"]),
    ("[profile.big]\nlist = true", "2:1", &["`list`", "--list"]),
    ("[profile.big]\nuvloop = true", "2:1", &["`uvloop`", "no meaning", "leave it out"]),
    ("[profile.big]\nusers = 1\nusers = 2", "3:1", &["not TOML", "duplicate"]),
    ("[profile.big]\nusers = ", "2:9", &["not TOML"]),
    ("[profile.big", "1:13", &["not TOML"]),
    ("[profiles.big]", "1:2", &["[profiles]", "[profile.NAME]"]),
    ("[smoke]", "1:2", &["[smoke]", "did you mean [profile.smoke]?"]),
    ("[enf]", "1:2", &["[enf]", "did you mean [env]?"]),
    ("profile = 3", "1:1", &["`profile` must be a table"]),
    ("[[profile]]", "1:3", &["`profile` must be a table"]),
    ("[profile]\nbig = 3", "2:1", &["`profile.big` must be a table"]),
    ("[profile.big]\nenv = 3", "2:1", &["`profile.big.env` must be a table"]),
    ("[env]\nMOLOTOV_USERS = 3\n[profile.big]", "2:1", &["`MOLOTOV_USERS` in [env]", "`users = …`"]),
    ("[env]\nA = [1]\n[profile.big]", "2:5", &["`A` in [env]", "text", "an array"]),
    ("[env]\n\"\" = \"x\"\n[profile.big]", "2:1", &["a name"]),
    ("[env]\n\"A=B\" = \"x\"\n[profile.big]", "2:1", &["without `=`"]),
    ("[env]\nA = \"a\\u0000b\"\n[profile.big]", "2:5", &["`A` in [env]", "zero byte"]),
];

#[test]
fn each_mistake_in_a_file_is_reported_with_its_place_and_its_cure() {
    let mut wrong = Vec::new();
    for (text, place, says) in WRONG {
        // Mistakes must also be reported in unused parts.
        let text = if text.contains("[profile.big]") { (*text).to_owned() } else { format!("{text}\n") };
        let said = toml(&text, "big").err().unwrap_or_default();
        let first = said.lines().next().unwrap_or_default();
        let starts = first.starts_with(&format!("molotov.toml:{place}: "));
        if !starts || says.iter().any(|word| !first.contains(word)) {
            wrong.push(format!("{text}\n  should say {says:?} at {place}, and says: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let said = toml("usres = 3\n[profile.a]\nusers = 0\ndelay = 3\n", "b").err().unwrap();

    let places: Vec<&str> = said.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(places, ["molotov.toml:1:1", "molotov.toml:3:9", "molotov.toml:4:9", "molotov.toml"]);
    assert!(said.ends_with("there is no profile `b` in it; there is `a`"), "{said}");
}

#[test]
fn a_profile_that_is_not_there_gets_the_nearest_one() {
    let said = toml("[profile.smoke]\n[profile.big]\n", "bgi").err().unwrap();

    assert_eq!(said, "molotov.toml:2:10: there is no profile `bgi` in it; did you mean `big`?");
    let said = toml("[profile.smoke]", "bgi").err().unwrap();
    assert_eq!(said, "molotov.toml: there is no profile `bgi` in it; there is `smoke`");
    assert!(toml("", "big").err().unwrap().ends_with("there is no profile at all"));
}

#[test]
fn unused_named_file_is_reported() {
    let asked = FileRequest { file: Some((PathBuf::from("x"), "--config".into())), profile: None };

    let said = read(Words::Own, "[profile.smoke]\n[profile.big]\n", &asked).err().unwrap();

    assert!(said.contains("name one of its profiles after it: `smoke`, `big`"), "{said}");
    assert!(read(Words::Own, "", &asked).err().unwrap().contains("it is empty"));
    assert!(read(Words::Own, "users = 3", &asked).is_ok());
}

#[test]
fn secrets_in_a_file_are_not_in_its_messages() {
    for text in [
        "[env]\nTOKEN = \"hunter2\nusers = 3",
        "[env]\nTOKEN = [\"hunter2\"]",
        "[env]\nTOKEN = hunter2",
        "[env]\nTOKEN = \"hunter2\" x",
        "[profile.big]\nhost = \"http://user:hunter2@h:x\"",
        "[profile.big]\nhost = \"http://h/?token=hunter2\"",
        "[profile.big]\nusers = \"hunter2\"",
    ] {
        let said = toml(text, "big").err().unwrap();

        assert!(!said.contains("hunter2"), "{said}");
    }
    for text in
        ["{\"molotov\": {\"env\": {\"A\": \"hunter2}", "{\"molotov\": {\"env\": {\"A\": [\"hunter2\"]}}}"]
    {
        assert!(!json(text).err().unwrap().contains("hunter2"), "{text}");
    }
}

#[test]
fn variables_of_a_profile_stand_above_those_of_the_file() {
    let text =
        "[env]\nA__ = 1\nB__ = \"b\"\n[profile.big.env]\nA__ = 2.5\nC__ = true\n[profile.c.env]\nD__ = 'd'";

    let mut variables = toml(text, "big").unwrap().variables.missing();

    variables.sort();
    let expected = [("A__", "2.5"), ("B__", "b"), ("C__", "true")];
    assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_file_of_python_molotov_is_read() {
    let text = r#"{"molotov": {
        "env": {"SERVER_URL__": "http://aserver.net", "PORT__": 80},
        "requirements": "requirements.txt",
        "tests": {
            "big": {"console": true, "duration": 10, "ramp-up": 0.25, "exception": true, "processes": 10, "delay": 0,
                    "scenario": "tests/example.py", "workers": 100, "single_mode": "scenario_two", "fail": null,
                    "max_runs": 3, "uvloop": false, "use_extension": ["a.py"], "verbose": 2, "quiet": false},
            "small": {"debug": true}
        }
    }}"#;

    let settings = json(text).unwrap();

    for (id, value) in [
        ("console", "true"),
        ("duration", "10000000000ns"),
        ("ramp_up", "250000000ns"),
        ("delay", "0ns"),
        ("fail_fast", "true"),
        ("processes", "10"),
        ("users", "100"),
        ("scenario", "scenario_two"),
        ("max_runs", "3"),
        ("verbose", "2"),
        ("quiet", "false"),
    ] {
        assert_eq!(values(&settings, id).as_deref(), Some(value), "{id}");
    }
    assert!(settings.option("fail").is_none());
    assert_eq!(settings.variables.clone().missing().len(), 2);
    let noted =
        |name: &str| settings.notes.iter().any(|note| note.contains(name) && note.contains("no meaning"));
    assert_eq!(settings.notes.len(), 4, "{:?}", settings.notes);
    assert!(["`requirements`", "`scenario`", "`uvloop`", "`use_extension`"].into_iter().all(noted));
    assert!(settings.notes[1].starts_with("molotov.json:6:21: "), "{:?}", settings.notes);
}

/// The same for a molotov.json.
const WRONG_JSON: &[(&str, &str, &[&str])] = &[
    ("", "1:1", &["not JSON"]),
    ("{\n  \"molotov\": {]", "2:15", &["not JSON"]),
    ("[]", "1:1", &["the file must be an object"]),
    ("{}", "1:1", &["\"molotov\""]),
    ("{\"molotow\": {}}", "1:2", &["did you mean `molotov`?"]),
    ("{\"molotov\": {\"test\": {}}}", "1:14", &["`test`", "did you mean `tests`?"]),
    ("{\"molotov\": {\"tests\": []}}", "1:23", &["`tests` must be an object"]),
    ("{\"molotov\": {\"tests\": {\"big\": 3}}}", "1:31", &["the test `big` must be an object"]),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"worker\": 3}}}}",
        "2:1",
        &["`worker`", "did you mean `workers`?"],
    ),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"workers\": 0}}}}",
        "2:12",
        &["`workers`", "at least one user"],
    ),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"workers\": \"many\"}}}}", "2:12", &["`workers`", "a number"]),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"workers\": 2.5}}}}", "2:12", &["`workers`", "a whole number"]),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"duration\": \"1M\"}}}}", "2:13", &["1m is a minute, 30d are"]),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"duration\": false}}}}",
        "2:13",
        &["`duration`", "true or false"],
    ),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"env\": 3}}}}",
        "2:8",
        &["`env` of the test `big`", "an object"],
    ),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"duration\": -1}}}}", "2:13", &["`duration`", "seconds"]),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"duration\": 1e99}}}}", "2:13", &["`duration`", "seconds"]),
    ("{\"molotov\": {\"tests\": {\"big\": {\n\"console\": []}}}}", "2:12", &["`console`", "true or false"]),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"console\": \"maybe\"}}}}",
        "2:12",
        &["`console`", "true or false"],
    ),
    (
        "{\"molotov\": {\"tests\": {\"big\": {\n\"single_mode\": {}}}}}",
        "2:16",
        &["`single_mode`", "an object"],
    ),
    ("{\"molotov\": {\"tests\": {\"big\": {\"workers\": 1,\n\"users\": 2}}}}", "2:1", &["twice"]),
    (
        "{\"molotov\": {\"env\": {\"A\": {}}, \"tests\": {\"big\": {}}}}",
        "1:27",
        &["`A` in [env]", "an object"],
    ),
    ("{\"molotov\": {\"tests\": {\"big\": {},\n\"big\": {}}}}", "2:1", &["the test `big`", "twice"]),
    ("{\"molotov\": {\"env\": {\"A\": 1,\n\"A\": 2}, \"tests\": {\"big\": {}}}}", "2:1", &["`A`", "twice"]),
    ("{\"molotov\": {\"tests\": {\"bgi\": {}}}}", "1:24", &["there is no test `big`", "did you mean `bgi`?"]),
];

#[test]
fn each_mistake_in_a_molotov_json_is_reported_with_its_place_and_its_cure() {
    let mut wrong = Vec::new();
    for (text, place, says) in WRONG_JSON {
        let said = json(text).err().unwrap_or_default();
        let first = said.lines().next().unwrap_or_default();
        let start =
            if place.is_empty() { "molotov.json: ".into() } else { format!("molotov.json:{place}: ") };
        if !first.starts_with(&start) || says.iter().any(|word| !first.contains(word)) {
            wrong.push(format!("{text}\n  should say {says:?} at {place}, and says: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_molotov_json_without_a_name_is_about_its_test() {
    let text = r#"{"molotov": {"tests": {"test": {"workers": 7}, "big": {}}}}"#;

    let settings = read(Words::Python, text, &FileRequest::default()).unwrap();

    assert_eq!(values(&settings, "users").as_deref(), Some("7"));
}

#[test]
fn nesting_without_end_is_no_matter() {
    for open in ["[", "{\"a\":", "{\"molotov\": {\"tests\": {\"big\": {\"tag\": ["] {
        assert!(json(&open.repeat(100_000)).is_err());
    }
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(json(&format!(r#"{{"molotov": {{"tests": {{"big": {{"tag": {deep}}}}}}}}}"#)).is_err());
    assert!(toml(&format!("tag = {}", "[".repeat(100_000)), "big").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in ".*", lines in proptest::collection::vec(line(), 0..8)) {
        drop((toml(&text, "big"), json(&text), toml(&lines.join("\n"), "big")));
        drop(json(&format!(r#"{{"molotov": {{"tests": {{"big": {{{}}}}}}}}}"#, lines.join(","))));
    }

    #[test]
    fn written_lines_are_read_back(users in 1u32..1_000_000, seed in 0..i64::MAX, ms in 1u64..30_000_000_000, quiet: bool,
                                    names in proptest::collection::vec("[^,\\x00-\\x1f\\x7f]{1,12}", 1..4),
                                    secret in "[^\\x00]*") {
        let duration = humantime::format_duration(std::time::Duration::from_millis(ms)).to_string();
        let array = toml_of(&serde_json::json!(names));
        let text = format!(
            "[profile.big]\nusers = {users}\nseed = {seed}\nduration = \"{duration}\"\nquiet = {quiet}\nscenario = {array}\n\
             [env]\nSECRET__ = {}\n", toml_of(&serde_json::json!(secret)));

        let settings = toml(&text, "big").unwrap();

        proptest::prop_assert_eq!(values(&settings, "users"), Some(users.to_string()));
        proptest::prop_assert_eq!(values(&settings, "seed"), Some(seed.to_string()));
        proptest::prop_assert_eq!(values(&settings, "duration"), Some(duration));
        proptest::prop_assert_eq!(values(&settings, "quiet"), Some(quiet.to_string()));
        let scenarios = settings.option("scenario").unwrap().values.clone().unwrap();
        proptest::prop_assert_eq!(scenarios, names.iter().map(OsStr::new).collect::<Vec<_>>());
        proptest::prop_assert_eq!(settings.variables.missing(), [("SECRET__".to_owned(), secret.clone())]);

        let seconds = ms as f64 / 1000.0;
        let text = serde_json::json!({"molotov": {"env": {"SECRET__": secret}, "tests": {"big":
            {"workers": users, "duration": seconds, "quiet": quiet}}}}).to_string();
        let settings = json(&text).unwrap();
        proptest::prop_assert_eq!(values(&settings, "users"), Some(users.to_string()));
        let read = humantime::parse_duration(&values(&settings, "duration").unwrap()).unwrap();
        proptest::prop_assert!(read.abs_diff(std::time::Duration::from_millis(ms)).as_micros() < 10);
        proptest::prop_assert_eq!(settings.variables.missing(), [("SECRET__".to_owned(), secret)]);
    }
}

/// A value in TOML: the same as in JSON, except for some control characters.
fn toml_of(value: &serde_json::Value) -> String {
    value.to_string().replace('\u{7f}', "\\u007f")
}

/// A line with parts of the readers' vocabulary.
fn line() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let key =
        prop_oneof!["users|duration|env|profile|\"molotov\"|\"tests\"|tag|host|verbose|quiet", ".{0,5}"];
    let value = prop_oneof![
        "-?[0-9]{1,30}(\\.[0-9]+)?(e[0-9]{1,3})?",
        "\"[^\"]{0,5}\"",
        "true|false|null|\\[|\\{|\\}",
        ".{0,9}"
    ];
    prop_oneof![
        (key.clone(), "=|:| = ", value).prop_map(|(key, is, value)| format!("{key}{is}{value}")),
        key.prop_map(|key| format!("[profile.{key}]")),
        ".{0,12}",
    ]
}

#[test]
fn a_scenario_has_a_table_of_its_own_for_its_rate() {
    let text = r#"
        [scenario.browse]
        rate = "100/s"
        [profile.big.scenario.buy]
        rate = "50/s"
        [profile.big.scenario."look around"]
        rate = "30/m"
        [profile.small]
        users = 1
    "#;

    assert_eq!(values(&toml(text, "big").unwrap(), "scenario_rate").unwrap(), "buy=50/s look around=30/m");
    assert_eq!(values(&toml(text, "small").unwrap(), "scenario_rate").unwrap(), "browse=100/s");
}

#[test]
fn slip_in_the_table_of_a_scenario_is_reported_with_its_place() {
    for (text, part) in [
        (
            "[profile.big.scenario.buy]\nrate = 50",
            "molotov.toml:2:8: `rate` in [profile.big.scenario.buy] must be text",
        ),
        (
            "[profile.big]\nscenario = [\"buy\"]\n[profile.big.scenario.buy]\nrate = \"5/s\"",
            "where `scenario` is a list, rates are `scenario_rate = [\"NAME=50/s\"]`",
        ),
        (
            "[profile.big.scenario.buy]\nrate = \"50\"",
            "molotov.toml:2:8: `scenario_rate` in [profile.big]: a rate needs a unit",
        ),
        (
            "[profile.big.scenario.buy]\nweight = 5",
            "molotov.toml:2:1: [profile.big.scenario.buy] has the unknown key `weight`",
        ),
        ("[profile.big.scenario]\nbuy = 5", "`profile.big.scenario.buy` must be a table"),
    ] {
        let why = toml(text, "big").err().unwrap();
        assert!(why.contains(part), "{why}");
    }
}

#[test]
fn a_file_whose_only_line_is_wrong_is_not_said_to_be_empty() {
    let asked =
        FileRequest { file: Some(("molotov.toml".into(), "--config".into())), ..FileRequest::default() };

    let why = read(Words::Own, "threshold = \"p99 < x\"", &asked).err().unwrap();

    assert!(why.contains("molotov.toml:1:13: `threshold` in the file: not a time"), "{why}");
    assert!(!why.contains("it is empty"), "{why}");
}
