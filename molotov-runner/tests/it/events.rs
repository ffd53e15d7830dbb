//! The events of listeners, and their lack of influence on the load.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use molotov_core::{
    Context, Error, Event, FailureKind, Hook, Iteration, Listener, Picker, RunHandle, Scenario,
    ScenarioBuilder, Session, Suite, UserId,
};
use molotov_runner::{Plan, ReasonKind, Report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::support::{idle, run};

/// The maximum number of events that wait for a listener.
const QUEUE: u64 = 64 * 1024;

/// A server that sends every request this response, and its URL.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while tcp.read(&mut buffer).await.is_ok_and(|n| n > 0)
                    && tcp.write_all(answer.as_bytes()).await.is_ok()
                {}
            });
        }
    });
    url
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Keeps all events.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Event>>>);

impl Ear {
    fn listener(&self) -> Listener {
        let heard = Arc::clone(&self.0);
        Listener::new("ear", move |event| heard.lock().unwrap().push(event.clone()))
    }

    fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    fn names(&self) -> Vec<String> {
        self.events().iter().map(name).collect()
    }
}

fn name(event: &Event) -> String {
    format!("{event:?}").split([' ', '{', '(']).next().unwrap().to_owned()
}

fn at(event: &Event) -> Duration {
    match event {
        Event::Logged(logged) => logged.at,
        Event::RunStarted { at, .. }
        | Event::UserCount { at, .. }
        | Event::ScenarioStarted { at, .. }
        | Event::ScenarioSucceeded { at, .. }
        | Event::ScenarioFailed { at, .. }
        | Event::ScenarioCancelled { at, .. }
        | Event::RequestSent { at, .. }
        | Event::ResponseReceived { at, .. }
        | Event::RequestFailed { at, .. }
        | Event::RequestCancelled { at, .. }
        | Event::RunEnded { at } => *at,
        _ => panic!("{event:?} has no time"),
    }
}

fn visit(name: &str, route: &'static str) -> ScenarioBuilder {
    Scenario::builder(name, move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get(route).send().await.map(drop) })
    })
}

/// Row 12 of the list of features visible to Molotov's users.
#[tokio::test]
async fn four_events_of_an_iteration_come_in_order_while_another_listener_panics() {
    let (ear, host) = (Ear::default(), server(OK).await);
    let suite = Suite::new()
        .scenario(visit("visit", "/"))
        .events(Listener::new("broken", |_| panic!("cannot bear it")))
        .events(ear.listener());

    let report = run(suite, Plan::users(1).max_runs(1).host(host)).await;

    let names = ear.names();
    let of_iteration: Vec<_> =
        names.iter().filter(|name| !name.starts_with("Run") && *name != "UserCount").collect();
    assert_eq!(of_iteration, ["ScenarioStarted", "RequestSent", "ResponseReceived", "ScenarioSucceeded"]);
    assert_eq!((names.first().unwrap().as_str(), names.last().unwrap().as_str()), ("RunStarted", "RunEnded"));
    assert_eq!(report.listener_failures.len(), 1, "{:?}", report.listener_failures);
    assert!(report.listener_failures[0].starts_with("listener `broken` panicked at"));
    assert!(report.listener_failures[0].ends_with("cannot bear it"));
    assert_eq!((report.iterations.ok, report.dropped_events), (1, 0));
}

