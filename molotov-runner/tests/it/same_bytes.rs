//! One seed, two runs, with any threads and timing: each user sends the same bytes.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use molotov_core::{Multipart, Result, Scenario, Session, Suite, Target};
use molotov_runner::{ExitCode, Plan, RunExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::calling;

/// The bytes of each user, in order of arrival.
type Streams = BTreeMap<String, Vec<u8>>;

const ANSWERS: [(&str, &str); 4] = [
    (
        "/app/in",
        "200 OK\r\nset-cookie: sid=root; Path=/\r\nset-cookie: sid=app; Path=/app\r\nset-cookie: x=1",
    ),
    ("/app/out", "302 Found\r\nlocation: /app/in\r\nset-cookie: x=; Max-Age=0"),
    ("/app/hop", "307 There\r\nlocation: me?hop\r\nset-cookie: hop=1; Path=/"),
    ("", "200 OK\r\nset-cookie: last=1; Path=/; Max-Age=600"),
];

/// Reads whole requests, and stores each under its user, which a header contains.
async fn serve(mut tcp: TcpStream, streams: Arc<Mutex<Streams>>) {
    let mut unread = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        match tcp.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => unread.extend_from_slice(&buffer[..n]),
        }
        let text = String::from_utf8(unread.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
        if body.len() < value("content-length: ").parse().unwrap() {
            continue;
        }
        streams.lock().unwrap().entry(value("x-user: ").to_owned()).or_default().append(&mut unread);
        let path = head.split(' ').nth(1).unwrap();
        let (_, answer) = ANSWERS.iter().find(|(start, _)| path.starts_with(start)).unwrap();
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        tcp.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// The requests of a user in an iteration: a walk that depends on its numbers.
async fn walk(session: &mut Session) -> Result {
    let user = session.user_id().0.to_string();
    session.set_header("x-user", &user)?;
    for _ in 0..6 {
        let number = session.rng().range(0..1000);
        let request = match number % 6 {
            0 => session.get("/app/in"),
            1 => session.get("/app/out").header("x-a", "1").header("x-b", "2").header("x-a", "3"),
            2 => session.post("/app/hop").form([("number", number.to_string()), ("user", user.clone())]),
            3 => session.post("/app/form").multipart(Multipart::new().text("number", number)),
            4 => session.put("/app/{number}").path("number", number).json(&[number]),
            _ => session.get("/app/me").query("number", number).query("q", "\u{fc}"),
        };
        request.send().await?;
    }
    Ok(())
}

fn run(
    runtime: &tokio::runtime::Runtime,
    address: &str,
    streams: &Arc<Mutex<Streams>>,
    seed: u64,
) -> Streams {
    let call = calling(|mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(walk(session))
    });
    let suite = Suite::new().scenario(Scenario::builder("walk", call).needs::<&mut Session>());
    let plan = Plan::users(6).max_runs(4).seed(seed).host(Target::parse(address).unwrap());

    let report = runtime.block_on(suite.run(plan)).unwrap();

    assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
    std::mem::take(&mut *streams.lock().unwrap())
}

#[test]
fn one_seed_gives_each_user_the_same_octets_on_any_number_of_threads() {
    let on = |threads| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
    };
    let service = on(1);
    let streams = Arc::<Mutex<Streams>>::default();
    let kept = Arc::clone(&streams);
    let listener = service.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    service.spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(serve(tcp, Arc::clone(&kept)));
        }
    });

    let once = run(&on(1), &address, &streams, 42);

    assert_eq!(once.len(), 6);
    assert!(once.values().all(|octets| octets.windows(9).any(|window| window == b"sid=app; ")));
    assert_eq!(once, run(&on(1), &address, &streams, 42));
    assert_eq!(once, run(&on(4), &address, &streams, 42));
    assert_ne!(once, run(&on(1), &address, &streams, 43));
}
