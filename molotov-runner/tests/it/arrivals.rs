//! The open model, on a paused clock: due, started and dropped arrivals, and their latencies.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use molotov_core::{
    Data, Error, Feed, Picker, Rate, Result, Row, Scenario, ScenarioBuilder, Session, Setup, Suite,
};
use molotov_runner::{Ended, Offered, Plan, Report, RunExt};
use tokio::time::{Instant, sleep};

use crate::support::{MS, SECS, sleeping};

/// Runs the suite, and checks the law of accounting.
async fn run(suite: Suite, plan: Plan) -> (Report, Offered) {
    let report = suite.run(plan).await.unwrap();
    let offered = report.offered.clone().unwrap();
    let counts = report.iterations;
    assert_eq!(offered.scheduled, counts.started + offered.dropped, "law A1");
    assert_eq!(counts.started, counts.ok + counts.failed + counts.panicked + counts.cancelled, "law A1");
    let sum = |of: fn(&molotov_runner::Window) -> u64| report.windows.iter().map(of).sum::<u64>();
    assert_eq!(sum(|window| window.scheduled), offered.scheduled, "windows");
    assert_eq!(sum(|window| window.started), counts.started, "windows");
    assert_eq!(sum(|window| window.dropped), offered.dropped, "windows");
    assert_eq!(sum(|window| window.iterations), counts.finished(), "windows");
    (report, offered)
}

fn mistakes(suite: Suite, plan: Plan) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(suite.run(plan)).unwrap_err().to_string()
}

