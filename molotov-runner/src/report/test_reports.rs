//! Reports for tests, made as real ones are: records through the aggregator.

use std::time::{Duration, SystemTime};

use molotov_core::{
    Connected, ConnectionPolicy, FailureKind, FailureNote, Iteration, Outcome, Rate, Record, Recorder,
    Sample, SeriesId, SeriesKind, UserId, Value,
};

use crate::plan::threshold::Threshold;
use crate::report::{
    Aggregator, Breach, Capacity, CapacityOutcome, CapacityStep, Ended, Gap, GapEnd, Generator, Heartbeat,
    ListenerSummary, LoadSettings, Measured, Offered, Report, Settings, Sizing, SizingOutcome, SizingStep,
    Throughput, Totals,
};

/// A run that is put together record by record.
pub(crate) struct TestRun {
    recorder: Recorder,
    records: Vec<Record>,
    pub(super) settings: Settings,
    pub(super) elapsed: Duration,
    pub(super) wanted: Vec<(SeriesId, f64)>,
    pub(super) offered: Option<Offered>,
    /// From when on the load was steady, where it was.
    pub(super) steady: Option<Duration>,
}

impl TestRun {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            users: 20,
            threads: 2,
            ramp_up: Duration::from_secs(10),
            duration: Some(Duration::from_secs(60)),
            max_runs: None,
            delay: Duration::from_millis(500),
            load: LoadSettings::default(),
            seed: 16_045_690_984_503_098_046,
            replay: None,
            targets: vec!["http://localhost:8080".into()],
            lacks_base: None,
            notes: Vec::new(),
            connections: ConnectionPolicy::User,
            fresh_session: false,
            resolve: Vec::new(),
            dns_ttl: Duration::from_secs(60),
            scenarios: vec!["browse".into(), "buy".into()],
            with_session: Vec::new(),
            picker_unasked: false,
            insecure: false,
            debug_build: false,
            tolerated_failures: 0,
            unjudged_thresholds: 0,
            tags: std::collections::BTreeMap::new(),
            allow_invalid: false,
            percentiles: Vec::new(),
        };
        Self {
            recorder: Recorder::new(1, |_| {}),
            records: Vec::new(),
            settings,
            elapsed: Duration::from_millis(70_042),
            wanted: Vec::new(),
            offered: None,
            steady: None,
        }
    }

    pub(crate) fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        self.recorder.series(kind, name)
    }

    /// An attempt; requests have bytes and a status.
    pub(crate) fn sample(&mut self, series: SeriesId, outcome: Outcome, micros: u64) {
        let request = series.kind == SeriesKind::Route;
        if series.kind == SeriesKind::Scenario {
            self.records.push(Record::Started(series, 1));
        }
        let status = match outcome {
            Outcome::Ok => 200,
            Outcome::Failed(FailureKind::Http5xx) => 503,
            _ => 0,
        };
        let never_sent =
            matches!(outcome, Outcome::Failed(kind) if ["connect", "local"].contains(&kind.class()));
        let sent = request && !never_sent;
        self.records.push(Record::Sample(Sample {
            series,
            user: 0,
            outcome,
            due: None,
            start: Duration::ZERO,
            service: Duration::from_micros(micros),
            written: Duration::ZERO,
            first_byte: None,
            sent: if sent { 120 } else { 0 },
            received: if status == 200 && request { 2_900 } else { 0 },
            status: if request { status } else { 0 },
            reused: sent && micros % 1_000 > 2,
            resent: sent && micros.is_multiple_of(4_999),
        }));
    }

    /// An attempt that was ok and began so late.
    pub(super) fn late(&mut self, series: SeriesId, micros: u64, late: Duration) {
        self.sample(series, Outcome::Ok, micros);
        if let Some(Record::Sample(sample)) = self.records.last_mut() {
            let due = Duration::from_secs(5) + Duration::from_millis(micros);
            sample.due = Some(due);
            sample.start = due + late;
        }
    }

    /// Many attempts that were ok, from fast to slow.
    pub(super) fn many(&mut self, series: SeriesId, count: u64, fastest: u64) {
        for n in 0..count {
            // Most are near the fastest one, some are far from it.
            let place = n as f64 / count as f64;
            let micros = fastest as f64 * (1.0 + place + 0.05 / (1.001 - place));
            self.sample(series, Outcome::Ok, micros as u64);
        }
    }

    pub(crate) fn fail(&mut self, series: SeriesId, kind: FailureKind, message: &str, micros: u64) {
        self.sample(series, Outcome::Failed(kind), micros);
        self.note(series, kind, message);
    }

    pub(super) fn note(&mut self, series: SeriesId, kind: FailureKind, message: &str) {
        let (user, iteration) = (UserId(3), Iteration(self.records.len() as u64 % 97));
        let message = message.to_owned();
        let at = Duration::from_millis(1_200 + 40 * (self.records.len() as u64 % 1_000));
        let excerpt = kind.is_http().then(|| r#"{"error":"pool exhausted","token":"***"}"#.to_owned());
        let note = FailureNote { series, kind, message, excerpt, at, user, iteration };
        self.records.push(Record::Failure(Box::new(note)));
    }

    pub(crate) fn value(&mut self, kind: SeriesKind, name: &str, value: Value) {
        let series = self.series(kind, name);
        self.records.push(Record::Value(series, value));
    }

    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    pub(crate) fn end(mut self, ended: Ended) -> Report {
        let mut aggregator = Aggregator::default();
        aggregator.keep_apart(self.settings.load.warm_up);
        if let Some(after) = self.steady {
            aggregator.steady_after(after, self.settings.duration);
        }
        aggregator.begin(Duration::ZERO);
        if let Some(after) = self.steady {
            aggregator.tick(after, self.settings.users);
        }
        aggregator.absorb(&mut self.records);
        aggregator.learn(&self.recorder);
        if self.steady.is_some() {
            aggregator.tick(self.settings.duration.unwrap_or(self.elapsed), self.settings.users);
        }
        aggregator.tick(self.elapsed, self.settings.users);
        let mix = aggregator.mix(&self.wanted);
        let totals = aggregator.finish(self.elapsed);
        let refused_series = self.recorder.refused_series();
        Report {
            settings: self.settings,
            mix,
            ended,
            refused_series,
            offered: self.offered,
            ..of(totals, self.elapsed)
        }
    }
}

