//! Several arrival schedules merged into one: the whole mix, and scenarios with rates of their own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Rate, Shard};

use super::arrival_times::{ArrivalTimes, Spacing};
use super::load_profile::{LoadProfile, ProfilePart};

/// At least as long as any run.
const YEAR: Duration = Duration::from_secs(366 * 24 * 3_600);

/// An arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The due time, since the start of the schedule.
    pub(crate) at: Duration,
    /// The index of its scenario in the suite; `None` if the user picks one.
    pub(crate) scenario: Option<usize>,
}

/// All arrivals of a run, in order. A clone repeats the same arrivals, so waiting arrivals need no storage: they lie
/// between two clones.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalSchedule {
    /// The arrivals that were due before all others, and so come first.
    first: VecDeque<Due>,
    streams: Vec<ArrivalStream>,
    length: Duration,
}

#[derive(Clone, Debug)]
struct ArrivalStream {
    scenario: Option<usize>,
    arrivals: ArrivalTimes,
    ahead: Option<Duration>,
    /// The number of arrivals of other shards between two of this one.
    others: usize,
}

impl ArrivalSchedule {
    /// Merges these schedules, which end after this time.
    pub(crate) fn new(
        streams: impl IntoIterator<Item = (Option<usize>, ArrivalTimes)>,
        length: Duration,
    ) -> Self {
        Self::for_shard(streams, length, Shard::WHOLE)
    }

    /// The arrivals of one shard: of stream `s`, arrival `k` belongs to shard `k + s`, modulo their number. So streams
    /// with equal rates do not give all arrivals of one to one shard.
    pub(crate) fn for_shard(
        streams: impl IntoIterator<Item = (Option<usize>, ArrivalTimes)>,
        length: Duration,
        shard: Shard,
    ) -> Self {
        let (index, count) = (shard.index as usize, shard.count as usize);
        let streams = streams.into_iter().enumerate().map(|(number, (scenario, mut arrivals))| {
            let ahead = arrivals.nth((index + count - number % count) % count);
            ArrivalStream { scenario, arrivals, ahead, others: count - 1 }
        });
        Self { first: VecDeque::new(), streams: streams.collect(), length }
    }

    /// Arrivals at a constant rate, from this time on and without an end. The seed distinguishes Poisson schedules.
    pub(crate) fn steady(rate: Rate, from: Duration, spacing: Spacing, seed: u64) -> Self {
        let height = rate.thousandths_per_hour();
        let part = ProfilePart::Line { from: height, to: height, over: YEAR };
        Self::new(
            [(None, ArrivalTimes::new(Arc::new(LoadProfile::starting_at(from, [part])), spacing, seed))],
            YEAR,
        )
    }

    /// A schedule without arrivals.
    pub(crate) fn empty() -> Self {
        Self::new([], YEAR)
    }

    /// This schedule, after this number of arrivals of another one.
    pub(crate) fn after(self, many: u64, other: &mut Self) -> Self {
        let many = usize::try_from(many).unwrap_or(usize::MAX);
        Self { first: other.take(many).collect(), ..self }
    }

    /// The time of its end.
    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// The due time of the next arrival.
    pub(crate) fn peek(&self) -> Option<Duration> {
        let first = self.first.front().map(|due| due.at);
        first.or_else(|| self.streams.iter().filter_map(|stream| stream.ahead).min())
    }
}

impl Iterator for ArrivalSchedule {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        if let Some(due) = self.first.pop_front() {
            return Some(due);
        }
        let first = self.streams.iter_mut().filter(|stream| stream.ahead.is_some());
        let stream = first.min_by_key(|stream| stream.ahead)?;
        let at = stream.ahead?;
        stream.ahead = stream.arrivals.nth(stream.others);
        Some(Due { at, scenario: stream.scenario })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use molotov_core::Rate;

    use super::*;
    use crate::schedule::{LoadProfile, ProfilePart, Spacing};

