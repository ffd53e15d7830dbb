//! The progress of a run, as lines of text: the pure half of the display.

use std::time::Duration;

use super::escape::{fit, left, name, right, width, wrap};
use super::text;
use crate::report::{ArrivalCounts, RunProgress, Sought, Stopping};
use crate::units::{clock, count, latency, latency_or_none, many, rate};

/// The maximum width of a progress bar, and the minimum below which it is left out.
const BAR: std::ops::RangeInclusive<usize> = 8..=40;

/// The live block: three lines, plus one each for arrivals and a sizing, none wider than `columns`.
pub(super) fn live(snapshot: &RunProgress, columns: usize) -> Vec<String> {
    let rates = [
        ("iterations", rate(snapshot.iterations_per_second), failed(snapshot.failed_iterations)),
        ("requests", rate(snapshot.requests_per_second), failed(snapshot.failed_requests)),
    ];
    let rate_width = rates.iter().map(|(_, rate, _)| width(rate)).max().unwrap_or(0);
    let failed_width = rates.iter().map(|(_, _, failed)| width(failed)).max().unwrap_or(0);
    let mut lines = vec![progress(snapshot, columns)];
    for (name, rate, failed) in rates {
        lines.push(format!(
            "{}  {}  {}",
            left(name, 10),
            right(&rate, rate_width),
            right(&failed, failed_width)
        ));
    }
    for (name, time) in percentiles(snapshot) {
        lines[2].push_str(&format!("  {name} {}", left(&latency_or_none(time), 7)));
    }
    if let Some(arrivals) = &snapshot.arrivals {
        lines.push(format!(
            "{}  {}  {} due, {} dropped at {}, {} started at {}",
            left("arrivals", 10),
            right(&rate(arrivals.scheduled_per_second), rate_width),
            count(arrivals.scheduled),
            count(arrivals.dropped),
            rate(arrivals.dropped_per_second),
            count(arrivals.started),
            rate(arrivals.started_per_second)
        ));
    }
    if let Some(sizing) = &snapshot.sizing {
        let good =
            sizing.rates.map_or_else(|| text::short_sizing(sizing.good.as_ref()), text::short_capacity);
        lines.push(format!("{}  {good}  ({})", left("sizing", 10), sizing.objectives));
    }
    lines.iter().map(|line| fit(line.trim_end(), columns).into_owned()).collect()
}

fn failed(n: u64) -> String {
    format!("{} failed so far", count(n))
}

/// The progress in the lines that stay above the live block: rates and latencies of the latest interval, and the
/// failures so far.
pub(super) fn course(snapshot: &RunProgress, columns: usize) -> Vec<String> {
    let mut parts = vec![users(snapshot)];
    parts.extend(
        snapshot.arrivals.iter().map(|arrivals| format!("{} due", rate(arrivals.scheduled_per_second))),
    );
    parts.push(format!("iterations {}", rate(snapshot.iterations_per_second)));
    if snapshot.requests_per_second > 0.0 {
        parts.push(format!("requests {}", rate(snapshot.requests_per_second)));
        let times = percentiles(snapshot).map(|(name, time)| format!("{name} {}", latency_or_none(time)));
        parts.push(times.join(", "));
    }
    if let Some((route, median)) = &snapshot.detail.slowest {
        parts.push(format!("slowest {} (p50 {})", name(route), latency(*median)));
    }
    parts.push(failures(snapshot));
    parts.insert(0, clock(snapshot.elapsed));
    wrap(&parts.join(", "), columns)
}

/// The failures so far by kind, most frequent first.
fn failures(snapshot: &RunProgress) -> String {
    let mut kinds: Vec<_> = snapshot.detail.failures.iter().collect();
    kinds.sort_by_key(|(_, many)| std::cmp::Reverse(**many));
    let kinds: Vec<_> = kinds.iter().map(|(kind, many)| format!("{} × {kind}", count(**many))).collect();
    if kinds.is_empty() { "none failed".into() } else { format!("failed: {}", kinds.join(", ")) }
}

/// Time, bar, iterations if their number is planned, users.
fn progress(snapshot: &RunProgress, columns: usize) -> String {
    let mut start = clock(snapshot.elapsed);
    if let Some(total) = snapshot.total {
        start.push_str(&format!(" / {}", clock(total)));
    }
    let mut end = String::new();
    if let Some(planned) = snapshot.planned {
        end.push_str(&format!("  {}/{} iterations", count(snapshot.iterations), count(planned)));
    }
    end.push_str(&format!("  {}", users(snapshot)));
    let Some(done) = done(snapshot) else { return start + &end };
    let end = format!(" {:>3}%{end}", (done * 100.0) as u64);
    let room = columns.saturating_sub(width(&start) + 2 + width(&end)).min(*BAR.end());
    if room < *BAR.start() { format!("{start} {end}") } else { format!("{start}  {}{end}", bar(done, room)) }
}

