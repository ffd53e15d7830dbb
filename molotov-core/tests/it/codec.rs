//! Our codec of HTTP/1.1 beside hyper: for all bytes of a server, in any pieces, both must return the same result.
#![allow(clippy::unwrap_used)]

use super::support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method};
use molotov_core::{Client, ClientBuilder, FailureKind, Response, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::Notify;
use tokio::task::yield_now;

use support::{Lab, OK, Peer, Server, bounded};

/// The actions of a server at its first request.
#[derive(Clone, Debug)]
struct Answer {
    method: Method,
    /// True if the request asks for the connection to be closed.
    closes: bool,
    bytes: Vec<u8>,
    /// The lengths of the pieces in which the bytes are sent.
    pieces: Vec<usize>,
    end: End,
}

/// The fate of the connection after all bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stay,
    Close,
    Reset,
}

/// Status, headers, body and trailers of a response.
type Parts = (u16, HeaderMap, Vec<u8>, Option<HeaderMap>);

/// The results of a session.
#[derive(Debug, PartialEq)]
struct Told {
    first: Result<Parts, FailureKind>,
    /// True if it waited for more, or for the end of the connection.
    waited: bool,
    second: Result<Parts, FailureKind>,
    connections: usize,
    requests: usize,
}

/// The progress of the server's script.
#[derive(Default)]
struct Script {
    sent: AtomicBool,
    enough: Notify,
}

impl Script {
    async fn play(self: Arc<Self>, mut peer: Peer, answer: Answer) {
        if peer.number > 0 {
            return serve(peer).await;
        }
        peer.request().await;
        let mut rest = &answer.bytes[..];
        for size in answer.pieces.iter().cycle() {
            let (piece, later) = rest.split_at((*size).min(rest.len()));
            peer.send(piece).await;
            rest = later;
            if rest.is_empty() {
                break;
            }
            // The client checks its socket in between.
            yield_now().await;
            yield_now().await;
        }
        match answer.end {
            End::Close => drop(peer),
            End::Reset => peer.reset(),
            End::Stay => {
                self.sent.store(true, Ordering::SeqCst);
                tokio::select! {
                    () = serve(peer) => {}
                    () = self.enough.notified() => {}
                }
                return;
            }
        }
        self.sent.store(true, Ordering::SeqCst);
    }

    /// Waits until everything was sent and the client has had the time to read it.
    async fn quiet(&self, patience: Duration) {
        while !self.sent.load(Ordering::SeqCst) {
            yield_now().await;
        }
        for _ in 0..16 {
            yield_now().await;
        }
        if patience > Duration::ZERO {
            tokio::time::sleep(patience).await;
        }
    }
}

async fn serve(mut peer: Peer) {
    while peer.request().await.is_some() {
        peer.send(OK).await;
    }
}

async fn told(answer: &Answer, client: ClientBuilder, patience: Duration) -> Told {
    let script = Arc::<Script>::default();
    let (ours, theirs) = (Arc::clone(&script), answer.clone());
    let server = Server::start(move |peer| Arc::clone(&ours).play(peer, theirs.clone())).await;
    let lab = Lab::with(client.build().unwrap(), Some(&server.url()));

    let request = lab.session.request(answer.method.clone(), "/first").expect_status(0..=u16::MAX);
    let request = if answer.closes { request.header("connection", "close") } else { request };
    let mut first = request.send();
    let early = tokio::select! {
        biased;
        first = &mut first => Some(first),
        () = script.quiet(patience) => None,
    };
    let waited = early.is_none();
    let first = match early {
        Some(first) => first,
        None => {
            script.enough.notify_one();
            bounded("the end of the first response", first).await
        }
    };
    script.quiet(patience).await;
    let second = bounded("the second response", lab.session.get("/second").send()).await;

    let samples = lab.samples();
    assert_eq!(samples.len(), 2, "{answer:?}");
    if answer.end != End::Reset {
        assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read(), "{answer:?}");
    }
    let (connections, requests) = (server.connections(), server.requests());
    Told { first: parts(first), waited, second: parts(second), connections, requests }
}

