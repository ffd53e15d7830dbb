//! The report of a plan that was executed several times, one run after another.

use std::time::Duration;

use crate::plan::LoadSettings;
use crate::report::mergeable::Merge;
use crate::report::windows::{MAX_WINDOWS, in_groups};
use crate::report::{Processor, Report, Settings, Steady, Window};

impl Report {
    /// Merges this run and a later one of the same plan: counts and latencies add up as in [`Report::merge`], and so do
    /// the times on which rates are based. The users, and the due rate, are those of one run. The course of the later
    /// run follows that of this one, from a whole second on.
    #[must_use]
    #[inline]
    pub(crate) fn repeated_by(mut self, mut later: Self) -> Self {
        let thresholds = [self.thresholds.clone(), later.thresholds.clone()];
        let settings = settings(&self.settings, &later.settings);
        let elapsed = self.elapsed + later.elapsed;
        let steady = self.steady.clone().zip(later.steady.clone()).map(|(one, other)| steady(one, other));
        let warm_up =
            [&self, &later].map(|run| run.warm_up.as_ref().map_or(Duration::ZERO, |part| part.time));
        let processor = processor(self.generator.processor, later.generator.processor);
        later.shift(self.end_of_course());
        join_rest(&mut self.windows);
        let mut report = Self::sum(self, later);
        (report.settings, report.elapsed, report.steady) = (settings, elapsed, steady);
        report.warm_up.iter_mut().for_each(|part| part.time = warm_up.iter().sum());
        report.generator.processor = processor;
        report.shards.dedup();
        while report.windows.len() > MAX_WINDOWS {
            report.windows = in_groups(&report.windows, 2);
        }
        report.judged_anew(&thresholds)
    }

    /// The end of the run and of its windows, in whole seconds, and of a long run in whole windows.
    #[inline]
    fn end_of_course(&self) -> u64 {
        let windows = self.windows.iter();
        let unit =
            windows.map(|window| window.length.as_secs()).max().unwrap_or(1).max(1).next_power_of_two();
        let end = self.windows.last().map_or(Duration::ZERO, |window| window.start + window.length);
        let seconds = end.max(self.elapsed).as_millis().div_ceil(1_000) as u64;
        seconds.next_multiple_of(unit)
    }

    /// Moves all parts with a time by this number of seconds.
    #[inline]
    fn shift(&mut self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.windows.iter_mut().for_each(|window| window.start += by);
        self.failures.iter_mut().for_each(|group| group.seen = (group.seen.0 + by, group.seen.1 + by));
        self.gaps.shift(by);
        let rows = self.scenarios.iter_mut().chain(&mut self.routes).chain(&mut self.timers);
        rows.for_each(|row| row.course = row.course.shifted(seconds));
        let broken = self.thresholds.iter_mut().filter_map(|result| result.broken_at.as_mut());
        broken.for_each(|at| *at += by);
    }
}

/// Merges a short rest after the load, with the ends of the last iterations, into the window before it.
#[inline]
fn join_rest(windows: &mut Vec<Window>) {
    let is_rest = matches!(windows.as_slice(), [.., last, rest] if rest.length * 2 < last.length);
    let Some(rest) = windows.pop_if(|_| is_rest) else { return };
    if let Some(last) = windows.last_mut() {
        let users = last.users;
        last.append(&rest);
        last.users = users;
    }
}

/// The settings of both runs: those of one run, and the number of runs.
#[inline]
fn settings(one: &Settings, other: &Settings) -> Settings {
    let both = one.clone().merge(other.clone());
    let runs = [one, other].map(|settings| settings.repeats.unwrap_or(1));
    Settings {
        users: one.users.max(other.users),
        threads: one.threads.max(other.threads),
        load: LoadSettings { rate: one.load.rate, shared_runs: one.load.shared_runs, ..both.load },
        repeats: Some(runs[0].saturating_add(runs[1])),
        ..both
    }
}

#[inline]
fn steady(one: Steady, other: Steady) -> Steady {
    let (from, time) = (one.from.min(other.from), one.time + other.time);
    Steady { from, time, ..one.merge(other) }
}

#[inline]
fn processor(one: Processor, other: Processor) -> Processor {
    Processor {
        used: one.used.zip(other.used).map(|(one, other)| one + other),
        limit: one.limit.zip(other.limit).map(|(one, other)| one.max(other)),
        watched: one.watched + other.watched,
        busy: one.busy + other.busy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_reports;

    #[test]
    fn rates_of_repeats_are_those_of_one_run() {
        for report in [test_reports::due(), test_reports::large(), test_reports::sound()] {
            let twice = report.clone().repeated_by(report.clone());
            let thrice = twice.clone().repeated_by(report.clone());

            assert_eq!(thrice.requests.attempted, 3 * report.requests.attempted);
            assert_eq!(thrice.latency.percentile(99.0), report.latency.percentile(99.0));
            assert_eq!((thrice.settings.users, thrice.settings.repeats), (report.settings.users, Some(3)));
            assert_eq!(thrice.settings.load.rate, report.settings.load.rate);
            assert_eq!(thrice.elapsed, 3 * report.elapsed);
            let rates = |run: &Report| {
                [
                    run.request_rate(),
                    run.iteration_rate(),
                    run.steady_request_rate(),
                    run.rate_of(&run.routes[0]),
                ]
                .map(|rate| (rate.in_second() * 1e3).round())
            };
            assert_eq!(rates(&thrice), rates(&report));
            assert_eq!(thrice.due_time(), 3 * report.due_time());
        }
    }

    #[test]
    fn course_of_a_repeat_follows_that_of_the_run_before() {
        let report = test_reports::short();

        let twice = report.clone().repeated_by(report.clone());

        let starts: Vec<_> = twice.windows.iter().map(|window| window.start.as_secs()).collect();
        assert_eq!(starts, [0, 1, 3, 4]);
        let ended = |run: &Report| run.windows.iter().map(|window| window.requests).sum::<u64>();
        assert_eq!(ended(&twice), 2 * ended(&report));
        let counts: Vec<_> = twice.routes[0].course.points().iter().map(|point| point.count).collect();
        assert_eq!(counts, [200, 200, 0, 200, 200]);
        assert!(twice.findings().is_empty(), "{:?}", twice.findings());
    }

    #[test]
    fn rest_of_a_run_lowers_no_rate_of_arrivals_of_its_repeats() {
        let mut report = test_reports::short();
        report.windows.iter_mut().for_each(|window| (window.users, window.scheduled) = (20, 50));
        let mut rest = Window { start: Duration::from_secs(2), ..Window::default() };
        (rest.length, rest.iterations) = (Duration::from_millis(3), 1);
        report.windows.push(rest);

        let twice = report.clone().repeated_by(report);

        let course = twice.course(20);
        let starts: Vec<_> = course.iter().map(|window| (window.start.as_secs(), window.users)).collect();
        let due: Vec<_> = course.iter().filter_map(|window| twice.due_rate_in(window)).collect();
        assert_eq!(starts, [(0, 20), (1, 20), (3, 20), (4, 20)]);
        assert_eq!(due, [50.0; 4]);
    }

    #[test]
    fn course_of_many_repeats_is_bounded() {
        let report = test_reports::large();
        let all = (0..3).fold(report.clone(), |all, _| all.repeated_by(report.clone()));

        assert!(all.windows.len() <= MAX_WINDOWS, "{}", all.windows.len());
        assert_eq!(
            all.windows.iter().map(|window| window.requests).sum::<u64>(),
            4 * report.windows.iter().map(|window| window.requests).sum::<u64>()
        );
    }
}
