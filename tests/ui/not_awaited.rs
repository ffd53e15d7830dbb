#![deny(unused_must_use)]

use molotov::prelude::*;

#[scenario]
async fn forgotten(session: &mut Session) {
    session.get("/");
    session.get("/").send();
    session.get("/").discard();
    session.get("/").stream();
    session.pause("1s");
    session.pause("1s").await;
    session.measure("query", async { Ok::<_, String>(()) });
    session.get("/").send().await;
}

fn main() {}