fn parts(response: Result<Response>) -> Result<Parts, FailureKind> {
    match response {
        Ok(response) => {
            let (headers, trailers) = (response.headers().clone(), response.trailers().cloned());
            Ok((response.status().as_u16(), headers, response.bytes().to_vec(), trailers))
        }
        Err(error) => Err(error.kind()),
    }
}

/// The results of our codec and of hyper. hyper gets the bytes at once, so the pieces must not matter either.
async fn both(answer: &Answer) -> (Told, Told) {
    let at_once = Answer { pieces: vec![usize::MAX], ..answer.clone() };
    // On a busy machine bytes may take a while to arrive; a true difference stays one.
    for patience in [0, 5, 50] {
        let patience = Duration::from_millis(patience);
        let ours = told(answer, Client::builder(), patience).await;
        let hypers = told(&at_once, Client::builder().always_hyper(), patience).await;
        if ours == hypers {
            return (ours, hypers);
        }
    }
    let patience = Duration::from_millis(200);
    (
        told(answer, Client::builder(), patience).await,
        told(&at_once, Client::builder().always_hyper(), patience).await,
    )
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Checks this many responses of a strategy.
fn agree_on(count: u32, answers: impl Strategy<Value = Answer>) {
    let runtime = runtime();
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&answers, |answer| {
            let (ours, hypers) = runtime.block_on(both(&answer));
            if ours_is_right(&answer, &ours, &hypers) {
                return Ok(());
            }
            prop_assert_eq!(ours, hypers, "{}", String::from_utf8_lossy(&answer.bytes));
            Ok(())
        })
        .unwrap();
}

/// The allowed differences between the two; the last test covers each of them.
fn ours_is_right(answer: &Answer, ours: &Told, hypers: &Told) -> bool {
    let tunnel = answer.method == Method::CONNECT && matches!(&ours.first, Ok((204, ..)));
    // hyper checks trailers after their end, and skips a line feed before them.
    let at_once = ours.first == Err(FailureKind::BodyFraming)
        && hypers.first != ours.first
        && has_bad_trailer(&answer.bytes);
    // RFC 9112, section 5.2: a trailer may have several lines.
    let folded = hypers.first == Err(FailureKind::BodyFraming) && has_folded_trailer(&answer.bytes);
    tunnel || at_once || folded
}

/// Returns `true` if the bytes behind the last chunk are not the start of trailers (RFC 9112, section 7.1.2).
fn has_bad_trailer(bytes: &[u8]) -> bool {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let Some((at, last)) = ["\n0\r\n", "\n000;a\r\n"].iter().find_map(|last| Some((text.rfind(last)?, last)))
    else {
        return false;
    };
    let mut lines = text[at + last.len()..].split("\r\n").peekable();
    while let Some(line) = lines.next() {
        let (name, value) = line.split_once(':').map_or((line, None), |(name, value)| (name, Some(value)));
        let wrong = |c: char| !c.is_ascii_alphanumeric() && c != '-';
        if line.is_empty() {
            return false;
        }
        let is_whole = lines.peek().is_some();
        if name.is_empty() || name.contains(wrong) || (is_whole && value.is_none()) {
            return true;
        }
        if value.is_some_and(|value| value.contains(|c: char| c.is_control() && c != '\t')) {
            return true;
        }
    }
    false
}

/// Returns `true` if a line behind the last chunk starts with white space.
fn has_folded_trailer(bytes: &[u8]) -> bool {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let trailers = text.rfind("\n0").map_or("", |at| &text[at..]);
    trailers.contains("\r\n ") || trailers.contains("\r\n\t")
}

