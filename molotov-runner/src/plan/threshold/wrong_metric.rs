//! Messages about a metric that does not exist, or not for these samples.

use super::EXAMPLE;
use super::metric::{Key, Metric, RequestPhase};
use crate::suggest;

pub(super) fn not_of_phase(phase: RequestPhase, name: &str) -> String {
    let phase = phase.word();
    let what = if name.is_empty() { "needs a percentile".into() } else { format!("has no `{name}`") };
    format!("`{phase}` {what}; write for example `{phase}.p99 < 100ms`, or `min`, `mean` or `max`")
}

pub(super) fn unknown_metric(word: &str) -> String {
    let is_percentile =
        word.strip_prefix('p').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
    if is_percentile {
        return format!("`{word}` is no percentile; from p0.001 to p99.999, with at most three decimals");
    }
    let also = match word {
        "avg" | "average" => Some("mean"),
        "med" | "median" => Some("p50"),
        _ => suggest::nearest(word, Metric::words()),
    };
    match also {
        Some(meant) => format!("`{word}` is not known; did you mean `{meant}`?"),
        None => {
            let words: Vec<_> = Metric::words().collect();
            format!("`{word}` is not known; {EXAMPLE}; there is p50, p99, p99.9, …, {}", words.join(", "))
        }
    }
}

/// A message that lists the selectors of a metric, for a selector that it does not have.
pub(super) fn wrong_selector(metric: Metric, of: Option<Key>) -> String {
    let all: Vec<_> = metric.keys().iter().flatten().map(|key| format!("`{{{}=…}}`", key.word())).collect();
    match of {
        None => format!("`{metric}` needs to know of what: {}", all.join(" or ")),
        Some(key) if all.is_empty() => {
            format!("`{metric}` is of the whole run, not of a {}; leave that out", key.word())
        }
        Some(key) => format!("there is no `{metric}` of a {}; only of {}", key.word(), all.join(", ")),
    }
}
