//! A service that is dead, or dies: the results of its run.

use molotov_core::{Rate, Scenario, Session, Suite, Timeouts};
use molotov_runner::{Ended, ExitCode, GapEnd, Plan, Report, RunExt};
use tokio::time::timeout;

use super::service::{Does, Service, dies_at, on_paused_clock, run, visiting};
use crate::support::{MS, SECS};

fn is_dead(report: &Report, words: &str) {
    let Ended::DeadTarget(why) = &report.ended else { panic!("{report}") };
    assert!(why.contains(words), "{why}\n{report}");
    assert_eq!(report.exit_code(), ExitCode::DeadTarget);
}

#[test]
fn silence_as_long_as_the_window_is_dead() {
    let report = on_paused_clock(run(Plan::users(5).duration(SECS(6)).grace(MS(500)), |_| Does::Hangs));

    is_dead(&report, "nothing ended for 5 s while 5 requests waited");
    assert_eq!((report.requests.cancelled, report.requests.attempted), (5, 5));
}

#[test]
fn nothing_ends_in_a_short_run() {
    let report = on_paused_clock(run(Plan::users(5).duration(SECS(1)).grace(SECS(1)), |_| Does::Hangs));

    assert_eq!((report.exit_code(), &report.ended), (ExitCode::Failures, &Ended::Duration));
}

#[test]
fn nothing_ends_in_the_time_of_the_window_with_its_grace() {
    let report = on_paused_clock(run(Plan::users(5).duration(SECS(3)).grace(SECS(3)), |_| Does::Hangs));

    is_dead(&report, "nothing ended while all 5 requests waited for up to 6.0 s");
}

#[test]
fn service_that_dies_keeps_no_threshold() {
    let plan =
        Plan::users(10).duration(SECS(6)).grace(SECS(1)).threshold("p99 < 200ms, errors < 1%, p50 < 30ms");
    let report = on_paused_clock(run(plan.no_dead_target_check(), dies_at(MS(1_500))));

    assert_eq!(report.exit_code(), ExitCode::Thresholds);
    assert!(report.thresholds.iter().all(|result| !result.passed()), "{:#?}", report.thresholds);
    let p99 = &report.thresholds[0];
    assert!(p99.observed.unwrap().to_string().starts_with("at least 5."), "{p99:?}");
    assert_eq!(p99.cut, 10);
    let gap = report.gaps.longest[0];
    assert!((MS(1_480)..MS(1_530)).contains(&gap.from) && gap.to >= MS(6_990), "{gap:?}");
    assert_eq!((gap.waiting, gap.ended_by), (10, GapEnd::Cut));
    let text = report.to_string();
    assert!(text.contains("nothing ended from 1.5 s to 7.0 s while 10 requests waited"), "{text}");
    assert!(report.check("p99 < 200ms").is_err() && report.check("errors < 1%").is_err());
}

#[test]
fn service_that_dies_is_dead_at_the_end() {
    for dies in [1_500, 5_000, 5_900, 5_960] {
        let plan = Plan::users(10).duration(SECS(6)).grace(SECS(1));
        let report = on_paused_clock(run(plan, dies_at(MS(dies))));

        is_dead(&report, "it answered no more");
    }
}

#[test]
fn hang_ends_a_long_run() {
    let report = on_paused_clock(run(Plan::users(10).duration(SECS(3_600)), dies_at(MS(1_500))));

    is_dead(&report, "nothing ended for 5 s while 10 requests waited");
    assert!(report.elapsed < SECS(8), "{:?}", report.elapsed);
}

#[test]
fn body_that_never_ends_or_drips_is_no_answer() {
    for does in [Does::Stops, Does::Drips] {
        let service = move |asked: super::service::Asked| {
            if asked.at < MS(1_500) { Does::Answers(MS(20)) } else { does }
        };
        let report = on_paused_clock(run(Plan::users(10).duration(SECS(4)).grace(SECS(1)), service));
        is_dead(&report, "it answered no more");

        let never = on_paused_clock(run(Plan::users(3).duration(SECS(3)).grace(SECS(3)), move |_| does));
        is_dead(&never, "nothing ended");
    }
}

#[test]
fn refused_at_the_end_is_dead() {
    let report = on_paused_clock(async {
        let service = Service::refusing_from(MS(1_500), MS(20));
        let plan = Plan::users(10).duration(SECS(3)).threshold("p99 < 200ms, errors < 99%");
        visiting().run(plan.host(service.url().as_str())).await.unwrap()
    });

    is_dead(&report, "it answered no more");
}

#[test]
fn unreachable_target_is_dead_at_any_length_of_the_run() {
    let nowhere = || Plan::users(1).host("unix:///nowhere/at/all.sock");

    let short = on_paused_clock(visiting().run(nowhere().max_runs(1))).unwrap();
    let careless = on_paused_clock(visiting().run(nowhere().max_runs(1).no_dead_target_check())).unwrap();
    let single = on_paused_clock(visiting().run(nowhere().single_run())).unwrap();

    is_dead(&short, "the only request failed (connect.not_found), none was answered");
    assert_eq!(careless.exit_code(), ExitCode::Failures);
    assert_eq!(single.exit_code(), ExitCode::Failures);
}

