//! Findings in the latencies of routes: one that is slow, and requests of all that are slow now and then.

use std::time::Duration;

use molotov_core::Latencies;

use super::{Finding, FindingKind, finding};
use crate::report::{Report, SeriesRow};
use crate::units::{count, latency, percentage};

/// A slow route takes so many times as long as the others, and so much longer.
const TIMES: u32 = 5;
const LONGER: Duration = Duration::from_millis(50);

/// The share of the time from which it is a finding.
const SHARE: f64 = 0.5;

/// Slow requests of all routes take so many times as long as nine of ten, and so much longer.
const MANY_TIMES: u32 = 20;
const MUCH_LONGER: Duration = Duration::from_millis(200);

/// The fewest of them, and the greatest share: those of ten in a hundred are no few.
const FEWEST: u64 = 5;
const FEW: f64 = 0.1;

/// The route that takes most of the time that is spent on requests, and more than its share of them.
pub(super) fn slow_route(report: &Report) -> Option<Finding> {
    let whole = report.routes.iter().map(time).sum::<Duration>().as_secs_f64();
    let row = report.routes.iter().max_by_key(|row| time(row))?;
    let mut others = Latencies::default();
    report.routes.iter().filter(|other| other.name != row.name).for_each(|other| others.add(service(other)));
    let (slow, fast) = (service(row).percentile(50.0)?, others.percentile(50.0)?);
    let share = time(row).as_secs_f64() / whole;
    if slow < fast * TIMES || slow < fast + LONGER || share < SHARE {
        return None;
    }
    let requests = report.routes.iter().map(SeriesRow::count).sum();
    let text = format!(
        "{} takes {:.0} % of the time of all requests and is {} of them: p50 {}, the others {}",
        row.name,
        share * 100.0,
        percentage(row.count(), requests),
        latency(slow),
        latency(fast)
    );
    finding(FindingKind::SlowRoute, text)
}

/// A few requests, now and then, of more than one route or of the only one. Where the whole service stood still, that is
/// said by itself.
pub(super) fn slow_few(report: &Report) -> Option<Finding> {
    if super::load::stood_still(report).is_some() || slow_route(report).is_some() {
        return None;
    }
    let mut all = Latencies::default();
    report.routes.iter().for_each(|row| all.add(service(row)));
    let usual = all.percentile(90.0)?;
    let limit = (usual * MANY_TIMES).max(usual + MUCH_LONGER);
    let slow = beyond(&all, limit);
    let seconds =
        report.windows.iter().filter(|window| window.latency.to_latencies().max() > Some(limit)).count();
    let spread = seconds * 4 >= report.windows.len();
    if slow < FEWEST || slow as f64 > all.count() as f64 * FEW || !spread {
        return None;
    }
    let routes = report.routes.iter().filter(|row| beyond(service(row), limit) > 0).count();
    let place = if routes == 1 { "of one route".to_owned() } else { format!("of {routes} routes") };
    let text = format!(
        "{} requests {place} ({}), now and then, took {} and more, where nine of ten took at most {}",
        count(slow),
        percentage(slow, all.count()),
        latency(limit),
        latency(usual)
    );
    finding(FindingKind::SlowFew, text)
}

/// The number of samples that are longer.
fn beyond(latencies: &Latencies, limit: Duration) -> u64 {
    let limit = limit.as_micros() as u64;
    latencies.buckets().filter(|(micros, _)| *micros > limit).map(|(_, many)| many).sum()
}

fn time(row: &SeriesRow) -> Duration {
    service(row).sum()
}

/// The times that the service took for good requests.
fn service(row: &SeriesRow) -> &Latencies {
    row.service.as_ref().map_or(&row.ok, |service| &service.ok)
}
