//! The results of smoke tests.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use molotov_core::{BoxFuture, Context, Error, GlobalSetup, Hook, ScenarioBuilder, Session, Target};

use super::*;

/// A scenario that logs this number of lines, and fails if requested.
fn talking(name: &str, lines: u32, fails: bool) -> ScenarioBuilder {
    Scenario::builder(name, move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            (0..lines).for_each(|n| session.log(format_args!("line {n}\nof two")));
            if fails { Err(Error::msg("no")) } else { Ok(()) }
        })
    })
}

#[test]
fn failed_test_shows_its_log() {
    let suite = || Suite::new().scenario(talking("bad", 2, true)).scenario(talking("good", 2, false));

    let test =
        |name| run_scenario(name, (suite(), Plan::default()), &TestOutput::Captured, WithoutHost::Ignored);
    let (good, bad) = (test("good"), test("bad").unwrap_err());

    assert_eq!(good, Ok(Smoked::Passed));
    let lines: Vec<&str> = bad.lines().map(|line| line.trim_start_matches(|c| c != ':')).collect();
    assert_eq!(bad.lines().nth(2), Some("  before that:"), "{bad}");
    assert_eq!((lines[3], lines[5]), (": line 0", ": line 1"), "{bad}");
    assert_eq!((bad.lines().nth(4), bad.lines().count()), (Some("        of two"), 8), "{bad}");
}

#[test]
fn failed_test_prints_the_seed_that_repeats_it() {
    let suite = Suite::new().scenario(talking("bad", 0, true));

    let plan = Plan::default().seed(42);
    let bad = run_scenario("bad", (suite, plan), &TestOutput::Captured, WithoutHost::Ignored).unwrap_err();

    let last = bad.lines().last();
    let text = "  seed 42: set MOLOTOV_SEED=42 to run the test again with the same random numbers and rows";
    assert_eq!(last, Some(text), "{bad}");
}

#[test]
fn a_test_that_passes_and_sends_nothing_is_doubted() {
    let forgetful = Scenario::builder("forgetful", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        drop(session.get("http://127.0.0.1:9/").send());
        Box::pin(async { Ok(()) })
    });
    let suite = Suite::new().scenario(forgetful.needs::<&mut Session>());
    let job = Job::new(suite, Plan::default().smoke("forgetful").threads(2)).unwrap();
    let report = run_on_threads(job, SignalSource::Ignored, None, None).unwrap();

    assert_eq!(problems(&report), [""; 0]);
    let doubts = doubts("forgetful", &report);
    let beginning =
        "warning: scenario `forgetful` passed, but no request was sent by `forgetful` in 1 iteration";
    assert!(doubts.len() == 1 && doubts[0].starts_with(beginning), "{doubts:?}");
}

#[test]
fn failed_test_shows_its_last_lines() {
    let suite = Suite::new().scenario(talking("bad", 1250, true));

    let bad = run_scenario("bad", (suite, Plan::default()), &TestOutput::Captured, WithoutHost::Ignored)
        .unwrap_err();

    assert!(bad.contains("    (1,150 before this)\n"), "{bad}");
    assert!(bad.contains("line 1150\n") && bad.contains("line 1249\n") && !bad.contains("line 1149\n"));
}

/// A scenario that runs this function on its session.
fn visiting(name: &str, visit: fn(&mut Session) -> BoxFuture<'_, Result<(), Error>>) -> ScenarioBuilder {
    Scenario::builder(name, move |mut cx: Context<'_>| visit(cx.arg())).needs::<&mut Session>()
}

fn relative(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
    Box::pin(async { session.get("/").send().await.map(drop) })
}

fn test(suite: Suite, without_host: WithoutHost) -> Result<Smoked, String> {
    run_scenario("visit", (suite, Plan::default()), &TestOutput::Captured, without_host)
}

/// A server that answers each request, on a port of this machine.
fn server() -> (Target, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::from(listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    (target, served)
}

#[test]
fn a_relative_request_without_a_host_is_not_tested_and_fails_where_one_is_required() {
    let suite = || Suite::new().scenario(visiting("visit", relative));

    assert_eq!(test(suite(), WithoutHost::Ignored), Ok(Smoked::NotTested));
    let why = test(suite(), WithoutHost::Fails).unwrap_err();
    assert!(
        why.contains("`/` is relative and there is no base URL") && why.contains("MOLOTOV_HOST"),
        "{why}"
    );
}

#[test]
fn without_a_host_the_error_of_a_relative_request_may_be_ignored_or_panic() {
    fn swallowed(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            drop(session.get("/").send().await);
            Ok(())
        })
    }
    fn unwrapped(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            session.get("/").send().await.unwrap();
            Ok(())
        })
    }

    for visit in [swallowed, unwrapped] {
        let suite = || Suite::new().scenario(visiting("visit", visit));
        assert_eq!(test(suite(), WithoutHost::Ignored), Ok(Smoked::NotTested));
        assert!(test(suite(), WithoutHost::Fails).unwrap_err().contains("there is no"));
    }
}

