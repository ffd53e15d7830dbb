//! The program that the black-box tests run; an example only so that cargo builds it. Read the other examples first.

// `cargo test --all-targets` runs every example as a test; these scenarios fail, and hang, on purpose.
#![cfg(not(test))]

use std::future::pending;
use std::time::Duration;

use molotov::prelude::*;

#[global_setup]
async fn prepare() -> Result {
    match std::env::var("SET_UP").as_deref() {
        Ok("fails") => Err(Error::msg("the database is not there")),
        Ok("panics") => panic!("nobody expected this"),
        _ => Ok(()),
    }
}

#[scenario(tags("good"))]
async fn visit(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn fail() -> Result {
    Err(Error::msg("it is always like that"))
}

/// Logs a text, and sends a secret.
#[scenario(weight = 0)]
async fn talk(session: &mut Session, user: UserId) -> Result {
    session.log(format_args!("user {user} is here\u{1b}[2J"));
    session.post("/talk").query("token", "hidden").header("x-api-key", "hidden").json(&[1, 2]).send().await?;
    session.pause("1ms..2ms").await
}

#[scenario(weight = 0)]
async fn panic() {
    panic!("out of luck");
}

#[derive(serde::Deserialize)]
struct Word {
    word: String,
    number: u32,
}

#[data]
fn words() -> Feed<Word> {
    let file = std::env::var("WORDS").unwrap_or_else(|_| "words.csv".into());
    if file.ends_with(".csv") { Feed::csv(file).shuffled() } else { Feed::json_lines(file).shuffled() }
}

/// Logs its arguments, and its rows.
#[scenario(weight = 0)]
async fn draw(session: &mut Session, row: Row<Word>) -> Result {
    let number = session.rng().range(0..1000);
    session.log(format_args!("drew {} {} {number}", row.word, row.number));
    session.get("/").send().await?;
    if number % 2 == 0 { Err(Error::msg(format!("{} is an even number", row.word))) } else { Ok(()) }
}

/// Draws rows that it shares with others.
#[data]
fn vouchers() -> Feed<u8> {
    Feed::rows(0..3).once()
}

#[scenario(weight = 0)]
async fn redeem(voucher: Row<u8>) {
    assert!(*voucher < 3);
}

/// Sets its base URL itself, and then perhaps a place without a service.
#[scenario(weight = 0)]
async fn absolute(session: &mut Session) -> Result {
    session.get(std::env::var("URL").unwrap_or_default()).send().await?;
    match std::env::var("THEN") {
        Ok(then) => session.get(then).send().await.map(drop),
        Err(_) => Ok(()),
    }
}

/// Forgets to await its response, so that nothing is sent.
#[scenario(weight = 0)]
async fn forget(session: &mut Session) {
    drop(session.get("/").send());
}

/// Ignores its response.
#[scenario(weight = 0)]
async fn ignore(session: &mut Session) {
    let _ = session.get("/").send().await;
}

/// Accepts every response.
#[scenario(weight = 0)]
async fn doubt(session: &mut Session) -> Result {
    let response = session.get("/").send().await?;
    session.check("it says goodbye", response.text()? == "goodbye");
    Ok(())
}

/// Has one route for each item.
#[scenario(weight = 0)]
async fn scatter(session: &mut Session, iteration: Iteration) -> Result {
    session.get(format!("/items/{iteration}")).send().await?;
    Ok(())
}

/// Sends a request, and then waits for ever.
#[scenario(weight = 0)]
async fn hang(session: &mut Session) -> Result {
    session.get("/").send().await?;
    pending().await
}

/// Sends a request, and then blocks its thread for ever.
#[scenario(weight = 0)]
async fn block(session: &mut Session) -> Result {
    session.get("/").send().await?;
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// The first user blocks its thread for ever, the others send requests.
#[scenario(weight = 0)]
async fn block_one(session: &mut Session, user: UserId) -> Result {
    if user == UserId(0) {
        block(session).await?;
    }
    visit(session).await
}

/// Computes for three seconds on eight threads besides those of the load generator. With other programs on the machine,
/// this many threads get a larger share of it.
#[scenario(weight = 0)]
async fn compute() {
    let end = std::time::Instant::now() + Duration::from_secs(3);
    let spin = || {
        while std::time::Instant::now() < end {
            std::hint::spin_loop();
        }
    };
    std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(spin))));
}

#[derive(serde::Deserialize)]
struct Login {
    #[allow(dead_code)]
    access_token: u32,
}

/// Has a secret in everything that it sends, and fails in another way in each iteration.
#[scenario(weight = 0)]
async fn spill(session: &mut Session, iteration: Iteration) -> Result {
    let secret = std::env::var("SECRET").unwrap_or_default();
    let form = [("password", secret.as_str()), ("user", "me")];
    let request = session.post("/form").query("api_key", &secret).header("x-csrf-token", &secret);
    request.bearer_auth(&secret).form(form).send().await?;
    let note = format!("see http://me:{secret}@h/?token={secret}");
    let json = serde_json::json!({ "auth": { "a": [&secret] }, "pin": &secret, "note": note });
    session.post("/json").basic_auth("me", &secret).json(&json).send().await?;
    let login = session.get("/login").send().await?;
    let parsed = serde_json::from_str::<Login>(login.text()?);
    match iteration.0 % 6 {
        0 => login.json::<Login>().map(drop),
        1 => parsed.map(drop).map_err(Error::from),
        2 => parsed.map(drop).map_err(|why| Error::new(std::io::Error::other(why))),
        3 => parsed.map(|_| panic!("no mistake")).expect("this is a login"),
        4 => session.get("/gone").send().await.map(drop),
        _ => session.get("/lead").query("sid", &secret).send().await.map(drop),
    }
}

molotov::main!(Plan::users(1).max_runs(2));
