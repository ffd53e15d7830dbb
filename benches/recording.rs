//! The cost of recording: a sample on a thread that serves users, and aggregation on the supervisor's thread.
//!
//! `cargo bench -p molotov-benches --bench recording`. The targets are 20 ns per sample, and 2 % of one core for
//! aggregating 100,000 requests a second. Each request is counted with an iteration of its own, which is the plainest
//! load.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use molotov::error::FailureKind;
use molotov::output::{Outcome, Recorder, Sample, SeriesId, SeriesKind};
use molotov_runner::Adder;

/// The interval of aggregation.
const TICK: Duration = Duration::from_millis(100);

/// Requests between two ticks at 100,000 a second.
const REQUESTS_PER_TICK: usize = 10_000;

/// The pause in which the caches turn cold, and after which the rate is realistic for a thread.
const PAUSE: Duration = Duration::from_millis(5);

/// The number of measurements; their median counts, because other processes use the machine too.
const ROUNDS: usize = 300;

/// The number of samples that are recorded in a row.
const BATCH: usize = 1_000;

fn main() {
    if let Some(bytes) = memory() {
        println!("1,000 routes, ok and failed: {:.1} MiB of memory", bytes as f64 / 1024.0 / 1024.0);
    }
    for threads in [1, 2] {
        let (busy, cold) = (recording(threads, Duration::ZERO), recording(threads, PAUSE));
        println!(
            "recording on {threads} thread(s) at once: {busy:.1} ns a sample, {cold:.1} ns in bursts after a pause \
             (target: 20 ns)"
        );
    }
    for routes in [1, 10, 500] {
        let tick = adding_up(routes);
        let percent = 100.0 * tick / TICK.as_nanos() as f64;
        let nanos = tick / REQUESTS_PER_TICK as f64;
        println!(
            "adding up 100,000 requests/s and as many iterations, {routes} route(s): {percent:.2} % of a core, \
             {nanos:.0} ns a request (target: 2 %)"
        );
    }
}

/// The additional resident memory for a thousand series, each with latencies of successes and of failures.
fn memory() -> Option<u64> {
    let before = resident()?;
    let adder = Adder::new(1);
    let recorder = adder.recorder();
    let requests = samples(&recorder, 1);
    for n in 0..1_000 {
        let series = recorder.series(SeriesKind::Route, &format!("GET /{n}"));
        // Each route has its own level, from 0.4 to 400 ms.
        for request in requests.iter().take(100) {
            let mut sample = *request;
            (sample.series, sample.service) = (series, request.service * (n + 1));
            recorder.sample(&sample);
            sample.outcome = Outcome::Failed(FailureKind::Http5xx);
            recorder.sample(&sample);
        }
    }
    adder.tick(TICK);
    let after = resident()?;
    drop(adder);
    Some(after.saturating_sub(before))
}

/// Resident memory in bytes, on systems with `/proc`.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Nanoseconds per sample, on the slowest of these threads, while the supervisor reads the buffers.
fn recording(threads: usize, pause: Duration) -> f64 {
    let adder = Adder::new(threads);
    let recorder = adder.recorder();
    let samples = samples(&recorder, 10);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                adder.tick(recorder.epoch().elapsed());
            }
        });
        let measured: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| record_in_batches(&recorder, &samples, pause))).collect();
        let slowest = measured.into_iter().map(|thread| thread.join().unwrap()).fold(0.0, f64::max);
        done.store(true, Ordering::Relaxed);
        slowest
    })
}

fn record_in_batches(recorder: &Recorder, samples: &[Sample], pause: Duration) -> f64 {
    let batch = |_| {
        let start = Instant::now();
        // A small number, because in a run a sample was made just before it is recorded, and so is in the cache.
        samples.iter().take(16).cycle().take(BATCH).for_each(|sample| recorder.sample(sample));
        let took = start.elapsed();
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        took.as_nanos() as f64 / BATCH as f64
    };
    median((0..ROUNDS).map(batch).collect())
}

/// Nanoseconds for the supervisor to aggregate the records of another thread in one tick.
fn adding_up(routes: u32) -> f64 {
    let adder = Adder::new(1);
    let recorder = adder.recorder();
    let ticks = std::thread::scope(|scope| {
        let (next, wait) = sync_channel(0);
        let (ready, filled) = sync_channel(0);
        scope.spawn(|| fill(&recorder, routes, wait, ready));
        let tick = |round: u32| {
            next.send(()).unwrap();
            filled.recv().unwrap();
            let start = Instant::now();
            adder.tick(TICK * round);
            if round.is_multiple_of(5) {
                adder.snapshot(TICK * round);
            }
            start.elapsed().as_nanos() as f64
        };
        let ticks = (1..=ROUNDS as u32).map(tick).collect();
        drop(next);
        ticks
    });
    let (iterations, requests) = adder.finish(TICK * ROUNDS as u32);
    let all = (ROUNDS * REQUESTS_PER_TICK) as u64;
    assert_eq!((iterations.started, iterations.ok, requests.attempted), (all, all, all));
    median(ticks)
}

/// Records the events between two ticks, at each request for them.
fn fill(recorder: &Recorder, routes: u32, wait: Receiver<()>, ready: SyncSender<()>) {
    let samples = samples(recorder, routes);
    let scenario = recorder.series(SeriesKind::Scenario, "browse");
    while wait.recv().is_ok() {
        for request in samples.iter().cycle().take(REQUESTS_PER_TICK) {
            recorder.start(scenario, 1);
            recorder.sample(request);
            recorder.sample(&Sample::new(scenario, Outcome::Ok, request.start, request.service));
        }
        ready.send(()).unwrap();
    }
}

/// A thousand requests of a healthy service: most are fast, some are ten times slower.
fn samples(recorder: &Recorder, routes: u32) -> Vec<Sample> {
    let routes: Vec<_> =
        (0..routes).map(|n| recorder.series(SeriesKind::Route, &format!("GET /{n}"))).collect();
    (0..1_000u32).map(|n| request(routes[n as usize % routes.len()], n.wrapping_mul(0x9E37_79B9))).collect()
}

fn request(series: SeriesId, chance: u32) -> Sample {
    // From 0 to 1, evenly; the inverse turns it into a long tail.
    let place = f64::from(chance) / f64::from(u32::MAX);
    let service = Duration::from_secs_f64(0.0004 * (1.0 + place + 0.05 / (1.005 - place)));
    let mut sample = Sample::new(series, Outcome::Ok, Duration::from_secs(1), service);
    sample.first_byte = Some(service - Duration::from_micros(5));
    (sample.sent, sample.received) = (100, 200 + u64::from(chance % 100));
    sample.status = if chance.is_multiple_of(10) { 201 } else { 200 };
    sample.reused = true;
    sample
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