    fn stream(per_second: u32) -> ArrivalTimes {
        let height = Rate::per_second(per_second).thousandths_per_hour();
        let part = ProfilePart::Line { from: height, to: height, over: Duration::from_secs(1) };
        ArrivalTimes::new(Arc::new(LoadProfile::new([part])), Spacing::Even, 0)
    }

    #[test]
    fn step_begins_after_the_waiting_arrivals_of_the_previous_one() {
        let seconds = Duration::from_secs;
        let mut before = ArrivalSchedule::steady(Rate::per_second(1), Duration::ZERO, Spacing::Even, 0);
        let coming = ArrivalSchedule::steady(Rate::per_second(4), seconds(10), Spacing::Even, 0);

        before.nth(6);
        let both = coming.clone().after(2, &mut before);

        assert_eq!(both.peek(), Some(seconds(7)));
        let ms: Vec<_> = both.take(6).map(|due| due.at.as_millis()).collect();
        assert_eq!(ms, [7_000, 8_000, 10_000, 10_250, 10_500, 10_750]);
        assert_eq!((coming.peek(), ArrivalSchedule::empty().peek()), (Some(seconds(10)), None));
    }

    /// Curves with a ramp, a burst and a steady part, one for each stream.
    fn streams(heights: &[u64], spacing: Spacing) -> Vec<(Option<usize>, ArrivalTimes)> {
        let curve = |height: u64| {
            let over = Duration::from_millis(700);
            let parts = [
                ProfilePart::Line { from: 0, to: height, over },
                ProfilePart::Burst(height % 7),
                ProfilePart::Line { from: height, to: height, over },
                ProfilePart::Line { from: height, to: 0, over },
            ];
            Arc::new(LoadProfile::new(parts))
        };
        let streams = heights.iter().enumerate().map(|(number, height)| {
            (number.checked_sub(1), ArrivalTimes::new(curve(*height), spacing, number as u64))
        });
        streams.collect()
    }

    proptest::proptest! {
        #[test]
        fn all_shards_together_have_the_arrivals_of_the_whole(
            count in 1u32..50,
            heights in proptest::collection::vec(0u64..300_000_000, 1..4),
            is_poisson: bool,
        ) {
            let spacing = if is_poisson { Spacing::Poisson } else { Spacing::Even };
            let length = Duration::from_secs(3);
            let whole = ArrivalSchedule::new(streams(&heights, spacing), length);
            let shards = (0..count).filter_map(|index| Shard::new(index, count));

            let mut all: Vec<_> = shards
                .flat_map(|shard| ArrivalSchedule::for_shard(streams(&heights, spacing), length, shard))
                .map(|due| (due.at, due.scenario))
                .collect();
            all.sort();
            let mut of_one: Vec<_> = whole.map(|due| (due.at, due.scenario)).collect();
            of_one.sort();

            proptest::prop_assert_eq!(all, of_one);
        }
    }

    #[test]
    fn streams_of_one_rate_are_divided_evenly() {
        let shard = Shard::new(1, 2).unwrap();
        let both = [(None, stream(4)), (Some(1), stream(4))];

        let own = ArrivalSchedule::for_shard(both, Duration::from_secs(1), shard);

        let own: Vec<_> = own.map(|due| (due.at.as_millis(), due.scenario)).collect();
        assert_eq!(own, [(0, Some(1)), (250, None), (500, Some(1)), (750, None)]);
    }

    #[test]
    fn several_schedules_are_one_in_order_and_none_is_lost() {
        let offer = ArrivalSchedule::new([(None, stream(4)), (Some(1), stream(3))], Duration::from_secs(1));

        let all: Vec<_> = offer.clone().map(|due| (due.at.as_millis(), due.scenario)).collect();

        assert_eq!(offer.peek(), Some(Duration::ZERO));
        assert_eq!(
            all,
            [(0, None), (0, Some(1)), (250, None), (333, Some(1)), (500, None), (666, Some(1)), (750, None)]
        );
    }
}
