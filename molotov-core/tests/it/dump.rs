//! The trace of requests and responses for display.
#![allow(clippy::unwrap_used)]

use super::support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    Event, EventQueue, Exchange, Iteration, Multipart, Recorder, Run, RunHandle, Session, Target, Trace,
    TraceBody, TraceSink, UserId,
};
use support::{OK, SHORT, Server, bounded, client};

/// Stores the traces it receives.
#[derive(Default)]
struct Ear {
    deaf: AtomicBool,
    heard: Mutex<Vec<Trace>>,
}

impl TraceSink for Ear {
    fn wants_exchange(&self) -> bool {
        !self.deaf.load(Ordering::Relaxed)
    }

    fn emit(&self, trace: Trace) {
        self.heard.lock().unwrap().push(trace);
    }
}

/// A session with a receiver of traces.
struct Heard {
    session: Session,
    ear: Arc<Ear>,
    events: Receiver<Event>,
}

impl Heard {
    fn of(server: &Server) -> Self {
        Self::at(&server.url())
    }

    fn at(url: &str) -> Self {
        let ear = Arc::<Ear>::default();
        let (queue, events) = EventQueue::new(100);
        let run_handle = RunHandle::new(Arc::new(Recorder::new(1, Vec::clear)), Some(queue), |_| {})
            .with_run(Arc::new(Run::new(7, 9)))
            .with_trace_sink(Arc::clone(&ear) as _);
        let base = Some(Target::parse(url).unwrap());
        let mut session = Session::new(client().build().unwrap(), run_handle, UserId(3), base);
        session.start_iteration(Iteration(5));
        Self { session, ear, events }
    }

    fn exchanges(&self) -> Vec<Exchange> {
        let only = |trace: &Trace| match trace {
            Trace::Exchanged(exchange) => Some(Exchange::clone(exchange)),
            _ => None,
        };
        self.ear.heard.lock().unwrap().iter().filter_map(only).collect()
    }

    /// The only exchange.
    fn exchange(&self) -> Exchange {
        let all = self.exchanges();
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }
}

fn header<'m>(message: &'m molotov_core::Message, name: &str) -> Option<&'m str> {
    message.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn text(text: &str) -> TraceBody {
    TraceBody::text(text, 0)
}

