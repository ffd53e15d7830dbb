//! Two runs with one seed: the octets of each user are the same.
#![allow(clippy::unwrap_used)]

use super::support;

use std::ops::RangeInclusive;
use std::sync::Arc;

use molotov_core::{Iteration, Multipart, Part, Recorder, Result, Run, RunHandle, Session, Target, UserId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::client;
use support::raw::{RawServer, first_line};

/// A step of a user.
#[derive(Clone, Debug)]
enum Step {
    Iteration,
    Get {
        path: u8,
        query: Vec<(String, u8)>,
    },
    Headers {
        names: Vec<u8>,
        session: u8,
    },
    Form(Vec<(String, String)>),
    Json(Vec<String>),
    Multipart(Vec<(String, Vec<u8>)>),
    /// Numbers and text from the seed.
    Drawn,
    ClearCookies,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::Iteration),
        5 => (0u8..8, prop::collection::vec(("[a-z\u{fc}&= ]{0,4}", any::<u8>()), 0..3))
            .prop_map(|(path, query)| Step::Get { path, query }),
        1 => (prop::collection::vec(0u8..4, 0..5), any::<u8>()).prop_map(|(names, session)| Step::Headers { names, session }),
        1 => prop::collection::vec((".{0,4}", ".{0,4}"), 0..4).prop_map(Step::Form),
        1 => prop::collection::vec(".{0,4}", 0..4).prop_map(Step::Json),
        1 => prop::collection::vec(("[a-z]{1,4}", prop::collection::vec(any::<u8>(), 0..8)), 0..3).prop_map(Step::Multipart),
        2 => Just(Step::Drawn),
        1 => Just(Step::ClearCookies),
    ];
    prop::collection::vec(step, 1..16)
}

/// Sets cookies and redirects, by the path alone.
fn answer(request: &[u8]) -> Vec<u8> {
    let line = first_line(request);
    let path = line.split([' ', '?']).nth(1).unwrap();
    let headers = match path {
        "/a/1" => "set-cookie: b=1; Path=/\r\nset-cookie: a=1; Path=/\r\nset-cookie: sid=root; Path=/\r\n",
        "/a/2" => {
            "set-cookie: sid=a; Path=/a\r\nset-cookie: x=2\r\nset-cookie: y=2; Path=/a/; Max-Age=600\r\n"
        }
        "/a/3" => "set-cookie: b=; Path=/; Max-Age=0\r\nset-cookie: a=2; Path=/\r\n",
        "/a/4" => "location: /a/5\r\nset-cookie: hop=4; Path=/a/5\r\n",
        "/a/5" => {
            "location: ../b/c?q=1\r\nset-cookie: hop=5; Path=/b; Expires=Fri, 31 Dec 9999 23:59:59 GMT\r\n"
        }
        "/a/6" => "location: /a/../a/1\r\n",
        "/a/7" => {
            "set-cookie: sid=; Path=/; Expires=Thu, 1 Jan 1970 00:00:00 UTC\r\nset-cookie: n=\u{fc}; Path=/a\r\n"
        }
        _ => "",
    };
    let status = if headers.starts_with("location") { "302 Found" } else { "200 OK" };
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{headers}\r\n").into_bytes()
}

fn user(server: &RawServer, number: u32, seed: u64) -> Session {
    let run_handle = RunHandle::new(Arc::new(Recorder::new(1, Vec::clear)), None, |_| {})
        .with_run(Arc::new(Run::new(3, seed)));
    let base = Some(Target::parse(&server.url()).unwrap());
    Session::new(client().build().unwrap(), run_handle, UserId(number), base)
}

/// Executes all steps, and returns the sent octets.
async fn sent(server: &RawServer, user: RangeInclusive<u32>, seed: u64, steps: &[Step]) -> Vec<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for number in user {
        let before = server.seen().len();
        let mut session = self::user(server, number, seed);
        session.start_iteration(Iteration(0));
        for step in steps {
            take(&mut session, step).await.unwrap();
        }
        all.push(server.seen().split_off(before));
    }
    all
}

async fn take(session: &mut Session, step: &Step) -> Result {
    let request = match step {
        Step::Iteration => {
            session.start_iteration(Iteration(session.iteration().0 + 1));
            return Ok(());
        }
        Step::ClearCookies => {
            session.clear_cookies();
            return Ok(());
        }
        Step::Get { path, query } => {
            let request = session.get("/a/{path}").path("path", path);
            query.iter().fold(request, |request, (name, value)| request.query(name, value))
        }
        Step::Headers { names, session: value } => {
            session.set_header(format!("x-{value}"), value.to_string())?;
            let names = names.iter().zip(0..);
            names.fold(session.get("/b/h"), |request, (name, value)| {
                request.header(&format!("x-{name}"), format!("{value}"))
            })
        }
        Step::Form(pairs) => session.post("/b/form").form(pairs.iter().map(|(name, value)| (name, value))),
        Step::Json(values) => session.post("/b/json").json(values),
        Step::Multipart(parts) => {
            let form = parts
                .iter()
                .fold(Multipart::new(), |form, (name, bytes)| form.part(name, Part::bytes(bytes.clone())));
            session.post("/b/multipart").multipart(form)
        }
        Step::Drawn => {
            let (number, text) = (session.rng().u64(), session.rng().text(5));
            session.get("/b/{number}").path("number", number).header("x-text", text)
        }
    };
    request.send().await.map(drop)
}

#[test]
fn one_seed_gives_each_user_the_same_octets() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(RawServer::answering(answer));
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(steps(), any::<u64>()), |(steps, seed)| {
            runtime.block_on(async {
                let once = sent(&server, 0..=2, seed, &steps).await;
                let again = sent(&server, 0..=2, seed, &steps).await;
                prop_assert_eq!(once, again);
                Ok(())
            })
        })
        .unwrap();
}

/// The test above can fail: the drawn values differ from seed to seed and from user to user.
#[tokio::test]
async fn another_seed_and_another_user_send_other_octets() {
    let server = RawServer::answering(answer).await;
    let steps = [Step::Drawn, Step::Multipart(vec![("a".into(), vec![1])])];

    let once = sent(&server, 0..=1, 1, &steps).await;
    let other = sent(&server, 0..=1, 2, &steps).await;

    assert_ne!(once[0][0], other[0][0]);
    assert_ne!(once[0][0], once[1][0]);
    assert_ne!(once[0][1], once[1][1]);
}
