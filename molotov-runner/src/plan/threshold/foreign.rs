//! Bounds in the words of other tools, such as k6's `p(95)<500`, and their translation.
//!
//! They are rejected, because a number of milliseconds there may have another unit for a reader here. The translation
//! only improves the error message.

use std::ops::Range;
use std::sync::LazyLock;

use self::labels::Labels;
use self::words::{METHODS, Meaning, meaning};
use super::{Mistake, parse};

mod labels;
mod words;

/// One bound of another tool, in parts.
struct Foreign {
    meanings: Vec<Meaning>,
    /// The percentile, such as `95`.
    percentile: Option<String>,
    methods: Vec<String>,
    relation: &'static str,
    number: f64,
    unit: String,
    /// `true` if the metric's name implies percent.
    is_percent: bool,
    labels: Labels,
}

/// The whole of a share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// One, as in k6 and Locust.
    One,
    /// A hundred.
    Hundred,
}

/// Returns the mistake, or a mistake with the nearest valid words if the words at this place are another tool's.
pub(super) fn explain(mistake: Mistake, text: &str, place: Range<usize>) -> Mistake {
    let part = &text[place.clone()];
    // A mistake behind a valid word is about the text at that place.
    let end = part.find(|letter: char| !letter.is_alphanumeric() && !"._-".contains(letter));
    let own = &part[..end.unwrap_or(part.len())];
    match nearest(part) {
        Some(right) if right.split([' ', '{']).next() != Some(own) => {
            let left_out = Foreign::read(part).map(|foreign| foreign.left_out(&right)).unwrap_or_default();
            let why = format!("`{part}` is written otherwise here; write `{right}`{left_out}");
            Mistake::new(why, text, place)
        }
        _ => mistake,
    }
}

/// The nearest valid words for an invalid bound in another tool's words.
pub(super) fn nearest(text: &str) -> Option<String> {
    let foreign = Foreign::read(text)?;
    let right = foreign.metric_and_limit()?;
    let narrowed = foreign.labels.narrow(&right).filter(|narrowed| parse::is_valid(narrowed));
    // The suggestion itself must be valid, except for a user's own name.
    narrowed.or_else(|| parse::is_valid(&right).then_some(right))
}

