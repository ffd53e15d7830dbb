//! Gaps: stretches of the load in which requests were waiting and none ended.
//!
//! A closed model sends little to a service that hangs, so its samples are those of the good part. What it does not send is
//! counted in time: a visitor who had come in a gap would have waited until its end. Of a suite that sends no request, the calls
//! that it measures stand for them.

mod ledger;
mod lengths;
mod live;
mod pending;
mod recent;
mod tracker;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

pub(crate) use self::ledger::{Books, Followed, Ledger};
use self::lengths::Lengths;
pub(crate) use self::lengths::{Covered, Tolerated, nanos, tolerated};
use self::live::Live;
pub(crate) use self::live::{GeneratorState, Looked};
pub(crate) use self::pending::RequestLength;
pub(crate) use self::recent::Recent;
use super::mergeable::{Merge, merge_fields};
use crate::plan::threshold::Selector;

/// Gaps that are named, at most.
const NAMED: usize = 20;

/// The shortest gap that is named.
const LEAST_NAMED: Duration = Duration::from_millis(100);

/// The shortest gap of a single request that is named: it may be a slow one.
const LEAST_OF_ONE: Duration = Duration::from_secs(1);

/// So many requests that wait at once are not slow each by chance.
pub(crate) const TOGETHER: u64 = 4;

/// The shortest gap that is named because several requests were slow together, as a pause of a machine is shorter.
const LEAST_STALL: Duration = Duration::from_millis(500);

/// The number of other requests for each that waited in such gaps, from which on these show what is usual.
const OTHERS: u64 = 4;

/// By how many medians a gap in which that many waited is longer than what the service does otherwise.
const MEDIANS: u32 = 10;

/// The stretches in which the service did not answer although requests were waiting.
///
/// A gap is a stretch in which requests were waiting and none ended, of 10 ms at least. Not counted are requests that take
/// no longer than twice the median of their route, those that were overtaken (one that was sent later was answered
/// before), and those of routes that a latency threshold of their own allows to be slow. Users who pause do not wait. Four
/// overtaken requests or more that waited together for longer than 99 % of the others took are named, and break no threshold.
///
/// In a run without requests, as of a suite with a client of its own, gaps are those of the calls that
/// `Session::measure` times. Where nothing is measured either, there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gaps {
    /// The time of the load: from the start of the first user, or the end of the warm-up, until no new iterations were
    /// started.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// The longest of those that are worth a word, at most 20, in order of time.
    pub longest: Vec<Gap>,
    /// Of all requests, but for those of routes with a latency threshold of their own.
    pub(crate) all: Covered,
    /// Of the samples of thresholds that are narrower, or begin later.
    pub(crate) narrower: Vec<NarrowerGaps>,
}

/// The gaps of the samples of some thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NarrowerGaps {
    /// To which samples these thresholds are narrowed.
    of: Option<Selector>,
    #[serde(rename = "after_ms", with = "millis")]
    after: Duration,
    covered: Covered,
}

/// The samples that gaps are of: the selector of a threshold, and the time from which on it counts.
pub(crate) type Subject = (Option<Selector>, Duration);

/// A stretch in which requests were waiting and none ended. Times are since the first user started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The time when the last request before it had ended, or the first in it was sent, if that was later.
    #[serde(rename = "from_ms", with = "millis")]
    pub from: Duration,
    /// The time when the next one ended, or those that waited were cut.
    #[serde(rename = "to_ms", with = "millis")]
    pub to: Duration,
    /// The greatest number of requests that waited at once in it: nearly always those that waited at its end.
    pub waiting: u64,
    /// The event that ended it.
    pub ended_by: GapEnd,
    /// Of those that waited: the ones that took longer than twice the median of their route.
    pub(crate) unusual: u64,
    /// Those of them that say together that the service stood still.
    pub(crate) together: u64,
    /// All of these had been overtaken, so that it is named, and breaks no threshold.
    pub(crate) is_overtaken: bool,
}

/// The event that ended a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapEnd {
    /// A good response.
    Response,
    /// A request that failed.
    Failure,
    /// The end of the run, or a scenario that gave up: the requests were cut.
    Cut,
}

impl GapEnd {
    /// A stable word: `response`, `failure`, `cut`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Failure => "failure",
            Self::Cut => "cut",
        }
    }
}

