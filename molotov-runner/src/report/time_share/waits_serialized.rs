//! Waits in serde: those of one route in one object, each with two numbers, because the end of a run with a thousand
//! users leaves as many.

use std::time::Duration;

use molotov_core::millis;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::waits::{Wait, Waits};
use crate::report::gaps::nanos;
use crate::serialized::table;

/// Waits of the same route, load, stay and limit.
#[derive(Serialize, Deserialize)]
struct WaitsOfRoute {
    name: String,
    #[serde(rename = "stopped_ms", with = "millis")]
    stopped: Duration,
    #[serde(rename = "left_ms", default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    left: Option<Duration>,
    #[serde(rename = "allowed_ms", with = "millis::option")]
    allowed: Option<Duration>,
    /// The times of each start and cancellation, in nanoseconds.
    times: String,
}

impl Serialize for Waits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let waits: Vec<_> = self.iter().collect();
        serializer.collect_seq(waits.chunk_by(|one, next| is_same(one, next)).map(group))
    }
}

fn is_same(one: &Wait, next: &Wait) -> bool {
    (&one.name, one.stopped, one.left, one.allowed) == (&next.name, next.stopped, next.left, next.allowed)
}

fn group(waits: &[&Wait]) -> WaitsOfRoute {
    let Wait { name, stopped, left, allowed, .. } = waits[0];
    WaitsOfRoute {
        name: name.to_string(),
        stopped: *stopped,
        left: *left,
        allowed: *allowed,
        times: table::encode(waits.iter().map(|wait| [nanos(wait.from), nanos(wait.to)])),
    }
}

impl<'de> Deserialize<'de> for Waits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut waits = Self::default();
        for WaitsOfRoute { name, stopped, left, allowed, times } in Vec::deserialize(deserializer)? {
            let name: std::sync::Arc<str> = name.into();
            for [from, to] in table::decode(&times).map_err(D::Error::custom)? {
                let (from, to) = (Duration::from_nanos(from), Duration::from_nanos(to));
                waits.push(Wait { name: name.clone(), from, to, stopped, left, allowed });
            }
        }
        Ok(waits)
    }
}
