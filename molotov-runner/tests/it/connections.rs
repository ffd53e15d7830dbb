//! The connections of a plan's sessions: their lifetime, that of sessions, name resolution, and their place in the
//! report.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    BoxFuture, ConnectionPolicy, Context, Error, Hook, Iteration, Result, Scenario, Session, Setup, Suite,
};
use molotov_runner::{Ended, ExitCode, Plan, RunExt};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::support::run;

/// A server that counts connections and records each request as its path and the headers that tests check.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::<AtomicUsize>::default();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (count, notes) = (Arc::clone(&connections), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&notes)));
            }
        });
        Self { port, connections, seen, task }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(stream: tokio::net::TcpStream, notes: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut note = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(path) = line.strip_prefix("GET ") {
                note.push_str(path.split(' ').next().unwrap());
            } else if ["cookie", "x-user", "connection"].iter().any(|name| line.starts_with(name)) {
                note.push_str(&format!(" {}", line.trim_end()));
            }
        }
        let status = if note.starts_with("/broken") { "503 Broken" } else { "200 OK" };
        notes.lock().unwrap().push(note);
        let answer = format!("HTTP/1.1 {status}\r\nset-cookie: c=1; Path=/\r\ncontent-length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A call that sends requests to these paths, one after the other.
fn get(
    paths: &'static [&'static str],
) -> impl for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result> + Send + Sync + use<> {
    move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            for path in paths {
                session.get(*path).send().await?;
            }
            Ok(())
        })
    }
}

fn visits() -> Suite {
    Suite::new().scenario(Scenario::builder("visit", get(&["/a", "/b"])).needs::<&mut Session>())
}

#[tokio::test]
async fn connections_are_kept_by_the_user_for_an_iteration_or_for_a_request() {
    for (policy, opened) in [
        (ConnectionPolicy::User, 4),
        (ConnectionPolicy::Iteration, 4 * 5),
        (ConnectionPolicy::Request, 4 * 5 * 2),
    ] {
        let server = Server::start().await;

        let report = run(visits(), Plan::users(4).max_runs(5).host(server.url()).connections(policy)).await;

        assert_eq!((report.iterations.ok, report.requests.ok), (20, 40), "{policy}");
        assert_eq!(server.connections(), opened, "{policy}");
        assert_eq!(report.connections.opened as usize, opened);
        assert_eq!(report.connections.reused as usize, 40 - opened);
        assert_eq!(report.settings.connections, policy);
        // Cookies belong to the session, independent of its connections.
        assert_eq!(server.seen().iter().filter(|note| !note.contains("cookie: c=1")).count(), 4);
    }
}

/// A suite that sets a header, and requests a path, in each of its session's fixtures.
fn logging_in(set_ups: &Arc<AtomicUsize>) -> Suite {
    let set_ups = Arc::clone(set_ups);
    visits()
        .setup(
            Setup::builder("own", |mut cx: Context<'_>| {
                let session: &mut Session = cx.arg();
                Box::pin(async move { session.get("/own").send().await.map(|_| 1_u16) })
            })
            .needs::<&mut Session>(),
        )
        .setup_session(
            Hook::builder("log_in", move |mut cx: Context<'_>| {
                let number = set_ups.fetch_add(1, Ordering::SeqCst);
                let session: &mut Session = cx.arg();
                Box::pin(async move {
                    session.set_header("x-user", format!("{number}"))?;
                    session.get("/in").send().await.map(drop)
                })
            })
            .needs::<&mut Session>(),
        )
        .teardown_session(Hook::builder("log_out", get(&["/out"])).needs::<&mut Session>())
        .teardown(Hook::builder("bye", get(&["/bye"])).needs::<&mut Session>().needs::<&mut u16>())
}

#[tokio::test]
async fn a_fresh_session_is_set_up_and_torn_down_for_each_iteration() {
    let server = Server::start().await;

    let plan = Plan::users(1).max_runs(2).host(server.url()).fresh_session();
    let report = run(logging_in(&Arc::default()), plan).await;

    let visit = |n: usize| {
        [
            format!("/in x-user: {n}"),
            format!("/a cookie: c=1 x-user: {n}"),
            format!("/b cookie: c=1 x-user: {n}"),
            format!("/out cookie: c=1 x-user: {n}"),
        ]
    };
    let bye = ["/bye cookie: c=1 x-user: 1".to_owned()];
    // The changes of the user's set-up are in no session of an iteration, not even in the first.
    assert_eq!(server.seen(), [&["/own".to_owned()], &visit(0)[..], &visit(1), &bye].concat());
    // The iteration has a connection of its own, and so have the set-up before and the tear-downs after it.
    assert_eq!(server.connections(), 7);
    assert_eq!(report.settings.connections, ConnectionPolicy::Iteration);
    assert!(report.settings.fresh_session);
    assert_eq!((report.iterations.ok, report.requests.ok), (2, 10));
}