/// A report of what was added up, in which nothing else happened.
pub(crate) fn of(totals: Totals, elapsed: Duration) -> Report {
    Report {
        started_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_678),
        elapsed,
        ended: Ended::Duration,
        ..Report::of(totals)
    }
}

/// A run in which iterations were due, and a stall made some of them late.
pub(crate) fn due() -> Report {
    let mut run = TestRun::new();
    run.settings.load.open = true;
    run.settings.load.rate = Some(Rate::per_second(500));
    run.settings.load.max_late = Duration::from_secs(10);
    (run.settings.ramp_up, run.settings.delay) = (Duration::ZERO, Duration::ZERO);
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    let item = run.series(SeriesKind::Route, "GET /items/{id}");
    run.settings.load.warm_up = Duration::from_millis(5_150);
    let mut offered = Offered { scheduled: 1_040, dropped: 40, waited: 199, ..Offered::default() };
    for n in 0..1_000u64 {
        let late = Duration::from_micros(if n < 20 { 2_000_000 - n * 10_000 } else { 31 });
        offered.release_lag.record(Duration::from_micros(31));
        offered.start_lag.record(late);
        run.late(browse, 2_100 + n, late);
        run.late(home, 900 + n, late);
        run.sample(item, Outcome::Ok, 1_100 + n);
        if let Some(Record::Sample(sample)) = run.records.last_mut() {
            sample.start = Duration::from_millis(5_100 + n);
        }
    }
    run.offered = Some(offered);
    run.steady = Some(Duration::from_millis(5_150));
    run.end(Ended::Duration)
}

