//! The encoding of a value in a path or query, and its decoding at the server.
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::{FailureKind, Target};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use support::{Lab, OK, Server};

/// Runs this many cases in one runtime; proptest's own runner is not async.
fn cases<S: Strategy>(count: u32, strategy: S, test: impl AsyncFn(&Lab, &Server, S::Value) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, lab) = runtime.block_on(async {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        (server, lab)
    });
    // No file of regressions: the failing value is printed and becomes a test of its own.
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&strategy, |value| {
            prop_assert!(runtime.block_on(test(&lab, &server, value)));
            Ok(())
        })
        .unwrap();
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// Returns `true` if the value would lead to another route, and is therefore refused.
fn is_refused(value: &str) -> bool {
    matches!(value, "" | "." | "..")
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[./%?#&+= {}]{0,4}",
        "\\PC{1,8}",
        Just("\r\nHost: evil".to_owned()),
        Just("\0".to_owned()),
        Just("%2e%2e".to_owned()),
    ]
}

#[test]
fn any_value_arrives_as_one_segment_that_decodes_to_it_or_is_refused() {
    cases(96, value(), async |lab, server, value| {
        let before = server.requests();

        let result = lab.session.get("/a/{id}/z").path("id", &value).send().await;

        if is_refused(&value) {
            return result.unwrap_err().kind() == FailureKind::UserError && server.requests() == before;
        }
        result.unwrap();
        let path = server.seen().pop().unwrap().path;
        let segments: Vec<_> = path.split('/').collect();
        server.requests() == before + 1
            && matches!(segments[..], ["", "a", segment, "z"] if decoded(segment) == value)
    });
}

#[test]
fn any_value_arrives_as_one_segment_of_an_absolute_url_too() {
    cases(48, value(), async |lab, server, value| {
        let route = format!("{}/a/{{id}}", server.url());

        let result = lab.session.get(route).name("absolute").path("id", &value).send().await;

        if is_refused(&value) {
            return result.is_err();
        }
        result.unwrap();
        let path = server.seen().pop().unwrap().path;
        let segments: Vec<_> = path.split('/').collect();
        matches!(segments[..], ["", "a", segment] if decoded(segment) == value)
    });
}

#[test]
fn any_pair_arrives_in_the_query() {
    cases(64, (value(), value(), value()), async |lab, server, (name, value, placed)| {
        let request = lab.session.get("/find?p={p}").path("p", &placed).query(&name, &value);

        request.send().await.unwrap();

        let path = server.seen().pop().unwrap().path;
        let query = path.split_once('?').unwrap().1;
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs == [("p".to_owned(), placed), (name, value)]
    });
}

/// No value splits the line of a request, or adds a header.
#[test]
fn any_route_is_one_request_of_visible_ascii_or_is_refused() {
    let route = prop_oneof![
        any::<String>(),
        "/\\PC{0,8}(\\?\\PC{0,8})?",
        "/[\r\n\t \0\x7f\u{85}\u{2028}a?#%\"<>^`|]{0,6}",
        Just("/ HTTP/1.1\r\nx: y".to_owned()),
        Just("/é?ü#ß".to_owned()),
    ];
    cases(200, route, async |lab, server, route| {
        let before = server.requests();

        let result = lab.session.get(route).send().await;

        let seen = server.seen().split_off(before);
        match result {
            Err(error) => error.kind() == FailureKind::UserError && seen.is_empty(),
            Ok(_) => {
                let names: Vec<_> = seen[0].headers.iter().map(|(name, _)| name.as_str()).collect();
                seen.len() == 1
                    && seen[0].path.starts_with('/')
                    && seen[0].path.bytes().all(|byte| byte.is_ascii_graphic())
                    && names == ["host", "user-agent"]
            }
        }
    });
}

/// The same holds for a redirect of a server and the next request.
#[test]
fn any_location_leads_to_one_request_of_visible_ascii_or_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    // Each on the same host, because names are not resolved here.
    let location = prop_oneof![
        "/a[!-~\t ]{0,12}",
        "[?#][!-~\t ]{0,12}",
        "/a[%?#&\\\\\"<>^`{|}\t\\[\\] ]{1,6}",
        "/a\\PC{1,8}"
    ];
    TestRunner::new(config)
        .run(&location, |location| {
            let answer = format!("HTTP/1.1 302 There\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            runtime.block_on(async {
                let server =
                    Server::answering(
                        move |seen| {
                            if seen.path == "/first" { answer.clone() } else { OK.to_owned() }
                        },
                    )
                    .await;
                let lab = Lab::of(&server);

                let result = lab.session.get("/first").send().await;

                let seen = server.seen();
                let requests = match &result {
                    // A fragment alone leads to its own page.
                    Err(error) if error.kind() == FailureKind::RedirectLoop => 11,
                    result => 1 + usize::from(result.is_ok()),
                };
                prop_assert_eq!(seen.len(), requests);
                let visible = seen[seen.len() - 1].path.bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(visible && seen[seen.len() - 1].headers.len() == 2);
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn any_header_arrives_as_it_is_or_is_refused() {
    cases(200, (any::<String>(), "[\\PC\r\n\0]{0,8}"), async |lab, server, (name, value)| {
        let before = server.requests();
        // White space around a value is not part of it.
        let value = format!("v{value}v");

        let result = lab.session.get("/").header(&format!("x{name}"), &value).send().await;

        let seen = server.seen().split_off(before);
        match result {
            Err(error) => error.kind() == FailureKind::UserError && seen.is_empty(),
            Ok(_) => {
                let name = format!("x{name}").to_ascii_lowercase();
                seen.len() == 1 && seen[0].headers.len() == 3 && seen[0].header(&name) == Some(&value)
            }
        }
    });
}

#[tokio::test]
async fn non_ascii_is_percent_encoded() {
    let server = Server::answering(|_| OK).await;
    let lab = Lab::of(&server);

    lab.session.get("/é?ü=1#ß").send().await.unwrap();

    assert_eq!(server.seen()[0].path, "/%C3%A9?%C3%BC=1");
}

#[tokio::test]
async fn a_value_that_leads_to_another_route_is_refused_with_the_reason() {
    let server = Server::answering(|_| OK).await;
    let lab = Lab::of(&server);
    let session = &lab.session;

    for (value, words) in [("", "would be empty"), (".", "would be `.`"), ("..", "would be `..`")] {
        let error = session.delete("/items/{id}").path("id", value).send().await.unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("`/items/{id}`"), "{error}");
    }
    assert!(lab.records().is_empty());

    // As a part of its segment, or in the query, it is an ordinary value.
    session.get("/file{ending}?q={q}").path("ending", "").path("q", "..").send().await.unwrap();
    session.get("/v{major}.{minor}").path("major", ".").path("minor", "").send().await.unwrap();
    // A written-out dot segment is intended.
    session.get("/a/../{b}").path("b", 1).send().await.unwrap();
    let paths: Vec<_> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/file?q=..", "/v..", "/a/../1"]);
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn parsing_any_text_as_a_target_succeeds_or_has_a_reason(text in prop_oneof![
        any::<String>(),
        "(http|https|ftp|)(://|:|//|)[a-z0-9.:@/\\[\\]?# -]{0,12}",
    ]) {
        match Target::parse(&text) {
            Ok(target) => {
                let again = Target::parse(&target.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), target.to_string());
                prop_assert!(!target.to_string().contains(['?', '#', ' ']));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
