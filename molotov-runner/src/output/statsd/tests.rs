//! The datagrams that arrive at a server, for records of all kinds.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::SystemTime;

use molotov_core::{FailureKind, Outcome, Recorder, Sample, SeriesId, SeriesKind, Value};

use super::datagrams::MAX_BYTES;
use super::*;
use crate::report::test_reports::empty;

/// A run with handmade records, and a socket that receives its datagrams.
struct Bench {
    recorder: Arc<Recorder>,
    facts: RunFacts,
    statsd: Statsd,
    socket: UdpSocket,
}

impl Bench {
    fn new(format: Format) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let address = format!("udp://{}", socket.local_addr().unwrap()).parse().unwrap();
        let mut statsd = Statsd::new(&address, format, |why| panic!("{why}")).unwrap();
        statsd.lines.set_host("me");
        let recorder = Arc::new(Recorder::new(1, |_| {}));
        let target = Some("http://shop.example:8080".to_owned());
        let facts = RunFacts::new(Arc::clone(&recorder), SystemTime::UNIX_EPOCH, target);
        Self { recorder, facts, statsd, socket }
    }

    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        self.recorder.series(kind, name)
    }

    fn request(&mut self, name: &str, outcome: Outcome, status: u16) {
        let series = self.series(SeriesKind::Route, name);
        let time = Duration::from_micros(12_345);
        let mut sample = Sample::new(series, outcome, Duration::ZERO, time);
        sample.status = status;
        self.statsd.record(&Record::Sample(sample), &mut self.facts).unwrap();
    }

    fn iteration(&mut self, kind: SeriesKind, name: &str, outcome: Outcome) {
        let series = self.series(kind, name);
        let sample = Sample::new(series, outcome, Duration::ZERO, Duration::from_millis(7));
        self.statsd.record(&Record::Sample(sample), &mut self.facts).unwrap();
    }

    fn value(&mut self, kind: SeriesKind, name: &str, value: Value) {
        let series = self.series(kind, name);
        self.statsd.record(&Record::Value(series, value), &mut self.facts).unwrap();
    }

    fn datagram(&self) -> String {
        let mut bytes = [0; 65_536];
        let length = self.socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    /// Sends one record of each kind.
    fn everything(&mut self) -> String {
        self.request("GET /items/{id}", Outcome::Ok, 200);
        self.request("GET http://other.example/a{b}?", Outcome::Failed(FailureKind::Http5xx), 503);
        self.request("POST /buy", Outcome::Failed(FailureKind::ConnectRefused), 0);
        self.request("POST /buy", Outcome::Cancelled, 0);
        self.request("(other)", Outcome::Ok, 204);
        self.iteration(SeriesKind::Scenario, "buy, then leave", Outcome::Ok);
        self.iteration(SeriesKind::Scenario, "buy, then leave", Outcome::Failed(FailureKind::UserError));
        self.iteration(SeriesKind::Scenario, "buy, then leave", Outcome::Cancelled);
        self.iteration(SeriesKind::Timer, "query", Outcome::Ok);
        self.iteration(SeriesKind::Timer, "query", Outcome::Cancelled);
        self.value(SeriesKind::Counter, "items bought", Value::Add(3.0));
        self.value(SeriesKind::Gauge, "queue", Value::Set(1.5));
        self.value(SeriesKind::Gauge, "balance", Value::Set(-2.0));
        self.value(SeriesKind::Trend, "basket|value", Value::Observe(19.9));
        self.value(SeriesKind::Trend, "basket|value", Value::Observe(f64::NAN));
        self.value(SeriesKind::Check, "in stock", Value::Check(false));
        self.statsd.users(Duration::ZERO, 20, &mut self.facts).unwrap();
        self.statsd.arrivals(ArrivalTotals { due: 50, started: 47, dropped: 2 }).unwrap();
        self.statsd.arrivals(ArrivalTotals { due: 60, started: 58, dropped: 2 }).unwrap();
        self.statsd.flush().unwrap();
        self.datagram()
    }
}

#[test]
fn metrics_with_tags() {
    insta::assert_snapshot!(Bench::new(Format::Dogstatsd).everything());
}

#[test]
fn metrics_with_plain_names() {
    insta::assert_snapshot!(Bench::new(Format::Plain).everything());
}

#[test]
fn phases_of_requests_are_sent_where_there_is_a_response() {
    for (format, expected) in [
        (
            Format::Dogstatsd,
            ["molotov.request.waiting:12|ms|#method:GET", "molotov.request.receiving:0.345|ms|#method:GET"],
        ),
        (Format::Plain, ["molotov.me.GET.shop.example./.waiting:12|ms", "./.receiving:0.345|ms"]),
    ] {
        let mut bench = Bench::new(format);
        let series = bench.series(SeriesKind::Route, "GET /");
        for outcome in [Outcome::Ok, Outcome::Cancelled] {
            let mut sample = Sample::new(series, outcome, Duration::ZERO, Duration::from_micros(13_345));
            sample.written = Duration::from_millis(1);
            sample.first_byte = Some(Duration::from_millis(13));
            sample.status = 200;
            bench.statsd.record(&Record::Sample(sample), &mut bench.facts).unwrap();
        }
        bench.statsd.flush().unwrap();

        let sent = bench.datagram();

        for metric in expected {
            assert_eq!(sent.matches(metric).count(), 1, "{metric}: {sent}");
        }
    }
}

#[test]
fn records_beyond_the_protocol_are_counted_as_dropped() {
    let mut bench = Bench::new(Format::Dogstatsd);
    bench.everything();

    bench.statsd.finish(&empty()).unwrap();
    let warnings = bench.statsd.warnings();

    assert!(warnings[0].starts_with("statsd: 1 of 25 metrics were dropped"), "{warnings:?}");
}

#[test]
fn datagrams_hold_many_metrics_but_no_more_than_a_packet_does() {
    let mut bench = Bench::new(Format::Dogstatsd);
    let long = format!("GET /{}", "x".repeat(5_000));

    for _ in 0..100 {
        bench.request("GET /", Outcome::Ok, 200);
        bench.request(&long, Outcome::Ok, 200);
    }
    bench.statsd.finish(&empty()).unwrap();
    assert_eq!(bench.statsd.warnings(), Vec::<String>::new());

    let (mut lines, mut datagrams) = (0, 0);
    while lines < 400 {
        let datagram = bench.datagram();
        assert!(datagram.len() <= MAX_BYTES && !datagram.ends_with('\n'), "{datagram}");
        assert!(
            datagram
                .lines()
                .all(|line| line.starts_with("molotov.request.") && line.contains("|#method:GET,"))
        );
        lines += datagram.lines().count();
        datagrams += 1;
    }
    assert!(lines == 400 && datagrams < 100, "{lines} lines in {datagrams} datagrams");
}

#[test]
fn users_are_sent_when_they_change_and_each_second() {
    let mut bench = Bench::new(Format::Dogstatsd);

    for (ms, users) in [(0, 1), (100, 1), (200, 2), (1_100, 2), (1_200, 2), (1_300, 0)] {
        bench.statsd.users(Duration::from_millis(ms), users, &mut bench.facts).unwrap();
    }
    bench.statsd.flush().unwrap();

    let sent: Vec<_> = bench.datagram().lines().map(str::to_owned).collect();
    assert_eq!(sent, ["molotov.users:1|g", "molotov.users:2|g", "molotov.users:2|g", "molotov.users:0|g"]);
}
