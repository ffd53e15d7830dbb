//! A shard of a run that is split between several processes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The maximum number of shards, so that a wrong number does not list millions of missing ones.
const MOST: u32 = 10_000;

/// One process's part of a run that is split between several: `2/3` is the last of three.
///
/// Users, arrivals and rows are numbered in the whole run, and shard `i` of `n` has those whose number leaves the
/// remainder `i` when it is divided by `n`. So all shards together are the run of a single process.
///
/// ```
/// use molotov::plan::Shard;
///
/// let shard: Shard = "1/3".parse().unwrap();
/// assert_eq!((shard.index, shard.count), (1, 3));
/// assert!(shard.has(4) && !shard.has(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// The number of shards.
    pub count: u32,
}

impl Shard {
    /// The single shard of a run that is not split.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// This shard of this many; `None` unless the index is below the count, and the count at most 10,000.
    ///
    /// ```
    /// use molotov::plan::Shard;
    ///
    /// assert_eq!(Shard::new(2, 3).map(|shard| shard.to_string()), Some("2/3".into()));
    /// assert_eq!(Shard::new(3, 3), None);
    /// ```
    pub fn new(index: u32, count: u32) -> Option<Self> {
        (index < count && count <= MOST).then_some(Self { index, count })
    }

    /// Returns `true` for the first shard, for work that only one of them may do.
    ///
    /// ```
    /// use molotov::plan::Shard;
    ///
    /// assert!(Shard::WHOLE.is_first());
    /// ```
    pub fn is_first(self) -> bool {
        self.index == 0
    }

    /// Returns `true` if the thing of this number in the whole run belongs to this shard.
    ///
    /// ```
    /// use molotov::plan::Shard;
    ///
    /// let shard = Shard::new(0, 2).unwrap();
    /// let own: Vec<u64> = (0..6).filter(|number| shard.has(*number)).collect();
    /// assert_eq!(own, [0, 2, 4]);
    /// ```
    pub fn has(self, number: u64) -> bool {
        number % u64::from(self.count) == u64::from(self.index)
    }

    /// The share of this many things: those whose numbers, from 0 on, belong to this shard.
    ///
    /// ```
    /// use molotov::plan::Shard;
    ///
    /// let shares = [0, 1, 2].map(|index| Shard::new(index, 3).unwrap().share(7));
    /// assert_eq!(shares, [3, 2, 2]);
    /// ```
    pub fn share(self, all: u64) -> u64 {
        all.saturating_sub(self.index.into()).div_ceil(self.count.into())
    }

    /// The number in the whole run of the thing that is `nth`, from 0 on, in this shard.
    ///
    /// ```
    /// use molotov::plan::Shard;
    ///
    /// assert_eq!(Shard::new(1, 3).unwrap().nth(2), 7);
    /// ```
    pub fn nth(self, nth: u64) -> u64 {
        nth.saturating_mul(self.count.into()).saturating_add(self.index.into())
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
        let Some((index, count)) = text.split_once('/') else {
            return Err(format!("`{text}` is no shard; the first of three is `0/3`{}", cure(text)));
        };
        match (number(index), number(count)) {
            (Some(_), Some(count)) if count > MOST => {
                Err(format!("`{text}`: at most {MOST} shards, for example `0/{MOST}`"))
            }
            (Some(index), Some(count)) if count > 0 => Self::new(index, count)
                .ok_or_else(|| format!("`{text}`: shards count from 0: 0/{count} to {}/{count}", count - 1)),
            _ => Err(format!("`{text}` is no shard; the first of three is `0/3`, the last is `2/3`")),
        }
    }
}

/// Digits alone: `u32` parses `+1`, too.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u32::MAX))
}

/// The cure for a number alone, which is the number of shards.
fn cure(text: &str) -> String {
    number(text).map_or_else(String::new, |count| {
        format!(", and `auto/{count}` takes the index from the engine that starts the program")
    })
}

impl TryFrom<&str> for Shard {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
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
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn shard_is_an_index_below_its_count() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        assert_eq!(Shard { index: 2, count: 3 }.to_string(), "2/3");
        assert_eq!(Shard::new(10_000, 10_001), None);
    }

    #[test]
    fn each_mistake_names_the_text_and_the_cure() {
        for (text, cure) in [
            ("4/4", "shards count from 0: 0/4 to 3/4"),
            ("0/0", "the first of three is `0/3`"),
            ("-1/4", "the first of three is `0/3`"),
            ("+1/4", "the first of three is `0/3`"),
            ("1/4/2", "the first of three is `0/3`"),
            ("a/b", "the first of three is `0/3`"),
            ("", "the first of three is `0/3`"),
            ("1/20000", "at most 10000 shards"),
            ("99999999999/4", "shards count from 0"),
            ("12", "`auto/12` takes the index"),
        ] {
            let why = text.parse::<Shard>().unwrap_err();
            assert!(why.contains(&format!("`{text}`")) && why.contains(cure), "{why}");
        }
    }

    proptest! {
        #[test]
        fn each_number_belongs_to_one_shard(count in 1u32..50, all in 0u64..500) {
            let shards: Vec<_> = (0..count).filter_map(|index| Shard::new(index, count)).collect();

            for number in 0..all {
                prop_assert_eq!(shards.iter().filter(|shard| shard.has(number)).count(), 1);
            }
            for shard in &shards {
                let own: Vec<u64> = (0..all).filter(|number| shard.has(*number)).collect();
                prop_assert_eq!(own.len() as u64, shard.share(all));
                prop_assert!(own.iter().enumerate().all(|(nth, number)| shard.nth(nth as u64) == *number));
            }
        }

        #[test]
        fn text_is_never_a_panic(text in any::<String>(), numbers in "[0-9/+-]{0,12}") {
            for text in [text, numbers] {
                if let Ok(shard) = text.parse::<Shard>() {
                    prop_assert!(shard.index < shard.count);
                }
            }
        }
    }
}