#[tokio::test]
async fn a_session_is_one_users_for_all_iterations_without_that() {
    let server = Server::start().await;

    let report = run(logging_in(&Arc::default()), Plan::users(1).max_runs(2).host(server.url())).await;

    let paths: Vec<_> = server.seen().iter().map(|note| note.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(paths, ["/own", "/in", "/a", "/b", "/a", "/b", "/out", "/bye"]);
    assert_eq!(server.connections(), 1);
    assert!(!report.settings.fresh_session);
}

#[tokio::test]
async fn a_fresh_session_that_cannot_be_set_up_fails_its_iteration_and_not_the_run() {
    let server = Server::start().await;
    let called = AtomicUsize::new(0);
    let suite = visits()
        .setup_session(
            Hook::builder("log_in", move |mut cx: Context<'_>| {
                let second = called.fetch_add(1, Ordering::SeqCst) == 1;
                let session: &mut Session = cx.arg();
                let path = if second { "/broken" } else { "/in" };
                Box::pin(async move { session.get(path).send().await.map(drop) })
            })
            .needs::<&mut Session>(),
        )
        .teardown_session(Hook::builder("log_out", get(&["/out"])).needs::<&mut Session>());

    let report = run(suite, Plan::users(1).max_runs(3).host(server.url()).fresh_session()).await;

    assert_eq!((report.iterations.ok, report.iterations.failed), (2, 1));
    assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Completed, ExitCode::Failures));
    let row = report.scenario("visit").unwrap();
    assert_eq!((row.ok.count(), row.failed.count()), (2, 1));
    let group = report.failures.iter().find(|group| group.place == "visit").unwrap();
    assert!(group.message.contains("setup_session `log_in`") && group.message.contains("503"), "{group:?}");
    assert_eq!(group.kind.as_str(), "http.5xx");
    // A session that was not set up is not torn down.
    let paths: Vec<_> = server.seen().iter().map(|note| note.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(paths, ["/in", "/a", "/b", "/out", "/broken", "/in", "/a", "/b", "/out"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_session_that_cannot_be_set_up_ends_the_run_also_when_each_is_fresh() {
    let hook = Hook::builder("log_in", |_| Box::pin(async { Err(Error::msg("closed")) }));

    let report = run(visits().setup_session(hook), Plan::users(3).max_runs(3).fresh_session()).await;

    assert!(matches!(&report.ended, Ended::SetupFailed(why) if why.contains("closed")), "{}", report.ended);
    assert_eq!(report.iterations.started, 0);
}

/// Each set-up takes a second, the iteration no time.
#[tokio::test(start_paused = true)]
async fn making_a_session_ready_is_in_no_iterations_time() {
    fn slowly(_: Context<'_>) -> BoxFuture<'_, Result> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        })
    }
    let suite = Suite::new()
        .scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })))
        .setup_session(Hook::builder("s", slowly))
        .teardown_session(Hook::builder("t", slowly));

    let report = run(suite, Plan::users(1).max_runs(3).fresh_session()).await;

    assert_eq!(report.iterations.ok, 3);
    assert_eq!(report.elapsed, Duration::from_secs(6));
    assert_eq!(report.scenario("idle").unwrap().ok.max(), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_fresh_session_gives_the_user_another_one_and_other_states() {
    let made = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&made);
    let suite = Suite::new()
        .scenario(
            Scenario::builder("a", |mut cx: Context<'_>| {
                let (iteration, state): (Iteration, &mut usize) = (cx.arg(), cx.arg());
                let state = *state;
                Box::pin(async move {
                    assert!(iteration.0 != 1, "out of luck");
                    assert_eq!(state, usize::from(iteration.0 > 1));
                    Ok(())
                })
            })
            .needs::<Iteration>()
            .needs::<&mut usize>(),
        )
        .setup(Setup::builder("own", move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(number) })
        }));

    let report = run(suite, Plan::users(1).max_runs(4).fresh_session()).await;

    assert_eq!((report.iterations.ok, report.iterations.panicked), (3, 1));
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_named_address_is_used_by_all_users_and_is_in_the_report() {
    let server = Server::start().await;
    let entry = format!("shop.example:{}:127.0.0.1", server.port);

    let plan = Plan::users(3).max_runs(2).host(format!("http://shop.example:{}", server.port));
    let report = run(visits(), plan.resolve(entry.as_str()).dns_ttl(Duration::ZERO)).await;

    assert_eq!((report.requests.ok, server.seen().len()), (12, 12));
    assert_eq!(report.settings.resolve, std::slice::from_ref(&entry));
    let text = report.to_string();
    assert!(text.contains(&format!("Resolve      {entry}")), "{text}");
    assert!(text.contains("DNS          asked for each connection"), "{text}");
}

