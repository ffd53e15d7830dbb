//! Thresholds of whole runs, on a paused clock.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use molotov_core::{
    BoxFuture, Context, Error, GlobalSetup, Result, Scenario, ScenarioBuilder, Session, Suite,
};
use molotov_runner::{
    Ended, ExitCode, Observed, Plan, ReasonKind, Report, RunExt, Share, ThresholdOutcome, Throughput,
};
use tokio::time::{Instant, sleep};

use crate::support::{MS, SECS};

/// Takes 10 ms, and 300 ms from this time after the first iteration on.
fn slow_after(name: &str, time: Duration) -> ScenarioBuilder {
    let begun = Arc::new(std::sync::OnceLock::new());
    Scenario::builder(name, move |_| {
        let begun = Arc::clone(&begun);
        Box::pin(async move {
            let is_late = begun.get_or_init(Instant::now).elapsed() >= time;
            sleep(if is_late { MS(300) } else { MS(10) }).await;
            Ok(())
        })
    })
}

fn steady(name: &str) -> ScenarioBuilder {
    slow_after(name, Duration::MAX)
}

/// Every tenth iteration fails.
fn failing_at_times(name: &str) -> ScenarioBuilder {
    let count = Arc::new(AtomicU64::new(0));
    Scenario::builder(name, move |_| {
        let turn = count.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move {
            sleep(MS(10)).await;
            if turn.is_multiple_of(10) { Err(Error::msg("no")) } else { Ok(()) }
        })
    })
}

