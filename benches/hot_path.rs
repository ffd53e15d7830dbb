//! The cost of molotov itself: an empty iteration, a recorded sample, a request on loopback.
//!
//! `cargo bench -p molotov-benches`. Figures of different machines, or of different runs on a shared machine, are not
//! comparable; change one thing and run both versions in turn.

#![allow(clippy::unwrap_used)]

mod get;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use molotov::output::{Outcome, Recorder, Sample, SeriesKind};
use molotov::prelude::*;
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// One iteration of an empty scenario: pick, call, catch, record.
fn empty_iteration(c: &mut Criterion) {
    let runtime = runtime();
    c.bench_function("empty iteration", |bencher| {
        bencher.iter_custom(|iterations| {
            let suite = Suite::new()
                .scenario(Scenario::builder("one", |_| Box::pin(async { Ok(()) })).weight(40))
                .scenario(Scenario::builder("two", |_| Box::pin(async { Ok(()) })).weight(60));
            let report = runtime.block_on(suite.run(Plan::users(1).max_runs(iterations))).unwrap();
            assert_eq!(report.iterations.ok, iterations);
            report.elapsed
        });
    });
}

/// One sample that is appended to the thread's buffer, while another thread swaps the buffers ten times a second.
fn recorded_sample(c: &mut Criterion) {
    let recorder = Arc::new(Recorder::new(2, |records| records.clear()));
    let series = recorder.series(SeriesKind::Route, "GET /");
    let mut sample = Sample::new(series, Outcome::Ok, Duration::ZERO, Duration::from_micros(100));
    (sample.sent, sample.received, sample.status, sample.reused) = (100, 200, 200, true);
    let reader = Arc::downgrade(&recorder);
    std::thread::spawn(move || {
        while let Some(recorder) = reader.upgrade() {
            recorder.drain();
            drop(recorder);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    c.bench_function("recorded sample", |bencher| bencher.iter(|| recorder.sample(&sample)));
}

/// One GET on a kept-alive loopback connection, with and without a meter that records.
fn get_on_loopback(c: &mut Criterion) {
    let runtime = runtime();
    let base = format!("http://{}", server::start());
    let mut group = c.benchmark_group("get on loopback");
    group.bench_with_input(BenchmarkId::from_parameter("session"), &base, |bencher, base| {
        let mut session = Session::detached();
        session.set_base(base).unwrap();
        bencher.iter_custom(|requests| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..requests {
                    session.get("/").send().await.unwrap();
                }
                start.elapsed()
            })
        });
    });
    group.bench_with_input(BenchmarkId::from_parameter("run"), &base, |bencher, base| {
        bencher.iter_custom(|requests| {
            let report = runtime.block_on(get::run(base, requests));
            assert_eq!(report.requests.ok, requests);
            report.elapsed
        });
    });
    group.finish();
}

criterion_group!(benches, empty_iteration, recorded_sample, get_on_loopback);
criterion_main!(benches);