#[tokio::test(start_paused = true)]
async fn the_number_of_arrivals_is_the_rate_times_the_duration() {
    let suite = || Suite::new().scenario(sleeping("quick", MS(3)));

    for (plan, wanted) in [
        (Plan::rate("500/s"), 5_000),
        (Plan::rate("500/s").duration(MS(2_500)), 1_250),
        (Plan::rate("100/m").duration(SECS(180)), 300),
        (Plan::rate("100/s").ramp_up(SECS(10)).duration(SECS(10)), 1_500),
        (Plan::stages("0..200/s in 30s, 200/s for 2m, burst 100, 200..0/s in 10s"), 28_100),
    ] {
        let (report, offered) = run(suite(), plan).await;

        assert_eq!((offered.scheduled, offered.dropped), (wanted, 0));
        assert_eq!(report.iterations.ok, wanted);
        assert_eq!(report.ended, Ended::Duration);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_takes_as_long_as_its_schedule() {
    let suite = || Suite::new().scenario(sleeping("quick", MS(3)));

    let (constant, _) = run(suite(), Plan::rate("2/s").duration(SECS(7))).await;
    let (pausing, _) = run(suite(), Plan::stages("2/s for 3s, 0/s for 4s")).await;

    for report in [constant, pausing] {
        assert!((SECS(7)..MS(7_100)).contains(&report.elapsed), "{:?}", report.elapsed);
    }
}

#[tokio::test(start_paused = true)]
async fn arrivals_of_one_seed_are_the_same_and_poisson_ones_vary() {
    let suite = || Suite::new().scenario(sleeping("quick", MS(1)));
    let plan = |seed| Plan::rate("50/s").poisson().duration(SECS(20)).seed(seed);

    let (_, one) = run(suite(), plan(1)).await;
    let (_, same) = run(suite(), plan(1)).await;
    let (_, other) = run(suite(), plan(2)).await;

    assert_eq!(one.scheduled, same.scheduled);
    assert_ne!(one.scheduled, other.scheduled);
    // Five standard deviations around the mean.
    assert!((1_000 - 160..1_000 + 160).contains(&one.scheduled), "{}", one.scheduled);
}

#[tokio::test(start_paused = true)]
async fn arrivals_do_not_wait_for_responses_while_a_user_is_free() {
    let (report, offered) =
        run(Suite::new().scenario(sleeping("slow", MS(900))), Plan::rate("10/s").duration(SECS(5))).await;

    assert_eq!((report.iterations.ok, offered.waited), (50, 0));
    assert!(offered.start_lag.max().unwrap() <= MS(1), "{:?}", offered.start_lag.max());
    assert_eq!(report.settings.users, 10);
}

#[tokio::test(start_paused = true)]
async fn an_arrival_waits_for_a_busy_user_and_its_latency_runs() {
    // Each takes 150 ms and one is due every 100 ms: arrival n starts 50·n ms late.
    let suite = Suite::new().scenario(sleeping("slow", MS(150)));

    let (report, offered) = run(suite, Plan::rate("10/s").duration(SECS(2)).up_to(1)).await;

    let row = report.scenario("slow").unwrap();
    assert_eq!((offered.scheduled, offered.dropped, offered.waited), (20, 0, 19));
    assert_eq!(row.ok.count(), 20);
    // Timers are as coarse as a millisecond.
    let max = row.ok.max().unwrap();
    assert!((MS(150 + 19 * 50)..MS(150 + 19 * 50 + 25)).contains(&max), "{max:?}");
}

#[tokio::test(start_paused = true)]
async fn late_arrivals_are_dropped_and_counted() {
    // Two of three arrivals find the only user busy for longer than the maximum lateness.
    let suite = || Suite::new().scenario(sleeping("slow", MS(290)));

    let (_, offered) = run(suite(), Plan::rate("10/s").duration(SECS(30)).up_to(1).max_late(MS(5))).await;

    assert_eq!(offered.scheduled, 300);
    assert_eq!(offered.dropped, 200);
}

#[tokio::test(start_paused = true)]
async fn waiting_arrivals_are_dropped_during_the_run_without_users() {
    let suite = Suite::new().scenario(sleeping("stuck", SECS(3_600)));

    let (report, offered) =
        run(suite, Plan::rate("10/s").duration(SECS(20)).up_to(3).max_late(SECS(2)).grace(SECS(1))).await;

    assert_eq!((offered.scheduled, offered.dropped), (200, 197));
    assert_eq!((report.iterations.started, report.iterations.cancelled), (3, 3));
    let early: u64 = report.windows.iter().take(6).map(|window| window.dropped).sum();
    assert!(early > 20, "{early}");
}

#[tokio::test(start_paused = true)]
async fn the_law_holds_when_a_run_is_stopped_or_fails_fast_with_arrivals_waiting() {
    let stopping = Scenario::builder("stops", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            sleep(MS(400)).await;
            if session.iteration().0 == 1 {
                session.stop("enough");
            }
            Ok(())
        })
    });
    let failing = Scenario::builder("fails", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            sleep(MS(400)).await;
            if session.iteration().0 == 1 { Err(Error::msg("no")) } else { Ok(()) }
        })
    });

    let plan = || Plan::rate("100/s").duration(SECS(60)).up_to(2);
    let (stopped, of_stopped) = run(Suite::new().scenario(stopping), plan()).await;
    let (failed, of_failed) = run(Suite::new().scenario(failing), plan().fail_fast()).await;

    for (report, offered) in [(stopped, of_stopped), (failed, of_failed)] {
        // Both users are in their third iteration at most, after 0.8 s of 60.
        assert!(report.iterations.started <= 4, "{}", report.iterations.started);
        assert!((80..=90).contains(&offered.scheduled), "{}", offered.scheduled);
        assert!(offered.dropped > 70);
    }
}