#[test]
fn service_that_comes_back_was_not_there() {
    let service = |asked: super::service::Asked| match asked.at {
        at if at < SECS(2) => Does::Answers(MS(20)),
        at if at < SECS(5) => Does::AnswersAt(SECS(5)),
        _ => Does::Answers(MS(20)),
    };
    let plan = Plan::users(5).duration(SECS(10)).threshold("p99 < 200ms, p95 < 1s, errors < 1%");
    let report = on_paused_clock(run(plan, service));

    let [p99, p95, errors] = &report.thresholds[..] else { panic!() };
    assert!(!p99.passed() && !p95.passed() && errors.passed(), "{:#?}", report.thresholds);
    assert!((p99.gaps.unwrap().in_percent() - 28.0).abs() < 1.0, "{p99:?}");
    assert_eq!((report.gaps.longest.len(), report.gaps.longest[0].ended_by), (1, GapEnd::Response));
    assert_eq!(report.ended, Ended::Duration);
}

#[test]
fn half_that_hangs_is_seen_by_its_own_thresholds() {
    let get = |path: &'static str| {
        Scenario::builder(path, move |mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.get(path).send().await.map(drop) })
        })
        .needs::<&mut Session>()
    };
    let rate = Rate::per_second(50);
    let suite = Suite::new().scenario(get("/a").rate(rate)).scenario(get("/b").rate(rate));
    let plan = Plan::default().up_to(400).duration(SECS(6)).grace(SECS(1));
    let report = on_paused_clock(async {
        let service = Service::start(|asked| {
            if asked.path == "/b" && asked.at > SECS(2) { Does::Hangs } else { Does::Answers(MS(20)) }
        });
        let thresholds =
            "p90{route=\"GET /a\"} < 200ms, p90{route=\"GET /b\"} < 200ms, p90{scenario=\"/b\"} < 200ms";
        suite.run(plan.threshold(thresholds).host(service.url().as_str())).await.unwrap()
    });

    let passed: Vec<_> = report.thresholds.iter().map(|result| result.passed()).collect();
    assert_eq!(passed, [true, false, false], "{:#?}", report.thresholds);
    is_dead(&report, "GET /b answered no more after 2.0 s; the ");
}

#[test]
fn scenario_that_gives_up_hides_nothing() {
    let patient = Scenario::builder("patient", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            let _ = timeout(SECS(1), session.get("/").send()).await;
            Ok(())
        })
    });
    let suite = Suite::new().scenario(patient.needs::<&mut Session>());
    let report = on_paused_clock(async {
        let service = Service::start(dies_at(SECS(2)));
        let plan = Plan::users(5).duration(SECS(5)).threshold("p90 < 200ms, failed_requests < 1%");
        suite.run(plan.host(service.url().as_str())).await.unwrap()
    });

    is_dead(&report, "it answered no more");
    assert!(report.thresholds.iter().all(|result| !result.passed()), "{:#?}", report.thresholds);
}

#[test]
fn windows_and_abort_see_a_hang() {
    let plan = Plan::users(5).duration(SECS(20)).grace(MS(100)).no_dead_target_check();
    let window = plan.clone().threshold("p99(2s) < 300ms");
    let abort = plan.clone().threshold("p50 < 300ms abort");
    let later = plan.threshold("errors < 5% after 1s");

    let window = on_paused_clock(run(window, dies_at(SECS(3))));
    let abort = on_paused_clock(run(abort, dies_at(SECS(3))));
    let later = on_paused_clock(run(later, dies_at(SECS(3))));

    assert!(window.thresholds[0].broken_at.unwrap() < SECS(4), "{:?}", window.thresholds);
    assert!(matches!(abort.ended, Ended::Threshold(_)) && abort.elapsed < SECS(9), "{}", abort.ended);
    assert_eq!(later.exit_code(), ExitCode::Thresholds);
}

#[test]
fn dying_in_ramp_up_warm_up_or_pacing_is_seen() {
    let slow_start = Plan::users(10).duration(SECS(4)).ramp_up(SECS(4)).grace(SECS(1));
    let warm = Plan::users(10).duration(SECS(6)).warm_up(SECS(3)).grace(SECS(1)).threshold("p99 < 1s");
    let paced = Plan::users(10).duration(SECS(4)).pacing(MS(500)).grace(SECS(1));
    let stages = Plan::stages("20/s for 3s, 40/s for 2s").grace(SECS(1)).up_to(300);
    let runs = Plan::users(4).max_runs(100).duration(SECS(7)).grace(SECS(1));
    let strict = Plan::users(4).duration(SECS(7)).fail_fast().grace(SECS(1));

    for plan in [slow_start, warm, paced, stages, runs, strict] {
        let report = on_paused_clock(run(plan, dies_at(SECS(1))));

        assert_eq!(report.exit_code(), ExitCode::DeadTarget, "{report}");
    }
}

#[test]
fn requests_that_time_out_are_no_answers() {
    let report = on_paused_clock(async {
        let service = Service::start(dies_at(SECS(1)));
        let mut timeouts = Timeouts::default();
        timeouts.head = MS(700);
        let plan = Plan::users(5).duration(SECS(4)).timeouts(timeouts).threshold("errors < 50%, p50 < 100ms");
        visiting().run(plan.host(service.url().as_str())).await.unwrap()
    });

    is_dead(&report, "");
    assert!(report.thresholds.iter().all(|result| !result.passed()), "{:#?}", report.thresholds);
}