impl NarrowerGaps {
    fn new((of, after): Subject, covered: Covered) -> Self {
        Self { of, after, covered }
    }

    fn is_of(&self, (of, after): &Subject) -> bool {
        (&self.of, self.after) == (of, *after)
    }
}

impl Gap {
    /// Returns its length.
    pub fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }

    /// Compares their lengths, for a sort that begins with the longest one.
    pub(crate) fn longest_first(&self, other: &Self) -> Ordering {
        other.length().cmp(&self.length())
    }

    /// Compares their beginnings.
    pub(crate) fn in_order_of_time(&self, other: &Self) -> Ordering {
        self.from.cmp(&other.from)
    }
}

impl Gaps {
    /// Returns the gaps of the samples of a threshold: its own, or else those of all requests.
    pub(crate) fn for_subject(&self, subject: &Subject) -> &Covered {
        let own = self.narrower.iter().find(|gaps| gaps.is_of(subject));
        own.map_or(&self.all, |gaps| &gaps.covered)
    }

    /// Chooses those that are worth a word: longer than what the service does otherwise, or than the limit of a threshold
    /// that they broke. Where the service often stands still, what waited meanwhile is in its p99, but not in its median.
    pub(crate) fn select_longest(&mut self, good: &Latencies, broken: Option<Duration>) {
        let usual = good.percentile(99.0).or_else(|| good.max()).unwrap_or_default();
        let median = good.percentile(50.0).unwrap_or(usual);
        let is_worth = |gap: &&Gap| {
            let length = gap.length();
            let least = if gap.waiting > 1 { LEAST_NAMED } else { LEAST_OF_ONE };
            let stood = gap.together >= TOGETHER && length > median * MEDIANS;
            let is_broken = broken.is_some_and(|limit| length > limit);
            !gap.is_overtaken && (((length > usual * 2 || stood) && length >= least) || is_broken)
        };
        let narrower = self.narrower.iter().flat_map(|gaps| gaps.covered.answers.longest());
        let all: Vec<Gap> = self.all.answers.longest().iter().chain(narrower).copied().collect();
        let worth: Vec<Gap> = all.iter().filter(is_worth).copied().collect();
        let mut named = stood_together(all, good);
        named.extend(worth);
        named.sort_by(Gap::in_order_of_time);
        named.sort_by(Gap::longest_first);
        named.dedup_by(|one, other| one.from < other.to && other.from < one.to);
        named.truncate(NAMED);
        named.sort_by(Gap::in_order_of_time);
        self.longest = named;
    }
}

impl Gaps {
    /// Moves all of them to a later time.
    #[inline]
    pub(super) fn shift(&mut self, by: Duration) {
        self.all.shift(by);
        self.narrower.iter_mut().for_each(|narrower| narrower.covered.shift(by));
    }
}

/// Lengths and times add up.
impl Merge for Gaps {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => all, narrower; time: self.time + other.time, longest: self.longest)
    }
}

impl Merge for Vec<NarrowerGaps> {
    #[inline]
    fn merge(mut self, other: Self) -> Self {
        for gaps in other {
            match self.iter_mut().find(|own| (&own.of, own.after) == (&gaps.of, gaps.after)) {
                Some(own) => own.covered.add(&gaps.covered),
                None => self.push(gaps),
            }
        }
        self
    }
}

/// Gaps in which several unusual requests waited together, for longer than nearly every other request took. The latencies
/// of those that waited are the longest ones, so they are taken off, gap by gap: of a short run they may be a tenth.
fn stood_together(mut gaps: Vec<Gap>, good: &Latencies) -> Vec<Gap> {
    gaps.retain(|gap| gap.unusual >= TOGETHER && gap.length() >= LEAST_STALL);
    gaps.sort_by(Gap::longest_first);
    let (all, mut waited) = (good.count(), 0);
    let stood = gaps.into_iter().take_while(|gap| {
        waited += gap.unusual;
        let others = all.saturating_sub(waited);
        let nearly = good.percentile(99.0 * others as f64 / all.max(1) as f64);
        others >= waited * OTHERS && nearly.is_some_and(|nearly| gap.length() > nearly)
    });
    stood.map(|gap| Gap { together: gap.unusual, ..gap }).collect()
}