async fn run(scenario: impl Into<Scenario>, plan: Plan) -> Report {
    Suite::new().scenario(scenario).run(plan).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn kept_threshold_is_0_and_broken_one_is_99() {
    for (threshold, code) in [
        ("p99 < 20ms, errors <= 0%, rate > 90/s, dropped < 1", 0),
        ("p99 < 20ms, errors <= 0%, rate > 200/s", 99),
        ("p99{scenario=visit} < 5ms", 99),
        ("p99{route=GET /} < 5ms", 99),
    ] {
        let report = run(steady("visit"), Plan::users(1).duration(SECS(5)).threshold(threshold)).await;

        assert_eq!(report.exit_code().code(), code, "{threshold}: {:?}", report.thresholds);
        assert_eq!(report.ended, Ended::Duration);
    }
}

#[tokio::test(start_paused = true)]
async fn each_is_reported_with_its_observed_value_its_samples_and_whether_it_was_kept() {
    let plan = Plan::users(1).duration(SECS(10)).threshold("max < 20ms, errors < 5%, rate >= 50/s");

    let report = run(failing_at_times("visit"), plan).await;

    let [max, errors, rate] = report.thresholds.as_slice() else { panic!("{:?}", report.thresholds) };
    assert!(matches!(max.observed, Some(Observed::Time(time)) if time >= MS(10) && time < MS(20)), "{max:?}");
    assert!(
        matches!(errors.observed, Some(Observed::Share(share)) if (share.in_percent() - 10.0).abs() < 0.1),
        "{errors:?}"
    );
    assert!(
        matches!(rate.observed, Some(Observed::Rate(rate)) if rate > Throughput::per_second(80.0)),
        "{rate:?}"
    );
    assert_eq!((max.samples, errors.samples), (report.iterations.finished(), report.iterations.finished()));
    assert_eq!([max.passed(), errors.passed(), rate.passed()], [true, false, true]);
    assert_eq!(errors.threshold, "errors < 5%");
    let text = report.to_string();
    assert!(text.contains("1 of 3 thresholds was not kept") && text.contains("FAIL"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn broken_threshold_with_abort_ends_the_run_after_the_grace() {
    let plan = Plan::users(4).duration(SECS(3_600)).threshold("p90(5s) < 100ms abort");

    let report = run(slow_after("visit", SECS(20)), plan).await;

    let Ended::Threshold(why) = &report.ended else { panic!("{:?}", report.ended) };
    assert!(why.starts_with("p90(5s) < 100ms abort: 300 ms after 2"), "{why}");
    assert!(report.elapsed > SECS(20) && report.elapsed < SECS(26), "{:?}", report.elapsed);
    assert_eq!((report.iterations.cancelled, report.iterations.failures()), (0, 0), "all came to their end");
    assert_eq!(report.exit_code(), ExitCode::Thresholds);
    let result = &report.thresholds[0];
    assert!(result.broken_at.unwrap() > SECS(20) && result.broken_at.unwrap() <= report.elapsed);
    assert!(report.to_string().contains("a threshold was broken: p90(5s) < 100ms abort"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn without_abort_the_run_goes_on_and_fails() {
    let plan = Plan::users(1).duration(SECS(30)).threshold("p50(5s) < 100ms, p50 < 100ms");

    let report = run(slow_after("visit", SECS(20)), plan).await;

    assert_eq!(report.ended, Ended::Duration);
    let outcomes: Vec<_> = report.thresholds.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [ThresholdOutcome::Broken, ThresholdOutcome::Held], "a window, and the run");
    assert!(report.thresholds[0].windows.unwrap() > 20);
}

#[tokio::test(start_paused = true)]
async fn nothing_before_after_counts() {
    let warming_up = || {
        let begun = Arc::new(std::sync::OnceLock::new());
        Scenario::builder("visit", move |_| {
            let begun = Arc::clone(&begun);
            Box::pin(async move {
                let is_early = begun.get_or_init(Instant::now).elapsed() < SECS(5);
                sleep(if is_early { MS(200) } else { MS(10) }).await;
                if is_early { Err(Error::msg("warming up")) } else { Ok(()) }
            })
        })
    };
    for (threshold, code) in [
        ("max < 100ms, errors < 1%", 99),
        ("max < 100ms after 6s, errors < 1% after 6s", 0),
        ("max < 100ms after 6s abort, errors < 1% after 6s abort, rate(2s) > 80/s after 6s abort", 0),
        ("max < 100ms abort, errors < 1%", 99),
    ] {
        let report = run(warming_up(), Plan::users(1).duration(SECS(20)).threshold(threshold)).await;

        assert_eq!(report.exit_code().code(), code, "{threshold}: {:?}", report.thresholds);
    }
}

#[tokio::test(start_paused = true)]
async fn those_of_a_scenario_are_of_its_iterations_and_say_where_they_stand() {
    let suite = Suite::new()
        .scenario(steady("browse").threshold("p99 < 100ms"))
        .scenario(failing_at_times("buy").threshold("errors < 20%").tag("shop"));

    let report =
        suite.run(Plan::users(2).duration(SECS(10)).threshold("errors{tag=shop} > 1%")).await.unwrap();

    let texts: Vec<_> = report.thresholds.iter().map(|result| result.threshold.as_str()).collect();
    assert_eq!(
        texts,
        ["errors{tag=shop} > 1%", "p99{scenario=browse} < 100ms", "errors{scenario=buy} < 20%"]
    );
    assert_eq!(report.thresholds[1].origin.as_deref(), Some("scenario `browse`"));
    assert_eq!(report.thresholds[1].samples, report.scenario("browse").unwrap().count());
    assert!(report.iterations.failed > 0);
    assert_eq!(report.exit_code(), ExitCode::Ok, "the failures are those that a threshold tolerates");
}

#[tokio::test(start_paused = true)]
async fn failures_that_no_threshold_is_about_fail_the_run_as_ever() {
    let plan = || Plan::users(1).duration(SECS(5)).threshold("max < 1s");

    let report = run(failing_at_times("visit"), plan()).await;

    assert!(report.thresholds[0].passed());
    assert_eq!(report.exit_code(), ExitCode::Failures);
    assert_eq!(run(failing_at_times("visit"), plan().tolerate(1_000)).await.exit_code(), ExitCode::Ok);
    let fail_fast = plan().fail_fast().threshold("errors < 50%");
    assert_eq!(run(failing_at_times("visit"), fail_fast).await.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_run_in_which_nothing_was_measured_passes_none() {
    let plan = || {
        Plan::users(1)
            .duration(SECS(5))
            .grace(MS(100))
            .threshold("p99 < 1s, errors < 1%, failed_iterations < 5")
    };
    let hanging = Scenario::builder("hang", |_| Box::pin(std::future::pending()));

    let report = run(hanging, plan()).await;
    assert_eq!((report.iterations.cancelled, report.exit_code()), (1, ExitCode::Thresholds));
    assert!(report.thresholds.iter().all(|result| result.outcome == ThresholdOutcome::NoSamples));

    let broken = GlobalSetup::builder("database", |_| {
        Box::pin(async { Err::<u32, _>(Error::msg("refused")) }) as BoxFuture<'_, Result<u32>>
    });
    let suite = Suite::new().scenario(steady("visit")).global_setup(broken);
    let report = suite.run(plan()).await.unwrap();
    assert_eq!(report.exit_code(), ExitCode::Failures, "nothing was run");
    assert!(report.thresholds.iter().all(|result| !result.passed()));
}

#[tokio::test(start_paused = true)]
async fn single_run_judges_no_threshold_with_a_note() {
    let report = run(steady("visit").threshold("p99 < 1ms"), Plan::users(1).single_run()).await;

    assert_eq!((report.exit_code(), report.thresholds.len()), (ExitCode::Ok, 0));
    assert!(report.to_string().contains("1 threshold was not judged"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_sizing_and_thresholds_exclude_each_other() {
    let plan = Plan::sizing("p99 < 1s").up_to(10).threshold("errors < 1%");
    let why = Suite::new().scenario(steady("visit")).run(plan).await.unwrap_err().to_string();
    assert!(why.contains("leave the thresholds out"), "{why}");
}

/// Records a value of each kind.
fn measuring<'a>(mut cx: Context<'a>) -> BoxFuture<'a, Result> {
    let session: &mut Session = cx.arg();
    session.counter("sold").add(2);
    session.trend("basket").add(30.0);
    session.gauge("stock").set(7.0);
    session.check("in stock", true);
    Box::pin(async move {
        let _: Result = session
            .measure("query", async {
                sleep(MS(20)).await;
                Ok(())
            })
            .await;
        Ok(())
    })
}

#[tokio::test(start_paused = true)]
async fn metrics_of_the_users_own_are_bounded_also_in_windows() {
    let thresholds = "sum{counter=sold} > 100, rate{counter=sold}(2s) > 50/s, p50{trend=basket} < 31, \
                      max{trend=basket}(2s) < 31, last{gauge=stock} >= 7, passed{check=in stock} >= 100%, \
                      passed{check=in stock}(2s) > 99% after 2s, p99{timer=query}(3s) < 50ms";

    let report =
        run(Scenario::builder("measure", measuring), Plan::users(1).duration(SECS(10)).threshold(thresholds))
            .await;

    for result in &report.thresholds {
        assert!(result.passed(), "{result:?}");
    }
    let nothing = Plan::users(1)
        .duration(SECS(10))
        .threshold("sum{counter=sodl}(2s) < 5, p50{route=GET /} < 1s after 1s");
    let report = run(Scenario::builder("measure", measuring), nothing).await;
    assert_eq!(
        report.thresholds[0].hint.as_deref(),
        Some("no counter is called `sodl`; did you mean `sold`?")
    );
    assert_eq!((report.counters.len(), report.routes.len()), (1, 0), "what is only asked for is no row");
}

#[tokio::test(start_paused = true)]
async fn a_report_offers_its_figures_with_their_units() {
    let report = run(failing_at_times("visit"), Plan::users(2).max_runs(50)).await;

    assert_eq!(report.failed_iterations(), Some(Share::percent(10.0)));
    assert_eq!(report.failed_requests(), None, "there were none");
    assert_eq!(report.request_rate(), Throughput::per_second(0.0));
    let visit = report.scenario("visit").unwrap();
    assert_eq!(report.rate_of(visit), report.iteration_rate());
    assert_eq!(visit.failed_share(), Share::new(10, 100));
    assert_eq!(report.iteration_rate(), Throughput::new(100, report.elapsed));
}

#[tokio::test(start_paused = true)]
async fn two_runs_side_by_side_are_merged_and_judged_as_one() {
    let plan = || Plan::users(1).duration(SECS(10)).threshold("rate > 150/s, p99 < 50ms");
    let (one, other) = tokio::join!(run(steady("visit"), plan()), run(steady("visit"), plan()));
    assert_eq!(one.exit_code(), ExitCode::Thresholds, "one of them alone is too slow");

    let both = Report::merge_shards(["a", "b"], [one.clone().of_shard("a"), other.of_shard("b")]).unwrap();

    assert!(both.check("rate > 150/s, p99 < 50ms").is_ok());
    assert_eq!((both.exit_code(), both.settings.users), (ExitCode::Ok, 2));
    let why = Report::merge_shards(["a", "b"], [one.of_shard("a")]).unwrap_err().to_string();
    assert_eq!(why, "the shard `b` is missing");
}

#[tokio::test(start_paused = true)]
async fn arrivals_that_are_dropped_are_bounded_over_the_run_and_in_windows() {
    let slow = || {
        Scenario::builder("slow", |_| {
            Box::pin(async {
                sleep(MS(290)).await;
                Ok(())
            })
        })
    };
    let plan =
        |threshold| Plan::rate("10/s").duration(SECS(30)).up_to(1).max_late(MS(5)).threshold(threshold);
    for (threshold, outcome, observed) in [
        ("dropped < 200", ThresholdOutcome::Broken, Observed::Number(200.0)),
        ("dropped <= 200", ThresholdOutcome::Held, Observed::Number(200.0)),
        ("dropped < 70%", ThresholdOutcome::Held, Observed::Share(Share::new(200, 300).unwrap())),
    ] {
        let report = run(slow(), plan(threshold)).await;
        let result = &report.thresholds[0];
        assert_eq!(
            (result.outcome, result.observed, result.samples),
            (outcome, Some(observed), 300),
            "{threshold}"
        );
    }
    let report = run(slow(), plan("dropped(2s) < 5 abort")).await;
    assert!(matches!(report.ended, Ended::Threshold(_)), "{:?}", report.ended);
    assert!(report.elapsed < SECS(5), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn a_percentile_that_takes_more_samples_than_there_are_makes_the_run_suspect() {
    let report = run(steady("visit"), Plan::users(1).duration(SECS(5)).threshold("p99.9 < 1s")).await;

    assert_eq!((report.iterations.ok, report.exit_code().code()), (500, 99));
    let few = report.reasons().into_iter().find(|reason| reason.kind == ReasonKind::FewSamples).unwrap();
    assert!(few.text.contains("500 iterations are too few for the p99.9"), "{}", few.text);
}

/// Fails in the first four seconds, and then ends at once.
fn cold() -> ScenarioBuilder {
    let begun = Arc::new(std::sync::OnceLock::new());
    Scenario::builder("cold", move |mut cx| {
        let begun = Arc::clone(&begun);
        let session: &mut Session = cx.arg();
        session.counter("tries").add(1);
        Box::pin(async move {
            // 20 ms before the end of the warm-up, so that no iteration starts in it and ends after it.
            let is_cold = begun.get_or_init(Instant::now).elapsed() < MS(3_980);
            sleep(MS(10)).await;
            if is_cold { Err(Error::msg("cold")) } else { Ok(()) }
        })
    })
    .needs::<&mut Session>()
}

#[tokio::test(start_paused = true)]
async fn warm_up_is_not_judged_and_in_no_rate() {
    let open = || Plan::rate("100/s").duration(SECS(6)).warm_up(SECS(4));
    let closed = || Plan::users(1).duration(SECS(6)).warm_up(SECS(4));
    for threshold in [
        "rate > 80/s",
        "rate < 110/s",
        "rate{scenario=cold} > 80/s",
        "iterations <= 210",
        "iterations{scenario=cold} <= 210",
        "errors < 3%",
        "errors{scenario=cold} < 3%",
        "failed_iterations < 5 abort",
        "rate(1s) > 80/s",
        "rate > 80/s after 1s",
        "rate > 80/s after 1s abort",
        "errors(1s) < 5%",
        "max < 20ms",
        // Values have no time by which the warm-up could exclude them.
        "rate{counter=tries} > 80/s",
        "count{counter=tries} > 500",
    ] {
        for plan in [open(), closed()] {
            let report = run(cold(), plan.threshold(threshold).tolerate(1_000)).await;

            let result = &report.thresholds[0];
            assert!(result.passed(), "{threshold}: {result:?}");
            assert_eq!(report.exit_code(), ExitCode::Ok);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_warm_up_are_failures_unless_a_threshold_is_about_them() {
    let plan = || Plan::rate("100/s").duration(SECS(6)).warm_up(SECS(4));
    for (plan, code) in [
        (plan(), ExitCode::Failures),
        (plan().threshold("max < 1s"), ExitCode::Failures),
        (plan().threshold("errors < 3%"), ExitCode::Ok),
        (plan().threshold("errors{scenario=cold} < 3%"), ExitCode::Ok),
    ] {
        assert_eq!(run(cold(), plan).await.exit_code(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn window_that_does_not_fit_behind_the_warm_up_is_reported_before() {
    let plan = Plan::rate("100/s").duration(SECS(6)).warm_up(SECS(4)).threshold("p99(3s) < 1s");
    let why = Suite::new().scenario(steady("visit")).run(plan).await.unwrap_err().to_string();
    assert!(why.contains("its first window, of 3s from 4s on, ends at 7s, and the run takes 6s"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn run_too_short_to_judge_has_a_note() {
    for (threshold, outcome, why) in [
        (
            "p50(10s) < 1s",
            ThresholdOutcome::TooFewSamples,
            "its window of 10s is longer than the run, which took 5",
        ),
        (
            "p50 < 1s after 10s",
            ThresholdOutcome::NoSamples,
            "it looks at what is later than 10s, and the run took 5",
        ),
        (
            "p50(10s) < 1s after 1m",
            ThresholdOutcome::NoSamples,
            "its first window, of 10s from 1m on, ends at 1m 10s, and the run took 5",
        ),
    ] {
        let report = run(steady("visit"), Plan::users(1).max_runs(500).threshold(threshold)).await;

        let result = &report.thresholds[0];
        assert_eq!(result.outcome, outcome, "{threshold}");
        let hint = result.hint.as_deref().unwrap();
        assert!(hint.starts_with(why), "{hint}");
        assert!(report.to_string().contains(&format!("{threshold}: it")), "{report}");
        assert!(report.to_string().contains("FAILED: the threshold could not be judged\n"), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_few_samples_of_a_part_make_the_run_suspect_too() {
    for threshold in ["p99.99{scenario=visit} < 1s", "p99.9 < 1s after 5s", "p99.9(2s) < 1s"] {
        let report = run(steady("visit"), Plan::users(1).duration(SECS(12)).threshold(threshold)).await;

        let reasons = report.reasons();
        let few = reasons.iter().find(|reason| reason.kind == ReasonKind::FewSamples).unwrap();
        let told = format!("too few for the percentile of `{threshold}`: ");
        assert!(few.text.contains(&told), "{}", few.text);
    }
}

#[tokio::test(start_paused = true)]
async fn replay_judges_no_threshold_with_a_note() {
    let plan = Plan::users(2).max_runs(2).seed(1).threshold("p99 < 1ms").replay(0, 1);

    let report = run(steady("visit"), plan).await;

    assert_eq!((report.exit_code(), report.thresholds.len()), (ExitCode::Ok, 0));
    let text = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("1 threshold was not judged, because one iteration was executed once more"),
        "{text}"
    );
}