#[tokio::test]
async fn trailers_are_shown_behind_the_body_and_without_secrets() {
    let server = Server::answering(|_| {
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx-sum: 1\r\nx-api-key: secret\r\n\r\n"
    })
    .await;
    let heard = Heard::of(&server);

    heard.session.get("/").send().await.unwrap();
    heard.session.get("/").discard().await.unwrap();
    let mut stream = heard.session.get("/").stream().await.unwrap();
    while stream.chunk().await.unwrap().is_some() {}

    let all = heard.exchanges();
    assert_eq!(all.len(), 3, "{all:#?}");
    for response in all.into_iter().map(|exchange| exchange.response.unwrap()) {
        let shown =
            [("x-sum", "1"), ("x-api-key", "***")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(response.trailers, shown);
        assert_eq!(response.body, text("ab"));
        assert_eq!(header(&response, "x-sum"), None);
    }
}

#[tokio::test]
async fn request_and_its_response_are_reported_whole_and_without_secrets() {
    let server = Server::answering(|_| {
        "HTTP/1.1 201 Created\r\nset-cookie: sid=secret; Path=/\r\nx-thing: 1\r\ncontent-length: 13\r\n\r\n{\"token\":\"s\"}"
    })
    .await;
    let mut heard = Heard::of(&server);
    heard.session.set_header("authorization", "Bearer secret").unwrap();
    let body = [("name", "me"), ("password", "secret")];
    let request = heard.session.post("/items/{id}").path("id", 7).query("api_key", "secret").query("page", 2);

    request.form(body).send().await.unwrap();

    let told = heard.exchange();
    let seen = &server.seen()[0];
    let of_request = seen.headers.iter().filter(|(name, _)| name != "authorization");
    assert_eq!((told.user, told.iteration, &*told.route), (UserId(3), Iteration(5), "POST /items/{id}"));
    assert_eq!(told.request.first, format!("POST {}/items/7?api_key=***&page=2", server.url()));
    for (name, value) in of_request {
        assert_eq!(header(&told.request, name), Some(value.as_str()), "{name} was sent");
    }
    assert_eq!(told.request.headers.len(), seen.headers.len());
    assert_eq!(header(&told.request, "authorization"), Some("Bearer ***"));
    assert_eq!(told.request.body, text("name=me&password=***"));
    assert_eq!(told.sent, server.read());
    let response = told.response.unwrap();
    assert_eq!(response.first, "201 Created");
    assert_eq!(header(&response, "set-cookie"), Some("sid=***; Path=/"));
    assert_eq!(header(&response, "x-thing"), Some("1"));
    assert_eq!(response.body, text("{\"token\":\"***\"}"));
    assert_eq!(told.failure, None);
}

#[tokio::test]
async fn cookies_are_reported_by_name() {
    let server = Server::answering(|_| "HTTP/1.1 204 No Content\r\nset-cookie: sid=secret\r\n\r\n").await;
    let heard = Heard::of(&server);

    for _ in 0..2 {
        heard.session.get("/").send().await.unwrap();
    }

    assert_eq!(server.seen()[1].header("cookie"), Some("sid=secret"));
    assert_eq!(header(&heard.exchanges()[1].request, "cookie"), Some("sid=***"));
    assert_eq!(heard.exchanges()[1].response.as_ref().unwrap().body, TraceBody::Nothing);
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_reported() {
    let server = Server::answering(|seen| match &*seen.path {
        "/" => "HTTP/1.1 303 See Other\r\nlocation: /there?code=secret\r\ncontent-length: 2\r\n\r\ngo",
        _ => OK,
    })
    .await;
    let heard = Heard::of(&server);

    heard.session.post("/").json(&1).send().await.unwrap();

    let told = heard.exchanges();
    assert_eq!(told.len(), 2);
    let first = told[0].response.as_ref().unwrap();
    assert_eq!((&told[0].request.body, &*first.first), (&text("1"), "303 See Other"));
    assert_eq!(header(first, "location"), Some("/there?code=***"));
    assert_eq!(first.body, text("go"));
    assert_eq!(told[1].request.first, format!("GET {}/there?code=***", server.url()));
    assert_eq!(told[1].request.body, TraceBody::Nothing);
    assert_eq!(told[1].response.as_ref().unwrap().body, text("ok"));
}

#[tokio::test]
async fn request_that_was_not_sent_is_reported_with_the_reason() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let heard = Heard::at(&format!("http://{free}"));

    heard.session.get("/").send().await.unwrap_err();

    let told = heard.exchange();
    assert_eq!((told.sent, told.response.is_none()), (0, true));
    assert!(told.failure.as_ref().unwrap().starts_with("connect.refused: "), "{told:?}");
    assert_eq!(told.request.first, format!("GET http://{free}/"));
}

#[tokio::test]
async fn response_that_fails_is_reported_as_far_as_it_came() {
    let wrong = Server::once("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone").await;
    let cut = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\nhalf of").await;
    })
    .await;
    let (of_wrong, of_cut) = (Heard::of(&wrong), Heard::of(&cut));

    of_wrong.session.get("/").send().await.unwrap_err();
    of_cut.session.get("/").send().await.unwrap_err();

    let (wrong, cut) = (of_wrong.exchange(), of_cut.exchange());
    assert_eq!(wrong.failure.as_deref(), Some("http.4xx: 404 Not Found"));
    assert_eq!(wrong.response.unwrap().body, text("gone"));
    assert!(cut.failure.unwrap().starts_with("body.truncated: "));
    assert_eq!(cut.response.unwrap().body, text("half of"));
}

#[tokio::test]
async fn bodies_that_are_counted_or_streamed_are_reported_too_and_long_ones_are_cut() {
    let server = Server::answering(|_| {
        format!("HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n{}", "x".repeat(20_000))
    })
    .await;
    let heard = Heard::of(&server);

    heard.session.get("/").send().await.unwrap();
    heard.session.get("/").discard().await.unwrap();
    let mut stream = heard.session.get("/").stream().await.unwrap();
    while stream.chunk().await.unwrap().is_some() {}
    heard.session.post("/").body("y".repeat(5000)).send().await.unwrap();

    let told = heard.exchanges();
    for exchange in &told {
        let body = &exchange.response.as_ref().unwrap().body;
        assert_eq!(*body, TraceBody::text("x".repeat(4096), 20_000 - 4096));
    }
    assert_eq!(told[3].request.body, TraceBody::text("y".repeat(4096), 5000 - 4096));
}

