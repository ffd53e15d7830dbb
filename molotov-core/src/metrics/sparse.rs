//! Stored latencies, in their written encoding.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Latencies, hdr};

/// The distribution of some latencies, in about three bytes for each bucket that is not empty.
///
/// It contains the same as [`Latencies`], and must be converted to them for reading. With serde it is written in the
/// same format.
///
/// ```
/// use molotov::report::{Latencies, SparseLatencies};
/// use std::time::Duration;
///
/// let mut latencies = Latencies::default();
/// latencies.record(Duration::from_millis(7));
///
/// assert_eq!(SparseLatencies::from(&latencies).to_latencies(), latencies);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Latencies", into = "Latencies")]
pub struct SparseLatencies {
    /// The buckets in the V2 encoding of HdrHistogram; empty without latencies.
    buckets: Box<[u8]>,
    sum: u128,
    least: Duration,
    greatest: Duration,
    clamped: u64,
}

impl SparseLatencies {
    /// Returns `true` if there are no latencies.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The latencies.
    pub fn to_latencies(&self) -> Latencies {
        if self.buckets.is_empty() {
            return Latencies::default();
        }
        let buckets =
            hdr::decode(&self.buckets).unwrap_or_else(|why| unreachable!("our own encoding: {why}"));
        Latencies {
            buckets,
            sum: self.sum,
            least: self.least,
            greatest: self.greatest,
            clamped: self.clamped,
        }
    }
}

impl Default for SparseLatencies {
    fn default() -> Self {
        Self::from(&Latencies::default())
    }
}

impl From<&Latencies> for SparseLatencies {
    fn from(latencies: &Latencies) -> Self {
        let Latencies { buckets, sum, least, greatest, clamped } = latencies;
        let encoded = if latencies.count() == 0 { Vec::new() } else { hdr::encode(buckets) };
        Self { buckets: encoded.into(), sum: *sum, least: *least, greatest: *greatest, clamped: *clamped }
    }
}

impl From<Latencies> for SparseLatencies {
    fn from(latencies: Latencies) -> Self {
        Self::from(&latencies)
    }
}

impl From<SparseLatencies> for Latencies {
    fn from(latencies: SparseLatencies) -> Self {
        latencies.to_latencies()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost(nanos in prop::collection::vec((0u64..4_000_000_000_000, 0u32..40), 0..200)) {
            let mut latencies = Latencies::default();
            nanos.iter().for_each(|(nanos, shift)| latencies.record(Duration::from_nanos(nanos >> shift)));
            let sparse = SparseLatencies::from(&latencies);

            prop_assert_eq!(sparse.to_latencies(), latencies);
            let text = serde_json::to_string(&sparse).unwrap();
            prop_assert_eq!(serde_json::from_str::<SparseLatencies>(&text).unwrap(), sparse);
        }
    }
}
