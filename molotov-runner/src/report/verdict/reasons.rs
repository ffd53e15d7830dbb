//! From figures to reasons. All bounds are here, with their reasons.

use std::time::Duration;

use molotov_core::{FailureKind, Latencies, Shard};

use super::{Reason, ReasonKind, Verdict};
use crate::quantity::Share;
use crate::report::generator::{Generator, Heartbeat, Limited};
use crate::report::threshold::ThresholdOutcome;
use crate::report::{self, Report, SeriesRow};

/// The share from which on figures are affected: of the time in which a thread was late (20 ms) or stopped (1 s), and
/// of dropped arrivals. The 99th percentile, the most used one, may then show the load generator itself.
const SHARE: f64 = 0.01;

/// The minimum number of late beats: fewer may be a single hiccup in a short run.
const LATE_BEATS: u64 = 3;

/// The minimum number of beats with a stopped thread, which are half a second: the thread stood still for 1.5 s at
/// least. A busy machine does not do that to a running program; SIGSTOP, swapping and a stolen virtual machine do.
const STOPPED_BEATS: u64 = 10;

/// The share of a measured latency below which a delay hardly changes it. From this share on, the report also contains
/// the difference between latencies from due time and service times.
const OF_LATENCY: f64 = 0.1;

/// The length of a standstill that determines the longest latencies of the thread's users, however long the run was.
const STALL: Duration = Duration::from_millis(200);

/// The 99th percentile of the start lag from which on it is suspect: a hundred times the goal on an idle machine.
const START_LAG: Duration = Duration::from_millis(10);

/// The start lag from which on a run is invalid, as with threads.
const START_LAG_GRAVE: Duration = Heartbeat::STOPPED;

/// The share of the time at the limit of its processors from which on the load generator measures itself.
const BUSY: f64 = 0.1;

/// The minimum observed time: in the first second everything is created.
const BUSY_TIME: Duration = Duration::from_secs(1);

/// The used share of descriptors or ports from which on hardly any are left: the use is read only once a second, so
/// there may have been more in between.
const USED_UP: Share = Share::percent(90.0);

/// The maximum number of listed missing shards.
const SHARDS: usize = 5;

/// Returns all reasons.
pub(super) fn collect(report: &Report) -> Vec<Reason> {
    let generator = &report.generator;
    let found = [
        heartbeat(report).or_else(|| stall(generator)),
        start_lag(generator),
        dropped_arrivals(report),
        processor(generator),
        descriptors(generator.descriptors),
        ports(generator),
        local_faults(report),
        dropped_events(report),
        dropped_records(generator),
        missing_shards(report),
        debug_build(report),
        few_samples(report),
        same_machine(generator),
        unknown(generator),
    ];
    found.into_iter().flatten().collect()
}

fn suspect(kind: ReasonKind, text: String) -> Option<Reason> {
    Some(Reason { kind, verdict: Verdict::Suspect, text })
}

fn note(kind: ReasonKind, text: String) -> Option<Reason> {
    Some(Reason { kind, verdict: Verdict::Valid, text })
}

/// Users are spread evenly over the threads, so the beats of all of them together represent all requests.
fn heartbeat(report: &Report) -> Option<Reason> {
    let mut all = Heartbeat::default();
    report.generator.heartbeats.iter().for_each(|thread| all.add(thread));
    let beats = all.delays.count().max(1) as f64;
    let (late, stopped) = (all.late as f64 / beats, all.stopped as f64 / beats);
    let longest = short(all.delays.max().unwrap_or_default());
    if all.stopped >= STOPPED_BEATS && stopped >= SHARE {
        let text = format!(
            "the load generator itself stood still: its threads were woken up to {longest} late, and more than {} late \
             for {} of the time. The latencies and rates of that time are its own, not the target's. Was it stopped, \
             swapped out, or starved of processors?",
            short(Heartbeat::STOPPED),
            percent(stopped)
        );
        return Some(Reason { kind: ReasonKind::Heartbeat, verdict: Verdict::Invalid, text });
    }
    let matters = match (all.delays.percentile(99.0), report.latency.percentile(99.0)) {
        (Some(delay), Some(latency)) => delay.as_secs_f64() > latency.as_secs_f64() * OF_LATENCY,
        _ => true,
    };
    if all.late < LATE_BEATS || late < SHARE || !matters {
        return None;
    }
    let text = format!(
        "the threads of the load generator were woken more than {} late for {} of the time, and up to {longest}: so much \
         of the latencies may be its own. Fewer users or requests for each machine, or scenarios that do not block, help",
        short(Heartbeat::LATE),
        percent(late)
    );
    suspect(ReasonKind::Heartbeat, text)
}

