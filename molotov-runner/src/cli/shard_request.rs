//! The value of `--shard`.

use std::str::FromStr;

use molotov_core::Shard;

/// The value of `--shard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShardRequest {
    Given(Shard),
    /// From the engine that started the program; with the number of shards, if it was given.
    Auto(Option<u32>),
}

impl FromStr for ShardRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("auto") {
            Some("") => Ok(Self::Auto(None)),
            Some(count) => {
                let shard =
                    count.strip_prefix('/').and_then(|count| format!("0/{count}").parse::<Shard>().ok());
                let count = shard.ok_or_else(|| {
                    format!("`{text}`: the number of shards is 1 to 10000, for example auto/12")
                })?;
                Ok(Self::Auto(Some(count.count)))
            }
            None => text.parse().map(Self::Given),
        }
    }
}
