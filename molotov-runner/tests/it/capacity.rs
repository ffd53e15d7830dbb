//! The rate that a service sustains, on a paused clock: a semaphore and a fixed service time, so capacity is k / t.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Context, Rate, Scenario, Session, Suite, UserId};
use molotov_runner::{Capacity, CapacityOutcome, Ended, ExitCode, Plan, Report, RunExt, Verdict};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::support::MS;

/// This number of requests is served at once, each for this time.
fn service(at_once: usize, time: Duration) -> Suite {
    let places = Arc::new(Semaphore::new(at_once));
    Suite::new().scenario(Scenario::builder("visit", move |_| {
        let places = Arc::clone(&places);
        Box::pin(async move {
            let _place = places.acquire().await.unwrap();
            sleep(time).await;
            Ok(())
        })
    }))
}

async fn find(suite: Suite, plan: Plan) -> (Report, Capacity) {
    let report = suite.run(plan).await.unwrap();
    let (counts, offered) = (report.iterations, report.offered.clone().unwrap());
    assert_eq!(offered.scheduled, counts.started + offered.dropped, "law A1");
    assert_eq!(counts.started, counts.ok + counts.failed + counts.panicked + counts.cancelled, "law A1");
    let capacity = report.capacity.clone().unwrap();
    (report, capacity)
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_found_within_five_percent() {
    for (at_once, time, objectives) in
        [(10, MS(50), "p99 < 200ms"), (3, MS(40), "p95 < 2s, errors < 1%"), (40, MS(100), "p99 < 500ms")]
    {
        let true_one = at_once as f64 / time.as_secs_f64();

        let (report, capacity) =
            find(service(at_once, time), Plan::sizing(objectives).starting_at("10/s")).await;

        assert_eq!(capacity.outcome, CapacityOutcome::Found, "{capacity:?}");
        for found in [capacity.good.unwrap(), capacity.bad.unwrap()] {
            assert!((found.in_a_second() / true_one - 1.0).abs() <= 0.05, "{true_one}/s is not {found}");
        }
        assert_eq!((&report.ended, report.sizing.is_none()), (&Ended::Sized, true));
        assert_ne!(report.verdict(), Verdict::Invalid);
        assert_eq!(report.exit_code(), ExitCode::Ok);
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_offers_exactly_its_rate() {
    let (_, capacity) = find(service(10, MS(50)), Plan::sizing("p99 < 200ms").starting_at("16/s")).await;

    for step in &capacity.steps {
        let due = step.rate.in_a_second() * step.window.as_secs_f64();
        assert!((step.scheduled as f64 - due).abs() <= 2.0, "{step:?}");
    }
    assert!(capacity.steps.len() > 5, "{capacity:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_above_the_capacity_is_halved_first() {
    let (_, capacity) = find(service(10, MS(50)), Plan::sizing("p99 < 200ms").starting_at("1000/s")).await;

    let first: Vec<_> = capacity.steps.iter().take(4).map(|step| step.rate.in_a_second()).collect();
    assert_eq!(first, [1_000.0, 500.0, 250.0, 125.0]);
    assert_eq!(capacity.outcome, CapacityOutcome::Found);
}

#[tokio::test(start_paused = true)]
async fn too_few_users_are_the_generator_s_limit_and_not_the_service_s() {
    // Five users make 100 iterations of 50 ms in a second, and the service would sustain any number.
    let plan = Plan::sizing("p99 < 200ms").starting_at("20/s").up_to(5);

    let (report, capacity) = find(service(10_000, MS(50)), plan).await;

    let CapacityOutcome::Generator { rate, why } = &capacity.outcome else { panic!("{capacity:?}") };
    assert_eq!((*rate, capacity.good), (Rate::per_second(160), Some(Rate::per_second(80))));
    assert!(why.contains("all of its 5 users were busy"), "{why}");
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_before_is_not_an_answer() {
    let stopping = Suite::new().scenario(
        Scenario::builder("visit", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                if session.user_id() == UserId(7) {
                    session.stop("sold out");
                }
                Ok(())
            })
        })
        .needs::<&mut Session>(),
    );

    let (report, capacity) = find(stopping, Plan::sizing("errors < 1%").starting_at("10/s").up_to(9)).await;

    assert_eq!((&capacity.outcome, report.exit_code()), (&CapacityOutcome::Unfinished, ExitCode::Failures));
}

#[tokio::test(start_paused = true)]
async fn contradictions_are_found_before_it_begins() {
    let plan = || Plan::sizing("p99 < 1s").starting_at("10/s");
    let apart = || {
        service(9, MS(5))
            .scenario(Scenario::builder("buy", |_| Box::pin(async { Ok(()) })).rate(Rate::per_second(3)))
    };
    for (suite, plan, says) in [
        (service(9, MS(5)), plan().max_runs(3), "leave the number of iterations"),
        (service(9, MS(5)), plan().ramp_up(MS(5)), "leave the ramp-up out"),
        (service(9, MS(5)), plan().duration(MS(5)), "leave the duration out"),
        (service(9, MS(5)), plan().delay(MS(5)), "leave the delay out"),
        (apart(), plan(), "some have rates of their own"),
    ] {
        let error = suite.run(plan).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Responds to each request after this time, with a limited concurrency.
async fn serve(listener: TcpListener, at_once: usize, time: Duration) {
    let places = Arc::new(Semaphore::new(at_once));
    while let Ok((stream, _)) = listener.accept().await {
        let places = Arc::clone(&places);
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                if line == "\r\n" {
                    let place = places.acquire().await.unwrap();
                    sleep(time).await;
                    drop(place);
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                }
                line.clear();
            }
        });
    }
}

/// Real time and real sockets: `cargo test -p molotov-runner --test it -- --ignored capacity::`, on an otherwise idle
/// machine.
#[ignore = "takes four minutes of an idle machine"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_of_a_real_server_is_found_within_five_percent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Long, because a timer of tokio's is up to 1 ms late.
    tokio::spawn(serve(listener, 20, MS(200)));
    let visit = Scenario::builder("visit", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get("/").send().await.map(drop) })
    });
    let plan = Plan::sizing("p99 < 400ms, errors < 1%").starting_at("10/s").up_to(200).host(url.as_str());

    let (_, capacity) = find(Suite::new().scenario(visit.needs::<&mut Session>()), plan).await;

    assert_eq!(capacity.outcome, CapacityOutcome::Found, "{capacity:?}");
    for found in [capacity.good.unwrap(), capacity.bad.unwrap()] {
        assert!((found.in_a_second() / 100.0 - 1.0).abs() <= 0.05, "100/s is not {found}: {capacity:?}");
    }
}
