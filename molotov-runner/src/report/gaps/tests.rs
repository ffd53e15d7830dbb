//! The tracker against the definition of a gap, for samples in any order.

use std::time::Duration;

use molotov_core::{SeriesId, SeriesKind};
use proptest::prelude::*;

use super::pending::{LEAST, RequestLength};
use super::tracker::{RequestEnd, Tracker};

const SERIES: SeriesId = SeriesId::new(0, SeriesKind::Route);
const MILLI: u64 = 1_000_000;

/// A request: its start, its end, and whether it was finished.
type Request = (u64, u64, bool);

/// By the definition: between two ends, from the start of the first waiting request that was sent after all answered
/// ones.
fn by_definition(requests: &[Request]) -> Vec<(u64, u64)> {
    let mut ends: Vec<u64> = requests.iter().filter(|request| request.2).map(|request| request.1).collect();
    ends.extend([0, u64::MAX]);
    ends.sort_unstable();
    let mut gaps = Vec::new();
    for pair in ends.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let answered =
            requests.iter().filter(|(_, end, ended)| *ended && *end <= from).map(|it| it.0 + 1).max();
        let waits = requests.iter().filter(|(start, ..)| *start >= answered.unwrap_or(0));
        let spans = waits.map(|(start, end, _)| ((*start).max(from), (*end).min(to)));
        let mut spans: Vec<_> = spans.filter(|(from, to)| to.saturating_sub(*from) >= LEAST).collect();
        spans.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from <= last.1 + LEAST => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        gaps.extend(joined);
    }
    gaps
}

/// In the order in which samples arrive: tick by tick, and one thread after another.
fn tracked(requests: &[Request]) -> Vec<(u64, u64)> {
    let mut tracker = Tracker::new(0);
    let last = requests.iter().map(|request| request.1).max().unwrap_or(0);
    let tick = 100 * MILLI;
    for number in 0..=last / tick {
        let in_tick = requests.iter().filter(|request| request.1 / tick == number);
        for (start, end, ended) in in_tick {
            match ended {
                true => tracker.add_end(SERIES, *start, *end, RequestEnd::Good),
                false => tracker.cut(SERIES, *start, *end),
            }
        }
        tracker.sweep((number * tick).saturating_sub(tick), &|_, _| Some(RequestLength::Unusual));
    }
    tracker.finish(&|_, _| Some(RequestLength::Unusual));
    let stretches = tracker.answers.iter().chain([&tracker.since_end]);
    let mut pieces: Vec<_> = stretches.flat_map(|stretch| &stretch.pieces).collect();
    pieces.sort_by_key(|piece| piece.from);
    pieces.into_iter().map(|piece| (piece.from, piece.to)).collect()
}

proptest! {
    #[test]
    fn gaps_are_those_of_the_definition(
        requests in prop::collection::vec((1u64..20_000, 0u64..3_000, 0u32..20), 1..60),
    ) {
        // Even nanoseconds, because the lowest bit marks failures.
        let request = |(start, took, fate): (u64, u64, u32)| {
            (start * MILLI, (start + took) * MILLI, fate > 0)
        };
        let requests: Vec<Request> = requests.into_iter().map(request).collect();

        prop_assert_eq!(tracked(&requests), by_definition(&requests));
    }
}

#[test]
fn end_that_comes_late_splits_a_gap() {
    let mut tracker = Tracker::new(0);
    let lengths = |_, _| Some(RequestLength::Unusual);
    tracker.add_end(SERIES, MILLI, 1_000 * MILLI, RequestEnd::Good);
    tracker.add_end(SERIES, 1_000 * MILLI, 5_000 * MILLI, RequestEnd::Good);
    tracker.sweep(5_100 * MILLI, &lengths);
    tracker.add_end(SERIES, 1_001 * MILLI, 3_000 * MILLI, RequestEnd::Good);
    tracker.finish(&lengths);

    let pieces = tracker.answers.iter().flat_map(|stretch| &stretch.pieces);
    let lengths: Vec<_> = pieces.map(|piece| Duration::from_nanos(piece.to - piece.from)).collect();
    assert_eq!(lengths, [999, 2_000, 2_000].map(Duration::from_millis));
}
