//! Latencies for serde: the figures for people, and the histogram for reading back.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Latencies, hdr};
use crate::base64;
use crate::millis;

/// The figures for people. A figure is `None` if it needs more samples than there are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LatencySummary {
    /// The number of latencies.
    pub count: u64,
    /// Their sum.
    #[serde(rename = "sum_ms", with = "millis")]
    pub sum: Duration,
    /// The arithmetic mean.
    #[serde(rename = "mean_ms", with = "millis::option")]
    pub mean: Option<Duration>,
    /// The least.
    #[serde(rename = "min_ms", with = "millis::option")]
    pub min: Option<Duration>,
    /// The median.
    #[serde(rename = "p50_ms", with = "millis::option")]
    pub p50: Option<Duration>,
    /// The 90th percentile.
    #[serde(rename = "p90_ms", with = "millis::option")]
    pub p90: Option<Duration>,
    /// The 95th percentile.
    #[serde(rename = "p95_ms", with = "millis::option")]
    pub p95: Option<Duration>,
    /// The 99th percentile.
    #[serde(rename = "p99_ms", with = "millis::option")]
    pub p99: Option<Duration>,
    /// The 99.9th percentile.
    #[serde(rename = "p99_9_ms", with = "millis::option")]
    pub p99_9: Option<Duration>,
    /// The greatest.
    #[serde(rename = "max_ms", with = "millis::option")]
    pub max: Option<Duration>,
    /// The number of latencies that were longer than one hour.
    pub clamped: u64,
}

/// The part from which latencies are read back; the rest follows from it.
#[derive(Serialize, Deserialize)]
struct Exact {
    /// The sum in nanoseconds, as text, because JavaScript keeps only 53 bits of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum_ns: Option<String>,
    /// All latencies, in microseconds: base64 of the V2 encoding of HdrHistogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    histogram: Option<String>,
}

#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    summary: LatencySummary,
    #[serde(flatten)]
    exact: Exact,
}

#[derive(Deserialize)]
struct Read {
    count: u64,
    #[serde(default, rename = "min_ms", with = "millis::option")]
    min: Option<Duration>,
    #[serde(default, rename = "max_ms", with = "millis::option")]
    max: Option<Duration>,
    #[serde(default)]
    clamped: u64,
    #[serde(flatten)]
    exact: Exact,
}

impl Latencies {
    /// The figures for people.
    pub fn summary(&self) -> LatencySummary {
        LatencySummary {
            count: self.count(),
            sum: self.sum(),
            mean: self.mean(),
            min: self.min(),
            p50: self.percentile(50.0),
            p90: self.percentile(90.0),
            p95: self.percentile(95.0),
            p99: self.percentile(99.0),
            p99_9: self.percentile(99.9),
            max: self.max(),
            clamped: self.clamped(),
        }
    }

    fn exact(&self) -> Exact {
        if self.count() == 0 {
            return Exact { sum_ns: None, histogram: None };
        }
        Exact {
            sum_ns: Some(self.sum.to_string()),
            histogram: Some(base64::encode(&hdr::encode(&self.buckets))),
        }
    }
}

/// The figures and, if there are latencies, the histogram.
impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { summary: self.summary(), exact: self.exact() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Read::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(Read { count, min, max, clamped, exact }: Read) -> Result<Latencies, &'static str> {
    if count == 0 {
        return Ok(Latencies::default());
    }
    let histogram = exact.histogram.ok_or("there are latencies, and no `histogram` of them")?;
    let bytes = base64::decode(&histogram).ok_or("the histogram is not base64")?;
    let buckets = hdr::decode(&bytes)?;
    if buckets.total() != count {
        return Err("the histogram has another number of latencies than `count`");
    }
    let sum = exact.sum_ns.and_then(|sum| sum.parse().ok()).ok_or("`sum_ns` is missing or not a number")?;
    let (least, greatest) = min.zip(max).ok_or("`min_ms` or `max_ms` is missing")?;
    Ok(Latencies { buckets, sum, least, greatest, clamped })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn latencies_are_read_back_as_they_were(
            nanos in prop::collection::vec((0u64..4_000_000_000_000, 0u32..40), 0..200),
        ) {
            let mut latencies = Latencies::default();
            nanos.iter().for_each(|(nanos, shift)| latencies.record(Duration::from_nanos(nanos >> shift)));

            let text = serde_json::to_string(&latencies).unwrap();

            prop_assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
        }
    }

    #[test]
    fn a_sum_of_more_than_53_bits_is_read_back() {
        let mut latencies = Latencies::default();
        latencies.record(Duration::from_nanos(3_000_001));
        (0..50).for_each(|_| latencies.add(&latencies.clone()));
        latencies.record(Duration::from_nanos(1));

        let text = serde_json::to_string(&latencies).unwrap();

        assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
    }

    #[test]
    fn text_that_was_cut_or_changed_is_refused() {
        let mut latencies = Latencies::default();
        latencies.record(Duration::from_millis(7));
        let good = serde_json::to_value(&latencies).unwrap();
        for (key, value, says) in [
            ("histogram", "HISTFAAA".into(), "not in"),
            ("histogram", "?".into(), "base64"),
            ("count", 2.into(), "another number"),
            ("sum_ns", "many".into(), "sum_ns"),
            ("min_ms", (-1).into(), "milliseconds"),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            let why = serde_json::from_value::<Latencies>(bad).unwrap_err().to_string();
            assert!(why.contains(says) || why.contains("too short"), "{why}");
        }
    }
}
