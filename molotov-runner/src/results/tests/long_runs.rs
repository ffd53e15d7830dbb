//! The file of a long run is not much longer than that of an hour, and is read back completely.

use std::time::Duration;

use molotov_core::Latencies;

use super::*;
use crate::output::results::TestFile;
use crate::report::{Snapshot, Window};

const HOUR: u64 = 3_600;

/// The number of sampled seconds of an hour.
const SAMPLE: u64 = 600;

/// A run with a hundred requests in each second.
struct LongRun {
    snapshot: Snapshot,
    second: u64,
}

impl LongRun {
    fn new() -> Self {
        let mut report = test_reports::sound();
        report.windows.clear();
        report.routes[0].ok = Latencies::default();
        Self { snapshot: Snapshot::new(Duration::ZERO, Vec::new(), report), second: 0 }
    }

    fn add_second(&mut self) {
        let report = &mut self.snapshot.report;
        let mut window = Window::default();
        (window.start, window.length) = (Duration::from_secs(self.second), Duration::from_secs(1));
        let mut latencies = Latencies::default();
        for n in 0..100 {
            let latency = Duration::from_micros(1_000 + (self.second * 7_919 + n * 104_729) % 5_000);
            latencies.record(latency);
            report.routes[0].ok.record(latency);
        }
        (window.requests, window.latency) = (100, (&latencies).into());
        report.requests.attempted += 100;
        report.requests.ok += 100;
        self.second += 1;
        report.elapsed = Duration::from_secs(self.second);
        self.snapshot.windows = vec![window];
    }
}

/// Ten minutes of each kind of hour represent all of them.
#[test]
fn file_of_a_day_is_at_most_six_times_as_long_as_that_of_an_hour() {
    let (mut run, mut file) = (LongRun::new(), TestFile::new());
    let mut of_hours = Vec::new();
    for (first, hours) in [(0, 1), (1, 1), (2, 2), (4, 4), (8, 8), (16, 8)] {
        let before = file.text.len();
        run.second = first * HOUR;
        for _ in 0..SAMPLE {
            run.add_second();
            file.add(&run.snapshot);
        }
        of_hours.push((file.text.len() - before) * hours * (HOUR / SAMPLE) as usize);
    }

    let (of_hour, of_day) = (of_hours[0], of_hours.iter().sum::<usize>());
    assert!(of_day <= of_hour * 6, "{of_hour} bytes in an hour, {of_day} in a day");
    let report = read(file.text.as_bytes()).unwrap().report;
    assert_eq!(report.elapsed, Duration::from_secs(16 * HOUR + SAMPLE / 32 * 32));
    let kept = report.windows.iter().map(|window| window.requests).sum::<u64>();
    let all = 100 * (5 * SAMPLE + SAMPLE / 32 * 32);
    assert_eq!((kept, report.routes[0].ok.count()), (all, all));
}
