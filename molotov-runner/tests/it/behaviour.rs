//! The behaviour of a run, on a paused clock: numbers of iterations, order of fixtures, times, ends.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    BoxFuture, Context, Error, Event, FailureKind, GlobalSetup, Hook, Iteration, Listener, Picker, Result,
    Run, Scenario, ScenarioBuilder, Session, Setup, Suite, Target, UserId,
};
use molotov_runner::{Ended, ExitCode, Plan, Report, RunExt};
use tokio::time::{Instant, sleep};

use crate::support::{MS, idle, run, sleeping};

/// The calls, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// A call that records its name and succeeds.
    fn call(
        &self,
        name: &'static str,
    ) -> impl for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result> + Send + Sync + use<> {
        let diary = self.clone();
        move |_| {
            diary.note(name);
            Box::pin(async { Ok(()) })
        }
    }
}

fn failing(name: &str) -> ScenarioBuilder {
    Scenario::builder(name, |_| Box::pin(async { Err(Error::msg("no")) }))
}

#[tokio::test(start_paused = true)]
async fn each_user_makes_its_number_of_iterations() {
    let one = run(Suite::new().scenario(idle("a")), Plan::users(1).max_runs(10)).await;
    let five = run(Suite::new().scenario(idle("a")), Plan::users(5).max_runs(2)).await;

    assert_eq!((one.iterations.ok, five.iterations.ok), (10, 10));
    assert_eq!((one.ended.clone(), one.exit_code()), (Ended::Completed, ExitCode::Ok));
}

#[tokio::test(start_paused = true)]
async fn shares_are_exact_and_weight_0_never_runs() {
    let suite = Suite::new()
        .scenario(idle("a").weight(10))
        .scenario(idle("b").weight(30))
        .scenario(idle("c").weight(60))
        .scenario(idle("never").weight(0));

    let report = run(suite, Plan::users(1).max_runs(10_000)).await;

    let counts: Vec<_> = report.scenarios.iter().map(|row| (row.name.as_str(), row.ok.count())).collect();
    assert_eq!(counts, [("a", 1000), ("b", 3000), ("c", 6000)]);
    assert!(
        report.mix.iter().all(|mix| (mix.wanted.fraction() - mix.actual.fraction()).abs() < 1e-9),
        "{:?}",
        report.mix
    );
}

