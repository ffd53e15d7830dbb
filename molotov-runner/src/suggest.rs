//! Suggestions for misspelt words.

/// The similarity from which on a word is treated as a misspelling of another.
const ALIKE: f64 = 0.75;

/// The maximum number of valid words in a message.
const MOST: usize = 20;

/// The most similar valid word, if any.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (likeness(name, word), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn likeness(name: &str, word: &str) -> f64 {
    // In a short word, two swapped letters are a large part.
    let is_slip = word.chars().count() > 2 && strsim::osa_distance(name, word) == 1;
    strsim::jaro_winkler(name, word).max(if is_slip { 0.9 } else { 0.0 })
}

/// The cure for an invalid word.
pub(crate) fn cure<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => format!("there is no {what} at all"),
        None => {
            let quoted: Vec<_> = known.iter().take(MOST).map(|name| format!("`{name}`")).collect();
            let more = match known.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("there is {}{more}", quoted.join(", "))
        }
    }
}
