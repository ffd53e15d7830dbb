//! The latencies of a line of a results file: the compressed histogram, and exact figures beside it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Latencies, duration, hdr};
use crate::base64;

/// The limit of latencies in one histogram, so that a million histograms add up.
const MOST: u64 = 1 << 40;

/// Latencies with their histogram in the compressed encoding of HdrHistogram.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompressedLatencies {
    n: u64,
    /// Written as text, because JavaScript keeps only 53 bits of a number.
    sum_ns: String,
    min_ns: u64,
    max_ns: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    clamped: u64,
    hist: String,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<&Latencies> for CompressedLatencies {
    fn from(latencies: &Latencies) -> Self {
        Self {
            n: latencies.count(),
            sum_ns: latencies.sum.to_string(),
            min_ns: nanos(latencies.min()),
            max_ns: nanos(latencies.max()),
            clamped: latencies.clamped,
            hist: latencies.compressed_histogram(),
        }
    }
}

fn nanos(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

impl TryFrom<&CompressedLatencies> for Latencies {
    type Error = &'static str;

    fn try_from(compressed: &CompressedLatencies) -> Result<Self, Self::Error> {
        let bytes = base64::decode(&compressed.hist).ok_or("the histogram is not base64")?;
        let buckets = hdr::decompress(&bytes)?;
        let sum: u128 = compressed.sum_ns.parse().map_err(|_| "`sum_ns` is not a number")?;
        let [least, greatest] = [compressed.min_ns, compressed.max_ns].map(|nanos| duration(nanos.into()));
        if buckets.total() != compressed.n {
            return Err("the histogram has another number of latencies than `n`");
        }
        if compressed.n.max(compressed.clamped) > MOST || least > greatest {
            return Err("the histogram counts more latencies than there can be, or its extremes are none");
        }
        if compressed.n == 0 {
            return Ok(Self::default());
        }
        Ok(Self { buckets, sum, least, greatest, clamped: compressed.clamped })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn latencies(nanos: &[(u64, u32)]) -> Latencies {
        let mut latencies = Latencies::default();
        nanos.iter().for_each(|(nanos, shift)| latencies.record(Duration::from_nanos(nanos >> shift)));
        latencies
    }

    fn nanos() -> impl Strategy<Value = Vec<(u64, u32)>> {
        prop::collection::vec((0u64..4_000_000_000_000, 0u32..40), 0..100)
    }

    proptest! {
        #[test]
        fn differences_add_up_to_the_whole(parts in prop::collection::vec(nanos(), 1..5)) {
            let (mut so_far, mut sum) = (Latencies::default(), Latencies::default());
            for part in parts {
                let earlier = so_far.clone();
                so_far.add(&latencies(&part));
                let since = CompressedLatencies::from(&so_far.since(&earlier));
                let text = serde_json::to_string(&since).unwrap();
                let read: CompressedLatencies = serde_json::from_str(&text).unwrap();
                sum.add(&Latencies::try_from(&read).unwrap());
            }

            prop_assert_eq!(sum, so_far);
        }
    }

    #[test]
    fn damaged_histogram_is_refused() {
        let good = serde_json::to_value(CompressedLatencies::from(&latencies(&[(7_000_000, 0)]))).unwrap();
        let bomb = hdr::deflated(&vec![0; 40 * 1024 * 1024]);
        for (key, value, says) in [
            ("hist", "?".into(), "base64"),
            ("hist", "AAAA".into(), "too short"),
            ("hist", base64::encode(&[7; 40]).into(), "not in the compressed"),
            ("hist", base64::encode(&bomb).into(), "more than 1 MiB"),
            ("n", 2.into(), "another number"),
            ("sum_ns", "many".into(), "sum_ns"),
            ("min_ns", 9_000_000_000u64.into(), "extremes"),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            let bad: CompressedLatencies = serde_json::from_value(bad).unwrap();
            let why = Latencies::try_from(&bad).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}
