#![doc = include_str!("../README.md")]

pub mod prelude;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

use std::time::Duration;

pub use molotov_core::listeners;
pub use molotov_core::{
    Arg, BodyStream, BoxFuture, Cause, Client, ClientBuilder, Connected, ConnectionPolicy, Context, Counter,
    Data, Deck, Dependency, Error, Estimate, Event, Exchange, Exhausted, Expect, FailureKind, FailureNote,
    Feed, Feeder, Gauge, GlobalSetup, Hook, IntoFeed, Iteration, IterationNote, Latencies, Listener, Logged,
    Message, Multipart, OrFail, Origin, Outcome, Part, Paused, Picker, Problem, Rate, Record, Recorder,
    Registration, Request, Resolve, Response, Result, Rng, Row, Rows, Run, RunHandle, Sample, SampleInt,
    SampleRange, Scenario, Scope, Secret, Series, SeriesId, SeriesKind, Session, Setup, Shared, States,
    Suite, Target, ThinkTime, Timeouts, Trace, TraceBody, TraceSink, Trend, Turn, UserId, Value, Vars,
};
#[cfg(feature = "macros")]
pub use molotov_macros::{
    data, events, global_setup, global_teardown, scenario, scenario_picker, setup, setup_session, teardown,
    teardown_session,
};
pub use molotov_runner::{
    Breach, Capacity, CapacityOutcome, CapacityStep, CheckRow, Conclusion, Connections, CounterRow, Ended,
    Error as RunError, ExitCode, FailureGroup, Gap, GapEnd, Gaps, GaugeRow, Generator, Heartbeat, IdleFaults,
    IterationCounts, Limited, ListenerSummary, LoadSettings, Measured, Mix, Observed, Oddity, OddityKind,
    Offered, Plan, Processor, Reason, ReasonKind, Report, RequestCounts, Row as SeriesRow, RunExt, Service,
    Settings, Share, Sizing, SizingOutcome, SizingStep, StartLag, Steady, Stop, ThresholdOutcome,
    ThresholdResult, Throughput, TrendRow, Verdict, WarmUp, Window,
};

/// Outputs of your own: what a run is written to while it goes on, and in the end.
///
/// An [`Output`](output::Output) is registered by [`Plan::output`].
pub mod output {
    pub use molotov_runner::{
        ArrivalCounts, ArrivalTotals, Interest, Output, RunFacts, RunProgress, Snapshot, Stopping,
    };
}

/// That many seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// That many milliseconds.
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The `main` function of a load test.
///
/// In a test target (`cargo test`) it speaks libtest's protocol, with one test for each scenario and one iteration
/// in each; set `harness = false` for that target in `Cargo.toml`. A test that sends a request to a relative route, and has
/// no host, is ignored; `MOLOTOV_REQUIRE_HOST=1` makes it fail. Otherwise it is the command line; `--help` lists
/// its options. The first argument is the plan that the command line starts from; without one that is one user for
/// 10 s. The second is a suite that was put together by hand; without one it is what the attributes registered.
///
/// ```
/// use molotov::prelude::*;
///
/// #[scenario]
/// async fn idle() {}
///
/// molotov::main!(Plan::users(20).max_runs(3));
/// ```
#[macro_export]
macro_rules! main {
    () => {
        $crate::main!($crate::Plan::default());
    };
    ($plan:expr $(,)?) => {
        $crate::main!($plan, $crate::Suite::registered());
    };
    ($plan:expr, $suite:expr $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::main($crate::__private::Program {
                test: ::core::cfg!(test),
                unwinds: ::core::cfg!(panic = "unwind"),
                plan: || $plan,
                suite: || $suite,
            })
        }
    };
}
