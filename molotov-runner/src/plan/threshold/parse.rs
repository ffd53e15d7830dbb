//! From text to thresholds. Each mistake has its place in the text.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::limit::{self, time};
use super::metric::{Key, Metric, RequestPhase};
use super::narrowing::Narrowing;
use super::scanner::{ThresholdScanner, trimmed};
use super::wrong_metric::{not_of_phase, unknown_metric, wrong_selector};
use super::{EXAMPLE, Limit, Mistake, Said, Threshold};
use crate::plan::bound::Relation;
use crate::suggest;

/// Keywords that may follow a limit.
const AFTER: &str = "after";
const ABORT: &str = "abort";

/// Returns `true` if all thresholds of the text are valid.
pub(super) fn is_valid(text: &str) -> bool {
    parts(text)
        .into_iter()
        .all(|part| ThresholdScanner { text, at: part.start, end: part.end }.threshold().is_ok())
}

/// Returns `true` if a name needs no quotes.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.contains(|c: char| "{}\"'=,\\".contains(c) || c.is_control())
}

/// The parts between commas, ignoring commas in braces and quotes.
pub(super) fn parts(text: &str) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut in_braces, mut quote, mut escaped) = (Vec::new(), 0, false, None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if in_braces => quote = Some(letter),
            (None, '{') => in_braces = true,
            (None, '}') => in_braces = false,
            (None, ',') if !in_braces => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(start..text.len());
    parts
}