/// Finds a single long stop; threads that were late for a part of the time already have a reason.
fn stall(generator: &Generator) -> Option<Reason> {
    let longest = generator.heartbeats.iter().filter_map(|thread| thread.delays.max()).max()?;
    if longest < STALL {
        return None;
    }
    let text = format!(
        "a thread of the load generator once stood still for {}: the longest latencies may be its own. A scenario that \
         blocks its thread does that, and so does a machine that is too busy",
        short(longest)
    );
    suspect(ReasonKind::Stall, text)
}

fn start_lag(generator: &Generator) -> Option<Reason> {
    let lag = generator.starts.lag.percentile(99.0).or_else(|| generator.starts.lag.max())?;
    if lag <= START_LAG {
        return None;
    }
    // A single late arrival of few is no reason to reject all.
    let is_grave = lag > START_LAG_GRAVE && generator.starts.lag.percentile(99.0).is_some();
    let text = format!(
        "arrivals were started up to {} late (p99 {}) by the load generator's fault",
        short(generator.starts.lag.max().unwrap_or_default()),
        short(lag)
    );
    let verdict = if is_grave { Verdict::Invalid } else { Verdict::Suspect };
    Some(Reason { kind: ReasonKind::StartLag, verdict, text })
}

/// Busy users are not the load generator's fault: the service took too long for their number, and the headline shows
/// whether the rate was reached. A few arrivals are dropped at the end of each run. A search for the greatest rate
/// drops waiting arrivals after each breach, and reports the load generator's faults itself.
fn dropped_arrivals(report: &Report) -> Option<Reason> {
    let generator = &report.generator;
    if report.capacity.is_some() {
        return None;
    }
    let (dropped, late) = (generator.starts.dropped, generator.starts.dropped_late);
    let due = report.offered.as_ref().map_or(generator.starts.lag.count(), |offered| offered.scheduled);
    let all = due.max(dropped).max(1) as f64;
    let (share, late_share) = (dropped as f64 / all, late as f64 / all);
    if share < SHARE {
        return None;
    }
    let never = format!("arrivals that never began: {dropped} ({})", percent(share));
    let busy = dropped.saturating_sub(late);
    let is_late = late_share >= SHARE;
    let why = match report.settings.load.pacing {
        _ if is_late && busy == 0 => {
            "because the load generator was late, although a user was free".to_owned()
        }
        _ if is_late => format!(
            "for {late} of them the load generator was late, although a user was free, and for {busy} all users were busy"
        ),
        Some(_) => "because each user was busy with its iteration before".to_owned(),
        None => "because all users were busy".to_owned(),
    };
    let cure = match report.settings.load.pacing {
        _ if is_late && late > busy => {
            "fewer users or requests for each machine, or scenarios that do not block, help"
        }
        Some(_) => "a longer pacing (--pacing), or none, is what the service can keep",
        None => "where the service is fast enough, more users (--users) serve more at once",
    };
    let text = format!("{never}, {why}: {cure}");
    if is_late { suspect(ReasonKind::DroppedArrivals, text) } else { note(ReasonKind::DroppedArrivals, text) }
}

/// A target that the suite started itself is measured together with the load generator, so the owner of the limit is
/// unknown. The examples do that, and it is a note.
fn processor(generator: &Generator) -> Option<Reason> {
    let processor = &generator.processor;
    let (limit, share) = (processor.limit?, processor.share()?);
    let busy = processor.busy.as_secs_f64() / processor.watched.as_secs_f64();
    if processor.busy < BUSY_TIME || busy < BUSY {
        return None;
    }
    let used = format!(
        "this process used {} of the processor time that it may have ({} processor{}), and was at its limit for {} of \
         the time",
        percent(share.fraction()),
        (limit * 100.0).round() / 100.0,
        if limit == 1.0 { "" } else { "s" },
        percent(busy)
    );
    if generator.own_target {
        let text = format!("{used}, together with the target, which it has started itself");
        return note(ReasonKind::Processor, text);
    }
    let text = format!(
        "{used}: rates and latencies may be its own. More processors or threads, or fewer users, help"
    );
    suspect(ReasonKind::Processor, text)
}

fn descriptors(descriptors: Limited) -> Option<Reason> {
    let (used, limit) = used_up(descriptors)?;
    // Inherited descriptors may exceed the limit.
    let used = if used >= limit { "all".to_owned() } else { used.to_string() };
    let text = format!("{used} of {limit} file descriptors were in use: raise the limit (`ulimit -n`)");
    suspect(ReasonKind::Descriptors, text)
}

/// Finds exhausted ports. If both ends of a connection are on this machine, both are counted, so there is no reason;
/// requests without a port fail as `local.ports` all the same.
fn ports(generator: &Generator) -> Option<Reason> {
    let (used, limit) = used_up(generator.ports).filter(|_| generator.same_machine.is_empty())?;
    let text = format!(
        "{used} of about {limit} TCP ports of this machine were in use: keep connections longer, or use more addresses"
    );
    suspect(ReasonKind::Ports, text)
}

