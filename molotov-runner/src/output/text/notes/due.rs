//! The start of latencies, and late arrivals.

use std::time::Duration;

use molotov_core::Latencies;

use crate::output::escape::name;
use crate::report::{Offered, Report, SeriesRow};
use crate::units::{latency, many, setting};

/// The maximum number of rows in the note on latencies that differ from service times.
const MOST: usize = 10;

/// The difference between a latency and its service time from which on it is noted, in percent of the latter.
const APART: u128 = 10;

/// The minimum difference: timers and threads alone may cause less, also for a fast service.
const LEAST_APART: Duration = Duration::from_millis(1);

/// The percentiles that are compared.
const PERCENTILES: [f64; 4] = [99.0, 95.0, 90.0, 50.0];

/// The notes; none without due times.
pub(super) fn notes(report: &Report) -> Vec<String> {
    report.offered.as_ref().map(|offered| of_due(offered, report)).unwrap_or_default()
}

fn of_due(offered: &Offered, report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let load = &report.settings.load;
    if offered.dropped > 0 {
        let dropped = many(offered.dropped, "iteration that was due was", "iterations that were due were");
        notes.push(format!(
            "{dropped} dropped: later than {}, or not begun when the run ended. The service was offered less than \
             planned.",
            setting(load.max_late)
        ));
    }
    let rows = report.scenarios.iter().chain(&report.routes);
    let apart: Vec<_> = rows.filter_map(apart).take(MOST).collect();
    // If nothing was dropped or late because of it, a wait changed nothing.
    if offered.waited > 0 && (offered.dropped > 0 || !apart.is_empty()) {
        let waited = many(offered.waited, "arrival", "arrivals");
        notes.push(format!(
            "{waited} found all users busy and waited: where the service is fast enough, more users (--users) serve more \
             at once."
        ));
    }
    notes.extend(apart);
    notes
}

/// A note that a row's latencies differ from its service times; for successes, or else for failures.
fn apart(row: &SeriesRow) -> Option<String> {
    let service = row.service.as_ref()?;
    let (what, (percent, due, served)) =
        [("", &row.ok, &service.ok), (" of what failed", &row.failed, &service.failed)]
            .into_iter()
            .find_map(|(what, due, served)| Some((what, farther(due, served)?)))?;
    Some(format!(
        "{}: p{percent}{what} is {} from when it was due, and {} from when it began. In between iterations waited, for a \
         user that was not busy or for the load generator.",
        name(&row.name),
        latency(due),
        latency(served)
    ))
}

/// The percentile at which latencies differ too much from service times: p99, or else a lower one; and both values.
fn farther(due: &Latencies, service: &Latencies) -> Option<(f64, Duration, Duration)> {
    PERCENTILES.into_iter().find_map(|percent| {
        let (due, served) = (due.percentile(percent)?, service.percentile(percent)?);
        let is_apart = due.as_nanos() * 100 > served.as_nanos() * (100 + APART)
            && due.saturating_sub(served) >= LEAST_APART;
        is_apart.then_some((percent, due, served))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_apart_by_a_tenth_and_a_millisecond() {
        let times = |micros: u64| {
            let mut times = Latencies::default();
            (0..100).for_each(|_| times.record(Duration::from_micros(micros)));
            times
        };

        assert_eq!(farther(&times(11_000), &times(10_000)), None);
        let (percent, due, served) = farther(&times(11_100), &times(10_000)).unwrap();
        assert_eq!((percent as u8, due.as_millis(), served.as_millis()), (99, 11, 10));
        // A multiple of the service time, and noise.
        for (due, served) in [(710, 537), (1_090, 100)] {
            assert_eq!(farther(&times(due), &times(served)), None, "{due} {served}");
        }
        assert!(farther(&times(1_210), &times(200)).is_some());
    }
}
