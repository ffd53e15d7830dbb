//! Durations as numbers of milliseconds, for serde's `with`.
//!
//! Times of up to 99 days, and whole milliseconds of any length, survive writing and reading unchanged.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

const NANOS: f64 = 1e6;

/// Writes a duration.
///
/// # Errors
///
/// Returns the errors of the serializer.
pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(number(*time))
}

/// Reads a duration.
///
/// # Errors
///
/// When the value is not a number of milliseconds.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    time(f64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not a number of milliseconds"))
}

/// One division rounds once, so the shortest decimal form of the result is the exact value.
fn number(time: Duration) -> f64 {
    time.as_nanos() as f64 / NANOS
}

fn time(number: f64) -> Option<Duration> {
    if !(0.0..u64::MAX as f64).contains(&number) {
        return None;
    }
    let nanos = ((number - number.trunc()) * NANOS).round();
    Some(Duration::from_millis(number as u64) + Duration::from_nanos(nanos as u64))
}

/// Optional durations.
pub mod option {
    use super::{Deserialize, Deserializer, Duration, Error, Serializer};

    /// Writes a duration, or null.
    ///
    /// # Errors
    ///
    /// Returns the errors of the serializer.
    pub fn serialize<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_some(&super::number(*time)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a duration, or null.
    ///
    /// # Errors
    ///
    /// When the value is neither null nor a number of milliseconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
        super::time(number).map(Some).ok_or_else(|| D::Error::custom("not a number of milliseconds"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_are_read_back_as_they_were(seconds in 0u64..8_500_000, nanos in 0u32..1_000_000_000, ms: u32) {
            for was in [Duration::new(seconds, nanos), Duration::from_millis(u64::from(ms) << 20)] {
                prop_assert_eq!(time(number(was)), Some(was));
            }
        }
    }

    #[test]
    fn invalid_time_is_refused() {
        for number in [-1.0, f64::NAN, f64::INFINITY, 1e30] {
            assert_eq!(time(number), None);
        }
    }
}