/// The completed share, from 0 to 1, if it is known: of the time or of the iterations, the greater.
fn done(snapshot: &RunProgress) -> Option<f64> {
    let of_time = snapshot.total.map(|total| share(snapshot.elapsed.as_secs_f64(), total.as_secs_f64()));
    let of_iterations = snapshot.planned.map(|planned| share(snapshot.iterations as f64, planned as f64));
    match (of_time, of_iterations) {
        (Some(time), Some(iterations)) => Some(time.max(iterations)),
        (time, iterations) => time.or(iterations),
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 1.0 }
}

fn bar(done: f64, columns: usize) -> String {
    let room = columns - 2;
    let full = (done * room as f64) as usize;
    // Plain characters: in some terminals blocks and dots are two columns wide.
    let tip = if full < room { ">" } else { "" };
    format!("[{}{tip}{}]", "=".repeat(full), " ".repeat(room - full - tip.len()))
}

fn users(snapshot: &RunProgress) -> String {
    let users = u64::from(snapshot.users);
    if let Some(stopping) = &snapshot.stopping {
        return stop(stopping, users);
    }
    if snapshot.users == snapshot.wanted_users {
        return many(users, "user", "users");
    }
    format!("{} of {}", count(users), many(snapshot.wanted_users.into(), "user", "users"))
}

/// Returns the reason why the end of the run waits, the time that is left, and the way to hurry it.
pub(super) fn stop(stopping: &Stopping, users: u64) -> String {
    // Rounded up, so that it is not zero before the end.
    let within = clock(Duration::from_secs(stopping.within.as_millis().div_ceil(1000) as u64));
    let again = if stopping.by_signal { " again" } else { "" };
    if stopping.is_cut {
        return format!("stopping: tear-downs may take {within}, Ctrl-C{again} skips them");
    }
    let (have, them) = if users == 1 { ("has", "it") } else { ("have", "them") };
    format!("stopping: {} {have} {within} to finish, Ctrl-C{again} cuts {them}", many(users, "user", "users"))
}

fn percentiles(snapshot: &RunProgress) -> [(&'static str, Option<Duration>); 3] {
    [("p50", snapshot.p50), ("p95", snapshot.p95), ("p99", snapshot.p99)]
}

/// One plain line, whose words and order are stable: for logs, `grep` and `awk`.
pub(super) fn plain(snapshot: &RunProgress) -> String {
    let mut line = format!("{}s", (snapshot.elapsed.as_secs_f64() * 10.0).round() / 10.0);
    if let Some(total) = snapshot.total {
        line.push_str(&format!("/{}s", total.as_secs()));
    }
    line.push_str(&format!(" users={} it={}", snapshot.users, snapshot.iterations));
    if let Some(planned) = snapshot.planned {
        line.push_str(&format!("/{planned}"));
    }
    line.push_str(&format!(
        " it/s={} it_failed={} req/s={} req_failed={}",
        bare_rate(snapshot.iterations_per_second),
        snapshot.failed_iterations,
        bare_rate(snapshot.requests_per_second),
        snapshot.failed_requests,
    ));
    for (name, time) in percentiles(snapshot) {
        let time = time.map_or_else(|| "-".into(), |time| latency(time).replace(' ', ""));
        line.push_str(&format!(" {name}={time}"));
    }
    line.extend(snapshot.arrivals.as_ref().map(plain_arrivals));
    line.extend(snapshot.sizing.as_ref().map(plain_sizing));
    if let Some(stopping) = &snapshot.stopping {
        line.push_str(&format!(" stopping left={}s", stopping.within.as_millis().div_ceil(1000)));
    }
    line
}

fn plain_arrivals(arrivals: &ArrivalCounts) -> String {
    format!(
        " due={} due/s={} started={} started/s={} dropped={} dropped/s={}",
        arrivals.scheduled,
        bare_rate(arrivals.scheduled_per_second),
        arrivals.started,
        bare_rate(arrivals.started_per_second),
        arrivals.dropped,
        bare_rate(arrivals.dropped_per_second)
    )
}

fn plain_sizing(sizing: &Sought) -> String {
    match (&sizing.good, sizing.rates) {
        (_, Some((rate, good))) => {
            let good = good.map_or_else(|| "-".into(), |rate| bare_rate(rate.in_a_second()));
            format!(" trying/s={} good/s={good}", bare_rate(rate.in_a_second()))
        }
        (None, None) => " good_users=-".into(),
        (Some(good), None) => format!(
            " good_users={} good_it/s={} good_req/s={}",
            good.users,
            bare_rate(good.iteration_rate.in_second()),
            bare_rate(good.request_rate.in_second())
        ),
    }
}

/// Without separators, so that a program can read it.
fn bare_rate(per_second: f64) -> String {
    format!("{per_second:.1}")
}

#[cfg(test)]
mod tests;
