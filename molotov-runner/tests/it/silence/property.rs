//! A run against a service that dies at any moment never passes.

use molotov_runner::{Conclusion, ExitCode, Plan, Report, RunExt};
use proptest::prelude::*;

use super::service::{Does, Service, cases, on_paused_clock, run, visiting};
use crate::support::{MS, SECS};

#[derive(Clone, Copy, Debug)]
enum Model {
    Closed,
    Thinking,
    Paced,
    Open,
    Poisson,
    Stages,
    RampUp,
    WarmUp,
}

const MODELS: [Model; 8] = [
    Model::Closed,
    Model::Thinking,
    Model::Paced,
    Model::Open,
    Model::Poisson,
    Model::Stages,
    Model::RampUp,
    Model::WarmUp,
];

/// Loads of 4 s.
fn plan(model: Model, users: u32) -> Plan {
    let closed = || Plan::users(users).duration(SECS(4));
    match model {
        Model::Closed => closed(),
        Model::Thinking => closed().delay(MS(170)),
        Model::Paced => closed().pacing(MS(230)),
        Model::Open => Plan::rate("50/s").duration(SECS(4)).up_to(users * 30),
        Model::Poisson => Plan::rate("50/s").duration(SECS(4)).poisson().up_to(users * 30),
        Model::Stages => Plan::stages("20/s for 2s, 60/s for 2s").up_to(users * 30),
        Model::RampUp => Plan::users(users).ramp_up(SECS(2)).duration(SECS(2)),
        Model::WarmUp => closed().warm_up(SECS(1)),
    }
}

fn is_open(model: Model) -> bool {
    matches!(model, Model::Open | Model::Poisson | Model::Stages)
}

fn is_praised(report: &Report) -> bool {
    matches!(report.conclusion(), Conclusion::Passed | Conclusion::Counted)
}

const THRESHOLDS: [&str; 10] = [
    "",
    "p50 < 200ms",
    "p99 < 200ms",
    "p99.9 < 200ms",
    "mean < 10s",
    "max < 60s",
    "min < 200ms",
    "errors < 1%",
    "errors < 90%",
    "p99 < 30s, failed_requests < 99%",
];

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn service_that_hangs_is_never_green(
        dies in 0u64..3_990, model in prop::sample::select(&MODELS[..]), users in 1u32..12,
        threshold in prop::sample::select(&THRESHOLDS[..]), grace in 200u64..3_000, kills in any::<bool>(),
    ) {
        let mut plan = plan(model, users).grace(MS(grace));
        if !threshold.is_empty() {
            plan = plan.threshold(threshold);
        }
        let service = move |asked: super::service::Asked| {
            // Requests in flight at its death are unanswered in one case, and answered in the other.
            let last = if kills { dies.saturating_sub(20) } else { dies };
            if asked.at < MS(last) { Does::Answers(MS(20)) } else { Does::Hangs }
        };
        let report = on_paused_clock(run(plan, service));

        // The last request may be slow by chance, and a service that is silent for less than a tenth of the load may pause.
        let known = if users == 1 && !is_open(model) { 1 } else { 2 };
        let silent = 4_000 + grace - dies;
        if report.requests.cancelled + report.requests.failed >= known && silent >= 450 {
            prop_assert_ne!(report.exit_code(), ExitCode::Ok, "{}", report);
        }
        if report.requests.cancelled > 0 && grace > 1_050 {
            prop_assert!(!is_praised(&report), "{}", report);
        }
    }

    #[test]
    fn service_that_refuses_is_never_green(
        dies in 0u64..3_900, model in prop::sample::select(&MODELS[..]), users in 1u32..12,
        threshold in prop::sample::select(&THRESHOLDS[..]),
    ) {
        let mut plan = plan(model, users);
        if !threshold.is_empty() {
            plan = plan.threshold(threshold);
        }
        let report = on_paused_clock(async {
            let service = Service::refusing_from(MS(dies), MS(20));
            visiting().run(plan.host(service.url().as_str())).await.unwrap()
        });

        if report.requests.failed >= 10 {
            prop_assert_ne!(report.exit_code(), ExitCode::Ok, "{}", report);
        }
    }
}
