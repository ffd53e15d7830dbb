//! A run that is built record by record.

use std::time::{Duration, SystemTime};

use molotov_core::{
    ConnectionPolicy, FailureKind, FailureNote, Iteration, Outcome, Record, Recorder, Sample, SeriesId,
    SeriesKind, UserId, Value,
};

use crate::report::{Aggregator, Ended, LoadSettings, Offered, Report, Settings, Totals};

/// A run that is built record by record.
pub(crate) struct TestRun {
    recorder: Recorder,
    pub(super) records: Vec<Record>,
    pub(crate) settings: Settings,
    pub(crate) elapsed: Duration,
    pub(crate) wanted: Vec<(SeriesId, f64)>,
    pub(crate) offered: Option<Offered>,
    /// The start of the steady load, if there was one.
    pub(crate) steady: Option<Duration>,
}

impl TestRun {
    pub(crate) fn new() -> Self {
        Self {
            recorder: Recorder::new(1, |_| {}),
            records: Vec::new(),
            settings: settings(),
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
        let mut sample = Sample::new(series, outcome, Duration::ZERO, Duration::from_micros(micros));
        sample.sent = if sent { 120 } else { 0 };
        sample.received = if status == 200 && request { 2_900 } else { 0 };
        sample.status = if request { status } else { 0 };
        sample.reused = sent && micros % 1_000 > 2;
        sample.resent = sent && micros.is_multiple_of(4_999);
        self.records.push(Record::Sample(sample));
    }

    /// A good attempt that started late.
    pub(crate) fn late(&mut self, series: SeriesId, micros: u64, late: Duration) {
        self.sample(series, Outcome::Ok, micros);
        if let Some(Record::Sample(sample)) = self.records.last_mut() {
            let due = Duration::from_secs(5) + Duration::from_millis(micros);
            sample.due = Some(due);
            sample.start = due + late;
        }
    }

    /// Many good attempts, from fast to slow.
    pub(crate) fn many(&mut self, series: SeriesId, count: u64, fastest: u64) {
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

    pub(crate) fn note(&mut self, series: SeriesId, kind: FailureKind, message: &str) {
        let at = Duration::from_millis(1_200 + 40 * (self.records.len() as u64 % 1_000));
        let mut note = FailureNote::new(series, kind, message.to_owned(), at);
        (note.user, note.iteration) = (UserId(3), Iteration(self.records.len() as u64 % 97));
        note.excerpt = kind.is_http().then(|| r#"{"error":"pool exhausted","token":"***"}"#.to_owned());
        self.records.push(Record::Failure(Box::new(note)));
    }

    pub(crate) fn value(&mut self, kind: SeriesKind, name: &str, value: Value) {
        let series = self.series(kind, name);
        self.records.push(Record::Value(series, value));
    }

    pub(crate) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    pub(crate) fn finish(mut self, ended: Ended) -> Report {
        let mut aggregator = Aggregator::default();
        aggregator.keep_apart(self.settings.load.warm_up);
        if let Some(after) = self.steady {
            aggregator.steady_after(after, self.settings.duration);
        }
        aggregator.start_load(Duration::ZERO);
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
            ..from_totals(totals, self.elapsed)
        }
    }
}

/// A report of these totals, without any other results.
pub(crate) fn from_totals(totals: Totals, elapsed: Duration) -> Report {
    Report {
        started_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_678),
        elapsed,
        ended: Ended::Duration,
        ..Report::from_totals(totals)
    }
}

fn settings() -> Settings {
    Settings {
        shard: None,
        users: 20,
        threads: 2,
        ramp_up: Duration::from_secs(10),
        duration: Some(Duration::from_secs(60)),
        max_runs: None,
        delay: Duration::from_millis(500),
        delay_up_to: None,
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
        repeats: None,
        labels: std::collections::BTreeMap::new(),
    }
}
