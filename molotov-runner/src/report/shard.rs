//! A shard of a run that is split between several processes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A shard of a run that is split between several processes: `2/3` is the last of three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shard {
    /// From 0.
    pub(crate) index: u32,
    pub(crate) count: u32,
}

impl Shard {
    /// The missing shards of a run with these; empty if they belong to several runs.
    pub(crate) fn missing<'s>(names: impl IntoIterator<Item = &'s str>) -> Vec<Self> {
        let there: Vec<Self> = names.into_iter().filter_map(|name| name.parse().ok()).collect();
        let count = match there.split_first() {
            Some((first, rest)) if rest.iter().all(|shard| shard.count == first.count) => first.count,
            _ => 0,
        };
        let all = (0..count).map(|index| Self { index, count });
        all.filter(|shard| !there.contains(shard)).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        /// The limit prevents a huge list of missing shards from a hostile file.
        const MOST: u32 = 10_000;
        let numbers =
            text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index < count && count <= MOST => Ok(Self { index, count }),
            _ => Err(format!("`{text}` is no shard such as `0/3`")),
        }
    }
}

impl Serialize for Shard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Shard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_is_an_index_below_its_count() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        assert_eq!(Shard { index: 2, count: 3 }.to_string(), "2/3");
        for text in ["3/3", "1", "", "a/b", "-1/3", "0/0", "1/99999999"] {
            assert!(text.parse::<Shard>().unwrap_err().contains("is no shard"), "{text}");
        }
    }

    #[test]
    fn missing_shards_are_those_of_one_run() {
        let missing = |names: &[&str]| {
            Shard::missing(names.iter().copied()).iter().map(ToString::to_string).collect::<Vec<_>>()
        };

        assert_eq!(missing(&["2/4", "0/4"]), ["1/4", "3/4"]);
        assert_eq!(missing(&["0/1"]), [""; 0]);
        assert_eq!(missing(&["0/2", "0/3"]), [""; 0]);
        assert_eq!(missing(&["eu", "us"]), [""; 0]);
    }
}
