//! Lengths of gaps, aggregated so that the total time of those beyond any limit is available.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

use super::{Gap, LEAST_NAMED};
use crate::plan::threshold::{Kind, Limit, Metric, RequestPhase, Threshold};
use crate::quantity::Share;
use crate::report::mergeable::Merge;

/// The maximum number of individually stored gaps.
const LONGEST: usize = 64;

/// The number of stored binary digits of a length.
const DIGITS: u32 = 10;

/// The gaps of some samples, in the time of a load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Covered {
    /// The time of the load.
    #[serde(rename = "time_ms", with = "millis")]
    pub(crate) time: Duration,
    /// The gaps without any end.
    pub(crate) answers: Lengths,
    /// The gaps without a good end, including at their own end.
    pub(crate) good: Lengths,
    /// The duration of the slowest good response.
    #[serde(rename = "slowest_ms", with = "millis")]
    pub(crate) slowest: Duration,
}

/// Lengths, in a histogram of bounded size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lengths {
    /// By length in nanoseconds: the number, and the total length.
    #[serde(with = "whole")]
    whole: BTreeMap<u64, (u64, Duration)>,
    /// Gaps that extend beyond the load: the part in the load, and the part after it.
    #[serde(with = "beyond")]
    beyond: Vec<(Duration, Duration)>,
    longest: Vec<Gap>,
}

impl Covered {
    /// Moves the gaps to a later time.
    pub(super) fn shift(&mut self, by: Duration) {
        let all = self.answers.longest.iter_mut().chain(&mut self.good.longest);
        all.for_each(|gap| (gap.from, gap.to) = (gap.from + by, gap.to + by));
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.time += other.time;
        self.answers.add(&other.answers);
        self.good.add(&other.good);
        self.slowest = self.slowest.max(other.slowest);
    }

    /// The share of the load's time that breaks a threshold by itself; `None` if it does not.
    pub(crate) fn breaks(&self, threshold: &Threshold) -> Option<Share> {
        let (time, most) = match tolerated(threshold)? {
            Tolerated::Waiting(limit, most) => (self.answers.longer(limit), most),
            Tolerated::Absence(most) => (self.good.covered(self.slowest * 2), most),
        };
        Share::new(nanos(time), nanos(self.time)).filter(|share| share.fraction() > most + 1e-9)
    }
}

impl Merge for Covered {
    #[inline]
    fn merge(mut self, other: Self) -> Self {
        self.add(&other);
        self
    }
}

/// The gaps that a threshold tolerates.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tolerated {
    /// A wait of this length, except for this share of visitors.
    Waiting(Duration, f64),
    /// A service that is absent, for this share of the time.
    Absence(f64),
}

/// Returns the gaps that a threshold tolerates; `None` if it does not judge them.
pub(crate) fn tolerated(threshold: &Threshold) -> Option<Tolerated> {
    let is_upper = threshold.relation.is_upper();
    match (threshold.metric, threshold.limit) {
        // Without a response there is no receiving.
        _ if threshold.phase == Some(RequestPhase::Receiving) => None,
        (Metric::Percentile(percentile), Limit::Time(limit)) if is_upper => {
            Some(Tolerated::Waiting(limit, 1.0 - percentile.percent() / 100.0))
        }
        (Metric::Errors | Metric::FailedRequests | Metric::FailedIterations, Limit::Share(most))
            if is_upper && threshold.limit.kind() == Kind::Share =>
        {
            Some(Tolerated::Absence(most.fraction()))
        }
        _ => None,
    }
}

impl Lengths {
    /// Adds the part of a gap in a load with this start and end. Times are since the start of the run; those of the
    /// stored gap are since the first user.
    pub(super) fn gap(&mut self, gap: Gap, load: (Duration, Duration), begun: Duration) {
        let from = gap.from.max(load.0);
        let within = gap.to.min(load.1).saturating_sub(from);
        if within.is_zero() {
            return;
        }
        let after = gap.to.saturating_sub(load.1);
        if gap.is_overtaken {
            // A visitor that arrived in it may have been answered, like others a moment before.
            if within < LEAST_NAMED {
                return;
            }
        } else if after.is_zero() {
            let entry = self.whole.entry(rounded(within)).or_default();
            *entry = (entry.0 + 1, entry.1 + within);
        } else {
            self.beyond.push((within, after));
        }
        let (from, to) = (from.saturating_sub(begun), gap.to.saturating_sub(begun));
        self.longest.push(Gap { from, to, ..gap });
        self.trim();
    }

