//! Gaps: intervals of the load in which requests were waiting and none ended.
//!
//! A closed model sends little to a hanging service, so its samples come from the good part. The missing requests are
//! counted by time: a visitor that arrived in a gap would have waited until its end. In a suite without requests, its
//! measured calls stand for them.

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

/// The maximum number of listed gaps.
const NAMED: usize = 20;

/// The minimum length of a listed gap.
const LEAST_NAMED: Duration = Duration::from_millis(100);

/// The minimum length of a listed gap with a single request, which may just be slow.
const LEAST_OF_ONE: Duration = Duration::from_secs(1);

/// The number of simultaneously waiting requests from which on they are not slow by chance.
pub(crate) const TOGETHER: u64 = 4;

/// The minimum length of a gap that is listed because several requests were slow together; a pause of a machine is
/// shorter.
const LEAST_STALL: Duration = Duration::from_millis(500);

/// The number of other requests, for each that waited in such gaps, from which on the others show the usual duration.
const OTHERS: u64 = 4;

/// The factor by which a gap in which `TOGETHER` requests waited exceeds the median latency of the service.
const MEDIANS: u32 = 10;

/// The intervals in which the service did not respond although requests were waiting.
///
/// A gap is an interval of at least 10 ms in which requests were waiting and none ended. Requests are ignored if they
/// take no longer than twice the median of their route, if they were overtaken (a later request was answered before),
/// and if a latency threshold of their own route allows them to be slow. Users that pause do not wait. Four or more
/// overtaken requests that waited together for longer than 99 % of the others are listed, and break no threshold.
///
/// In a run without requests, for instance of a suite with its own client, gaps are those of the calls that
/// `Session::measure` times. Without measured calls there are none.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for gap in &report.gaps.longest {
///     println!("no response for {:?} from {:?} on, {} requests waited", gap.length(), gap.from, gap.waiting);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gaps {
    /// The time of the load: from the start of the first user, or the end of the warm-up, until new iterations stopped.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// The longest of the relevant gaps, at most 20, in order of time.
    pub longest: Vec<Gap>,
    /// The gaps of all requests, except those of routes with a latency threshold of their own.
    pub(crate) all: Covered,
    /// The gaps of the samples of thresholds that are narrower, or start later.
    pub(crate) narrower: Vec<NarrowerGaps>,
}

/// The gaps of the samples of some thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NarrowerGaps {
    /// The selector of these thresholds.
    of: Option<Selector>,
    #[serde(rename = "after_ms", with = "millis")]
    after: Duration,
    covered: Covered,
}

/// The subject of gaps: the selector of a threshold, and the time from which on it counts.
pub(crate) type Subject = (Option<Selector>, Duration);

/// An interval in which requests were waiting and none ended. Times are since the first user started.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let longest = report.gaps.longest.iter().map(|gap| gap.length()).max();
/// assert!(longest.is_none_or(|length| length.as_millis() < 500));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The end of the last request before it, or the start of the first in it, whichever was later.
    #[serde(rename = "from_ms", with = "millis")]
    pub from: Duration,
    /// The next end, or the time when the waiting requests were cancelled.
    #[serde(rename = "to_ms", with = "millis")]
    pub to: Duration,
    /// The greatest number of simultaneously waiting requests: nearly always those at its end.
    pub waiting: u64,
    /// The event that ended it.
    pub ended_by: GapEnd,
    /// Of the waiting requests: those that took longer than twice the median of their route.
    pub(crate) unusual: u64,
    /// Of these, the ones that together show a standstill of the service.
    pub(crate) together: u64,
    /// `true` if all of these had been overtaken, so that it is listed, and breaks no threshold.
    pub(crate) is_overtaken: bool,
}

/// The event that ended a gap.
///
/// ```
/// use molotov::report::GapEnd;
///
/// assert_eq!(GapEnd::Response.as_str(), "response");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapEnd {
    /// A good response.
    Response,
    /// A request that failed.
    Failure,
    /// The end of the run, or a scenario that gave up: the requests were cancelled.
    Cut,
}

impl GapEnd {
    /// The stable name: `response`, `failure`, `cut`.
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

    /// Compares their lengths, for a sort with the longest one first.
    pub(crate) fn longest_first(&self, other: &Self) -> Ordering {
        other.length().cmp(&self.length())
    }

    /// Compares their starts.
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

    /// Selects the relevant ones: longer than usual for the service, or than the limit of a threshold that they broke.
    /// If the service often stands still, the waits are in its p99, but not in its median.
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

/// Gaps in which several unusual requests waited together, for longer than nearly all other requests took. The
/// latencies of the waiting ones are the longest, so they are subtracted, gap by gap: in a short run they may be a
/// tenth.
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