/// Something of everything.
pub(crate) fn rich() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let buy = run.series(SeriesKind::Scenario, "buy");
    run.wanted = vec![(browse, 0.4), (buy, 0.6)];
    run.many(browse, 1_580, 2_100);
    run.many(buy, 2_341, 6_400);
    let home = run.series(SeriesKind::Route, "GET /");
    let item = run.series(SeriesKind::Route, "GET /items/{id}");
    let basket =
        run.series(SeriesKind::Route, "POST /basket/{basket}/items/{item}/quantity/{quantity}/confirm");
    run.many(home, 4_321, 620);
    run.many(item, 12_345, 843);
    run.many(basket, 450, 3_100);
    for n in 0..21 {
        run.fail(basket, FailureKind::Http5xx, "503 Service Unavailable", 4_000 + n);
        run.fail(buy, FailureKind::Http5xx, "POST /basket: 503 Service Unavailable", 9_000 + n);
    }
    run.fail(item, FailureKind::TimeoutHead, "no head of a response within 30s", 30_000_400);
    run.fail(
        buy,
        FailureKind::UserAssert,
        "assertion `left == right` failed\n  left: 1\n right: 2",
        30_020_100,
    );
    run.fail(item, FailureKind::LocalFds, "no file descriptor is left: raise `ulimit -n`", 90);
    for series in [browse, home, item] {
        run.sample(series, Outcome::Cancelled, 100);
    }
    own_metrics(&mut run);
    for n in 0..20 {
        let connect = Duration::from_micros(310 + n);
        run.push(Record::Connected(Connected::new(Duration::ZERO, connect, connect * 4)));
    }
    run.push(Record::Braked);
    let mut report = run.end(Ended::Duration);
    report.teardown_failures = vec!["teardown of user 3: connection refused".into()];
    report.teardown_failure_count = 3;
    report.listener_failures = vec!["`on_event` panicked: index out of bounds".into()];
    report.listener_summaries = vec![ListenerSummary {
        name: "Slowest requests".into(),
        text: "12.0ms GET /items/{id}: 200 (user 3, at 1.0s)\n9.1ms GET /: 503 (user 1, at 2.5s)".into(),
    }];
    report.dropped_events = 1_200;
    report.generator = generator();
    report
}

/// One that has seen something of everything.
fn generator() -> Generator {
    let mut heartbeat = Heartbeat::default();
    (0..200).for_each(|beat| heartbeat.record(Duration::from_micros(1_000 + 2 * beat)));
    let mut generator = Generator::default();
    generator.heartbeats.push(heartbeat);
    generator.processor.used = Some(Duration::from_millis(21_012));
    generator.processor.limit = Some(1.5);
    generator.processor.watched = Duration::from_millis(70_042);
    (generator.descriptors.used, generator.descriptors.limit) = (Some(43), Some(1_024));
    (generator.ports.used, generator.ports.limit) = (Some(61), Some(28_232));
    generator.same_machine = vec!["http://localhost:8080".into()];
    generator
}

fn own_metrics(run: &mut TestRun) {
    let query = run.series(SeriesKind::Timer, "query");
    run.many(query, 42, 12_000);
    run.fail(query, FailureKind::UserError, "deadlock detected", 1_204_000);
    for n in 0..200 {
        run.value(SeriesKind::Check, "basket is not empty", Value::Check(n % 50 != 0));
        run.value(SeriesKind::Counter, "items bought", Value::Add(3.0));
        run.value(SeriesKind::Gauge, "queue length", Value::Set(f64::from(n % 17)));
        run.value(SeriesKind::Trend, "basket value", Value::Observe(19.9 + f64::from(n) / 4.0));
    }
}