    fn trim(&mut self) {
        if self.longest.len() > LONGEST * 2 {
            self.longest.sort_by(Gap::longest_first);
            self.longest.truncate(LONGEST);
        }
        if self.beyond.len() > LONGEST * 2 {
            self.beyond.sort_by_key(|(within, after)| std::cmp::Reverse(*within + *after));
            self.beyond.truncate(LONGEST);
        }
    }

    /// The longest ones.
    pub(crate) fn longest(&self) -> &[Gap] {
        &self.longest
    }

    /// The total time in which an arriving visitor would have waited longer than this: each gap except its last part of
    /// this length.
    pub(crate) fn longer(&self, limit: Duration) -> Duration {
        let least = nanos(limit);
        let whole = self.whole.range(least..).map(|(_, (count, time))| {
            let allowed = limit.saturating_mul(u32::try_from(*count).unwrap_or(u32::MAX));
            time.saturating_sub(allowed)
        });
        let beyond =
            self.beyond.iter().map(|(within, after)| within.saturating_sub(limit.saturating_sub(*after)));
        whole.chain(beyond).sum()
    }

    /// The total time of the gaps that are longer than this.
    pub(crate) fn covered(&self, least: Duration) -> Duration {
        let whole = self.whole.range(nanos(least).saturating_add(1)..).map(|(_, (_, time))| *time);
        let beyond = self.beyond.iter().filter(|(within, after)| *within + *after > least);
        whole.chain(beyond.map(|(within, _)| *within)).sum()
    }

    fn add(&mut self, other: &Self) {
        for (length, (count, time)) in &other.whole {
            let entry = self.whole.entry(*length).or_default();
            *entry = (entry.0 + count, entry.1 + *time);
        }
        self.beyond.extend(&other.beyond);
        self.longest.extend(&other.longest);
        self.trim();
    }
}

/// The lengths as one text: for each its nanoseconds, the number, and the total nanoseconds.
mod whole {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::nanos;
    use crate::serialized::table;

    type Whole = BTreeMap<u64, (u64, Duration)>;

    pub(super) fn serialize<S: Serializer>(whole: &Whole, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoded(whole))
    }

    fn encoded(whole: &Whole) -> String {
        table::encode(whole.iter().map(|(length, (count, time))| [*length, *count, nanos(*time)]))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Whole, D::Error> {
        let rows = table::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let rows = rows.into_iter();
        Ok(rows.map(|[length, count, time]| (length, (count, Duration::from_nanos(time)))).collect())
    }
}

/// The lengths beyond the load as one text: for each the nanoseconds in the load, and those after it.
mod beyond {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::nanos;
    use crate::serialized::table;

    pub(super) fn serialize<S: Serializer>(
        beyond: &[(Duration, Duration)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoded(beyond))
    }

    fn encoded(beyond: &[(Duration, Duration)]) -> String {
        table::encode(beyond.iter().map(|(within, after)| [nanos(*within), nanos(*after)]))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(Duration, Duration)>, D::Error> {
        let rows = table::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let rows = rows.into_iter().map(|row: [u64; 2]| row.map(Duration::from_nanos));
        Ok(rows.map(Into::into).collect())
    }
}

/// The nanoseconds of a time; the maximum for more than 584 years.
#[inline]
pub(crate) fn nanos(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(time.subsec_nanos()))
}

/// Keeps the first digits only, to limit the number of lengths.
fn rounded(length: Duration) -> u64 {
    let nanos = nanos(length);
    let lost = (nanos | 1).ilog2().saturating_sub(DIGITS - 1);
    nanos >> lost << lost
}
