//! The number of allocations for a request, and for recording it. One test only: the counter belongs to the process.

#![allow(clippy::unwrap_used)]

#[path = "../get.rs"]
mod get;
#[path = "../server.rs"]
mod server;

use std::alloc::System;
use std::time::Duration;

use molotov::output::{Outcome, Recorder, Sample, SeriesKind};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// With all features: a scenario, its iteration, cookies, time-outs, a response with its body, samples.
const MAX_PER_REQUEST: f64 = 5.0;

#[test]
fn a_request_takes_few_allocations_and_recording_takes_none() {
    let base = format!("http://{}", server::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let load = |requests| allocations(|| runtime.block_on(send(&base, requests)));
    // The first round fills the caches of the process. The least of several rounds counts, because work by the clock
    // (the ticks of the supervisor) is more on a busy machine.
    let least = |requests| (0..5).map(|_| load(requests)).min().unwrap();
    let (_, short, long) = (load(500), least(500), least(2_500));
    let each = (long - short) as f64 / 2_000.0;

    let recording = recording();

    println!("request.allocations {each:.2}");
    println!("recording.allocations {recording}");
    assert!(each <= MAX_PER_REQUEST, "{each} allocations for each request");
    assert_eq!(recording, 0);
}

/// The number of allocations meanwhile, including reallocations.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATOR.stats();
    work();
    let made = ALLOCATOR.stats() - before;
    made.allocations + made.reallocations
}

async fn send(base: &str, requests: u64) {
    let report = get::run(base, requests).await;
    assert_eq!((report.requests.ok, report.connections.opened), (requests, 1));
}

/// For 10,000 samples and starts by a thread that has recorded before, with a reader that has read before.
fn recording() -> usize {
    let recorder = Recorder::new(1, Vec::clear);
    let series = recorder.series(SeriesKind::Scenario, "browse");
    let sample = Sample::new(series, Outcome::Ok, Duration::from_secs(1), Duration::from_millis(1));
    let record = || {
        for _ in 0..10_000 {
            recorder.start(series, 1);
            recorder.sample(&sample);
            recorder.series(SeriesKind::Scenario, "browse");
        }
        recorder.drain();
    };
    record();
    allocations(record)
}