#[tokio::test]
async fn every_event_has_its_time_and_times_do_not_go_back_for_a_user() {
    let (ear, host) = (Ear::default(), server(OK).await);
    let suite = Suite::new().scenario(visit("visit", "/")).events(ear.listener());

    run(suite, Plan::users(1).max_runs(20).host(host)).await;

    let times: Vec<_> =
        ear.events().iter().filter(|event| !matches!(event, Event::UserCount { .. })).map(at).collect();
    assert_eq!(times.len(), 2 + 20 * 4);
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn a_wrong_status_was_received_and_a_request_without_a_response_has_failed() {
    let (ear, host) = (Ear::default(), server("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").await);
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let suite = Suite::new().scenario(visit("visit", "/")).events(ear.listener());

    run(suite.clone(), Plan::users(1).max_runs(1).host(host)).await;
    run(suite, Plan::users(1).max_runs(1).host(format!("http://{free}"))).await;

    let events = ear.events();
    let received = |event: &Event| matches!(event, Event::ResponseReceived { status: 503, route, .. } if route == "GET /");
    let refused =
        |event: &Event| matches!(event, Event::RequestFailed { kind: FailureKind::ConnectRefused, .. });
    let failed = |event: &Event| matches!(event, Event::ScenarioFailed { scenario, message, .. } if &**scenario == "visit" && message.starts_with("GET /: "));
    assert_eq!(events.iter().filter(|event| received(event)).count(), 1, "{events:#?}");
    assert_eq!(events.iter().filter(|event| refused(event)).count(), 1, "{events:#?}");
    assert_eq!(events.iter().filter(|event| failed(event)).count(), 2, "{events:#?}");
}

#[tokio::test]
async fn requests_cut_by_the_end_are_reported_as_cancelled() {
    let ear = Ear::default();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", silent.local_addr().unwrap());
    let suite = Suite::new().scenario(visit("visit", "/")).events(ear.listener());

    let plan = Plan::users(1).duration(Duration::from_millis(300)).grace(Duration::from_millis(1)).host(host);
    let report = run(suite, plan).await;

    let ends: Vec<_> = ear.names().into_iter().filter(|name| name != "UserCount").collect();
    assert_eq!(
        ends,
        ["RunStarted", "ScenarioStarted", "RequestSent", "RequestCancelled", "ScenarioCancelled", "RunEnded"]
    );
    assert_eq!((report.iterations.cancelled, report.requests.cancelled), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn number_of_users_is_reported_when_it_changes_and_at_the_end() {
    let ear = Ear::default();
    let scenario = Scenario::builder("sleep", |_| {
        Box::pin(async {
            sleep(Duration::from_secs(1)).await;
            Ok(())
        })
    });
    let suite = Suite::new().scenario(scenario).events(ear.listener());
    let plan = Plan::users(3).ramp_up(Duration::from_secs(6)).duration(Duration::from_secs(3));

    run(suite, plan).await;

    let count = |event: &Event| if let Event::UserCount { users, .. } = event { Some(*users) } else { None };
    let counts: Vec<_> = ear.events().iter().filter_map(count).collect();
    assert_eq!(counts, [1, 2, 3, 0]);
}

#[tokio::test(start_paused = true)]
async fn log_text_is_an_event_in_order_with_its_user() {
    let ear = Ear::default();
    let scenario = Scenario::builder("talk", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.log(format_args!("{} of {}", session.user_id(), session.run().users));
            Ok(())
        })
    });

    let report =
        run(Suite::new().scenario(scenario).events(ear.listener()), Plan::users(1).max_runs(2)).await;

    let names = ear.names();
    assert_eq!(names[1..4], ["ScenarioStarted", "Logged", "ScenarioSucceeded"]);
    let logged: Vec<_> = ear
        .events()
        .into_iter()
        .filter_map(|event| if let Event::Logged(it) = event { Some(it) } else { None })
        .collect();
    let said: Vec<_> = logged.iter().map(|it| (it.user, it.iteration, it.text.as_str())).collect();
    assert_eq!(said, [(UserId(0), Iteration(0), "0 of 1"), (UserId(0), Iteration(1), "0 of 1")]);
    assert_eq!(report.iterations.ok, 2);
}

/// A gate that is shut until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |open| !*open).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_listener_changes_nothing_and_its_losses_are_counted() {
    const RUNS: u64 = 40_000;
    let (gate, heard) = (Gate::default(), Arc::<AtomicU64>::default());
    let (opens, passes, counts) = (gate.clone(), gate.clone(), Arc::clone(&heard));
    let suite = Suite::new()
        .scenario(idle("idle"))
        .events(Listener::new("hangs", move |_| {
            passes.pass();
            counts.fetch_add(1, Ordering::Relaxed);
        }))
        // When it is called, all iterations are over: the run did not wait for the listener.
        .global_teardown(Hook::builder("open", move |_| {
            opens.open();
            Box::pin(async { Ok(()) })
        }));

    let report = run(suite, Plan::users(1).max_runs(RUNS)).await;

    let heard = heard.load(Ordering::Relaxed);
    // Two for each iteration, the start and the end of the run, and at most two counts of users.
    let told = heard + report.dropped_events;
    assert!((2 * RUNS + 2..=2 * RUNS + 4).contains(&told), "{told}");
    assert!(report.dropped_events >= 2 * RUNS - QUEUE - 2, "{}", report.dropped_events);
    assert_eq!((report.iterations.ok, report.listener_failures.len()), (RUNS, 0));
    let kinds: Vec<_> = report.reasons().iter().map(|reason| reason.kind).collect();
    assert!(kinds.contains(&ReasonKind::DroppedEvents), "{kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn unknown_name_from_the_picker_is_reported_and_the_run_goes_on() {
    let ear = Ear::default();
    let asked = Arc::<Mutex<Vec<(UserId, Iteration)>>>::default();
    let who = Arc::clone(&asked);
    let suite = Suite::new()
        .scenario(idle("x").weight(1000))
        .scenario(idle("y"))
        .scenario(idle("never").weight(0))
        .events(ear.listener())
        .picker(Picker::new(move |user, iteration| {
            who.lock().unwrap().push((user, iteration));
            ["x", "z", "y", "never"][iteration.0 as usize]
        }));

    let report = run(suite, Plan::users(2).max_runs(4)).await;

    let expected: Vec<_> =
        (0..4).flat_map(|n| [(UserId(0), Iteration(n)), (UserId(1), Iteration(n))]).collect();
    let mut asked = asked.lock().unwrap().clone();
    asked.sort_by_key(|(user, iteration)| (*iteration, *user));
    assert_eq!(asked, expected, "users and iterations count from 0");
    let events = ear.events();
    let failed: Vec<_> =
        events.iter().filter(|event| matches!(event, Event::ScenarioFailed { .. })).collect();
    assert_eq!(failed.len(), 2, "{events:#?}");
    for event in failed {
        let Event::ScenarioFailed { iteration, kind, message, scenario, .. } = event else { unreachable!() };
        assert_eq!((*iteration, *kind), (Iteration(1), FailureKind::UserError));
        assert_eq!(&**scenario, "(picker)");
        assert_eq!(message, "the scenario picker returned `z`, and there is no such scenario");
    }
    assert_eq!((report.iterations.ok, report.iterations.failed), (6, 2));
    assert_eq!(report.scenario("never").unwrap().ok.count(), 2);
}