#[tokio::test]
async fn bodies_for_no_person_have_a_placeholder() {
    let server =
        Server::answering(|_| "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 4\r\n\r\nabcd")
            .await;
    let heard = Heard::of(&server);

    heard.session.post("/").body(vec![1, 0, 255]).send().await.unwrap();

    let told = heard.exchange();
    assert_eq!(told.request.body, TraceBody::placeholder("binary", 3));
    assert_eq!(told.response.unwrap().body, TraceBody::placeholder("compressed: br", 4));
}

#[tokio::test]
async fn files_and_forms_of_files_have_a_placeholder_with_what_was_sent() {
    let server = Server::answering(|_| OK).await;
    let heard = Heard::of(&server);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "dear all").unwrap();

    heard.session.put("/").body_file(&file).send().await.unwrap();
    heard.session.post("/").multipart(Multipart::new().text("name", "me")).send().await.unwrap();

    let (seen, told) = (server.seen(), heard.exchanges());
    assert_eq!(told[0].request.body, TraceBody::placeholder("file", 8));
    assert_eq!(told[1].request.body, TraceBody::placeholder("multipart", seen[1].body.len() as u64));
    assert_eq!(header(&told[1].request, "content-type"), seen[1].header("content-type"));
}

#[tokio::test]
async fn request_that_is_dropped_is_reported_as_cancelled() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.until_end().await;
    })
    .await;
    let heard = Heard::of(&server);

    tokio::time::timeout(SHORT, heard.session.get("/slow").send()).await.unwrap_err();

    let told = heard.exchange();
    assert_eq!(told.failure.as_deref(), Some("cancelled before the response was complete"));
    assert!(told.sent > 0 && told.response.is_none());
    let events: Vec<_> = heard.events.try_iter().collect();
    let [Event::RequestSent { at: began, .. }, Event::RequestCancelled { at, user, route, elapsed, .. }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*user, &**route), (UserId(3), "GET /slow"));
    assert!(*elapsed >= SHORT && *at >= *began + *elapsed - Duration::from_millis(1), "{events:?}");
}

#[tokio::test]
async fn sink_without_exchanges_receives_only_lines() {
    let server = Server::once(OK).await;
    let heard = Heard::of(&server);
    heard.ear.deaf.store(true, Ordering::Relaxed);

    bounded("an answer", heard.session.get("/").send()).await.unwrap();
    heard.session.measure("own", async { Err::<(), _>("no") }).await.unwrap_err();
    heard.session.log(format_args!("{} left", 7));

    let remarks = heard.ear.heard.lock().unwrap();
    let [Trace::Logged(line)] = &remarks[..] else { panic!("{remarks:?}") };
    assert_eq!((line.user, line.iteration, &*line.text), (UserId(3), Iteration(5), "7 left"));
    let event = heard.events.try_iter().last();
    assert!(matches!(event, Some(Event::Logged(told)) if told == *line));
}

#[tokio::test]
async fn measured_call_is_no_exchange() {
    let heard = Heard::at("http://127.0.0.1:1");

    heard.session.measure("own", async { Ok::<_, &str>(1) }).await.unwrap();

    assert!(heard.exchanges().is_empty());
    assert!(heard.events.try_iter().next().is_none());
}

#[tokio::test]
async fn line_is_cut_and_not_made_without_a_reader() {
    struct Unwritable;
    impl std::fmt::Display for Unwritable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("nobody asked for it")
        }
    }
    let heard = Heard::at("http://127.0.0.1:1");

    heard.session.log("x".repeat(10_000));
    Session::detached().log(Unwritable);

    let remarks = heard.ear.heard.lock().unwrap();
    let [Trace::Logged(line)] = &remarks[..] else { panic!("{remarks:?}") };
    assert!(line.text.ends_with("x… (1808 bytes cut)"), "{}", line.text);
}

#[tokio::test]
async fn a_session_knows_its_user_iteration_and_run() {
    let heard = Heard::at("http://127.0.0.1:1");
    let session = &heard.session;

    assert_eq!((session.user_id(), session.iteration()), (UserId(3), Iteration(5)));
    assert_eq!((session.run().users, session.run().seed, session.run().smoke), (7, 9, false));
    assert_eq!((Session::detached().run().users, Session::detached().user_id()), (1, UserId(0)));
}