fn used_up(limited: Limited) -> Option<(u64, u64)> {
    limited.share().filter(|share| *share >= USED_UP)?;
    limited.used.zip(limited.limit)
}

fn local_faults(report: &Report) -> Option<Reason> {
    if report.requests.local == 0 {
        return None;
    }
    let mut kinds: Vec<FailureKind> = Vec::new();
    for row in &report.routes {
        kinds.extend(row.kinds.keys().copied().filter(|kind| kind.is_local()));
    }
    kinds.sort_unstable();
    kinds.dedup();
    let kinds: Vec<_> = kinds.into_iter().map(FailureKind::as_str).collect();
    let text = format!(
        "requests that failed for a fault of this machine: {} ({}). The target never had that load",
        report.requests.local,
        kinds.join(", ")
    );
    suspect(ReasonKind::LocalFaults, text)
}

fn dropped_events(report: &Report) -> Option<Reason> {
    let dropped = Some(report.dropped_events).filter(|dropped| *dropped > 0)?;
    let text = format!(
        "events that listeners were too slow for: {dropped}. What they say is not of the whole run; this report is"
    );
    suspect(ReasonKind::DroppedEvents, text)
}

fn dropped_records(generator: &Generator) -> Option<Reason> {
    let dropped = Some(generator.dropped_records).filter(|dropped| *dropped > 0)?;
    let text = format!(
        "records that an output was too slow for: {dropped}. What it got is not the whole run; this report is"
    );
    suspect(ReasonKind::DroppedRecords, text)
}

fn missing_shards(report: &Report) -> Option<Reason> {
    // A shard's own report is complete without the others.
    if report.settings.shard.is_some() {
        return None;
    }
    let missing = report::missing_shards(report.shards.iter().map(String::as_str));
    let first = missing.first()?;
    let names: Vec<_> = missing.iter().take(SHARDS).map(Shard::to_string).collect();
    let more = if missing.len() > SHARDS { ", …" } else { "" };
    let text = format!(
        "{} of {} shards are missing ({}{more}): their part of the load is in no count and no rate",
        missing.len(),
        first.count,
        names.join(", ")
    );
    suspect(ReasonKind::MissingShards, text)
}

fn debug_build(report: &Report) -> Option<Reason> {
    let text = "a debug build measures itself: build with --release";
    if report.settings.debug_build { suspect(ReasonKind::DebugBuild, text.into()) } else { None }
}

/// Percentiles that were not requested are `–` in the report, which is sufficient. Too few samples are no fault of the
/// load generator's, and no figure is wrong because of them.
fn few_samples(report: &Report) -> Option<Reason> {
    let text = few_of_all(report).or_else(|| few_of_a_threshold(report))?;
    note(ReasonKind::FewSamples, text)
}

/// The percentiles of all requests.
fn few_of_all(report: &Report) -> Option<String> {
    let (samples, what) = match counted(&report.routes) {
        0 => (counted(&report.scenarios), "iterations"),
        requests => (requests, "requests"),
    };
    let asked = report.settings.percentiles.iter().copied().fold(0.0, f64::max);
    let needed = Latencies::samples_for(asked);
    if asked <= 0.0 || samples >= needed {
        return None;
    }
    Some(format!("{samples} {what} are too few for the p{asked} that was asked for: it takes {needed}"))
}

fn counted(rows: &[SeriesRow]) -> u64 {
    rows.iter().map(SeriesRow::count).sum()
}

/// The percentiles of a threshold: for a part of the requests, or of the run.
fn few_of_a_threshold(report: &Report) -> Option<String> {
    let mut results = report.thresholds.iter();
    let few = results.find(|result| result.outcome == ThresholdOutcome::TooFewSamples)?;
    let takes = few.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    Some(format!(
        "samples that are too few for the percentile of `{}`: {}{takes}",
        few.threshold, few.samples
    ))
}

fn same_machine(generator: &Generator) -> Option<Reason> {
    if generator.same_machine.is_empty() {
        return None;
    }
    let text = format!(
        "the target is on this machine ({}) and shares its processors with the load generator: fine for a comparison",
        generator.same_machine.join(", ")
    );
    note(ReasonKind::SameMachine, text)
}

fn unknown(generator: &Generator) -> Option<Reason> {
    let is_known = generator.processor.watched.is_zero() || generator.processor.share().is_some();
    let text = "this system does not tell how much of its processors the load generator used";
    if is_known { None } else { note(ReasonKind::Unknown, text.into()) }
}

/// A time in readable form, with its unit.
fn short(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms >= 1_000.0 { format!("{} s", round(ms / 1e3)) } else { format!("{ms:.0} ms") }
}

fn percent(share: f64) -> String {
    format!("{}%", round(share * 100.0))
}

/// With a digit behind the point if it is significant.
fn round(number: f64) -> String {
    if number < 10.0 && (number - number.round()).abs() > 0.05 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}