#[tokio::test(start_paused = true)]
async fn only_scenarios_of_weight_0_are_an_error_and_nothing_runs() {
    let error = Suite::new().scenario(idle("a").weight(0)).run(Plan::users(1)).await.unwrap_err();

    assert!(error.to_string().contains("all scenarios have weight 0"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_picker_replaces_the_weights_and_an_unknown_name_is_a_failure() {
    let diary = Diary::default();
    let suite = |names: [&'static str; 4]| {
        Suite::new()
            .scenario(Scenario::builder("x", diary.call("x")).weight(1000))
            .scenario(Scenario::builder("y", diary.call("y")))
            .picker(Picker::new(move |_, iteration| names[iteration.0 as usize]))
    };

    let report = run(suite(["x", "y", "y", "x"]), Plan::users(1).max_runs(4)).await;
    let unknown = run(suite(["x", "z", "y", "x"]), Plan::users(1).max_runs(4)).await;

    assert_eq!(diary.lines()[..4], ["x", "y", "y", "x"]);
    assert_eq!(report.iterations.ok, 4);
    assert_eq!((unknown.iterations.ok, unknown.iterations.failed), (3, 1));
    assert!(unknown.failures[0].message.contains("returned `z`"), "{:?}", unknown.failures);
}

/// A suite in which every call records its name.
fn whole(diary: &Diary) -> Suite {
    let shared = diary.clone();
    let own = diary.clone();
    Suite::new()
        .global_setup(GlobalSetup::builder("global", move |_| {
            shared.note("global_setup");
            Box::pin(async { Ok(7u8) })
        }))
        .setup(Setup::builder("own", move |_| {
            own.note("setup");
            Box::pin(async { Ok(1u16) })
        }))
        .setup_session(Hook::builder("s", diary.call("setup_session")).needs::<&mut Session>())
        .scenario(Scenario::builder("scenario", diary.call("scenario")))
        .teardown_session(Hook::builder("ts", diary.call("teardown_session")))
        .teardown(Hook::builder("t", diary.call("teardown")).needs::<&mut u16>())
        .global_teardown(Hook::builder("gt", diary.call("global_teardown")).needs::<&u8>().needs::<&Report>())
}

#[tokio::test(start_paused = true)]
async fn fixtures_run_in_their_order() {
    let diary = Diary::default();

    run(whole(&diary), Plan::users(1).max_runs(2)).await;

    let order = [
        "global_setup",
        "setup",
        "setup_session",
        "scenario",
        "scenario",
        "teardown_session",
        "teardown",
        "global_teardown",
    ];
    assert_eq!(diary.lines(), order);
}

#[tokio::test(start_paused = true)]
async fn failed_set_up_ends_the_run_with_its_tear_downs() {
    let diary = Diary::default();
    let suite = whole(&diary).setup(Setup::builder("second", |_| {
        Box::pin(async { Err::<u32, _>(Error::msg("no licence left")) })
    }));

    let report = run(suite, Plan::users(1).max_runs(2)).await;

    assert_eq!(diary.lines(), ["global_setup", "setup", "teardown", "global_teardown"]);
    assert_eq!(report.iterations.started, 0);
    assert_eq!(report.ended, Ended::SetupFailed("setup `second`: no licence left".into()));
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_failed_global_set_up_starts_no_user() {
    let diary = Diary::default();
    let suite = whole(&diary).global_setup(GlobalSetup::builder("broken", |_| {
        Box::pin(async { Err::<u32, _>(Error::msg("no database")) })
    }));

    let report = run(suite, Plan::users(3).max_runs(2)).await;

    assert_eq!(diary.lines(), ["global_setup", "global_teardown"]);
    assert_eq!(report.ended, Ended::SetupFailed("global_setup `broken`: no database".into()));
}

#[tokio::test(start_paused = true)]
async fn a_set_up_that_outlasts_its_limit_or_panics_has_failed() {
    let slow = Suite::new().scenario(idle("a")).setup(
        Setup::builder("slow", |_| {
            Box::pin(async {
                sleep(Duration::from_secs(3600)).await;
                Ok(1u8)
            })
        })
        .timeout(MS(250)),
    );
    let panicking = Suite::new()
        .scenario(idle("a"))
        .global_setup(GlobalSetup::builder::<u8, _>("broken", |_| Box::pin(async { panic!("no config") })));

    let slow = run(slow, Plan::users(1).max_runs(1)).await;
    let panicking = run(panicking, Plan::users(1).max_runs(1)).await;

    assert_eq!(slow.ended, Ended::SetupFailed("setup `slow`: took longer than its limit of 250ms".into()));
    let Ended::SetupFailed(why) = &panicking.ended else { panic!("{:?}", panicking.ended) };
    assert!(why.contains("behaviour.rs:") && why.ends_with("no config"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn tear_downs_that_fail_are_shown_and_counted_and_change_no_exit_code() {
    let broken = |name: &'static str| {
        Hook::builder(name, move |_| Box::pin(async move { Err(Error::msg(format!("{name} broke"))) }))
    };
    let suite = Suite::new()
        .scenario(idle("a"))
        .teardown_session(broken("ts"))
        .teardown(broken("t"))
        .global_teardown(broken("gt"));

    let report = run(suite, Plan::users(1).max_runs(3)).await;

    assert_eq!(report.teardown_failure_count, 3);
    let all = report.teardown_failures.join("\n");
    assert!(["ts broke", "t broke", "gt broke"].iter().all(|why| all.contains(why)), "{all}");
    assert_eq!((report.iterations.ok, report.exit_code()), (3, ExitCode::Ok));
}

#[tokio::test(start_paused = true)]
async fn users_start_evenly_over_the_ramp_up_and_time_counts_from_its_end() {
    let starts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&starts);
    let begin = Instant::now();
    let suite = Suite::new().scenario(sleeping("a", MS(100))).setup(Setup::builder("arrive", move |_| {
        seen.lock().unwrap().push(begin.elapsed().as_millis());
        Box::pin(async { Ok(1u8) })
    }));

    let report = run(suite, Plan::users(5).ramp_up(MS(2500)).duration(MS(1000))).await;

    assert_eq!(*starts.lock().unwrap(), [0, 500, 1000, 1500, 2000]);
    // The first user made 35 iterations of 100 ms, the last one 15.
    assert_eq!(report.iterations.ok, 35 + 30 + 25 + 20 + 15);
    assert_eq!(report.elapsed.as_millis(), 3500);
    assert_eq!(report.ended, Ended::Duration);
}

#[tokio::test(start_paused = true)]
async fn delays_add_up_and_do_not_outlast_the_run() {
    let starts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&starts);
    let begin = Instant::now();
    let scenario = Scenario::builder("a", move |_| {
        seen.lock().unwrap().push(begin.elapsed().as_millis());
        Box::pin(async { Ok(()) })
    });

    let report =
        run(Suite::new().scenario(scenario.delay(MS(300))), Plan::users(1).delay(MS(200)).duration(MS(1700)))
            .await;

    assert_eq!(*starts.lock().unwrap(), [0, 500, 1000, 1500]);
    assert_eq!(report.elapsed.as_millis(), 1700);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_counted_with_its_place_and_the_user_lives_on_with_new_state() {
    let made = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&made);
    let suite = Suite::new()
        .setup(Setup::builder("state", move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(0u32) })
        }))
        .scenario(
            Scenario::builder("a", |mut cx: Context<'_>| {
                let (iteration, own): (Iteration, &mut u32) = (cx.arg(), cx.arg());
                Box::pin(async move {
                    *own += 1;
                    assert!(iteration.0 != 2, "third time unlucky");
                    if iteration.0 == 3 {
                        assert_eq!(*own, 1, "the state is new after a panic");
                    }
                    Ok(())
                })
            })
            .needs::<&mut u32>(),
        );

    let report = run(suite, Plan::users(1).max_runs(5)).await;

    assert_eq!((report.iterations.ok, report.iterations.panicked), (4, 1));
    assert_eq!(made.load(Ordering::Relaxed), 2);
    assert_eq!(report.failures[0].kind, FailureKind::UserPanic);
    assert!(report.failures[0].message.contains("behaviour.rs:"), "{:?}", report.failures);
    assert_eq!(report.failures[0].first, (Iteration(2), UserId(0)));
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_fails_at_once_is_braked() {
    let report =
        run(Suite::new().scenario(failing("a")), Plan::users(1).duration(Duration::from_secs(10))).await;

    // 1 + 2 + 4 … ms and then 100 ms each: about 107 iterations in 10 s, instead of millions.
    assert!((90..130).contains(&report.iterations.failed), "{:?}", report.iterations);
    assert!(report.braked > 80);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_panics_at_once_is_braked_too() {
    let suite = Suite::new().scenario(Scenario::builder("a", |_| Box::pin(async { panic!("at once") })));

    let report = run(suite, Plan::users(1).duration(Duration::from_secs(10))).await;

    assert!((90..130).contains(&report.iterations.panicked), "{:?}", report.iterations);
}

#[tokio::test(start_paused = true)]
async fn a_run_in_which_nothing_was_started_has_not_passed() {
    let suite = Suite::new().scenario(idle("a")).setup_session(
        Hook::builder("stop", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            session.stop("no need");
            Box::pin(async { Ok(()) })
        })
        .needs::<&mut Session>(),
    );

    let report = run(suite, Plan::users(1)).await;

    assert_eq!((report.iterations.started, report.exit_code()), (0, ExitCode::Failures));
}

#[tokio::test(start_paused = true)]
async fn fail_fast_ends_the_whole_run() {
    let suite = Suite::new().scenario(Scenario::builder("a", |mut cx: Context<'_>| {
        let (user, iteration): (UserId, Iteration) = (cx.arg(), cx.arg());
        Box::pin(async move {
            sleep(MS(10)).await;
            if user.0 == 1 && iteration.0 == 3 { Err(Error::msg("full")) } else { Ok(()) }
        })
    }));

    let report = run(suite, Plan::users(2).max_runs(1_000).fail_fast()).await;

    assert_eq!((report.ended.clone(), report.iterations.failed), (Ended::FailFast, 1));
    assert!(report.iterations.started <= 10, "{:?}", report.iterations);
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn tolerated_failures_change_the_exit_code_and_nothing_else() {
    let plan = || Plan::users(1).max_runs(3);

    let three = run(Suite::new().scenario(failing("a")), plan().tolerate(2)).await;
    let four = run(Suite::new().scenario(failing("a")), plan().tolerate(3)).await;

    assert_eq!((three.iterations.failed, three.exit_code()), (3, ExitCode::Failures));
    assert_eq!((four.iterations.failed, four.exit_code()), (3, ExitCode::Ok));
}

#[tokio::test(start_paused = true)]
async fn work_in_flight_gets_its_grace_and_is_then_cancelled() {
    let suite = || Suite::new().scenario(sleeping("slow", MS(3000)));

    let waited = run(suite(), Plan::users(1).duration(MS(1000))).await;
    let cut = run(suite(), Plan::users(1).duration(MS(1000)).grace(MS(500))).await;

    assert_eq!((waited.iterations.ok, waited.elapsed.as_millis()), (1, 3000));
    assert_eq!((cut.iterations.ok, cut.iterations.cancelled, cut.elapsed.as_millis()), (0, 1, 1500));
    // Law A8: cancelled iterations are no error, and in no latency; but if nothing ended, nothing was tested.
    assert_eq!((cut.exit_code(), cut.iterations.failures()), (ExitCode::Failures, 0));
    assert_eq!(cut.scenario("slow").unwrap().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn tear_downs_run_also_after_a_cut() {
    let diary = Diary::default();
    let suite = Suite::new()
        .scenario(sleeping("slow", Duration::from_secs(3600)))
        .teardown(Hook::builder("t", diary.call("teardown")))
        .global_teardown(Hook::builder("gt", diary.call("global_teardown")));

    run(suite, Plan::users(2).duration(MS(100)).grace(MS(100))).await;

    assert_eq!(diary.lines(), ["teardown", "teardown", "global_teardown"]);
}

/// Two hanging tear-downs, one after the other, last longer than the patience of a run's end.
#[tokio::test(start_paused = true)]
async fn a_run_whose_tear_downs_do_not_end_is_abandoned_and_has_its_report() {
    let suite = Suite::new()
        .scenario(sleeping("visit", MS(500)))
        .teardown(Hook::builder("first", |_| Box::pin(std::future::pending())))
        .teardown_session(Hook::builder("second", |_| Box::pin(std::future::pending())));

    let report = run(suite, Plan::users(1).duration(MS(900)).grace(MS(500))).await;

    assert_eq!((report.iterations.ok, report.teardown_failures.len()), (2, 2));
    assert!(report.teardown_failures[0].contains("longer than its limit of 60s"), "{report}");
    assert!(report.teardown_failures[1].contains("cut by the end of the run"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_a_global_set_up_returns_is_the_base_unless_the_plan_names_one() {
    let suite = || {
        Suite::new()
            .global_setup(GlobalSetup::builder("server", |_| {
                Box::pin(async { Target::parse("http://localhost:1234/api") })
            }))
            .scenario(
                Scenario::builder("a", |mut cx: Context<'_>| {
                    let session: &mut Session = cx.arg();
                    Box::pin(async move { Err(Error::msg(session.base().unwrap().to_string())) })
                })
                .needs::<&mut Session>(),
            )
    };

    let own = run(suite(), Plan::users(1).max_runs(1)).await;
    let named = run(suite(), Plan::users(1).max_runs(1).host("http://127.0.0.1:99")).await;

    assert_eq!(own.failures[0].message, "http://localhost:1234/api");
    assert_eq!(own.settings.targets, ["http://localhost:1234/api"]);
    assert_eq!(named.failures[0].message, "http://127.0.0.1:99");
    assert_eq!(named.settings.targets, ["http://127.0.0.1:99"]);
}

#[tokio::test(start_paused = true)]
async fn relative_route_without_a_base_ends_the_run_with_the_cure() {
    let suite = Suite::new().scenario(
        Scenario::builder("a", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.get("/x").send().await.map(drop) })
        })
        .needs::<&mut Session>(),
    );

    let report = run(suite, Plan::users(1).duration(Duration::from_secs(60))).await;

    assert_eq!((report.iterations.failed, report.requests.attempted), (1, 0));
    assert!(matches!(&report.ended, Ended::Stopped(why) if why.contains("run with --host URL")));
    assert_eq!(report.exit_code(), ExitCode::Usage);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_has_its_own_time_limit() {
    let report =
        run(Suite::new().scenario(sleeping("slow", MS(3000)).timeout(MS(200))), Plan::users(1).max_runs(2))
            .await;

    assert_eq!((report.iterations.failed, report.elapsed.as_millis()), (2, 400));
    assert_eq!(report.failures[0].kind, FailureKind::UserTimeout);
    // Law A5: a time-out counts with its elapsed time.
    assert_eq!(report.scenario("slow").unwrap().failed.max(), Some(MS(200)));
}

#[tokio::test(start_paused = true)]
async fn scenario_can_stop_the_run_with_a_reason() {
    let suite = Suite::new().scenario(
        Scenario::builder("a", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                sleep(MS(10)).await;
                if session.iteration().0 == 4 {
                    session.stop("sold out");
                }
                Ok(())
            })
        })
        .needs::<&mut Session>(),
    );

    let report = run(suite, Plan::users(1).duration(Duration::from_secs(60))).await;

    assert_eq!(report.ended, Ended::Stopped("sold out".into()));
    assert_eq!(report.iterations.ok, 5);
    assert_eq!(report.exit_code(), ExitCode::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_single_run_is_every_scenario_once_in_order() {
    let diary = Diary::default();
    let suite = Suite::new()
        .scenario(Scenario::builder("b", diary.call("b")))
        .scenario(Scenario::builder("a", diary.call("a")).weight(50))
        .scenario(Scenario::builder("off", diary.call("off")).weight(0));

    let report = run(suite, Plan::users(9).single_run()).await;

    assert_eq!(diary.lines(), ["b", "a"]);
    assert_eq!(report.iterations.ok, 2);
}

#[tokio::test(start_paused = true)]
async fn missing_fixtures_are_found_before_anything_runs() {
    let diary = Diary::default();
    let suite = Suite::new()
        .global_setup(GlobalSetup::builder("global", {
            let diary = diary.clone();
            move |_| {
                diary.note("global_setup");
                Box::pin(async { Ok(1u8) })
            }
        }))
        .scenario(idle("a").needs::<&u64>())
        .scenario(idle("b").needs::<&mut String>());

    let error = suite.run(Plan::users(1)).await.unwrap_err();

    assert_eq!(error.problems().len(), 2, "{error}");
    assert!(diary.lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn listeners_receive_all_events_in_order_also_beside_a_panicking_one() {
    let diary = Diary::default();
    let heard = diary.clone();
    let suite = Suite::new()
        .scenario(idle("a"))
        .events(Listener::new("broken", |event| {
            assert!(!matches!(event, Event::ScenarioStarted { .. }), "cannot bear it");
        }))
        .events(Listener::new("good", move |event| {
            let name = format!("{event:?}");
            heard.note(name.split([' ', '{']).next().unwrap());
        }));

    let report = run(suite, Plan::users(1).max_runs(1)).await;

    assert_eq!(diary.lines(), ["RunStarted", "ScenarioStarted", "ScenarioSucceeded", "RunEnded"]);
    assert_eq!(report.listener_failures.len(), 1, "{:?}", report.listener_failures);
    assert!(
        report.listener_failures[0].contains("listener `broken` panicked at"),
        "{:?}",
        report.listener_failures
    );
    assert_eq!((report.iterations.ok, report.dropped_events), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn two_runs_in_one_process_do_not_see_each_other() {
    let suite = |name: &str, runs: &Arc<AtomicU64>| {
        let runs = Arc::clone(runs);
        Suite::new()
            .global_setup(GlobalSetup::builder("own", move |_| {
                let runs = Arc::clone(&runs);
                Box::pin(async move { Ok(runs) })
            }))
            .scenario(
                Scenario::builder(name, |mut cx: Context<'_>| {
                    let (runs, run): (&Arc<AtomicU64>, &Run) = (cx.arg(), cx.arg());
                    Box::pin(async move {
                        runs.fetch_add(u64::from(run.users), Ordering::Relaxed);
                        sleep(MS(1)).await;
                        Ok(())
                    })
                })
                .needs::<&Arc<AtomicU64>>(),
            )
    };
    let (first, second) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());

    let (one, two) = tokio::join!(
        run(suite("one", &first), Plan::users(2).max_runs(50)),
        run(suite("two", &second), Plan::users(3).max_runs(70)),
    );

    assert_eq!((one.iterations.ok, first.load(Ordering::Relaxed)), (100, 200));
    assert_eq!((two.iterations.ok, second.load(Ordering::Relaxed)), (210, 630));
    assert!(one.scenario("two").is_none() && two.scenario("one").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_users_own_metrics_add_up() {
    let suite = Suite::new().scenario(
        Scenario::builder("a", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                let n = session.iteration().0;
                session.check("even", n.is_multiple_of(2));
                session.counter("items").add(2);
                session.gauge("queue").set(n as f64);
                session.trend("price").add(1.5 * n as f64);
                session
                    .measure("query", async {
                        sleep(MS(7)).await;
                        Ok::<_, Error>(())
                    })
                    .await?;
                session.measure("query", async { Err::<(), _>("lost") }).await.ok();
                Ok(())
            })
        })
        .needs::<&mut Session>(),
    );

    let report = run(suite, Plan::users(1).max_runs(200)).await;

    assert_eq!((report.soft_checks[0].passed, report.soft_checks[0].failed), (100, 100));
    assert_eq!(report.counters[0].sum, 400.0);
    assert_eq!((report.gauges[0].last, report.gauges[0].min, report.gauges[0].max), (199.0, 0.0, 199.0));
    assert_eq!((report.trends[0].count, report.trends[0].max), (200, 298.5));
    assert!((report.trends[0].p50.unwrap() - 149.0).abs() < 1.0, "{:?}", report.trends[0]);
    assert_eq!((report.timers[0].ok.count(), report.timers[0].failed.count()), (200, 200));
    assert_eq!(report.timers[0].ok.max(), Some(MS(7)));
}

#[tokio::test(start_paused = true)]
async fn seed_makes_the_same_picks_for_each_user() {
    async fn picks(users: u32) -> Vec<String> {
        let diary = Diary::default();
        let scenario = |name: &'static str, weight| {
            let diary = diary.clone();
            Scenario::builder(name, move |mut cx: Context<'_>| {
                let user: UserId = cx.arg();
                if user.0 == 1 {
                    diary.note(name);
                }
                Box::pin(async { Ok(()) })
            })
            .weight(weight)
        };
        let suite = Suite::new().scenario(scenario("a", 3)).scenario(scenario("b", 5));
        run(suite, Plan::users(users).max_runs(40).seed(99)).await;
        diary.lines()
    }

    assert_eq!(picks(2).await, picks(5).await);
}

#[tokio::test(start_paused = true)]
async fn the_course_of_the_run_is_kept_second_by_second() {
    let report = run(Suite::new().scenario(sleeping("a", MS(100))), Plan::users(2).duration(MS(5000))).await;

    let iterations: u64 = report.windows.iter().map(|window| window.iterations).sum();
    assert_eq!(iterations, report.iterations.ok);
    assert!((5..=6).contains(&report.windows.len()), "{:?}", report.windows);
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// A1, for any behaviour of scenarios and any end of the run.
        #[test]
        fn every_iteration_is_accounted_for(
            users in 1u32..20,
            work in 0u64..400,
            fails in 0u64..5,
            panics in 5u64..9,
            time in 1u64..2_000,
            grace in 0u64..500,
            ramp in 0u64..1_000,
            seed: u64,
        ) {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
            let started = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&started);
            let suite = Suite::new().scenario(Scenario::builder("a", move |mut cx: Context<'_>| {
                let iteration: Iteration = cx.arg();
                count.fetch_add(1, Ordering::Relaxed);
                Box::pin(async move {
                    sleep(MS(work)).await;
                    assert!(iteration.0 % 10 != panics, "bad luck");
                    if iteration.0 % 5 == fails { Err(Error::msg("no")) } else { Ok(()) }
                })
            }));
            let plan = Plan::users(users).duration(MS(time)).max_runs(500).grace(MS(grace)).ramp_up(MS(ramp)).seed(seed);

            let report = runtime.block_on(run(suite, plan));

            prop_assert_eq!(report.iterations.started, started.load(Ordering::Relaxed));
        }
    }
}