/// Something of everything, with thresholds of which some were not kept.
pub(crate) fn judged() -> Report {
    let mut report = rich();
    let thresholds = "p99 < 20ms, errors < 1%, rate > 50/s, p95{scenario=buy} < 8ms, errors{route=\"GET /items/{di}\"} < 1%, \
                      p50{trend=basket value} < 60, requests > 10000, p99.999 < 1s";
    report.thresholds = report.judged(&Threshold::parse_all(thresholds).expect("these are thresholds"), None);
    report.thresholds[3].origin = Some("scenario `buy` (src/main.rs:12)".into());
    report.thresholds[3].broken_at = Some(Duration::from_millis(12_300));
    report.gaps.longest.push(Gap {
        from: Duration::from_millis(1_200),
        to: Duration::from_millis(5_000),
        waiting: 5,
        ended_by: GapEnd::Cut,
        unusual: 5,
        together: 5,
        is_overtaken: false,
    });
    report
}

/// All of it was good.
pub(crate) fn sound() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.many(browse, 2_341, 6_400);
    run.many(home, 4_321, 620);
    run.end(Ended::Duration)
}

/// Responses that are sent slowly, but for those of one route.
pub(crate) fn streamed() -> Report {
    let mut run = TestRun::new();
    for (name, first_byte) in [("GET /", 9), ("GET /video", 4)] {
        let series = run.series(SeriesKind::Route, name);
        for n in 0..200 {
            run.sample(series, Outcome::Ok, 10_000 + 10 * n);
            if let Some(Record::Sample(sample)) = run.records.last_mut() {
                sample.written = Duration::from_millis(1);
                sample.first_byte = Some(sample.service * first_byte / 10);
            }
        }
    }
    run.sample(run.series(SeriesKind::Route, "GET /video"), Outcome::Cancelled, 5_000);
    run.end(Ended::Duration)
}

/// A sizing whose service failed at some number of users.
pub(crate) fn sizing() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.wanted = vec![(browse, 1.0)];
    (run.settings.users, run.settings.duration) = (500, None);
    run.settings.ramp_up = Duration::from_secs(300);
    run.many(browse, 2_341, 6_400);
    run.many(home, 4_321, 620);
    for n in 0..49 {
        run.fail(browse, FailureKind::Http5xx, "GET /: 503 Service Unavailable", 9_000 + n);
    }
    let mut report = run.end(Ended::Sized);
    let breach = Breach {
        users: 113,
        confirmed: false,
        objective: "p99 < 200ms".into(),
        measured: Measured::Latency(Duration::from_micros(231_400)),
        window: Duration::from_millis(5_003),
    };
    report.sizing = Some(Sizing {
        objectives: vec!["p99 < 200ms".into(), "errors <= 5%".into()],
        most_users: 500,
        samples: 100,
        outcome: SizingOutcome::Broken { breach: breach.clone() },
        bad: Some(breach),
        trying: None,
        trying_broken: None,
        good: Some(SizingStep {
            users: 96,
            confirmed: false,
            window: Duration::from_millis(5_001),
            iterations: 6_173,
            failed_iterations: 21,
            iteration_rate: Throughput::per_second(1_234.4),
            request_rate: Throughput::per_second(2_468.8),
            p50: Some(Duration::from_micros(6_212)),
            p95: Some(Duration::from_micros(22_345)),
            p99: Some(Duration::from_micros(143_210)),
        }),
    });
    report
}

