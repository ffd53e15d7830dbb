//! The settings of a run, and its totals.

use std::iter;
use std::time::Duration;

use molotov_core::{ClientBuilder, ConnectionPolicy};

use crate::output::escape::{escape, left};
use crate::output::text_style::TextStyle;
use crate::report::{Offered, Report, Settings, Throughput, WarmUp};
use crate::units::{bytes, count, many, rate_over, setting};

/// The width of the labels at the left.
const LABEL: usize = 13;

/// The maximum number of lines of an external text without `-v`.
const LINES: usize = 3;

/// Numbers are never cut.
pub(super) const ALL: usize = usize::MAX;

/// Joins a number and its noun until the lines are broken.
const TOGETHER: &str = "\u{a0}";

/// A fact: its label, its escaped text, and the maximum number of its lines without `-v`.
pub(in crate::output) struct Fact {
    pub(in crate::output) label: &'static str,
    pub(in crate::output) text: String,
    lines: usize,
}

impl Fact {
    fn whole(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: text.into(), lines: ALL }
    }

    /// Creates a fact with an external text of any length.
    fn outside(label: &'static str, text: &str) -> Self {
        Self { label, text: escape(text).into_owned(), lines: LINES }
    }

    fn lines(&self, look: &TextStyle) -> Vec<String> {
        fact(self.label, &self.text, self.lines, look)
    }
}

/// Plan, target, seed, threads, scenarios.
pub(super) fn what_ran(report: &Report, look: &TextStyle) -> String {
    under("What ran", &settings(report), look)
}

/// Renders facts under a heading.
fn under(heading: &str, facts: &[Fact], look: &TextStyle) -> String {
    let mut lines = vec![look.bold(heading)];
    for fact in facts {
        lines.extend(fact.lines(look));
    }
    lines.join("\n")
}

/// The settings of the run, each as a fact.
pub(in crate::output) fn settings(report: &Report) -> Vec<Fact> {
    let settings = &report.settings;
    let mut facts =
        vec![Fact::whole("Plan", plan(report) + &repeated(settings)), Fact::whole("Model", model(report))];
    if !settings.targets.is_empty() {
        facts.push(Fact::outside("Target", &settings.targets.join(", ")));
    }
    if !settings.resolve.is_empty() {
        facts.push(Fact::outside("Resolve", &settings.resolve.join(" ")));
    }
    if settings.dns_ttl != ClientBuilder::DEFAULT_DNS_TTL {
        facts.push(Fact::whole("DNS", dns(settings.dns_ttl)));
    }
    if !settings.labels.is_empty() {
        let labels = settings.labels.iter().map(|(name, value)| format!("{name}={value}"));
        facts.push(Fact::outside("Labels", &labels.collect::<Vec<_>>().join(", ")));
    }
    facts.push(Fact::whole("Sessions", sessions(settings)));
    if !settings.scenarios.is_empty() {
        facts.push(Fact::outside("Scenarios", &settings.scenarios.join(", ")));
    }
    facts.push(Fact::whole("Seed", settings.seed.to_string()));
    if let Some((user, iteration)) = settings.replay {
        facts.push(Fact::whole("Replay", format!("iteration {iteration} of user {user}, and nothing else")));
    }
    facts.push(Fact::whole("Threads", count(settings.threads as u64)));
    facts.push(Fact::whole("Started", humantime::format_rfc3339_seconds(report.started_at).to_string()));
    facts
}

fn repeated(settings: &Settings) -> String {
    settings.repeats.map_or_else(String::new, |runs| {
        format!("; {} one after the other", many(runs.into(), "run", "runs"))
    })
}

/// Returns the load model, and the meaning of its latencies: whether the service could slow the load down.
fn model(report: &Report) -> &'static str {
    match (report.settings.load.open, &report.offered) {
        (true, _) => "open: latencies count from when an iteration was due",
        (false, Some(_)) => "paced: latencies count from when an iteration was due",
        (false, None) => "closed: latencies are service times, stalls are under-sampled",
    }
}