fn line() -> impl Strategy<Value = String> {
    let version = prop_oneof![
        8 => Just("HTTP/1.1"),
        3 => Just("HTTP/1.0"),
        1 => select(vec!["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "ICY"]),
    ];
    let status = prop_oneof![
        8 => Just("200"),
        4 => select(vec!["204", "205", "206", "304", "302", "404", "500", "999"]),
        1 => select(vec!["100", "101", "103", "199", "000", "099", "20", "2000", "2x0", "+20", ""]),
    ];
    let reason = prop_oneof![8 => Just(" OK"), 2 => select(vec!["", " ", "  OK", " N\u{f6}", "OK", "\tOK"])];
    (version, status, reason).prop_map(|(version, status, reason)| format!("{version} {status}{reason}"))
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec![
            "X: y", "x:y", "X:  y z \t", "set-cookie: a=b", "Set-Cookie: c=d; Path=/", "X-Empty:", "x: \u{e9}",
            "date: Thu, 01 Jan 1970 00:00:00 GMT", "location: /", "trailer: x", "upgrade: h2c",
        ]),
        3 => select(vec![
            "connection: close", "Connection: keep-alive", "connection: Keep-Alive, x", "connection: x,close",
            "connection: keep-alive, close", "connection:", "connection: closed", "connection: upgrade",
        ]),
        2 => select(vec![
            "content-length: 5", "Content-Length: 5", "content-length: 05", "content-length: +5",
            "content-length: 5,5", "content-length: 5 , 5", "content-length: 5,6", "content-length: -5",
            "content-length: 0", "content-length: 4", "content-length: 500", "content-length:",
            "content-length: 5,", "content-length: 0x5", "content-length: 5 5",
            "content-length: 99999999999999999999",
        ]),
        2 => select(vec![
            "transfer-encoding: chunked", "Transfer-Encoding: CHUNKED", "transfer-encoding: gzip, chunked",
            "transfer-encoding: identity", "transfer-encoding: gzip", "transfer-encoding: chunked, gzip",
            "transfer-encoding: chunked;q=1", "transfer-encoding: xchunked", "transfer-encoding: chunked,chunked",
        ]),
        1 => select(vec![
            " folded", "\tfolded", "no colon", "x : y", ": y", "x\u{e9}: y", "x: a\rb", "x: a\0b", "x: \u{7f}",
            "(x): y", "x: y\r",
        ]),
    ]
    .prop_map(str::to_owned)
}

/// A body of five bytes, and the header field for its end.
fn framed() -> impl Strategy<Value = (&'static str, String)> {
    let chunks = prop_oneof![
        4 => select(vec!["5\r\nhello\r\n", "1\r\nh\r\n4\r\nello\r\n", "05;a=\"b\"\r\nhello\r\n", "5 \t\r\nhello\r\n"]),
        1 => select(vec![
            "5\nhello\n", "6\r\nhello\r\n", "4\r\nhello\r\n", "5\r\nhello", "-5\r\nhello\r\n", "\r\nhello\r\n",
            "10000000000000000\r\nhello\r\n", "5;a\nb\r\nhello\r\n", "5 5\r\nhello\r\n", "5\r\nhello\r\n\r\n",
        ]),
    ];
    let last = prop_oneof![
        4 => select(vec!["0\r\n\r\n", "0\r\nx: y\r\n\r\n", "000;a\r\nx: y\r\nz:\r\n\r\n"]),
        1 => select(vec![
            "", "0", "0\r\n", "0\r\n\n", "0\r\nx\r\n\r\n", "0\r\nx: \0\r\n\r\n", "0\r\n x: y\r\n\r\n",
            "0\r\nx: y\r\n", "0\r\nx y: z\r\n\r\n",
        ]),
    ];
    prop_oneof![
        4 => Just(("content-length: 5", "hello".to_owned())),
        4 => (chunks, last).prop_map(|(chunks, last)| ("transfer-encoding: chunked", format!("{chunks}{last}"))),
        2 => Just(("connection: close", "hello".to_owned())),
        1 => Just(("x-framed: not", "hello".to_owned())),
        1 => Just(("content-length: 0", String::new())),
        1 => Just(("x-framed: not", String::new())),
    ]
}

