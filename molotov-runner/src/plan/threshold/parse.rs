//! From text to thresholds. Whatever is wrong is told with its place.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::foreign;
use super::limit::{self, time};
use super::metric::{Key, Metric, RequestPhase};
use super::{EXAMPLE, Limit, MOST, Mistake, Said, Selector, Threshold};
use crate::plan::objective::Relation;
use crate::suggest;

/// How long a window is, at least and at most.
const WINDOWS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3_600));

/// What may follow a limit.
const AFTER: &str = "after";
const ABORT: &str = "abort";

/// Reads one or several, with commas between them.
pub(super) fn all(text: &str) -> Result<Vec<Threshold>, Mistake> {
    if text.trim().is_empty() {
        return Err(Mistake::new(format!("no threshold; {EXAMPLE}"), text, 0..0));
    }
    let mut all: Vec<Threshold> = Vec::new();
    for part in parts(text) {
        let read = Reader { text, at: part.start, end: part.end }.threshold();
        let threshold =
            read.map_err(|mistake| foreign::explain(mistake, text, trimmed(text, part.clone())))?;
        if let Some(twin) = all.iter().find(|other| other.is_twin(&threshold)) {
            let why = format!("`{twin}` and `{threshold}` bound the same; keep one of them");
            return Err(Mistake::new(why, text, trimmed(text, part)));
        }
        if all.len() == MOST {
            let why = format!("more than {MOST} thresholds; keep those that matter");
            return Err(Mistake::new(why, text, trimmed(text, part)));
        }
        all.push(threshold);
    }
    Ok(all)
}

/// Whether all of them can be read, without a word about what is wrong.
pub(super) fn is_right(text: &str) -> bool {
    parts(text).into_iter().all(|part| Reader { text, at: part.start, end: part.end }.threshold().is_ok())
}

/// Whether a name needs no quotes.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.contains(|c: char| "{}\"'=,\\".contains(c) || c.is_control())
}

/// What stands between the commas, but for those in braces and quotes.
fn parts(text: &str) -> Vec<Range<usize>> {
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

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start.max(range.start + part.trim_end().len())
}

/// What stands between a metric and its relation.
struct Narrowed {
    of: Option<Selector>,
    /// Where the name of the selector stands.
    name: Range<usize>,
    window: Option<Duration>,
}