/// Sample 5 of the list of features visible to Molotov's users.
#[tokio::test(start_paused = true)]
async fn picker_chooses_the_order_despite_weights() {
    let ear = Ear::default();
    let suite = Suite::new()
        .scenario(idle("x").weight(1000))
        .scenario(idle("y"))
        .events(ear.listener())
        .picker(Picker::new(|_, iteration| ["x", "y", "y", "x"][iteration.0 as usize]));

    run(suite, Plan::users(1).max_runs(4)).await;

    let started = |event: &Event| {
        if let Event::ScenarioStarted { scenario, .. } = event { Some(scenario.to_string()) } else { None }
    };
    assert_eq!(ear.events().iter().filter_map(started).collect::<Vec<_>>(), ["x", "y", "y", "x"]);
}

#[tokio::test(start_paused = true)]
async fn named_scenarios_replace_the_picker_with_a_note() {
    let suite =
        || Suite::new().scenario(idle("x")).scenario(idle("y").tag("t")).picker(Picker::new(|_, _| "x"));

    let picked = run(suite(), Plan::users(1).max_runs(3)).await;
    let named = run(suite(), Plan::users(1).max_runs(3).scenarios(["y"])).await;
    let single = run(suite(), Plan::users(1).single_run()).await;

    let names = |report: &Report| report.scenarios.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&picked), picked.settings.picker_unasked), (vec!["x".to_owned()], false));
    assert_eq!((names(&named), named.settings.picker_unasked), (vec!["y".to_owned()], true));
    assert_eq!((names(&single).len(), single.settings.picker_unasked), (2, true));
    assert_eq!(named.mix.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn variables_belong_to_one_run_and_all_its_users() {
    let suite = || {
        let count = |session: &Session| -> Result<u64, Error> {
            let seen = session.run().vars().get_or_init("seen", || AtomicU64::new(0))?;
            Ok(seen.fetch_add(1, Ordering::Relaxed) + 1)
        };
        let greatest = Arc::<AtomicU64>::default();
        let kept = Arc::clone(&greatest);
        let scenario = Scenario::builder("count", move |mut cx: Context<'_>| {
            let (session, kept): (&mut Session, _) = (cx.arg(), Arc::clone(&kept));
            Box::pin(async move {
                kept.fetch_max(count(session)?, Ordering::Relaxed);
                sleep(Duration::from_millis(1)).await;
                Ok(())
            })
        });
        (Suite::new().scenario(scenario), greatest)
    };
    let ((first, of_first), (second, of_second)) = (suite(), suite());

    tokio::join!(run(first, Plan::users(4).max_runs(5)), run(second, Plan::users(2).max_runs(3)));

    assert_eq!((of_first.load(Ordering::Relaxed), of_second.load(Ordering::Relaxed)), (20, 6));
}

#[tokio::test(start_paused = true)]
async fn a_variable_of_another_type_fails_the_iteration_with_both_types() {
    let scenario = Scenario::builder("mixed_up", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.run().vars().get_or_init("seen", || 1u32)?;
            session.run().vars().get_or_init("seen", || 1u64)?;
            Ok(())
        })
    });

    let report = run(Suite::new().scenario(scenario), Plan::users(1).max_runs(1)).await;

    let said = &report.failures[0].message;
    assert!(said.contains("`seen` of this run is a `u32` and was asked for as a `u64`"), "{said}");
}

#[test]
fn run_handle_without_listeners_makes_no_events() {
    RunHandle::detached().emit(|| unreachable!("nobody listens"));
}
