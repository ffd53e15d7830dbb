//! From text to the selector and the window of a threshold: `{scenario=buy}`, `(10s)`.

use std::ops::Range;
use std::time::Duration;

use super::limit::time;
use super::scanner::{ThresholdScanner, trimmed};
use super::{Key, Mistake, Selector};
use crate::suggest;

/// The minimum and maximum length of a window.
const WINDOWS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3_600));

/// The selector and the window between a metric and its relation.
pub(super) struct Narrowing {
    pub(super) of: Option<Selector>,
    /// The place of the selector's name.
    pub(super) name: Range<usize>,
    pub(super) window: Option<Duration>,
}

impl ThresholdScanner<'_> {
    /// Reads the braces and the parentheses, in any order.
    pub(super) fn narrowing(&mut self) -> Result<Narrowing, Mistake> {
        let (mut of, mut name, mut window) = (None, 0..0, None);
        loop {
            self.skip_spaces();
            let start = self.at;
            if self.accept('{') {
                let (selector, place) = self.selector(start)?;
                if of.replace(selector).is_some() {
                    return Err(self.mistake(
                        "samples are selected by one thing only; keep one of them",
                        start..self.at,
                    ));
                }
                name = place;
            } else if self.accept('(') {
                if window.replace(self.window(start)?).is_some() {
                    return Err(self.mistake("there are two windows; keep one of them", start..self.at));
                }
            } else {
                return Ok(Narrowing { of, name, window });
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
        if !self.accept('=') {
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
        if !self.accept('}') {
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

    fn window(&mut self, start: usize) -> Result<Duration, Mistake> {
        let place = self.take_while(|letter| letter != ')');
        if !self.accept(')') {
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
}