fn plan(report: &Report) -> String {
    let settings = &report.settings;
    if settings.load.open {
        return arrivals_planned(report);
    }
    if settings.load.staged {
        let users = many(settings.users.into(), "user", "users");
        let time = settings.duration.map_or_else(String::new, |time| format!(", for {}", setting(time)));
        return format!("stages of up to {users}{time}{}", paced(settings));
    }
    let most = if report.sizing.is_some() { "up to " } else { "" };
    let mut plan = most.to_owned() + &many(settings.users.into(), "user", "users");
    if !settings.ramp_up.is_zero() {
        plan.push_str(&format!(", started over {}", setting(settings.ramp_up)));
    }
    if let Some(duration) = settings.duration {
        let then = if settings.ramp_up.is_zero() { "" } else { "then " };
        plan.push_str(&format!(", {then}for {}", setting(duration)));
    }
    if let Some(runs) = settings.max_runs {
        let most = if settings.duration.is_some() { "at most " } else { "" };
        plan.push_str(&format!(", {most}{} each", many(runs, "iteration", "iterations")));
    }
    if let Some(runs) = settings.load.shared_runs {
        let most = if settings.duration.is_some() { "at most " } else { "" };
        plan.push_str(&format!(", {most}{} together", many(runs, "iteration", "iterations")));
    }
    if let Some(most) = settings.delay_up_to {
        let (least, most) = (setting(settings.delay), setting(most));
        plan.push_str(&format!(", pausing {least} to {most} after each iteration"));
    } else if !settings.delay.is_zero() {
        plan.push_str(&format!(", pausing {} after each iteration", setting(settings.delay)));
    }
    plan + &paced(settings)
}

fn paced(settings: &Settings) -> String {
    let pacing = settings.load.pacing;
    pacing.map_or_else(String::new, |pacing| format!(", each with one iteration in {}", setting(pacing)))
}

fn arrivals_planned(report: &Report) -> String {
    let settings = &report.settings;
    let load = &settings.load;
    let mut plan = match load.rate {
        Some(rate) if report.capacity.is_some() => format!("arrivals from {rate} on"),
        Some(rate) => format!("arrivals at {rate}"),
        None if load.staged => "arrivals in stages".into(),
        None => "arrivals at the scenarios' own rates".into(),
    };
    plan.push_str(if load.poisson { ", as visitors come (Poisson)" } else { ", at equal distances" });
    if !settings.ramp_up.is_zero() {
        plan.push_str(&format!(", rising over {}", setting(settings.ramp_up)));
    }
    if let Some(duration) = settings.duration {
        let then = if settings.ramp_up.is_zero() { "" } else { "then " };
        plan.push_str(&format!(", {then}for {}", setting(duration)));
    }
    plan + &format!(", served by {}", many(settings.users.into(), "user", "users"))
}

/// Returns the lifetime of sessions and their connections.
fn sessions(settings: &Settings) -> &'static str {
    match (settings.fresh_session, settings.connections) {
        (false, ConnectionPolicy::Iteration) => {
            "one for each user, with fresh connections for each iteration"
        }
        (false, ConnectionPolicy::Request) => "one for each user, with a fresh connection for each request",
        (false, _) => "one for each user, with its connections kept",
        (true, ConnectionPolicy::Request) => "fresh for each iteration, with a connection for each request",
        (true, _) => "fresh for each iteration, with fresh connections",
    }
}

fn dns(ttl: Duration) -> String {
    if ttl.is_zero() {
        "asked for each connection".into()
    } else {
        format!("an answer is used for {}", setting(ttl))
    }
}

/// Iterations, requests, connections, bytes.
pub(super) fn totals(report: &Report, look: &TextStyle) -> String {
    under("Totals", &counts(report), look)
}

/// The totals of the run, each as a fact.
pub(in crate::output) fn counts(report: &Report) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(offered) = &report.offered {
        facts.push(Fact::whole("Due", due(offered, report)));
    }
    facts.push(Fact::whole("Iterations", iterations(report)));
    if report.requests.attempted > 0 {
        facts.push(Fact::whole("Requests", requests(report)));
    }
    if let Some(warm_up) = &report.warm_up {
        facts.push(Fact::whole("Warm-up", apart(warm_up)));
    }
    if report.connections.opened > 0 || report.connections.reused > 0 {
        let reused = many(report.connections.reused, "request", "requests");
        let opened = format!("{} opened, {reused} on a reused one", count(report.connections.opened));
        facts.push(Fact::whole("Connections", opened + &ended_idle(report)));
    }
    if report.bytes_sent > 0 || report.bytes_received > 0 {
        let text = format!("{} sent, {} received", bytes(report.bytes_sent), bytes(report.bytes_received));
        facts.push(Fact::whole("Bytes", text));
    }
    facts
}

