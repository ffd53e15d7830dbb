//! The shards of a run that is split between several processes.

use molotov_core::Shard;

/// The missing shards of a run with these; empty if they belong to several runs.
pub(crate) fn missing<'s>(names: impl IntoIterator<Item = &'s str>) -> Vec<Shard> {
    let there: Vec<Shard> = names.into_iter().filter_map(|name| name.parse().ok()).collect();
    let count = match there.split_first() {
        Some((first, rest)) if rest.iter().all(|shard| shard.count == first.count) => first.count,
        _ => 0,
    };
    let all = (0..count).filter_map(|index| Shard::new(index, count));
    all.filter(|shard| !there.contains(shard)).collect()
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn missing_shards_are_those_of_one_run() {
        let missing = |names: &[&str]| {
            missing(names.iter().copied()).iter().map(ToString::to_string).collect::<Vec<_>>()
        };

        assert_eq!(missing(&["2/4", "0/4"]), ["1/4", "3/4"]);
        assert_eq!(missing(&["0/1"]), [""; 0]);
        assert_eq!(missing(&["0/2", "0/3"]), [""; 0]);
        assert_eq!(missing(&["eu", "us"]), [""; 0]);
    }
}