/// Goes through one threshold.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn mistake(&self, why: impl Into<String>, place: Range<usize>) -> Mistake {
        Mistake::new(why, self.text, place)
    }

    /// Takes what consists of these, and says where it stands.
    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        self.at += self.rest().find(|letter| !is_part(letter)).unwrap_or(self.rest().len());
        start..self.at
    }

    fn take(&mut self, token: char) -> bool {
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len_utf8() } else { 0 };
        is_there
    }

    fn threshold(mut self) -> Result<Threshold, Mistake> {
        let whole = trimmed(self.text, self.at..self.end);
        if whole.is_empty() {
            let why = format!("there is nothing beside a comma; {EXAMPLE}");
            return Err(self.mistake(why, self.at.saturating_sub(1)..self.at));
        }
        (self.at, self.end) = (whole.start, whole.end);
        let word = self.take_while(|letter| letter.is_alphanumeric() || "._-".contains(letter));
        let (phase, metric) = self.metric(&word)?;
        let Narrowed { of, name, window } = self.narrowed()?;
        let selected = of.as_ref().map(|of| of.key);
        if !metric.keys().contains(&selected) {
            let place = if of.is_some() { name } else { word };
            return Err(self.mistake(misplaced(metric, selected), place));
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
        let (after, abort) = self.behind()?;
        let said = Said { text: Arc::from(self.text), name, on: None };
        let threshold = Threshold { phase, metric, of, window, relation, limit, after, abort, said };
        match vain_abort(&threshold) {
            Some(why) => Err(self.mistake(why, place.start..whole.end)),
            None => Ok(threshold),
        }
    }

    /// The metric, and before a point the phase of requests that it is of.
    fn metric(&self, place: &Range<usize>) -> Result<(Option<RequestPhase>, Metric), Mistake> {
        let word = &self.text[place.clone()];
        let phase = RequestPhase::ALL.into_iter().find(|phase| word.split('.').next() == Some(phase.word()));
        let name = phase.map_or(word, |phase| word[phase.word().len()..].trim_start_matches('.'));
        let place = if place.is_empty() { self.at..self.end.min(self.at + 1) } else { place.clone() };
        let metric = Metric::of_word(name);
        match (phase, metric) {
            (None, Some(metric)) => Ok((None, metric)),
            (Some(_), Some(metric)) if metric.is_of_latencies() => Ok((phase, metric)),
            (Some(phase), _) => Err(self.mistake(not_of_phase(phase, name), place)),
            (None, None) => Err(self.mistake(unknown(word), place)),
        }
    }

    /// What stands in braces and in parentheses, in any order.
    fn narrowed(&mut self) -> Result<Narrowed, Mistake> {
        let (mut of, mut name, mut window) = (None, 0..0, None);
        loop {
            self.skip_spaces();
            let start = self.at;
            if self.take('{') {
                let (selector, place) = self.selector(start)?;
                if of.replace(selector).is_some() {
                    return Err(self.mistake(
                        "samples are selected by one thing only; keep one of them",
                        start..self.at,
                    ));
                }
                name = place;
            } else if self.take('(') {
                if window.replace(self.window(start)?).is_some() {
                    return Err(self.mistake("there are two windows; keep one of them", start..self.at));
                }
            } else {
                return Ok(Narrowed { of, name, window });
            }
        }
    }

    fn selector(&mut self, start: usize) -> Result<(Selector, Range<usize>), Mistake> {
        self.skip_spaces();
        let place = self.take_while(|letter| letter.is_alphanumeric() || letter == '_');
        let word = &self.text[place.clone()];
        let Some(key) = Key::ALL.into_iter().find(|key| key.word() == word) else {
            let cure = suggest::cure("selector", word, Key::ALL.map(Key::word));
            let place = if place.is_empty() { start..start + 1 } else { place };
            return Err(self.mistake(format!("samples are not selected by `{word}`; {cure}"), place));
        };
        self.skip_spaces();
        if !self.take('=') {
            let why = format!("there is no `=` behind `{word}`; write `{{{word}=NAME}}`");
            return Err(self.mistake(why, place));
        }
        self.skip_spaces();
        let (name, place) = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            _ => {
                let place = self.take_while(|letter| !"{},\"'".contains(letter));
                let place = trimmed(self.text, place);
                (self.text[place.clone()].to_owned(), place)
            }
        };
        self.skip_spaces();
        if !self.take('}') {
            let why = match self.rest().chars().next() {
                Some('{') => format!("a name with braces needs quotes: `{{{word}=\"GET /items/{{id}}\"}}`"),
                Some(',') => "samples are selected by one thing only; leave the others out".into(),
                Some(_) => "this belongs to the name only if that is in quotes".into(),
                None => format!("there is no `}}` behind the name of the {word}"),
            };
            let at = self.at;
            return Err(self.mistake(why, at..self.text.len().min(at + 1)));
        }
        if name.is_empty() {
            return Err(self.mistake(format!("there is no name of a {word}"), start..self.at));
        }
        Ok((Selector::new(key, name), place))
    }

    /// A name in quotes, in which `\` takes its meaning from what follows.
    fn quoted(&mut self, quote: char) -> Result<(String, Range<usize>), Mistake> {
        let start = self.at;
        let (mut name, mut escaped) = (String::new(), false);
        for (offset, letter) in self.rest().char_indices().skip(1) {
            match letter {
                letter if escaped => {
                    name.push(letter);
                    escaped = false;
                }
                '\\' => escaped = true,
                letter if letter == quote => {
                    self.at = start + offset + 1;
                    return Ok((name, start + 1..start + offset));
                }
                letter => name.push(letter),
            }
        }
        Err(self.mistake("this quote is not closed", start..start + 1))
    }

    fn window(&mut self, start: usize) -> Result<Duration, Mistake> {
        let place = self.take_while(|letter| letter != ')');
        if !self.take(')') {
            return Err(self.mistake("there is no `)` behind the window", start..start + 1));
        }
        let place = trimmed(self.text, place);
        let (least, most) = WINDOWS;
        match time(&self.text[place.clone()], "p99(10s)") {
            Ok(window) if (least..=most).contains(&window) => Ok(window),
            Ok(_) => Err(self.mistake("a window is from 1s to 1h long", place)),
            Err(_) if place.is_empty() => {
                Err(self.mistake("the window is missing, for example `p99(10s)`", start..self.at))
            }
            Err(why) => Err(self.mistake(why, place)),
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

    /// From when on it counts, and whether it ends the run.
    fn behind(&mut self) -> Result<(Duration, bool), Mistake> {
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

fn not_of_phase(phase: RequestPhase, name: &str) -> String {
    let phase = phase.word();
    let what = if name.is_empty() { "needs a percentile".into() } else { format!("has no `{name}`") };
    format!("`{phase}` {what}; write for example `{phase}.p99 < 100ms`, or `min`, `mean` or `max`")
}

fn unknown(word: &str) -> String {
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

/// Of what a metric can be told, where it cannot be told of this.
fn misplaced(metric: Metric, of: Option<Key>) -> String {
    let all: Vec<_> = metric.keys().iter().flatten().map(|key| format!("`{{{}=…}}`", key.word())).collect();
    match of {
        None => format!("`{metric}` needs to know of what: {}", all.join(" or ")),
        Some(key) if all.is_empty() => {
            format!("`{metric}` is of the whole run, not of a {}; leave that out", key.word())
        }
        Some(key) => format!("there is no `{metric}` of a {}; only of {}", key.word(), all.join(", ")),
    }
}

/// Why a run cannot be ended by it.
fn vain_abort(threshold: &Threshold) -> Option<String> {
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
