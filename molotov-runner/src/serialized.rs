//! JSON forms of values, for serde's `with`, that are more readable than the derived ones.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as text, for instance a rate or a 64-bit number, which JavaScript would round.
pub(crate) mod text {
    use super::*;

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }

    /// The same for an optional value.
    pub(crate) mod option {
        use super::*;

        pub(crate) fn serialize<T: Display, S: Serializer>(
            value: &Option<T>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            value.as_ref().map(ToString::to_string).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
        where
            T: FromStr<Err: Display>,
            D: Deserializer<'de>,
        {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
        }
    }
}

/// A map with keys as text: serde reads numeric keys only directly from text.
pub(crate) mod text_keys {
    use std::collections::BTreeMap;

    use super::*;

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: FromStr<Err: Display> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let map = BTreeMap::<String, V>::deserialize(deserializer)?;
        map.into_iter().map(|(key, value)| Ok((key.parse().map_err(D::Error::custom)?, value))).collect()
    }
}

/// A rate as a number per second.
pub(crate) mod per_second {
    use molotov_core::Rate;

    use super::*;

    const THOUSANDTHS_PER_HOUR: f64 = 3_600_000.0;

    pub(crate) fn serialize<S: Serializer>(rate: &Rate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(rate.in_a_second())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        f64::deserialize(deserializer).map(rate)
    }

    fn rate(times: f64) -> Rate {
        Rate::from_thousandths_per_hour((times * THOUSANDTHS_PER_HOUR).round() as u64)
    }

    /// The same for an optional rate.
    pub(crate) mod option {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(
            rate: &Option<Rate>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            rate.map(Rate::in_a_second).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Rate>, D::Error> {
            Option::<f64>::deserialize(deserializer).map(|times| times.map(rate))
        }
    }
}

/// A point in time, in UTC (RFC 3339).
pub(crate) mod moment {
    use std::time::SystemTime;

    use super::*;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        humantime::parse_rfc3339(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    /// In milliseconds, if the time is a whole number of them.
    fn rfc3339(time: SystemTime) -> String {
        let nanos = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        if nanos.is_multiple_of(1_000_000) {
            return humantime::format_rfc3339_millis(time).to_string();
        }
        humantime::format_rfc3339_nanos(time).to_string()
    }

    /// The same for an optional time.
    pub(crate) mod option {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(
            time: &Option<SystemTime>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            time.map(rfc3339).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<SystemTime>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| humantime::parse_rfc3339(&text)).transpose().map_err(D::Error::custom)
        }
    }
}

/// A number of the user's own. A number that is not finite is written as null, because JSON has no other notation, and
/// is read as NaN.
pub(crate) mod number {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Some(*number).filter(|number| number.is_finite()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}

/// One iteration of one user, as an object.
pub(crate) mod place {
    use molotov_core::{Iteration, UserId};

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct PlaceForm {
        user: UserId,
        iteration: Iteration,
    }

    pub(crate) fn serialize<S: Serializer>(
        &(iteration, user): &(Iteration, UserId),
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        PlaceForm { user, iteration }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<(Iteration, UserId), D::Error> {
        PlaceForm::deserialize(deserializer).map(|PlaceForm { user, iteration }| (iteration, user))
    }

    /// The same for an optional iteration, with the user first.
    pub(crate) mod option {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(
            place: &Option<(UserId, Iteration)>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            place.map(|(user, iteration)| PlaceForm { user, iteration }).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<(UserId, Iteration)>, D::Error> {
            let place = Option::<PlaceForm>::deserialize(deserializer)?;
            Ok(place.map(|PlaceForm { user, iteration }| (user, iteration)))
        }
    }
}

/// Rows of whole numbers as one text, `12,3 4,0`, because a list would take a line for each number.
pub(crate) mod table {
    /// Writes the rows.
    pub(crate) fn encode<const N: usize>(rows: impl IntoIterator<Item = [u64; N]>) -> String {
        let mut text = String::new();
        for row in rows {
            let mut separator = if text.is_empty() { "" } else { " " };
            for number in row {
                text.push_str(separator);
                text.push_str(&number.to_string());
                separator = ",";
            }
        }
        text
    }

    /// Reads the rows.
    ///
    /// # Errors
    ///
    /// Returns an error for any other text.
    pub(crate) fn decode<const N: usize>(text: &str) -> Result<Vec<[u64; N]>, String> {
        let rows = text.split_whitespace();
        rows.map(|text| row(text).ok_or_else(|| format!("`{text}` is no row of {N} numbers"))).collect()
    }

    fn row<const N: usize>(text: &str) -> Option<[u64; N]> {
        let numbers = text.split(',').map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
        numbers.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_back() {
        let rows = vec![[1, u64::MAX], [0, 3]];

        assert_eq!(table::encode(rows.clone()), "1,18446744073709551615 0,3");
        assert_eq!(table::decode("1,18446744073709551615 0,3"), Ok(rows));
        assert_eq!(table::decode::<2>(""), Ok(vec![]));
        assert_eq!(table::decode::<2>("1,2 3"), Err("`3` is no row of 2 numbers".into()));
        assert!(table::decode::<2>("1,-2").is_err());
    }
}
