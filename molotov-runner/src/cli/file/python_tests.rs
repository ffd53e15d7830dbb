//! Real files of Python Molotov.

use super::tests::{json, values};

fn test(options: &str) -> String {
    format!(r#"{{"molotov": {{"tests": {{"big": {{{options}}}}}}}}}"#)
}

fn assert_value(options: &str, id: &str, value: Option<&str>) {
    match json(&test(options)) {
        Ok(settings) => {
            assert_eq!(values(&settings, id).as_deref(), value, "{options}");
            assert!(settings.notes.is_empty(), "{options}: {:?}", settings.notes);
        }
        Err(why) => assert!(options.contains("1M") && why.contains("1m is a minute"), "{options}: {why}"),
    }
}

#[test]
fn flags_have_their_meaning_in_python() {
    for (options, id, value) in [
        (r#""console": 1"#, "console", Some("true")),
        (r#""console": 0"#, "console", Some("false")),
        (r#""console": 1.0"#, "console", Some("true")),
        (r#""console": "true""#, "console", Some("true")),
        (r#""quiet": "Yes""#, "quiet", Some("true")),
        (r#""exception": "1""#, "fail_fast", Some("true")),
        (r#""verbose": true"#, "verbose", Some("1")),
        (r#""verbose": "2""#, "verbose", Some("2")),
        (r#""verbose": 2.0"#, "verbose", Some("2")),
        (r#""verbose": "true""#, "verbose", Some("1")),
        (r#""single_run": 1"#, "single_run", Some("true")),
    ] {
        assert_value(options, id, value);
    }
}

#[test]
fn values_have_their_meaning_in_python() {
    for (options, id, value) in [
        (r#""statsd": null"#, "statsd", None),
        (r#""statsd": """#, "statsd", None),
        (r#""console_update": 0.5"#, "console_update", Some("500000000ns")),
        (r#""console_update": null"#, "console_update", None),
        (r#""workers": "5""#, "users", Some("5")),
        (r#""workers": 5.0"#, "users", Some("5")),
        (r#""workers": 1e2"#, "users", Some("100")),
        (r#""workers": null"#, "users", None),
        (r#""processes": "2""#, "processes", Some("2")),
        (r#""duration": "60""#, "duration", Some("60000000000ns")),
        (r#""duration": "1M30S""#, "duration", None),
        (r#""duration": "10S""#, "duration", Some("10S")),
        (r#""delay": "0.5""#, "delay", Some("500000000ns")),
        (r#""ramp_up": 0"#, "ramp_up", Some("0ns")),
        (r#""sizing": 1"#, "sizing", Some("1")),
        (r#""sizing": "false""#, "sizing", Some("false")),
        (r#""sizing_tolerance": 5.0"#, "sizing_tolerance", Some("5.0")),
        (r#""sizing_tolerance": "5""#, "sizing_tolerance", Some("5")),
        (r#""fail": "3""#, "fail", Some("3")),
        (r#""max_runs": "3""#, "max_runs", Some("3")),
        (r#""max_runs": "None""#, "max_runs", None),
        (r#""single_mode": """#, "scenario", None),
        (r#""single_mode": "buy""#, "scenario", Some("buy")),
        (r#""statsd_address": "udp://127.0.0.1:8125""#, "statsd_address", Some("udp://127.0.0.1:8125")),
    ] {
        assert_value(options, id, value);
    }
}

#[test]
fn misleading_or_default_values_are_a_note() {
    for (options, id, value, note) in [
        (r#""console_update": 0"#, "console_update", None, "the default is taken"),
        (r#""console_update": 0.0"#, "console_update", None, "the default is taken"),
        (r#""console_update": "0""#, "console_update", None, "the default is taken"),
        (r#""max_runs": 0"#, "max_runs", None, "0 is no limit"),
        (r#""max_runs": false"#, "max_runs", None, "0 is no limit"),
        (r#""fail": 0"#, "fail", None, "as if it was not there"),
        (r#""console": "false""#, "console", Some("false"), "Python takes for true"),
        (r#""quiet": "off""#, "quiet", Some("false"), "Python takes for true"),
        (r#""verbose": "false""#, "verbose", Some("0"), "Python takes for true"),
        (r#""disable_dns_resolve": true"#, "dns_ttl", None, "`dns_ttl`"),
        (r#""requirements": "requirements.txt""#, "users", None, "Cargo.toml"),
        (r#""uvloop": 0"#, "uvloop", None, "no meaning"),
        (r#""version": false"#, "version", None, "no meaning"),
    ] {
        let settings = json(&test(options)).unwrap_or_else(|why| panic!("{options}: {why}"));

        assert_eq!(values(&settings, id).as_deref(), value, "{options}");
        let [only] = settings.notes.as_slice() else { panic!("{options}: {:?}", settings.notes) };
        assert!(only.starts_with("molotov.json:1:") && only.contains(note), "{options}: {only}");
    }
}

#[test]
fn a_test_may_have_variables_of_its_own() {
    let settings = json(&test(r#""env": {"SERVER_URL__": "http://aserver.net"}, "workers": 3"#)).unwrap();

    assert_eq!(values(&settings, "users").as_deref(), Some("3"));
    assert_eq!(settings.variables.missing(), [("SERVER_URL__".to_owned(), "http://aserver.net".to_owned())]);
}
