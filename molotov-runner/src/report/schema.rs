//! The version of the report's schema.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The version of the schema: it increases when a field is removed or changes its meaning.
pub(super) const SCHEMA: u32 = 2;

/// The schema version of a written report. Only one version can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schema;

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            SCHEMA => Ok(Self),
            other => Err(D::Error::custom(format!(
                "it is of version {other} of the schema, and this version of molotov ({}) reads version {SCHEMA}",
                env!("CARGO_PKG_VERSION")
            ))),
        }
    }
}