/// One head; the last part is true if its lines end in two bytes, and false for one byte.
fn head() -> impl Strategy<Value = (String, Vec<String>, bool)> {
    let fields = prop_oneof![
        24 => vec(field(), 0..3),
        1 => (97..103usize).prop_map(|n| vec!["x: y".to_owned(); n]),
    ];
    (line(), fields, prop::bool::weighted(0.9))
}

fn written((line, fields, crlf): &(String, Vec<String>, bool), framing: Option<&str>) -> String {
    let end = if *crlf { "\r\n" } else { "\n" };
    let fields = fields.iter().map(String::as_str).chain(framing);
    let mut head = format!("{line}{end}");
    fields.for_each(|field| head.extend([field, end]));
    head + end
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let before = prop_oneof![
        12 => Just(String::new()),
        3 => select(vec![
            "\r\n", "\n", "\r\n\r\n", "\r", " ",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.0 199 \r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n",
        ]).prop_map(str::to_owned),
        1 => (15..19usize).prop_map(|n| "HTTP/1.1 102 Processing\r\n\r\n".repeat(n)),
    ];
    let behind = prop_oneof![12 => Just(""), 2 => select(vec!["\r\n", "x", "HTTP/1.1 200 OK\r\n\r\n", OK])];
    // Characters above 127 become single bytes, as in old texts.
    let whole = (before, head(), framed(), behind).prop_map(|(before, head, (framing, body), behind)| {
        let text = format!("{before}{}{body}{behind}", written(&head, Some(framing)));
        text.chars().map(|c| c as u8).collect::<Vec<_>>()
    });
    let cut = prop::option::weighted(0.15, any::<Index>());
    let change = prop::option::weighted(
        0.15,
        (any::<Index>(), 0..3u8, select(b"\r\n \t:;,0519aAx\0\x7f\x80\xff".to_vec())),
    );
    (whole, cut, change).prop_map(|(mut bytes, cut, change)| {
        if let Some((at, how, byte)) = change {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        if let Some(at) = cut {
            bytes.truncate(at.index(bytes.len() + 1));
        }
        bytes
    })
}

fn answers() -> impl Strategy<Value = Answer> {
    let method = prop_oneof![
        6 => Just(Method::GET),
        1 => Just(Method::HEAD),
        1 => Just(Method::POST),
        1 => Just(Method::CONNECT),
    ];
    let pieces =
        prop_oneof![2 => Just(vec![usize::MAX]), 1 => vec(1..9usize, 1..4), 2 => vec(1..200usize, 1..4)];
    let end = prop_oneof![3 => Just(End::Stay), 2 => Just(End::Close)];
    (method, prop::bool::weighted(0.1), bytes(), pieces, end)
        .prop_map(|(method, closes, bytes, pieces, end)| Answer { method, closes, bytes, pieces, end })
}

/// Longer than one read, in pieces of any length.
fn long_answers() -> impl Strategy<Value = Answer> {
    let body = vec((1..100_000usize, any::<u8>()).prop_map(|(n, byte)| vec![byte; n]), 1..5);
    let framed = (body, 0..3u8).prop_map(|(parts, how)| {
        let (all, mut coded) = (parts.concat(), Vec::new());
        for part in parts {
            coded.extend([format!("{:x}\r\n", part.len()).as_bytes(), &part, b"\r\n"].concat());
        }
        coded.extend(b"0\r\n\r\n");
        match how {
            0 => (format!("content-length: {}", all.len()), all),
            1 => ("connection: close".to_owned(), all),
            _ => ("transfer-encoding: chunked".to_owned(), coded),
        }
    });
    let pad = prop_oneof![Just(0), 1..200_000usize];
    let cut = prop::option::weighted(0.3, any::<Index>());
    let whole = (framed, pad, cut).prop_map(|((framing, body), pad, cut)| {
        let head = format!("HTTP/1.1 200 OK\r\n{framing}\r\nx: {}\r\n\r\n", "y".repeat(pad));
        let mut bytes = [head.as_bytes(), &body].concat();
        bytes.truncate(cut.map_or(usize::MAX, |at| at.index(bytes.len() + 1)));
        bytes
    });
    let end = prop_oneof![Just(End::Stay), Just(End::Close)];
    (whole, vec(10_000..150_000usize, 1..4), end).prop_map(|(bytes, pieces, end)| Answer {
        method: Method::GET,
        closes: false,
        bytes,
        pieces,
        end,
    })
}

#[test]
fn our_codec_and_hyper_agree_on_any_response() {
    agree_on(300, answers());
}

#[test]
fn our_codec_and_hyper_agree_on_long_responses() {
    agree_on(24, long_answers());
}

fn answer(bytes: impl Into<Vec<u8>>) -> Answer {
    let bytes = bytes.into();
    Answer { method: Method::GET, closes: false, bytes, pieces: vec![usize::MAX], end: End::Stay }
}

/// A reset arrives behind all earlier bytes, which are not lost.
#[test]
fn our_codec_and_hyper_agree_on_a_reset() {
    let runtime = runtime();
    for bytes in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-len",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhellohello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "what?\r\n\r\n",
    ] {
        let answer = Answer { end: End::Reset, ..answer(bytes) };

        let (ours, hypers) = runtime.block_on(both(&answer));

        assert_eq!(ours, hypers, "{bytes:?}");
    }
}

