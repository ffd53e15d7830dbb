//! Shards are merged once each, and either all of them or with consent to missing ones.

use super::*;
use crate::report::Verdict;

/// The results of a shard, or of a whole run if it has no name.
fn results(id: u32, shard: &str) -> (String, RunResults) {
    let file = file_of(&[], &test_reports::sound());
    let file = file.replacen("\"id\":\"0000000000000007\"", &format!("\"id\":\"{id}\""), 1);
    let shard = if shard.is_empty() { "null".to_owned() } else { format!("\"{shard}\"") };
    let file = file.replacen("\"shard\":null", &format!("\"shard\":{shard}"), 1);
    (format!("{id}.jsonl"), read(file.as_bytes()).unwrap())
}

fn problems(runs: Vec<(String, RunResults)>) -> String {
    merge_all(runs).unwrap_err().to_string()
}

#[test]
fn shards_are_merged_each_once() {
    let all = merge_all(vec![results(1, "1/3"), results(2, "0/3"), results(3, "2/3")]).unwrap();

    assert_eq!(all.report.shards, ["0/3", "1/3", "2/3"]);
    let twice = problems(vec![results(1, "0/2"), results(2, "1/2"), results(3, "1/2")]);
    assert_eq!(twice, "3.jsonl: shard 1/2, as 2.jsonl; it would count twice");
    let of_others = problems(vec![results(1, "0/1"), results(2, "0/2"), results(3, "1/2")]);
    assert!(of_others.contains("2.jsonl: shard 0/2, and 1.jsonl is shard 0/1 of another run"), "{of_others}");
    let whole = problems(vec![results(1, "0/1"), results(2, "")]);
    assert_eq!(whole, "2.jsonl: no shard, and 1.jsonl is shard 0/1");
}

#[test]
fn missing_shards_are_named_or_make_the_verdict_suspect() {
    let two = || vec![results(1, "1/3"), results(2, "2/3")];

    assert_eq!(problems(two()), "shard 0/3 is missing: name its file, or say --allow-missing");
    let merged_two = merge(two(), MissingShards::Allowed).unwrap();
    assert_eq!(merged_two.report.verdict(), Verdict::Suspect);
    // The third one can be added later.
    let all = merge_all(vec![("two.jsonl".into(), merged_two), results(3, "0/3")]).unwrap();
    assert_eq!(all.report.verdict(), Verdict::Valid);
}
