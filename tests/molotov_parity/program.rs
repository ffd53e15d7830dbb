//! The load test of the parity tests, in the style of a former user of Python Molotov; an example only so that cargo
//! builds it. Words in the variable `PARITY` select the behaviour for a test, and the fixtures that fail.

// `cargo test --all-targets` runs every example as a test; some of these scenarios fail on purpose.
#![cfg(not(test))]
#![allow(clippy::print_stderr)]

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov::prelude::*;
use molotov::registry::Picker;
use molotov::{Multipart, Part, Secret};

/// Returns `true` if a test requests this.
fn is_asked(word: &str) -> bool {
    env::var("PARITY").is_ok_and(|words| words.split(' ').any(|asked| asked == word))
}

/// The body of every fixture: it leaves a trace at the server, or fails at the request of a test.
async fn fixture(session: &Session, name: &str) -> Result {
    if is_asked("trace") {
        session.get("/{fixture}").path("fixture", name).send().await?;
    }
    if is_asked(&format!("{name}_fails")) {
        return Err(Error::msg(format!("{name}: no luck")));
    }
    Ok(())
}

/// One state for all users.
struct Shared(Secret<String>);

/// One state for each user.
struct Own(u32);

#[global_setup]
async fn global_setup(session: &mut Session) -> Result<Shared> {
    fixture(session, "global_setup").await?;
    Ok(Shared("from the global set-up".into()))
}

#[setup]
async fn setup(session: &mut Session) -> Result<Own> {
    fixture(session, "setup").await?;
    Ok(Own(0))
}

#[setup_session]
async fn setup_session(session: &mut Session, shared: &Shared) -> Result {
    session.set_header("x-parity", shared.0.expose())?;
    fixture(session, "setup_session").await
}

#[teardown_session]
async fn teardown_session(session: &mut Session) -> Result {
    fixture(session, "teardown_session").await
}

#[teardown]
async fn teardown(session: &mut Session) -> Result {
    fixture(session, "teardown").await
}

#[global_teardown]
async fn global_teardown(session: &mut Session, report: &Report) -> Result {
    if is_asked("trace") {
        session.log(format_args!("{} iterations were ok", report.iterations.ok));
    }
    fixture(session, "global_teardown").await
}

/// Prints the actions of the first user, in the terms of Python Molotov.
#[events]
fn tells(event: &Event) {
    if !is_asked("events") {
        return;
    }
    match event {
        Event::ScenarioStarted { scenario, .. } => eprintln!("scenario_start {scenario}"),
        Event::RequestSent { route, .. } => eprintln!("sending_request {route}"),
        Event::ResponseReceived { status, .. } => eprintln!("response_received {status}"),
        Event::ScenarioSucceeded { scenario, .. } => eprintln!("scenario_success {scenario}"),
        Event::ScenarioFailed { scenario, message, .. } => eprintln!("scenario_failure {scenario} {message}"),
        Event::RequestFailed { kind, .. } => eprintln!("request_failed {kind}"),
        _ => {}
    }
}

#[events]
fn breaks(_: &Event) {
    assert!(!is_asked("events"), "this listener is broken");
}

#[scenario(weight = 10, tags("weighed"))]
async fn ten(session: &mut Session) -> Result {
    visit(session, "ten").await
}

#[scenario(weight = 60, tags("weighed"))]
async fn sixty(session: &mut Session) -> Result {
    visit(session, "sixty").await
}

#[scenario(weight = 30, tags("weighed"))]
async fn thirty(session: &mut Session) -> Result {
    visit(session, "thirty").await
}

#[scenario(weight = 0, tags("weighed"))]
async fn never(session: &mut Session) -> Result {
    visit(session, "never").await
}

/// Without parentheses.
#[scenario]
async fn plain(session: &mut Session) -> Result {
    visit(session, "plain").await
}

async fn visit(session: &Session, page: &str) -> Result {
    session.get("/{page}").path("page", page).send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn fail() -> Result {
    Err(Error::msg("it always fails"))
}

/// The last words of its message are far from the first.
#[scenario(weight = 0)]
async fn fail_at_length() -> Result {
    Err(Error::msg(format!("{}the last word", "a rather long word ".repeat(100))))
}

#[scenario(weight = 0)]
async fn panic() {
    panic!("it always panics");
}

/// Its future never completes.
#[scenario(weight = 0, timeout = "50ms")]
async fn hang() {
    std::future::pending().await
}

/// Fails, and still pauses.
#[scenario(weight = 0, delay = "300ms")]
async fn pause(session: &mut Session) -> Result {
    visit(session, "pause").await?;
    fail().await
}

#[scenario(weight = 0)]
async fn slow(session: &mut Session) -> Result {
    visit(session, "slow").await
}

#[scenario(weight = 0)]
async fn guest(session: &mut Session) -> Result {
    visit(session, "cookie").await
}

#[scenario(weight = 0)]
async fn moved(session: &mut Session) -> Result {
    for status in [301, 302, 303, 307, 308] {
        session.post("/moved/{status}").path("status", status).body("x").send().await?;
    }
    Ok(())
}

#[scenario(weight = 0)]
async fn count_own(session: &mut Session, own: &mut Own) -> Result {
    own.0 += 1;
    session.get("/own/{n}").path("n", own.0).send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn count_shared(session: &mut Session) -> Result {
    let next = session.run().vars().get_or_init("next", || AtomicU64::new(1))?;
    session.get("/shared/{n}").path("n", next.fetch_add(1, Ordering::Relaxed)).send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn context(session: &mut Session) -> Result {
    let (user, iteration, users) = (session.user_id(), session.iteration(), session.run().users);
    session.get("/context/{who}").path("who", format!("{user}.{iteration}.{users}")).send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn say(session: &mut Session) {
    session.log("hello from the scenario");
}

#[scenario(weight = 0)]
async fn stop(session: &mut Session) {
    session.stop("sold out");
}

#[scenario(weight = 0)]
async fn buy(session: &mut Session) -> Result {
    session.counter("bought").add(1);
    visit(session, "item").await
}

/// Bodies that are not for people.
#[scenario(weight = 0)]
async fn post(session: &mut Session) -> Result {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../clippy.toml");
    let form = Multipart::new().part("picture", Part::bytes(vec![0xff; 9]));
    session.post("/text").header("authorization", "hidden").body("readable").send().await?;
    session.post("/binary").header("content-type", "image/png").body(vec![0xff, 0xfe, 0xfd]).send().await?;
    session.post("/file").body_file(file).send().await?;
    session.post("/form").multipart(form).send().await?;
    session.get("/compressed").accept_compressed().send().await?;
    Ok(())
}

/// The registrations by attributes, or another suite at the request of a test.
fn suite() -> Suite {
    let registered = Suite::registered();
    if is_asked("only_weight_0") {
        let never = registered.scenarios().iter().find(|scenario| scenario.name() == "never");
        Suite::new().scenario(never.expect("there is one of that name").clone())
    } else if is_asked("nothing") {
        Suite::new()
    } else if is_asked("picker") {
        registered
            .picker(Picker::new(|_, iteration| ["ten", "sixty", "sixty", "ten"][iteration.0 as usize % 4]))
    } else if is_asked("lost_picker") {
        registered.picker(Picker::new(|_, iteration| if iteration.0 == 1 { "nobody" } else { "ten" }))
    } else {
        registered
    }
}

molotov::main!(Plan::users(1).max_runs(1), suite());