impl ThresholdScanner<'_> {
    /// Reads one threshold.
    pub(super) fn threshold(mut self) -> Result<Threshold, Mistake> {
        let whole = trimmed(self.text, self.at..self.end);
        if whole.is_empty() {
            let why = format!("there is nothing beside a comma; {EXAMPLE}");
            return Err(self.mistake(why, self.at.saturating_sub(1)..self.at));
        }
        (self.at, self.end) = (whole.start, whole.end);
        let word = self.take_while(|letter| letter.is_alphanumeric() || "._-".contains(letter));
        let (phase, metric) = self.metric(&word)?;
        let Narrowing { of, name, window } = self.narrowing()?;
        let selected = of.as_ref().map(|of| of.key);
        if !metric.keys().contains(&selected) {
            let place = if of.is_some() { name } else { word };
            return Err(self.mistake(wrong_selector(metric, selected), place));
        }
        if let (Some(phase), Some(key)) = (phase, selected.filter(|key| *key != Key::Route)) {
            let why = format!(
                "there is no `{}` of a {}; only of requests: leave that out, or write `{{route=…}}`",
                phase.word(),
                key.word()
            );
            return Err(self.mistake(why, name));
        }
        let left = self.text[whole.start..self.at].trim_end();
        let relation = self.relation(left, whole.clone())?;
        let place = self.words_up_to_keyword()?;
        let limit = self.limit(metric, selected, relation, &place)?;
        let (after, abort) = self.after_and_abort()?;
        let said = Said { text: Arc::from(self.text), name, on: None, call: None };
        let threshold = Threshold { phase, metric, of, window, relation, limit, after, abort, said };
        match useless_abort(&threshold) {
            Some(why) => Err(self.mistake(why, place.start..whole.end)),
            None => Ok(threshold),
        }
    }

    /// Reads the metric, and the phase of requests before a point.
    fn metric(&self, place: &Range<usize>) -> Result<(Option<RequestPhase>, Metric), Mistake> {
        let word = &self.text[place.clone()];
        let phase = RequestPhase::ALL.into_iter().find(|phase| word.split('.').next() == Some(phase.word()));
        let name = phase.map_or(word, |phase| word[phase.word().len()..].trim_start_matches('.'));
        let place = if place.is_empty() { self.at..self.end.min(self.at + 1) } else { place.clone() };
        let metric = Metric::from_word(name);
        match (phase, metric) {
            (None, Some(metric)) => Ok((None, metric)),
            (Some(_), Some(metric)) if metric.is_of_latencies() => Ok((phase, metric)),
            (Some(phase), _) => Err(self.mistake(not_of_phase(phase, name), place)),
            (None, None) => Err(self.mistake(unknown_metric(word), place)),
        }
    }

    fn relation(&mut self, left: &str, whole: Range<usize>) -> Result<Relation, Mistake> {
        let place = self.take_while(|letter| "<>=!≤≥".contains(letter));
        let (relation, place) = (&self.text[place.clone()], place);
        match relation {
            "<" => Ok(Relation::Below),
            "<=" => Ok(Relation::AtMost),
            ">" => Ok(Relation::Above),
            ">=" => Ok(Relation::AtLeast),
            "" if self.rest().is_empty() => {
                Err(self.mistake(format!("`{left}` has no `<` or `>`; {EXAMPLE}"), whole))
            }
            "" => {
                let why = format!("`{}` has no `<` or `>` here; {EXAMPLE}", &self.text[whole.clone()]);
                let at = self.at;
                let word = self.take_while(|letter| !letter.is_whitespace());
                Err(self.mistake(why, at..word.end.max(at + 1)))
            }
            other => {
                let why = format!("`{other}` is no bound; write `<`, `<=`, `>` or `>=`");
                Err(self.mistake(why, place))
            }
        }
    }

    /// The time from which on the threshold counts, and whether it ends the run.
    fn after_and_abort(&mut self) -> Result<(Duration, bool), Mistake> {
        let (mut after, mut abort) = (None, false);
        loop {
            self.skip_spaces();
            let word = self.take_while(|letter| !letter.is_whitespace());
            match &self.text[word.clone()] {
                "" => return Ok((after.unwrap_or_default(), abort)),
                AFTER if after.is_none() => {
                    let place = self.words_up_to_keyword()?;
                    let text = &self.text[place.clone()];
                    let time = time(text, "after 30s")
                        .map_err(|why| self.mistake(why, if place.is_empty() { word } else { place }))?;
                    after = Some(time);
                }
                ABORT if !abort => abort = true,
                twice => {
                    let why = format!("`{twice}` is there twice; write it once");
                    return Err(self.mistake(why, word));
                }
            }
        }
    }

    /// The words before `after`, `abort` or the end.
    fn words_up_to_keyword(&mut self) -> Result<Range<usize>, Mistake> {
        self.skip_spaces();
        let start = self.at;
        loop {
            let before = self.at;
            self.skip_spaces();
            let word = self.take_while(|letter| !letter.is_whitespace());
            let text = &self.text[word.clone()];
            if text.is_empty() || text == AFTER || text == ABORT {
                self.at = before;
                return Ok(trimmed(self.text, start..before));
            }
            if let Some(meant) = suggest::nearest(text, [AFTER, ABORT]) {
                return Err(self.mistake(format!("`{text}` is not known; did you mean `{meant}`?"), word));
            }
        }
    }

    fn limit(
        &self,
        metric: Metric,
        of: Option<Key>,
        relation: Relation,
        place: &Range<usize>,
    ) -> Result<Limit, Mistake> {
        let parsed = limit::parse(&self.text[place.clone()], metric, of, relation);
        let place = if place.is_empty() { self.end.saturating_sub(1)..self.end } else { place.clone() };
        parsed.map_err(|why| self.mistake(why, place))
    }
}

/// The reason why the threshold cannot abort a run.
fn useless_abort(threshold: &Threshold) -> Option<String> {
    if !threshold.abort || threshold.window.is_some() || threshold.relation.is_upper() {
        return None;
    }
    let metric = threshold.metric;
    match threshold.limit {
        Limit::Number(_) if metric.is_count() || metric == Metric::Sum => Some(format!(
            "`abort` would end the run at once: what is too little may still become enough; \
             leave it out, or bound a window, for example `{metric}(10s)`"
        )),
        Limit::Rate(..) if threshold.after.is_zero() => Some(format!(
            "`abort` would end the run at its start, where the rate is 0; \
             say from when on it counts, for example `{threshold}`",
            threshold = Threshold { after: Duration::from_secs(30), ..threshold.clone() }
        )),
        _ => None,
    }
}
