//! Labels of other tools, which select samples as braces do here: k6's `http_req_duration{scenario:slow}`.

use crate::plan::threshold::{Key, Selector};

/// The labels of a metric, each with its value.
pub(super) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Splits a metric into its name and its labels.
    pub(super) fn split(left: &str) -> (String, Self) {
        let Some((before, rest)) = left.split_once('{') else { return (left.to_owned(), Self(Vec::new())) };
        // A name may have braces itself.
        let (inner, behind) = rest.rsplit_once('}').unwrap_or((rest, ""));
        (format!("{before}{behind}"), Self(inner.split(',').filter_map(label).collect()))
    }

    /// Our words for the metric, narrowed by the first label with an equivalent selector.
    pub(super) fn narrow(&self, right: &str) -> Option<String> {
        let selector = self.0.iter().find_map(|(word, value)| selector(word, value))?.to_string();
        if right.contains("{check=NAME}") {
            return Some(right.replace("{check=NAME}", &selector));
        }
        let (metric, limit) = right.split_once(' ')?;
        Some(format!("{metric}{selector} {limit}"))
    }

    /// The labels that are missing in these words.
    pub(super) fn left_out(&self, right: &str) -> String {
        let left_out = self.0.iter().filter(|(word, value)| {
            !selector(word, value).is_some_and(|selector| right.contains(&selector.to_string()))
        });
        left_out.map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(" and ")
    }
}

/// A word and its value, without the quotes.
fn label(text: &str) -> Option<(String, String)> {
    let (word, value) = text.split_once([':', '='])?;
    let value = value.trim().trim_matches(|c| "\"'".contains(c));
    Some((word.trim().to_lowercase(), value.to_owned())).filter(|_| !value.is_empty())
}

/// The selector that is equivalent to a label.
fn selector(word: &str, value: &str) -> Option<Selector> {
    let key = match word {
        // k6 names a request by its URL unless it has a name.
        "name" | "url" => Key::Route,
        word => Key::ALL.into_iter().find(|key| key.word() == word)?,
    };
    Some(Selector::new(key, value.to_owned()))
}
