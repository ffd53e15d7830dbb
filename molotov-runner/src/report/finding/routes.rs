//! Findings in the latencies of routes: a slow route, and occasional slow requests of all routes.

use std::time::Duration;

use molotov_core::Latencies;

use super::{Finding, FindingKind, finding};
use crate::report::{Report, SeriesRow};
use crate::units::{count, latency, percentage};

/// The factor and the difference by which a slow route takes longer than the others.
const TIMES: u32 = 5;
const LONGER: Duration = Duration::from_millis(50);

/// The minimum share of the time for a finding.
const SHARE: f64 = 0.5;

/// The factor and the difference by which slow requests of all routes take longer than nine of ten.
const MANY_TIMES: u32 = 20;
const MUCH_LONGER: Duration = Duration::from_millis(200);

/// Their minimum number, and their maximum share: ten in a hundred are not few.
const FEWEST: u64 = 5;
const FEW: f64 = 0.1;

/// The route with most of the time that is spent on requests, and more time than its share of requests.
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

/// A few requests, now and then, of more than one route or of the only one. A standstill of the whole service is a
/// separate finding.
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

/// The number of longer samples.
fn beyond(latencies: &Latencies, limit: Duration) -> u64 {
    let limit = limit.as_micros() as u64;
    latencies.buckets().filter(|(micros, _)| *micros > limit).map(|(_, many)| many).sum()
}

fn time(row: &SeriesRow) -> Duration {
    service(row).sum()
}

/// The service times of good requests.
fn service(row: &SeriesRow) -> &Latencies {
    row.service.as_ref().map_or(&row.ok, |service| &service.ok)
}
