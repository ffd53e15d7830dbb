//! Several arrival schedules merged into one: the whole mix, and scenarios with rates of their own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use molotov_core::Rate;

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
}

impl ArrivalSchedule {
    /// Merges these schedules, which end after this time.
    pub(crate) fn new(
        streams: impl IntoIterator<Item = (Option<usize>, ArrivalTimes)>,
        length: Duration,
    ) -> Self {
        let streams = streams.into_iter().map(|(scenario, mut arrivals)| {
            let ahead = arrivals.next();
            ArrivalStream { scenario, arrivals, ahead }
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
        stream.ahead = stream.arrivals.next();
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
    fn a_step_begins_at_its_time_after_what_still_waits_of_the_one_before() {
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