/// A sizing whose service was too slow from some rate on.
pub(crate) fn capacity() -> Report {
    let mut report = sizing();
    report.sizing = None;
    report.settings.users = 1_000;
    (report.settings.ramp_up, report.settings.load.open) = (Duration::ZERO, true);
    report.settings.load.rate = Some(Rate::per_second(160));
    let step = |rate, broken: Option<&str>, p99| CapacityStep {
        rate,
        broken: broken.map(Into::into),
        generator: None,
        window: Duration::from_millis(10_001),
        scheduled: 2_000,
        iterations: 1_990,
        failed_iterations: 0,
        p50: Some(Duration::from_micros(50_212)),
        p95: Some(Duration::from_micros(50_345)),
        p99: Some(Duration::from_micros(p99)),
    };
    let (good, bad) = (Rate::per_second(160), Rate::per_minute(9_795));
    report.capacity = Some(Capacity {
        objectives: vec!["p99 < 200ms".into(), "errors <= 5%".into()],
        outcome: CapacityOutcome::Found,
        good: Some(good),
        bad: Some(bad),
        trying: None,
        trying_broken: None,
        steps: vec![
            step(good, None, 51_000),
            step(bad, Some("p99 was 231.4 ms (p99 < 200ms)"), 231_400),
            step(good, None, 51_200),
        ],
    });
    report
}

/// Started and stopped before anything came to its end.
pub(crate) fn empty() -> Report {
    TestRun::new().end(Ended::Signal(crate::report::Stop::Interrupt))
}

/// Iterations that make no requests, all of them well.
pub(crate) fn without_requests() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    run.settings.max_runs = Some(1);
    run.settings.duration = None;
    run.settings.ramp_up = Duration::ZERO;
    run.settings.targets.clear();
    run.elapsed = Duration::from_millis(843);
    run.wanted = vec![(browse, 1.0)];
    run.many(browse, 20, 2_100);
    run.end(Ended::Completed)
}

/// Nothing listens on the port.
pub(crate) fn all_failed() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.wanted = vec![(browse, 1.0)];
    for n in 0..200 {
        let message = "connecting to 127.0.0.1:8080: connection refused; is the service started?";
        run.fail(home, FailureKind::ConnectRefused, message, 90 + n);
        run.fail(browse, FailureKind::ConnectRefused, message, 110 + n);
    }
    run.end(Ended::FailFast)
}

/// A set-up failed, so nothing was run.
pub(crate) fn setup_failed() -> Report {
    let mut run = TestRun::new();
    run.elapsed = Duration::ZERO;
    run.settings.debug_build = true;
    run.end(Ended::SetupFailed(
        "global set-up `database` (tests/load.rs:12): cannot connect to postgres://localhost: connection refused"
            .into(),
    ))
}

/// Names and messages that are meant to break the display.
pub(crate) const NASTY: [&str; 6] = [
    "GET /\u{1b}[31m\u{1b}]0;owned\u{7}",
    "one\ntwo\r\nFAILED: forged",
    "GET /日本語/の/とても/長い/パス/日本語/の/とても/長い/パス/日本語/の/とても/長い/パス",
    "a/very/long/name/that/has/no/space/in/it/and/goes/on/and/on/and/on/until/it/is/longer/than/the/screen",
    "\u{202e}gnp.exe\u{2066}",
    "",
];

/// A run of which every name and message is one of these.
pub(crate) fn named(names: &[&str]) -> Report {
    let mut run = TestRun::new();
    for (index, name) in names.iter().enumerate() {
        let scenario = run.series(SeriesKind::Scenario, name);
        let route = run.series(SeriesKind::Route, name);
        run.wanted.push((scenario, 1.0 / names.len() as f64));
        run.many(scenario, 20, 1_000);
        run.many(route, 1_200, 1_000 * (index as u64 + 1));
        run.fail(route, FailureKind::BodyDecode, name, 12_000_000);
        run.value(SeriesKind::Check, name, Value::Check(true));
        run.value(SeriesKind::Counter, name, Value::Add(1e14));
        run.value(SeriesKind::Gauge, name, Value::Set(-1.5));
        run.value(SeriesKind::Trend, name, Value::Observe(1e9));
    }
    run.settings.scenarios = names.iter().map(ToString::to_string).collect();
    run.settings.targets = vec![names.concat()];
    let mut report = run.end(Ended::Stopped(names.concat()));
    report.teardown_failures = names.iter().map(ToString::to_string).collect();
    report.teardown_failure_count = names.len() as u64 + 5;
    report.listener_failures = report.teardown_failures.clone();
    report
}