#[tokio::test]
async fn report_has_the_lifetime_of_connections_and_sessions() {
    let said = async |plan: Plan| {
        let idle = Scenario::builder("idle", |_| Box::pin(async { Ok(()) }));
        let text = run(Suite::new().scenario(idle), plan.max_runs(1)).await.to_string();
        let line = text.lines().find(|line| line.trim_start().starts_with("Sessions")).unwrap().to_owned();
        line.trim_start().trim_start_matches("Sessions").trim().to_owned()
    };
    let per = |policy| Plan::users(1).connections(policy);

    assert_eq!(said(Plan::users(1)).await, "one for each user, with its connections kept");
    assert_eq!(
        said(per(ConnectionPolicy::Iteration)).await,
        "one for each user, with fresh connections for each iteration"
    );
    assert_eq!(
        said(per(ConnectionPolicy::Request)).await,
        "one for each user, with a fresh connection for each request"
    );
    assert_eq!(
        said(Plan::users(1).fresh_session()).await,
        "fresh for each iteration, with fresh connections"
    );
    assert_eq!(
        said(per(ConnectionPolicy::Request).fresh_session()).await,
        "fresh for each iteration, with a connection for each request"
    );
}

#[tokio::test]
async fn a_fresh_session_that_should_keep_connections_is_a_mistake() {
    let plan = Plan::users(1).connections(ConnectionPolicy::User).fresh_session();

    let error = visits().run(plan).await.unwrap_err();

    assert_eq!(error.problems().len(), 1);
    assert!(error.to_string().contains("leave out --connections user or --fresh-session"), "{error}");
}

#[test]
#[should_panic(expected = "is not an IP address")]
fn invalid_named_address_is_reported_at_the_line_of_the_plan() {
    drop(Plan::users(1).resolve("shop.example:80:localhost"));
}

/// A server that a global set-up starts itself, on a socket.
#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_that_a_global_set_up_returns_is_loaded_and_told_whole() {
    use molotov_core::{GlobalSetup, Target};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let at = path.clone();
    let suite = visits().global_setup(GlobalSetup::builder("server", move |_| {
        let path = at.clone();
        Box::pin(async move {
            let listener = tokio::net::UnixListener::bind(&path)?;
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream));
                }
            });
            Target::unix(&path)
        })
    }));

    let report = run(suite, Plan::users(3).max_runs(2)).await;

    assert_eq!((report.iterations.ok, report.requests.ok, report.connections.opened), (6, 12, 3));
    let url = format!("unix://{}", path.display());
    assert_eq!(report.settings.targets, [url]);
    assert!(report.route("GET /a").is_some());
}

#[cfg(unix)]
async fn answer(stream: tokio::net::UnixStream) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        if line == "\r\n" {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        }
        line.clear();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_that_is_not_there_fails_each_request_with_its_kind() {
    let report = run(visits(), Plan::users(1).max_runs(1).host("unix:///nowhere/app.sock")).await;

    assert_eq!(report.requests.not_sent, 1);
    let group = report.failures.iter().find(|group| group.place == "GET /a").unwrap();
    assert_eq!(group.kind.as_str(), "connect.not_found");
    assert!(group.message.contains("unix:///nowhere/app.sock"), "{}", group.message);
    assert_eq!(report.exit_code(), ExitCode::DeadTarget);
    assert_eq!(report.settings.targets, ["unix:///nowhere/app.sock"]);
}
