//! The time axis of all charts.

use std::time::Duration;

/// The maximum number of ticks.
const MOST_TICKS: f64 = 6.0;

/// Distances of ticks, in seconds.
const DISTANCES: [f64; 25] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0,
    300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0,
];

const DAY: f64 = 86_400.0;

/// From the start of the first user to the end.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct TimeAxis {
    end: Duration,
}

impl TimeAxis {
    pub(in super::super) fn until(end: Duration) -> Self {
        Self { end: end.max(Duration::from_millis(1)) }
    }

    /// The place of a time, from 0 to 1.
    pub(in super::super) fn share(&self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.end.as_secs_f64()).min(1.0)
    }

    /// The ticks, each with its text.
    pub(in super::super) fn ticks(&self) -> Vec<(Duration, String)> {
        let least = self.end.as_secs_f64() / MOST_TICKS;
        let fitting = DISTANCES.into_iter().find(|distance| *distance >= least);
        let distance = fitting.unwrap_or_else(|| (least / DAY).ceil() * DAY);
        let count = (self.end.as_secs_f64() / distance + 1e-9) as u32;
        let ticks = (0..=count).map(|n| Duration::from_secs_f64(distance * f64::from(n)));
        ticks.map(|at| (at, label(at, self.end))).collect()
    }
}

/// A time in the notation of a clock, in a run of this length.
fn label(at: Duration, end: Duration) -> String {
    let seconds = at.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match end.as_secs() {
        0..60 => format!("{} s", (at.as_secs_f64() * 1e3).round() / 1e3),
        60..3_600 => format!("{}:{:02}", minutes, seconds % 60),
        _ => format!("{hours}h{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(millis: u64) -> Vec<String> {
        TimeAxis::until(Duration::from_millis(millis)).ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_times() {
        assert_eq!(labels(843), ["0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s"]);
        assert_eq!(labels(2_000), ["0 s", "0.5 s", "1 s", "1.5 s", "2 s"]);
        assert_eq!(labels(70_042), ["0:00", "0:20", "0:40", "1:00"]);
        assert_eq!(labels(630_000), ["0:00", "2:00", "4:00", "6:00", "8:00", "10:00"]);
        assert_eq!(labels(90 * 60_000), ["0h00", "0h20", "0h40", "1h00", "1h20"]);
    }

    #[test]
    fn ticks_are_few_in_any_run() {
        for seconds in [1, 59, 60, 61, 3_599, 86_400, 40 * 86_400] {
            assert!(
                (2..=8).contains(&labels(seconds * 1_000).len()),
                "{seconds}: {:?}",
                labels(seconds * 1_000)
            );
        }
    }
}
