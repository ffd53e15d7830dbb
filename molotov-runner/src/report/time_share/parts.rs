//! How many samples there were in each tenth of a second of a load, and how many of them were beyond a limit.

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

/// The shortest part, of which all others are a power of two.
const SHORTEST: Duration = Duration::from_millis(100);

/// Parts of the load that are kept.
const MOST: usize = 4_096;

/// Samples of a part of the load that stands for itself. Fewer are counted together with those of the next parts.
const ENOUGH: u64 = 20;

/// Counts for each part of a load, by when the sample began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parts {
    /// The length of a part, in tenths of a second.
    step: u32,
    /// Parts that are kept; when there are more, each two become one.
    #[serde(skip, default = "most")]
    most: usize,
    /// Whether the samples are those of requests, where those of iterations stand in for them.
    of_requests: bool,
    /// All samples, and those beyond the limit.
    #[serde(with = "counts")]
    counts: Vec<(u32, u32)>,
    /// The time of the load, once it is over.
    #[serde(rename = "time_ms", with = "millis")]
    time: Duration,
}

/// A share of the time, from 0 to 1, and how far it may be away from the truth by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) share: f64,
    /// The standard deviation, where the share is the one that is allowed.
    pub(crate) deviation: f64,
}

/// Parts that are looked at together.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    time: f64,
    all: u64,
    beyond: u64,
}

fn most() -> usize {
    MOST
}

impl Default for Parts {
    fn default() -> Self {
        Self { step: 1, most: MOST, of_requests: false, counts: Vec::new(), time: Duration::ZERO }
    }
}

impl Parts {
    /// Counts a sample that began at this time of the load.
    pub(crate) fn count(&mut self, start: Duration, is_beyond: bool) {
        let mut part = self.part(start);
        while part >= self.most {
            self.halve();
            part = self.part(start);
        }
        if part >= self.counts.len() {
            self.counts.resize(part + 1, (0, 0));
        }
        let (all, beyond) = &mut self.counts[part];
        (*all, *beyond) = (all.saturating_add(1), beyond.saturating_add(u32::from(is_beyond)));
    }

    /// The same, of which at most so many are kept.
    pub(super) fn with_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// None yet, of requests.
    pub(crate) fn of_requests() -> Self {
        Self { of_requests: true, ..Self::default() }
    }

    pub(super) fn is_of_requests(&self) -> bool {
        self.of_requests
    }

    /// With the time of the load, which is over.
    pub(crate) fn of_load(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    fn part(&self, start: Duration) -> usize {
        (start.as_nanos() / (SHORTEST * self.step).as_nanos()).try_into().unwrap_or(usize::MAX)
    }

    fn halve(&mut self) {
        self.step *= 2;
        let pairs = self.counts.chunks(2);
        self.counts = pairs.map(|pair| pair.iter().fold((0, 0), |one, other| sum(one, *other))).collect();
    }

    /// Adds those of another run at the same time.
    pub(crate) fn add(&mut self, other: &Self) {
        let time = self.time.max(other.time);
        if self.of_requests != other.of_requests {
            // Iterations say nothing any more.
            let requests = if self.of_requests { &*self } else { other };
            *self = requests.clone().of_load(time);
            return;
        }
        let mut other = other.clone();
        while self.step < other.step {
            self.halve();
        }
        while other.step < self.step {
            other.halve();
        }
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), (0, 0));
        }
        for (own, more) in self.counts.iter_mut().zip(&other.counts) {
            *own = sum(*own, *more);
        }
        self.time = time;
    }

    /// The share of the time in which a visitor would have been beyond the limit, of which `allowed` may be.
    ///
    /// In a part with k of n samples beyond the limit it is (k − 1) / (n − 1), the estimate for samples that are taken
    /// until so many are found (Haldane, 1945): a slow request itself takes the time in which others would have ended, so
    /// that k / n would be too much where users are few. Requests that are slow each by chance leave it at their share.
    pub(crate) fn estimate(&self, allowed: f64) -> Estimate {
        let time = self.time.as_secs_f64();
        let (mut share, mut variance) = (0.0, 0.0);
        if self.time.is_zero() {
            return Estimate::default();
        }
        for group in self.groups(time) {
            let Some(others) = group.all.checked_sub(1).filter(|others| *others > 0) else { continue };
            let weight = group.time / time;
            share += weight * group.beyond.saturating_sub(1) as f64 / others as f64;
            variance += weight * weight * allowed * (1.0 - allowed) / others as f64;
        }
        Estimate { share, deviation: variance.sqrt() }
    }

    /// Parts with samples enough by themselves, and those between them together, until they have as many. While nothing
    /// began, what had begun before went on.
    fn groups(&self, time: f64) -> Vec<Group> {
        let step = (SHORTEST * self.step).as_secs_f64();
        let (mut groups, mut open): (Vec<Group>, _) = (Vec::new(), Group::default());
        for part in 0..self.most.min((time / step).ceil() as usize) {
            let length = step.min(time - part as f64 * step);
            let (all, beyond) = self.counts.get(part).copied().unwrap_or_default();
            if let (0, 0, Some(before)) = (all, open.all, groups.last_mut()) {
                before.time += length;
                continue;
            }
            if u64::from(all) >= ENOUGH && open.all > 0 {
                groups.push(std::mem::take(&mut open));
            }
            open.time += length;
            open.all += u64::from(all);
            open.beyond += u64::from(beyond);
            if open.all >= ENOUGH {
                groups.push(std::mem::take(&mut open));
            }
        }
        groups.push(open);
        groups
    }
}

/// The counts as one text: of each part all samples, and those beyond the limit.
mod counts {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::serialized::table;

    pub(super) fn serialize<S: Serializer>(counts: &[(u32, u32)], serializer: S) -> Result<S::Ok, S::Error> {
        let rows = counts.iter().map(|(all, beyond)| [u64::from(*all), u64::from(*beyond)]);
        serializer.serialize_str(&table::encode(rows))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(u32, u32)>, D::Error> {
        let rows = table::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let count = |count: u64| u32::try_from(count).map_err(D::Error::custom);
        rows.into_iter().map(|[all, beyond]| Ok((count(all)?, count(beyond)?))).collect()
    }
}

fn sum(one: (u32, u32), other: (u32, u32)) -> (u32, u32) {
    (one.0.saturating_add(other.0), one.1.saturating_add(other.1))
}