/// Connections that failed while they were idle.
fn ended_idle(report: &Report) -> String {
    let faults = [
        (report.connections.stray_bytes, "closed for stray bytes"),
        (report.connections.broken_idle, "broken while idle"),
    ];
    let some = faults.iter().filter(|(n, _)| *n > 0);
    some.map(|(n, what)| format!(", {}", format!("{} {what}", count(*n)).replace(' ', TOGETHER))).collect()
}

/// Returns the part of the totals that was measured separately.
fn apart(warm_up: &WarmUp) -> String {
    let iterations = many(warm_up.iterations.finished(), "iteration", "iterations");
    let requests = many(warm_up.requests.attempted - warm_up.requests.cancelled, "request", "requests");
    format!(
        "of these, {iterations} and {requests} of the first {} are in no latency and no rate",
        setting(warm_up.time)
    )
}

/// Returns the due iterations, and their fate, each also per second of the time in which arrivals were due. Arrivals
/// that wait at the end may make a run longer than that.
fn due(offered: &Offered, report: &Report) -> String {
    let time = report.due_time();
    let mut parts = vec![due_part(report.iterations.started, "started", time)];
    if offered.dropped > 0 {
        parts.push(due_part(offered.dropped, "dropped", time));
    }
    let due = many(offered.scheduled, "iteration", "iterations");
    format!("{due}{}: {}", due_rate(offered.scheduled, time), parts.join(", "))
}

fn due_part(n: u64, what: &str, time: Duration) -> String {
    format!("{} {what}{}", count(n), due_rate(n, time)).replace(' ', TOGETHER)
}

fn due_rate(n: u64, time: Duration) -> String {
    rate_over(Throughput::new(n, time).in_second(), time).map(|rate| format!(" ({rate})")).unwrap_or_default()
}

/// Returns the rate of their ends, if the run was long enough for a rate.
fn ended_at(of: Throughput, report: &Report) -> String {
    rate_over(of.in_second(), report.elapsed).map_or_else(String::new, |rate| format!(", ended at {rate}"))
}

fn iterations(report: &Report) -> String {
    let counts = &report.iterations;
    let parts = [
        (counts.ok, "ok"),
        (counts.failed, "failed"),
        (counts.panicked, "panicked"),
        (counts.cancelled, "cancelled"),
    ];
    format!(
        "{} started{}: {}",
        count(counts.started),
        ended_at(report.steady_iteration_rate(), report),
        sum(&parts)
    )
}

fn requests(report: &Report) -> String {
    let counts = &report.requests;
    let parts = [
        (counts.ok, "ok"),
        (counts.http_error, "with a wrong status"),
        (counts.failed, "without a complete response"),
        (counts.cancelled, "cancelled"),
    ];
    format!(
        "{} attempted{}: {}",
        count(counts.attempted),
        ended_at(report.steady_request_rate(), report),
        sum(&parts)
    )
}

/// The non-zero parts, which add up to the whole.
fn sum(parts: &[(u64, &str)]) -> String {
    let some = parts.iter().enumerate().filter(|(index, (n, _))| *index == 0 || *n > 0);
    let words: Vec<_> =
        some.map(|(_, (n, what))| format!("{} {what}", count(*n)).replace(' ', TOGETHER)).collect();
    words.join(", ")
}

/// A label at the left, and an escaped text beside it.
pub(super) fn fact(label: &str, text: &str, most: usize, look: &TextStyle) -> Vec<String> {
    let lines = look.wrap(text, look.narrow() - LABEL - 2, most);
    let labels = iter::once(label).chain(iter::repeat(""));
    let labeled = labels.zip(&lines).map(|(label, line)| format!("  {}{line}", left(label, LABEL)));
    labeled.map(|line| line.replace(TOGETHER, " ")).collect()
}