#[test]
fn a_fixture_that_lacks_the_host_is_not_tested_either() {
    let hook = || Hook::builder("log_in", |mut cx: Context<'_>| relative(cx.arg())).needs::<&mut Session>();
    let idle = || Suite::new().scenario(Scenario::builder("visit", |_| Box::pin(async { Ok(()) })));
    let made = GlobalSetup::builder("made", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get("/").send().await.map(|_| 1_u8) })
    });

    for suite in [idle().setup_session(hook()), idle().teardown_session(hook()), idle().global_setup(made)] {
        assert_eq!(test(suite.clone(), WithoutHost::Ignored), Ok(Smoked::NotTested));
        assert!(test(suite, WithoutHost::Fails).is_err());
    }
}

#[test]
fn scenarios_that_need_no_host_are_tested_without_one() {
    fn set(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let (target, served) = server();
            session.set_base(target.to_string())?;
            session.get("/").send().await?;
            served.join().map_err(|_| Error::msg("the server is gone"))
        })
    }
    fn absolute(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let (target, served) = server();
            session.get(format!("{target}")).send().await?;
            served.join().map_err(|_| Error::msg("the server is gone"))
        })
    }
    let alone = Scenario::builder("visit", |_| Box::pin(async { Ok(()) }));
    let (target, served) = server();
    let found = GlobalSetup::builder("found", move |_| {
        let target = target.clone();
        Box::pin(async move { Ok(target) })
    });

    for suite in [
        Suite::new().scenario(visiting("visit", set)),
        Suite::new().scenario(visiting("visit", absolute)),
        Suite::new().scenario(alone),
        Suite::new().scenario(visiting("visit", relative)).global_setup(found),
    ] {
        assert_eq!(test(suite, WithoutHost::Ignored), Ok(Smoked::Passed));
    }
    served.join().unwrap();
}

#[test]
fn other_failures_fail_the_test_also_without_a_host() {
    fn refused(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            // A closed listener's port has no server.
            let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr())?;
            drop(session.get(format!("http://{gone}/")).send().await);
            session.get("/").send().await.map(drop)
        })
    }
    fn own(_: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Err(Error::msg("the basket is empty")) })
    }
    let broken = Suite::new().scenario(visiting("visit", relative).needs::<&u64>());

    for (suite, says) in [
        (Suite::new().scenario(visiting("visit", refused)), "connect.refused"),
        (Suite::new().scenario(visiting("visit", own)), "the basket is empty"),
        (broken, "takes `&u64`"),
    ] {
        let why = test(suite, WithoutHost::Ignored).unwrap_err();
        assert!(why.contains(says), "{why}");
    }
}

#[test]
fn pauses_are_left_out_of_a_test_and_their_text_is_read() {
    fn pausing(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            session.pause("30d..300d").await?;
            session.pause(Duration::MAX).await
        })
    }
    fn wrong(session: &mut Session) -> BoxFuture<'_, Result<(), Error>> {
        session.pause("5")
    }

    assert_eq!(
        test(Suite::new().scenario(visiting("visit", pausing)), WithoutHost::Ignored),
        Ok(Smoked::Passed)
    );
    let why = test(Suite::new().scenario(visiting("visit", wrong)), WithoutHost::Ignored).unwrap_err();
    assert!(why.contains("invalid pause `5`: a duration needs a unit"), "{why}");
}

#[test]
fn scenario_of_weight_0_is_a_test_only_by_name() {
    let skipped = |argv: &[&str]| {
        let argv = ["test"].iter().chain(argv).copied();
        is_left_out("buy_slowly", &Arguments::from_iter(argv))
    };
    for argv in [&[][..], &["buy"], &["--exact", "browse"], &["buy_slowly_too"], &["--nocapture"]] {
        assert!(skipped(argv), "{argv:?}");
    }
    for argv in [&["buy_slowly"][..], &["--exact", "buy_slowly"], &["--ignored"], &["--include-ignored"]] {
        assert!(!skipped(argv), "{argv:?}");
    }
}