#[tokio::test(start_paused = true)]
async fn iterations_in_flight_get_their_grace_and_are_then_cancelled() {
    let suite = || Suite::new().scenario(sleeping("long", SECS(5)));
    let plan = |grace| Plan::rate("1/s").duration(SECS(3)).grace(grace);

    let (patient, _) = run(suite(), plan(SECS(10))).await;
    let (strict, _) = run(suite(), plan(SECS(1))).await;

    assert_eq!((patient.iterations.ok, patient.iterations.cancelled), (3, 0));
    assert_eq!((strict.iterations.ok, strict.iterations.cancelled), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn panics_and_failures_are_arrivals_like_any_other_and_do_not_brake() {
    let suite = Suite::new()
        .scenario(Scenario::builder("panics", |_| Box::pin(async { panic!("on purpose") })))
        .scenario(Scenario::builder("fails", |_| Box::pin(async { Err(Error::msg("no")) })));

    let (report, offered) = run(suite, Plan::rate("200/s").duration(SECS(5)).up_to(2)).await;

    assert_eq!((offered.scheduled, offered.dropped), (1_000, 0));
    assert_eq!((report.iterations.panicked, report.iterations.failed), (500, 500));
    assert_eq!(report.braked, 0);
}

#[tokio::test(start_paused = true)]
async fn arrivals_begin_when_all_users_are_ready() {
    let ready = Arc::new(AtomicU64::new(0));
    let too_early = Arc::new(AtomicBool::new(false));
    let (counted, seen, early) = (Arc::clone(&ready), Arc::clone(&ready), Arc::clone(&too_early));
    let setup = Setup::builder("slow", move |_| {
        let ready = Arc::clone(&counted);
        Box::pin(async move {
            sleep(MS(700)).await;
            ready.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    let scenario = Scenario::builder("visit", move |_| {
        early.fetch_or(seen.load(Ordering::Relaxed) < 10, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });

    let (report, offered) =
        run(Suite::new().setup(setup).scenario(scenario), Plan::rate("10/s").duration(SECS(1))).await;

    assert_eq!(offered.scheduled, 10);
    assert!(!too_early.load(Ordering::Relaxed));
    assert!(offered.start_lag.max().unwrap() <= MS(1));
    assert!(report.elapsed < MS(1_100), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_set_up_that_fails_ends_the_run_before_anything_is_due() {
    let setup = Setup::builder("broken", |_| Box::pin(async { Result::<()>::Err(Error::msg("no")) }));
    let suite = Suite::new().setup(setup).scenario(sleeping("quick", MS(1)));

    let (report, offered) = run(suite, Plan::rate("10/s")).await;

    assert!(matches!(report.ended, Ended::SetupFailed(_)), "{:?}", report.ended);
    assert_eq!((offered.scheduled, report.iterations.started), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_user_that_is_idle_for_longest_takes_the_next_arrival() {
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&order);
    let scenario = Scenario::builder("visit", move |mut cx| {
        let session: &mut Session = cx.arg();
        seen.lock().unwrap().push(session.user_id().0);
        Box::pin(async { Ok(()) })
    });

    run(Suite::new().scenario(scenario), Plan::rate("10/s").duration(MS(800)).up_to(4)).await;

    let mut first: Vec<_> = order.lock().unwrap()[..4].to_vec();
    assert_eq!(order.lock().unwrap()[4..], first);
    first.sort_unstable();
    assert_eq!(first, [0, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn scenarios_have_rates_of_their_own_beside_the_mix() {
    let suite = || {
        Suite::new()
            .scenario(sleeping("browse", MS(1)))
            .scenario(sleeping("look", MS(1)))
            .scenario(sleeping("buy", MS(1)).rate(Rate::per_second(5)))
    };
    let counts = |report: &Report| -> Vec<u64> {
        ["browse", "look", "buy"].map(|name| report.scenario(name).map_or(0, |row| row.ok.count())).into()
    };

    let (report, _) = run(suite(), Plan::rate("20/s").duration(SECS(10)).up_to(5)).await;
    let (alone, _) = run(suite(), Plan::default().scenarios(["buy"]).duration(SECS(10))).await;

    assert_eq!(counts(&report), [100, 100, 50]);
    assert_eq!(counts(&alone), [0, 0, 50]);
    assert!(report.mix.is_empty(), "{:?}", report.mix);
}

#[test]
#[should_panic(expected = "must be longer than zero")]
fn arrivals_that_may_not_be_late_at_all_would_all_be_dropped() {
    let _ = Plan::rate("1/s").max_late(Duration::ZERO);
}

#[test]
fn senseless_options_are_refused_before_anything_runs() {
    let suite = || Suite::new().scenario(sleeping("a", MS(1)));
    let mixed = || {
        Suite::new().scenario(sleeping("a", MS(1))).scenario(sleeping("b", MS(1)).rate(Rate::per_second(1)))
    };

    for (suite, plan, part) in [
        (suite(), Plan::rate("1/s").max_runs(3), "leave the number of iterations"),
        (suite(), Plan::rate("1/s").delay(MS(5)), "leave the delay out"),
        (suite(), Plan::rate("1/s").pacing(MS(5)), "a rate and a pacing"),
        (suite(), Plan::stages("1/s for 1s").duration(SECS(1)), "leave the duration out"),
        (suite(), Plan::stages("1/s for 1s").ramp_up(SECS(1)), "leave the ramp-up out"),
        (suite(), Plan::rate("1/s").warm_up(SECS(10)), "nothing would be measured"),
        (mixed(), Plan::default(), "the scenario `a` has no rate"),
        (mixed(), Plan::rate("1/s").pacing(MS(3)), "a rate and a pacing"),
        (mixed(), Plan::sizing("p99 < 1s"), "a sizing raises the users"),
        (mixed(), Plan::stages("5 for 1s"), "exclude each other"),
        (mixed().picker(Picker::new(|_, _| "a")), Plan::rate("1/s"), "the scenario picker says"),
    ] {
        let why = mistakes(suite, plan);
        assert!(why.contains(part), "{part}: {why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_run_of_scenarios_with_rates_is_a_single_run() {
    let suite = Suite::new().scenario(sleeping("a", MS(1)).rate(Rate::per_second(1)));

    let report = suite.run(Plan::rate("5/s").single_run()).await.unwrap();

    assert_eq!(report.iterations.ok, 1);
    assert!(report.offered.is_none());
}

/// Responds in 1 ms, except from second 3 to second 5.
fn stalling(began: Instant) -> ScenarioBuilder {
    Scenario::builder("stalls", move |_| {
        Box::pin(async move {
            let (now, stall) = (began.elapsed(), SECS(3)..SECS(5));
            if stall.contains(&now) {
                sleep(stall.end - now).await;
            }
            sleep(MS(1)).await;
            Ok(())
        })
    })
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_2s_is_seen_by_each_of_the_arrivals_that_were_due_in_it() {
    let suite = Suite::new().scenario(stalling(Instant::now()));

    let (report, offered) = run(suite, Plan::rate("100/s").duration(SECS(10)).up_to(20)).await;

    let ok = &report.scenario("stalls").unwrap().ok;
    assert_eq!((offered.scheduled, offered.dropped, ok.count()), (1_000, 0, 1_000));
    assert!((MS(1_990)..MS(2_030)).contains(&ok.max().unwrap()), "{:?}", ok.max());
    assert!((MS(1_850)..MS(2_030)).contains(&ok.percentile(99.0).unwrap()), "{:?}", ok.percentile(99.0));
    // 200 were due during the stall, and their latencies fall linearly from 2 s to zero.
    let slower = |than| {
        ok.histogram()
            .iter_recorded()
            .filter(|at| at.value_iterated_to() > than * 1_000)
            .map(|at| at.count_at_value())
            .sum::<u64>()
    };
    for (than, wanted) in [(20u64, 198u64), (500, 150), (1_000, 100), (1_500, 50)] {
        assert!(slower(than).abs_diff(wanted) <= 4, "{} slower than {than} ms", slower(than));
    }
    // Service times only include the iterations in flight: one of each user.
    let service = &report.scenario("stalls").unwrap().service.as_ref().unwrap().ok;
    let slow: u64 = service
        .histogram()
        .iter_recorded()
        .filter(|at| at.value_iterated_to() > 20_000)
        .map(|at| at.count_at_value())
        .sum();
    assert_eq!((slow, service.count()), (20, 1_000));
    assert!(service.percentile(90.0).unwrap() <= MS(3), "{:?}", service.percentile(90.0));
    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("stalls: p95 is") && text.contains("from when it was due"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn few_users_hardly_sample_a_stall_and_the_summary_has_a_note() {
    let suite = Suite::new().scenario(stalling(Instant::now()));

    let (report, _) = run(suite, Plan::rate("100/s").duration(SECS(10)).up_to(2)).await;

    let row = report.scenario("stalls").unwrap();
    assert!(row.ok.percentile(99.0).unwrap() > MS(1_850));
    assert!(row.service.as_ref().unwrap().ok.percentile(99.0).unwrap() <= MS(3));
    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("stalls: p99 is 1.") && text.contains("from when it was due, and 1.00 ms"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn failed_requests_have_both_latencies() {
    let suite = Suite::new().scenario(Scenario::builder("fails", |_| {
        Box::pin(async {
            sleep(MS(20)).await;
            Err(Error::msg("no"))
        })
    }));

    // Each is due 10 ms after the previous one, and takes 20 ms.
    let (report, _) = run(suite, Plan::rate("100/s").duration(SECS(2)).up_to(1)).await;

    let failed = &report.scenario("fails").unwrap().service.as_ref().unwrap().failed;
    assert_eq!((failed.count(), report.iterations.failed), (200, 200));
    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("service 20.0 ms"), "{text}");
    assert!(text.contains("fails: p99 of what failed is 1.9") && text.contains("and 20.0 ms from"), "{text}");
    assert!(text.contains("Due 200 iterations (100/s): 200 started (100/s)"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn equal_service_times_have_no_note() {
    let suite = Suite::new().scenario(sleeping("steady", MS(50)));

    let (report, _) = run(suite, Plan::rate("100/s").duration(SECS(10))).await;

    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Model open: latencies count from when an iteration was due"), "{text}");
    assert!(!text.contains("steady: p"), "{text}");
}

/// Responds to every request on every connection, at once.
async fn server() -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut read = [0; 4_096];
                while socket.read(&mut read).await.is_ok_and(|length| length > 0) {
                    if socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn the_first_request_of_an_iteration_is_due_when_it_is_and_the_next_one_follows_it() {
    let scenario = Scenario::builder("two", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/first").send().await?;
            sleep(MS(5)).await;
            session.get("/second").send().await?;
            Ok(())
        })
    });
    // One user, so that the second iteration is late.
    let plan = Plan::stages("burst 3").up_to(1).host(server().await);

    let (report, offered) = run(Suite::new().scenario(scenario), plan).await;

    assert_eq!((offered.scheduled, report.requests.ok), (3, 6));
    let (first, second) = (report.route("GET /first").unwrap(), report.route("GET /second").unwrap());
    assert!(second.service.is_none());
    let served = &first.service.as_ref().unwrap().ok;
    // The last one waited for two iterations, of at least 5 ms each.
    assert!(first.ok.max().unwrap() >= served.min().unwrap() + MS(10));
    assert_eq!((first.ok.count(), served.count()), (3, 3));
    let all = report.service.as_ref().unwrap();
    assert_eq!(all.count(), report.latency.count());
    assert_eq!(all.sum(), served.sum() + second.ok.sum());
}

#[tokio::test]
async fn work_before_the_first_request_is_not_in_its_latency() {
    let scenario = Scenario::builder("thinks", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            sleep(MS(100)).await;
            session.get("/").send().await?;
            Ok(())
        })
    });
    // One user, so that the second iteration is late.
    let plan = Plan::stages("burst 2").up_to(1).host(server().await);

    let (report, _) = run(Suite::new().scenario(scenario), plan).await;

    let late = |row: &molotov_runner::SeriesRow| row.ok.sum() - row.service.as_ref().unwrap().ok.sum();
    let iterations = late(report.scenario("thinks").unwrap());
    assert!(iterations >= MS(100), "{iterations:?}");
    assert_eq!(late(report.route("GET /").unwrap()), iterations);
}

#[tokio::test(start_paused = true)]
async fn closed_model_notes_that_stalls_are_under_sampled() {
    let suite = Suite::new().scenario(sleeping("quick", MS(1)));

    let report = suite.run(Plan::users(1).max_runs(3)).await.unwrap();

    assert!(report.offered.is_none() && report.scenario("quick").unwrap().service.is_none());
    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Model closed: latencies are service times, stalls are under-sampled"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn users_come_and_go_in_stages() {
    let suite = Suite::new().scenario(sleeping("visit", MS(100)));

    let report = suite.run(Plan::stages("0..10 in 10s, 10 for 10s, 10..0 in 10s")).await.unwrap();

    let users: Vec<_> = report.windows.iter().map(|window| window.users).collect();
    for (second, wanted) in [(0, 1), (4, 5), (9, 10), (15, 10), (24, 5), (27, 2)] {
        assert!(users[second].abs_diff(wanted) <= 1, "{users:?}");
    }
    // User n is active from second n to second 30 - n, and starts one iteration every 100 ms of it.
    let ok = report.iterations.ok;
    assert!((2_070..=2_110).contains(&ok), "{ok}");
    assert_eq!((report.settings.users, report.ended.clone()), (10, Ended::Duration));
    assert!(report.elapsed < MS(30_300), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_user_that_comes_again_is_set_up_again() {
    let made = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&made);
    let setup = Setup::builder("state", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });
    let suite = Suite::new().setup(setup).scenario(sleeping("visit", MS(100)));

    let report = suite.run(Plan::stages("2 for 2s, 1 for 2s, 2 for 2s")).await.unwrap();

    assert_eq!(made.load(Ordering::Relaxed), 3);
    assert!((96..=101).contains(&report.iterations.ok), "{}", report.iterations.ok);
}

#[tokio::test(start_paused = true)]
async fn a_user_whose_last_iteration_took_it_past_its_next_stay_does_not_come_for_it() {
    let made = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&made);
    let setup = Setup::builder("state", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });
    let suite = Suite::new().setup(setup).scenario(sleeping("long", SECS(5)));

    let report = suite.run(Plan::stages("2 for 1s, 1 for 1s, 2 for 1s, 1 for 7s, 2 for 1s")).await.unwrap();

    // Both at first, and the second one last.
    assert_eq!(made.load(Ordering::Relaxed), 3);
    assert_eq!(report.iterations.ok, 5);
}

#[tokio::test(start_paused = true)]
async fn a_paced_user_begins_one_iteration_in_each_time_however_long_they_take() {
    for took in [3, 400, 900] {
        let suite = Suite::new().scenario(sleeping("visit", MS(took)));

        let (report, offered) = run(suite, Plan::users(3).pacing(SECS(1)).duration(MS(9_500))).await;

        assert_eq!((offered.scheduled, offered.dropped), (30, 0));
        let row = report.scenario("visit").unwrap();
        let served = &row.service.as_ref().unwrap().ok;
        assert!(row.ok.max().unwrap() <= MS(took + 3) && served.count() == 30, "{:?}", row.ok.max());
    }
}

#[tokio::test(start_paused = true)]
async fn paced_user_catches_up_after_a_stall() {
    let suite = Suite::new().scenario(stalling(Instant::now()));

    let (report, offered) = run(suite, Plan::users(10).pacing(MS(100)).duration(SECS(10))).await;

    // The same load as 100 arrivals in a second, and so the same latencies.
    let row = report.scenario("stalls").unwrap();
    assert_eq!((offered.scheduled, offered.dropped), (1_000, 0));
    assert!((MS(1_890)..MS(2_030)).contains(&row.ok.max().unwrap()), "{:?}", row.ok.max());
    let histogram = row.ok.histogram();
    let slow = histogram.iter_recorded().filter(|at| at.value_iterated_to() > 1_000_000);
    assert!((90..=115).contains(&slow.map(|at| at.count_at_value()).sum::<u64>()));
}

#[tokio::test(start_paused = true)]
async fn paced_user_drops_late_iterations_and_those_after_a_stop() {
    let suite = || Suite::new().scenario(sleeping("slow", MS(2_500)));

    let (_, strict) = run(suite(), Plan::users(1).pacing(MS(100)).duration(SECS(10)).max_late(SECS(1))).await;
    let (counted, runs) = run(suite(), Plan::users(1).pacing(MS(100)).max_runs(3)).await;

    assert_eq!(strict.scheduled, 100);
    assert_eq!(strict.scheduled - strict.dropped, 4);
    // A user that has made all its iterations owes none.
    assert_eq!((runs.scheduled, runs.dropped, counted.iterations.ok), (3, 0, 3));
}

#[tokio::test(start_paused = true)]
async fn the_warm_up_is_in_the_counts_and_in_no_latency_and_no_rate() {
    let began = Instant::now();
    // Slow in the first two seconds.
    let suite = || {
        Suite::new().scenario(Scenario::builder("warms", move |_| {
            Box::pin(async move {
                sleep(if began.elapsed() < SECS(2) { MS(500) } else { MS(2) }).await;
                Ok(())
            })
        }))
    };

    let (report, offered) =
        run(suite(), Plan::rate("100/s").duration(SECS(10)).up_to(100).warm_up(SECS(2))).await;

    let (row, warm_up) = (report.scenario("warms").unwrap(), report.warm_up.as_ref().unwrap());
    assert_eq!((offered.scheduled, report.iterations.ok), (1_000, 1_000));
    assert_eq!((warm_up.iterations.ok, row.warm_up, row.ok.count()), (200, 200, 800));
    assert_eq!(report.iterations.finished(), row.ok.count() + warm_up.iterations.finished());
    assert!(row.ok.max().unwrap() < MS(10), "{:?}", row.ok.max());
    let rate = report.iteration_rate().in_second();
    assert!((99.0..101.0).contains(&rate), "{rate}");
    assert!(report.to_string().contains("Warm-up"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_warm_up_of_a_closed_model_goes_by_when_iterations_began() {
    let suite = Suite::new().scenario(sleeping("visit", MS(100)));

    let report = suite.run(Plan::users(2).duration(SECS(5)).warm_up(SECS(1))).await.unwrap();

    let (row, warm_up) = (report.scenario("visit").unwrap(), report.warm_up.as_ref().unwrap());
    assert!((18..=20).contains(&warm_up.iterations.ok), "{warm_up:?}");
    assert_eq!(report.iterations.ok, row.ok.count() + warm_up.iterations.ok);
    assert_eq!(row.cancelled, report.iterations.cancelled);
}

#[tokio::test(start_paused = true)]
async fn the_law_holds_when_data_is_used_up_after_an_iteration_was_due() {
    let suite = || {
        let scenario = Scenario::builder("reads", |mut cx| {
            let _row: Row<u32> = cx.arg();
            Box::pin(async {
                sleep(MS(50)).await;
                Ok(())
            })
        });
        let data = Data::new("numbers", || Feed::rows(0..30u32).once());
        Suite::new().data(data).scenario(scenario.needs::<Row<u32>>())
    };

    let (arrived, of_arrivals) = run(suite(), Plan::rate("100/s").up_to(3)).await;
    let (paced, of_paced) = run(suite(), Plan::users(3).pacing(MS(100))).await;

    for (report, offered) in [(arrived, of_arrivals), (paced, of_paced)] {
        assert!(matches!(report.ended, Ended::DataExhausted(_)), "{:?}", report.ended);
        assert_eq!(report.iterations.started, 30);
        assert!(offered.dropped > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_arrival_is_lost_between_threads() {
    let suite = Suite::new().scenario(sleeping("quick", MS(1)));

    let (report, offered) = run(suite, Plan::rate("5000/s").duration(MS(500)).up_to(50)).await;

    assert_eq!(offered.scheduled, 2_500);
    assert_eq!(report.iterations.ok + offered.dropped, 2_500);
}
