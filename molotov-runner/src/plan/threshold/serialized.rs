//! Thresholds in serde: their text, without secrets.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Threshold, secret};

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Self::parse_all(&text).as_deref() {
            Ok([threshold]) => Ok(threshold.clone()),
            Ok(_) => Err(D::Error::custom(format!("`{text}` is more than one threshold"))),
            Err(mistake) => Err(D::Error::custom(mistake)),
        }
    }
}

/// Writes the name of a selector.
pub(super) fn name<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&secret::masked(name))
}
