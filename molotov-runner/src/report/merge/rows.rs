//! Rows of two reports, name by name.

use std::collections::BTreeMap;

use crate::report::failures::{self, FailureGroup, Placed};
use crate::report::rows::{CheckRow, CounterRow, GaugeRow, IdleFaults, Row, Service, TrendRow};
use crate::report::summary::Report;

/// Joins what has the same name; in order of names.
fn by_name<T>(one: Vec<T>, other: Vec<T>, name: fn(&T) -> &String, join: fn(&mut T, &T)) -> Vec<T> {
    let mut all: BTreeMap<String, T> = BTreeMap::new();
    for row in one.into_iter().chain(other) {
        match all.get_mut(name(&row)) {
            Some(earlier) => join(earlier, &row),
            None => drop(all.insert(name(&row).clone(), row)),
        }
    }
    all.into_values().collect()
}

pub(super) fn rows(one: Vec<Row>, other: Vec<Row>) -> Vec<Row> {
    by_name(
        one,
        other,
        |row| &row.name,
        |row, next| {
            row.service = services(row, next);
            row.ok.add(&next.ok);
            row.failed.add(&next.failed);
            row.cancelled += next.cancelled;
            row.cut.add(&next.cut);
            row.warm_up += next.warm_up;
            row.warm_up_failed += next.warm_up_failed;
            row.busy += next.busy;
            next.kinds.iter().for_each(|(kind, count)| *row.kinds.entry(*kind).or_default() += count);
            next.statuses
                .iter()
                .for_each(|(status, count)| *row.statuses.entry(*status).or_default() += count);
            row.in_load += next.in_load;
            row.idle = idle(&row.idle, &next.idle);
            row.steady += next.steady;
        },
    )
}

/// Of two examples the same one remains, whichever comes first.
fn idle(one: &IdleFaults, other: &IdleFaults) -> IdleFaults {
    let example =
        |of: fn(&IdleFaults) -> &Option<String>| [of(one), of(other)].into_iter().flatten().min().cloned();
    IdleFaults {
        stray_bytes: one.stray_bytes + other.stray_bytes,
        first_bytes: example(|faults| &faults.first_bytes),
        broken: one.broken + other.broken,
        how: example(|faults| &faults.how),
    }
}

/// Where one of them had due times; the latencies of the other are service times then.
fn services(row: &Row, next: &Row) -> Option<Service> {
    let of = |row: &Row| {
        let plain = || Service { ok: row.ok.clone(), failed: row.failed.clone() };
        row.service.clone().unwrap_or_else(plain)
    };
    (row.service.is_some() || next.service.is_some()).then(|| {
        let (mut all, more) = (of(row), of(next));
        all.ok.add(&more.ok);
        all.failed.add(&more.failed);
        all
    })
}

pub(super) fn checks(one: Vec<CheckRow>, other: Vec<CheckRow>) -> Vec<CheckRow> {
    by_name(
        one,
        other,
        |row| &row.name,
        |row, next| {
            row.passed += next.passed;
            row.failed += next.failed;
        },
    )
}

pub(super) fn counters(one: Vec<CounterRow>, other: Vec<CounterRow>) -> Vec<CounterRow> {
    by_name(
        one,
        other,
        |row| &row.name,
        |row, next| {
            row.sum += next.sum;
            row.count += next.count;
        },
    )
}

/// Remembers when the gauges of a run got their last values, at the latest, and of which seed its failures are.
pub(super) fn stamp(report: &mut Report) {
    let (end, seed) = (report.started_at + report.elapsed, report.settings.seed);
    report.gauges.iter_mut().for_each(|gauge| gauge.until = gauge.until.or(Some(end)));
    report.failures.iter_mut().for_each(|group| group.seed = group.seed.or(Some(seed)));
}

/// The last value is that of the run that ended last.
pub(super) fn gauges(one: Vec<GaugeRow>, other: Vec<GaugeRow>) -> Vec<GaugeRow> {
    by_name(
        one,
        other,
        |row| &row.name,
        |row, next| {
            if next.until > row.until || (next.until == row.until && next.last > row.last) {
                (row.last, row.until) = (next.last, next.until);
            }
            row.count += next.count;
            row.min = row.min.min(next.min);
            row.max = row.max.max(next.max);
        },
    )
}

pub(super) fn trends(one: Vec<TrendRow>, other: Vec<TrendRow>) -> Vec<TrendRow> {
    by_name(
        one,
        other,
        |row| &row.name,
        |row, next| {
            row.values.add(&next.values);
            row.count += next.count;
            row.sum += next.sum;
            row.min = row.min.min(next.min);
            row.max = row.max.max(next.max);
            row.settle();
        },
    )
}

fn placed(group: &FailureGroup) -> Option<Placed> {
    group.excerpt.clone().map(|excerpt| (group.excerpt_of, excerpt))
}

/// Groups of the same words, most frequent first.
pub(super) fn failures(one: Vec<FailureGroup>, other: Vec<FailureGroup>) -> Vec<FailureGroup> {
    let mut all: BTreeMap<_, FailureGroup> = BTreeMap::new();
    for group in one.into_iter().chain(other) {
        let key = (group.place.clone(), group.kind, group.message.clone());
        match all.get_mut(&key) {
            Some(earlier) => {
                earlier.count += group.count;
                earlier.seen = (earlier.seen.0.min(group.seen.0), earlier.seen.1.max(group.seen.1));
                let first = (earlier.first, earlier.seed).min((group.first, group.seed));
                (earlier.first, earlier.seed) = first;
                let (one, other) = (placed(earlier), placed(&group));
                (earlier.excerpt_of, earlier.excerpt) = match failures::earlier(one, other) {
                    Some((of, excerpt)) => (of, Some(excerpt)),
                    None => (earlier.first, None),
                };
            }
            None => drop(all.insert(key, group)),
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| (&a.place, a.kind, &a.message).cmp(&(&b.place, b.kind, &b.message)))
    });
    all
}
