//! Tests of the log of events.

use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::failure::FailureKind;

fn all() -> Vec<(Event, Value)> {
    let (at, elapsed) = (Duration::from_millis(1_500), Duration::from_micros(2_250));
    let (user, iteration, scenario) = (UserId(3), Iteration(7), Arc::from("bu\"y"));
    let route = "GET /items/{id}".to_owned();
    vec![
        (Event::RunStarted { at, users: 9 }, json!({"event": "run_started", "users": 9})),
        (Event::UserCount { at, users: 4 }, json!({"event": "user_count", "users": 4})),
        (
            Event::ScenarioStarted { at, user, iteration, scenario: Arc::clone(&scenario) },
            json!({"event": "scenario_started", "user": 3, "iteration": 7, "scenario": "bu\"y"}),
        ),
        (
            Event::ScenarioCancelled { at, user, iteration, scenario: Arc::clone(&scenario), elapsed },
            json!({"event": "scenario_cancelled", "user": 3, "iteration": 7, "scenario": "bu\"y",
                   "elapsed_ms": 2.25}),
        ),
        (
            Event::Logged(Logged { at, user, iteration, text: "hello".into() }),
            json!({"event": "logged", "user": 3, "iteration": 7, "message": "hello"}),
        ),
        (
            Event::RequestCancelled { at, user, route: route.clone(), elapsed },
            json!({"event": "request_cancelled", "user": 3, "route": "GET /items/{id}", "elapsed_ms": 2.25}),
        ),
        (
            Event::ScenarioSucceeded { at, user, iteration, scenario: Arc::clone(&scenario), elapsed },
            json!({"event": "scenario_succeeded", "user": 3, "iteration": 7, "scenario": "bu\"y",
                   "elapsed_ms": 2.25}),
        ),
        (
            Event::ScenarioFailed {
                at,
                user,
                iteration,
                scenario,
                elapsed,
                kind: FailureKind::UserError,
                message: "no\nway".into(),
            },
            json!({"event": "scenario_failed", "user": 3, "iteration": 7, "scenario": "bu\"y",
                   "elapsed_ms": 2.25, "kind": "user.error", "message": "no\nway"}),
        ),
        (
            Event::RequestSent { at, user, route: route.clone() },
            json!({"event": "request_sent", "user": 3, "route": "GET /items/{id}"}),
        ),
        (
            Event::ResponseReceived { at, user, route: route.clone(), status: 201, elapsed },
            json!({"event": "response_received", "user": 3, "route": "GET /items/{id}", "status": 201,
                   "elapsed_ms": 2.25}),
        ),
        (
            Event::RequestFailed { at, user, route, kind: FailureKind::ConnectRefused, elapsed },
            json!({"event": "request_failed", "user": 3, "route": "GET /items/{id}",
                   "kind": "connect.refused", "elapsed_ms": 2.25}),
        ),
        (Event::RunEnded { at }, json!({"event": "run_ended"})),
    ]
}

#[test]
fn each_event_is_a_line_after_one_about_the_log() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let log = EventLog::create(file.path()).unwrap();
    let listener = Listener::from(&log);

    all().iter().for_each(|(event, _)| listener.call(event));

    let text = fs::read_to_string(file.path()).unwrap();
    assert!(text.ends_with('\n'));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["schema"]), (&json!("log"), &json!(1)));
    let started = lines[0]["ts"].as_f64().unwrap();
    for (line, (_, mut expected)) in lines[1..].iter().zip(all()) {
        expected["at_ms"] = json!(1_500.0);
        expected["ts"] = line["ts"].clone();
        assert_eq!(*line, expected);
        assert!((line["ts"].as_f64().unwrap() - started - 1.5).abs() < 1e-5, "{line}");
    }
    assert_eq!((lines.len(), log.written()), (13, 12));
    assert_eq!((log.outcome(), log.error()), (Ok(()), None));
}

#[test]
fn error_ends_the_log_and_is_reported() {
    let log = EventLog::new(<&mut [u8]>::default());

    all().iter().for_each(|(event, _)| log.on_event(event));

    assert!(log.outcome().unwrap_err().contains("write"), "{:?}", log.outcome());
    assert!(log.error().unwrap().contains("write"), "{:?}", log.error());
    assert_eq!(log.written(), 0);
}

#[test]
fn a_log_without_the_end_of_the_run_is_not_complete() {
    let log = EventLog::new(io::sink());

    log.on_event(&Event::UserCount { at: Duration::ZERO, users: 1 });

    assert!(log.outcome().unwrap_err().contains("not complete"));
}