#[test]
fn ours_is_right_by_the_standard_where_hyper_is_not() {
    let runtime = runtime();
    let head = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n");
    let ok = |told: &Told| told.first.is_ok() && !told.waited;
    let framing = |told: &Told| told.first == Err(FailureKind::BodyFraming) && !told.waited;
    let truncated = |told: &Told| told.first == Err(FailureKind::BodyTruncated) && told.waited;
    let fresh = |told: &Told| told.first.is_ok() && told.connections == 2;
    type Expected<'a> = &'a dyn Fn(&Told) -> bool;
    let cases: [(&str, Answer, Expected<'_>); 5] = [
        (
            "RFC 9110, 9.3.6: any 2xx to a CONNECT makes a tunnel of the connection",
            Answer { method: Method::CONNECT, ..answer("HTTP/1.1 204 OK\r\n\r\n") },
            &fresh,
        ),
        (
            "RFC 9110, 5.6.1.2: empty elements of a list are ignored",
            answer(head("transfer-encoding: chunked, ,") + "5\r\nhello\r\n0\r\n\r\n"),
            &ok,
        ),
        (
            "RFC 9110, 5.5: bytes above 127 in a value are opaque, and hide no other element of a list",
            answer(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: \xff, close\r\n\r\n".to_vec()),
            &fresh,
        ),
        (
            "RFC 9110, 8.6: a length is any number of digits; nothing here is too large for what is not read",
            answer(head("content-length: 18446744073709551615")),
            &truncated,
        ),
        (
            "RFC 9112, 7.1.2: what is not a trailer is known at once, and not when it has ended",
            answer(head("transfer-encoding: chunked") + "0\r\nHTTP/1.1 200 OK\r\n"),
            &framing,
        ),
    ];
    for (why, answer, is_right) in cases {
        let by = |client| runtime.block_on(told(&answer, client, Duration::from_millis(20)));
        let (ours, hypers) = (by(Client::builder()), by(Client::builder().always_hyper()));

        assert!(is_right(&ours), "{why}: {ours:?}");
        assert!(!is_right(&hypers), "hyper knows it now ({why}): {hypers:?}");
    }
}