impl Foreign {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || "'\"[]".contains(c));
        let (left, relation, right) = split(text)?;
        let (left, labels) = Labels::split(left);
        let right = right.trim().trim_matches(|c: char| "'\"])".contains(c)).trim();
        let digits = right.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(right.len());
        let mut foreign = Self {
            meanings: Vec::new(),
            percentile: None,
            methods: Vec::new(),
            relation,
            number: right[..digits].parse().ok()?,
            unit: right[digits..].trim().to_lowercase(),
            is_percent: false,
            labels,
        };
        foreign.read_left(&left.to_lowercase()).then_some(foreign)
    }

    /// The labels that are missing in the valid words, as text.
    fn left_out(&self, right: &str) -> String {
        let words = self.labels.left_out(right);
        if words.is_empty() { words } else { format!("; nothing is selected by {words} here") }
    }

    /// Reads the metric; returns `false` for an unknown word.
    fn read_left(&mut self, left: &str) -> bool {
        let joined = left.replace(['_', '-'], "");
        let words = joined.split(|c: char| !c.is_alphanumeric() && c != '%');
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        // `95% Line`, `p(99.9)`: the point belongs to the number.
        self.percentile = percentile(&joined);
        let all = words.concat();
        self.is_percent = all == "maxerrorrate" || all.contains('%') || all.contains("percent");
        if let Some(meaning) = meaning(&all.replace('%', "percent")) {
            self.meanings.push(meaning);
            return true;
        }
        words.iter().all(|word| self.read_word(word))
            && !(self.meanings.is_empty() && self.methods.is_empty() && self.percentile.is_none())
    }

    fn read_word(&mut self, word: &str) -> bool {
        if let Some(meaning) = meaning(word) {
            self.meanings.push(meaning);
        } else if METHODS.contains(&word) {
            self.methods.push(word.to_owned());
        } else {
            let rest = word.trim_end_matches("th").trim_end_matches("rt").trim_matches('%');
            let rest = rest.trim_start_matches("perc").trim_start_matches("entile").trim_start_matches('p');
            return matches!(word, "line" | "pct" | "%") || rest.bytes().all(|byte| byte.is_ascii_digit());
        }
        true
    }

    fn metric_and_limit(&self) -> Option<String> {
        let latency = self.meanings.iter().find_map(|meaning| match meaning {
            Meaning::Latency(metric) => Some((*metric).to_owned()),
            _ => None,
        });
        let latency = latency.or_else(|| self.percentile.as_ref().map(|digits| format!("p{digits}")));
        let phase = self.meanings.iter().find_map(|meaning| match meaning {
            Meaning::Phase(phase) => Some(*phase),
            _ => None,
        });
        for meaning in &self.meanings {
            match meaning {
                Meaning::Failures => return self.share("errors", self.scale()),
                Meaning::Successes => return self.failures_of_successes(),
                Meaning::Checks => return self.share("passed{check=NAME}", self.scale()),
                Meaning::Count(metric) => return self.count(metric),
                Meaning::Latency(_) | Meaning::Phase(_) | Meaning::SomeLatency => {}
            }
        }
        match (latency, phase) {
            (metric, Some(phase)) => self.latency(&format!("{phase}.{}", metric.as_deref().unwrap_or("p95"))),
            (Some(metric), None) => self.latency(&metric),
            _ if self.meanings.contains(&Meaning::SomeLatency) => self.latency("p95"),
            // k6's rates are shares of good or bad events, and mostly of failures.
            _ if self.has_method("rate") && self.unit.is_empty() && self.number <= 1.0 => {
                self.share("errors", Scale::One)
            }
            _ if self.has_method("count") => self.count("iterations"),
            _ => None,
        }
    }

    fn has_method(&self, method: &str) -> bool {
        self.methods.iter().any(|word| word == method)
    }

    /// Other tools count milliseconds.
    fn latency(&self, metric: &str) -> Option<String> {
        let unit = if self.unit.is_empty() { "ms" } else { &self.unit };
        Some(format!("{metric} {} {}{unit}", self.relation, self.number))
    }

    fn scale(&self) -> Scale {
        let is_part = self.unit.is_empty() && self.number <= 1.0 && !self.is_percent;
        if is_part { Scale::One } else { Scale::Hundred }
    }

    fn percent(&self, scale: Scale) -> Option<f64> {
        let percent = if scale == Scale::One { self.number * 100.0 } else { self.number };
        let is_known = matches!(self.unit.as_str(), "" | "%");
        // 0.07 times 100 is a little more than 7.
        (is_known && percent <= 100.0).then_some((percent * 1e6).round() / 1e6)
    }

    fn share(&self, metric: &str, scale: Scale) -> Option<String> {
        let percent = self.percent(scale)?;
        let relation = if percent == 0.0 && self.relation == "<" { "<=" } else { self.relation };
        Some(format!("{metric} {relation} {percent}%"))
    }

    fn failures_of_successes(&self) -> Option<String> {
        let percent = ((100.0 - self.percent(self.scale())?) * 1e6).round() / 1e6;
        let relation = match self.relation {
            ">" if percent == 0.0 => "<=",
            ">" => "<",
            ">=" => "<=",
            "<" => ">",
            _ => ">=",
        };
        Some(format!("errors {relation} {percent}%"))
    }

    fn count(&self, metric: &str) -> Option<String> {
        let is_number = self.methods.iter().any(|method| method == "count");
        let unit = match self.unit.as_str() {
            "" if is_number || metric == "dropped" => "",
            "" | "/s" | "rps" => "/s",
            _ => return None,
        };
        Some(format!("{metric} {} {}{unit}", self.relation, self.number))
    }
}

/// Splits a bound into its metric, relation and limit: `a < 5`, Gatling's `a.lt(5)`, Artillery's `a: 5`.
fn split(text: &str) -> Option<(&str, &'static str, &str)> {
    static RELATIONS: LazyLock<[(&str, &str); 12]> = LazyLock::new(|| {
        [
            ("<=", "<="),
            (">=", ">="),
            ("<", "<"),
            (">", ">"),
            (".lte(", "<="),
            (".gte(", ">="),
            (".lt(", "<"),
            (".gt(", ">"),
            (".lessThan(", "<"),
            (".greaterThan(", ">"),
            (".between(0,", "<="),
            (".is(", "<="),
        ]
    });
    for (written, relation) in RELATIONS.iter() {
        if let Some((left, right)) = text.split_once(written) {
            return Some((left, relation, right));
        }
    }
    let (left, right) = text.rsplit_once(':')?;
    Some((left, "<=", right))
}

/// The number of a percentile: `p(99.9)`, `p95`, `95th`, `90% Line`, `percentile_95`, `p90-rt`, `percentile(95.0)`.
fn percentile(left: &str) -> Option<String> {
    let start = left.find(|c: char| c.is_ascii_digit())?;
    let before = left[..start].trim_end_matches(['(', ' ', '.']);
    let digits = left[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(left.len() - start);
    let (digits, behind) = left[start..].split_at(digits);
    let digits = digits.trim_end_matches('.').trim_end_matches(".0");
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_named = matches!(word, "p" | "perc" | "pct" | "percentile" | "percentiles" | "q" | "quantile");
    let is_followed = behind.starts_with("th") || behind.starts_with('%');
    // Gatling's percentile1 to percentile4 are positions.
    let is_position = word == "percentile" && digits.len() == 1 && !left[..start].ends_with('(');
    ((is_named || is_followed) && !is_position && digits.parse::<f64>().is_ok()).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests;
