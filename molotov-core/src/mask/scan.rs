//! Finds secrets in a text by their names, in any kind of text: JSON, a form, headers, HTML, a log; whole or cut.
//!
//! Each position of the text is examined independently, so a broken part hides nothing behind it. The forms of a
//! secret:
//!
//! - a pair: `name=value`, `"name": value`, `name: value`, also escaped or percent-encoded, as in a URL in a URL or
//!   JSON in JSON. The value is a string, an object, an array, a number, or the rest of a line;
//! - a name beside its value: `{"name": "token", "value": …}`, `["token", …]`, `<input name="token" value="…">`;
//! - an element: `<token>…</token>`;
//! - user-info: `//user:password@host`;
//! - a secret by itself: `Bearer …`, a JSON web token, a private key in PEM, a token by its form.

use super::MASK;
use super::markup::{self, Tag};
use super::name::{NamePlace, is_secret};
use super::signs::{
    indented, is_end, is_named, is_of_name, is_scheme, last_at, last_word, looks_encoded, name_run,
    named_object, private_key, skip_blanks, skip_space,
};
use super::token;
use super::unit::{Form, MaskUnit, Quote, quote, unit};
use super::value::MaskValue;

/// The kind of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextPlace {
    /// A whole URL or value of a header.
    Url,
    /// A body of the type `application/x-www-form-urlencoded`.
    Form,
    /// Any other body.
    Body,
}

/// A text that is being masked.
pub(super) struct Scanner<'t> {
    text: &'t str,
    place: TextPlace,
    masked: String,
    /// The ends of the enclosing objects and tags, and whether they contain the name of a secret.
    frames: Vec<(usize, bool)>,
    /// The ranges of element contents that are secrets.
    contents: Vec<(usize, usize)>,
}

/// A name and its end.
struct MaskName {
    text: String,
    end: usize,
    /// The last of the quotation marks behind it.
    closing: Option<Quote>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, place: TextPlace) -> Self {
        let masked = String::with_capacity(text.len());
        Self { text, place, masked, frames: Vec::new(), contents: Vec::new() }
    }

    /// The text without its secrets.
    pub(super) fn mask(mut self) -> String {
        let mut at = 0;
        while at < self.text.len() {
            self.frames.retain(|(end, _)| *end > at);
            if let Some((start, value)) = self.find(at) {
                self.masked.push_str(&self.text[at..start]);
                self.masked.extend([value.before, MASK, value.after]);
                at = start + value.len;
                continue;
            }
            let Some(char) = self.text[at..].chars().next() else { break };
            self.masked.push(char);
            at += char.len_utf8();
        }
        self.masked
    }

    /// The secret, or the name of a secret, that starts here, and the range of the secret.
    fn find(&mut self, at: usize) -> Option<(usize, MaskValue<'t>)> {
        if let Some(index) = self.contents.iter().position(|(start, end)| *start == at && *end > at) {
            let (start, end) = self.contents.swap_remove(index);
            return Some((start, MaskValue { before: "", after: "", len: end - start }));
        }
        let here = &self.text[at..];
        let first = unit(here)?;
        match first.char {
            '<' => self.enter_tag(at),
            '{' if first.form == Form::Raw => {
                let (len, has_secret_name) = named_object(here);
                self.frames.push((at + len, has_secret_name));
            }
            '/' => return self.user_info(at),
            '-' if here.starts_with("-----BEGIN") => {
                return private_key(here).map(|(from, v)| (at + from, v));
            }
            _ => {}
        }
        if !self.begins_word(at) {
            return None;
        }
        let name = self.name(at)?;
        let found = self.pair(at, &name).or_else(|| self.beside(at, &name));
        found.or_else(|| self.telling(at, &name))
    }

    fn enter_tag(&mut self, at: usize) {
        let Some(Tag { len, has_secret_name, content }) = markup::tag(&self.text[at..]) else { return };
        self.frames.push((at + len, has_secret_name));
        self.contents.extend(content.map(|(start, end)| (at + start, at + end)));
    }

    /// Returns `true` if a name may start here.
    fn begins_word(&self, at: usize) -> bool {
        let before = &self.text[..at];
        !before.chars().next_back().is_some_and(is_of_name)
            || [2, 3, 4, 6].into_iter().any(|len| ends_coded(before, len))
    }

    /// The name that starts here, and the quotation marks behind it.
    fn name(&self, at: usize) -> Option<MaskName> {
        let (text, mut end) = name_run(self.text, at)?;
        let mut closing = None;
        for _ in 0..2 {
            let Some(mark) = quote(&self.text[end..]) else { break };
            closing = Some(mark);
            end += mark.len;
        }
        Some(MaskName { text, end, closing })
    }

    /// The value of `name=value` or `name: value`.
    fn pair(&self, at: usize, name: &MaskName) -> Option<(usize, MaskValue<'t>)> {
        let after = skip_space(self.text, name.end);
        let sign = unit(&self.text[after..]).filter(|unit| matches!(unit.char, ':' | '='))?;
        let named = match (sign.char, self.place) {
            ('=', TextPlace::Body) if !self.follows(at, "?&#;") => NamePlace::Member,
            ('=', _) => NamePlace::Pair,
            _ => NamePlace::Member,
        };
        if !self.is_secret_here(at, name, named) {
            return if sign.char == ':' { self.bare_user_info(at, after + sign.len) } else { None };
        }
        let mut start = after + sign.len;
        if let Some(more) = unit(&self.text[start..]).filter(|unit| matches!(unit.char, '>' | '=')) {
            // `=>`, `==`, `:=`
            start += more.len;
        }
        let start = match (self.place, sign.form, sign.char) {
            (TextPlace::Body, Form::Raw, _) | (_, _, ':') => {
                if name.closing.is_some() && sign.char == ':' {
                    skip_space(self.text, start)
                } else {
                    skip_blanks(self.text, start)
                }
            }
            _ => start,
        };
        let value = match (sign.char, name.closing) {
            ('=', _) => self.assigned(at, start, sign, name),
            (_, Some(_)) => self.member(start)?,
            (_, None) => self.line(at, start, name)?,
        };
        Some((start, value))
    }

    fn is_secret_here(&self, at: usize, name: &MaskName, named: NamePlace) -> bool {
        let plain: String = name.text.chars().filter(|c| c.is_alphanumeric()).collect();
        if is_secret(&name.text, named)
            || (is_named(&name.text) && self.frames.last().is_some_and(|(_, secret)| *secret))
        {
            return true;
        }
        // `API key: x`
        let before = self.text[..at].strip_suffix([' ', '+']).map_or("", last_word);
        !before.is_empty() && is_secret(&(before.to_owned() + &plain), named)
    }

    /// The value behind a `=`.
    fn assigned(&self, at: usize, start: usize, sign: MaskUnit, name: &MaskName) -> MaskValue<'t> {
        let value = &self.text[start..];
        if sign.form == Form::Percent {
            // A URL in a URL: text with more levels of encoding belongs to the value.
            return MaskValue::until(value, |unit| {
                is_end(unit) || (unit.char == '&' && unit.form == Form::Percent && unit.len <= sign.len)
            });
        }
        if self.place == TextPlace::Form {
            return MaskValue::until(value, |unit| unit.char == '&' && unit.form == Form::Raw);
        }
        if name.text.to_ascii_lowercase().ends_with("sessionid") && self.follows(at, ";") {
            return MaskValue::until(value, |unit| {
                is_end(unit) || (unit.form == Form::Raw && "?/;&#".contains(unit.char))
            });
        }
        let is_line = self.place == TextPlace::Body && matches!(self.begins_line(at), Some(Start::Line(_)));
        if is_line && quote(value).is_none() {
            let line = MaskValue::until(value, |unit| matches!(unit.char, '\n' | '\r'));
            if value[..line.len].contains([' ', '\t']) {
                return line;
            }
        }
        MaskValue::any(value, |unit| {
            let is_coded = unit.form != Form::Percent;
            is_end(unit)
                || (unit.char == '&' && is_coded)
                || (unit.char == '#' && unit.form == Form::Raw && !is_line)
        })
    }

    /// The value behind `"name":`. `null` is not a value.
    fn member(&self, start: usize) -> Option<MaskValue<'t>> {
        let value = &self.text[start..];
        let behind_null = value.strip_prefix("null").and_then(|rest| rest.chars().next());
        if value.is_empty() || behind_null.is_some_and(|next| next.is_whitespace() || ",]}".contains(next)) {
            return None;
        }
        Some(MaskValue::any(value, |unit| is_end(unit) || ",]}".contains(unit.char)))
    }

    /// The value behind `name:`: the rest of the line if the name starts it, otherwise a word.
    fn line(&self, at: usize, start: usize, name: &MaskName) -> Option<MaskValue<'t>> {
        let value = &self.text[start..];
        let plain = name.text.to_ascii_lowercase();
        let found = match self.begins_line(at) {
            _ if value.starts_with(['{', '[']) => MaskValue::any(value, |_| true),
            Some(Start::Quoted(opening)) => MaskValue::rest_of_string(value, opening),
            Some(Start::Line(indent)) => {
                let line = MaskValue::until(value, ends_line);
                let more = indented(&value[line.len..], indent);
                MaskValue { len: line.len + more, ..line }
            }
            Some(Start::Element) => MaskValue::until(value, |unit| ends_line(unit) || unit.char == '<'),
            None if plain.contains("authoriz") || plain.contains("cookie") => {
                MaskValue::until(value, |unit| ends_line(unit) || (unit.char == '"' || unit.char == '<'))
            }
            None => self.word(value),
        };
        (found.len > 0).then_some(found)
    }

    /// The word at the start of the text; two words, if the first is only the scheme of the second.
    fn word(&self, text: &'t str) -> MaskValue<'t> {
        let word = MaskValue::any(text, is_end);
        if word.before.is_empty() && is_scheme(&text[..word.len]) {
            let second = skip_blanks(self.text, self.text.len() - text.len() + word.len);
            let second = second + text.len() - self.text.len();
            let len = second + MaskValue::until(&text[second..], is_end).len;
            return MaskValue { len, ..word };
        }
        word
    }

    /// The value in `["name", value]`.
    fn beside(&self, at: usize, name: &MaskName) -> Option<(usize, MaskValue<'t>)> {
        name.closing?;
        let comma = skip_space(self.text, name.end);
        let sign = unit(&self.text[comma..]).filter(|unit| unit.char == ',')?;
        let before = self.text[..at].trim_end_matches(['"', '\'', '\\']).trim_end();
        let in_list = before.len() < at && before.ends_with(['[', ',']);
        let start = skip_space(self.text, comma + sign.len);
        let value = &self.text[start..];
        (in_list && !value.is_empty() && is_secret(&name.text, NamePlace::Member))
            .then(|| (start, MaskValue::any(value, |unit| is_end(unit) || ",]}".contains(unit.char))))
    }

    /// A value that is a secret by itself.
    fn telling(&self, at: usize, name: &MaskName) -> Option<(usize, MaskValue<'t>)> {
        let here = &self.text[at..];
        if here.starts_with("eyJ") {
            return Some((
                at,
                MaskValue::until(here, |unit| !is_of_name(unit.char) && !"+/=~".contains(unit.char)),
            ));
        }
        if let Some(len) = self.token(at) {
            return Some((at, MaskValue { before: "", after: "", len }));
        }
        let is_bearer = name.text.eq_ignore_ascii_case("bearer");
        if name.closing.is_some() || !(is_bearer || name.text.eq_ignore_ascii_case("basic")) {
            return None;
        }
        let blank = unit(&self.text[name.end..]).filter(|unit| matches!(unit.char, ' ' | '+'))?;
        let start = skip_blanks(self.text, name.end + blank.len);
        let value = MaskValue::until(&self.text[start..], |unit| is_end(unit) || unit.char == '&');
        let text = &self.text[start..start + value.len];
        (!text.is_empty() && (is_bearer || looks_encoded(text))).then_some((start, value))
    }

    /// The length of a token that starts here and is recognized by its form. Headers and URLs contain many long values
    /// that are not secrets.
    fn token(&self, at: usize) -> Option<usize> {
        let here = &self.text[at..];
        let issued = token::by_issuer(here);
        if issued.is_some() || self.place == TextPlace::Url {
            return issued;
        }
        let before = self.text[..at].trim_end_matches(['"', '\'', '\\', ' ']);
        let name =
            before.strip_suffix([':', '=']).map(|before| before.trim_end_matches(['"', '\'', '\\', ' ']));
        token::by_form(here, name.map_or("", last_word))
    }

    /// The user-info of a URL that continues with `//` here. In a cut body, a host at its end may be a user.
    fn user_info(&self, at: usize) -> Option<(usize, MaskValue<'t>)> {
        let here = &self.text[at..];
        let first = unit(here)?;
        let second = unit(&here[first.len..]).filter(|second| second.char == '/')?;
        let start = first.len + second.len;
        let authority = MaskValue::until(&here[start..], |unit| {
            is_end(unit) || (matches!(unit.char, '/' | '?' | '#' | '\\' | ',') && unit.form == first.form)
        });
        let text = &here[start..start + authority.len];
        let port = text.rsplit_once(':').map_or("", |(_, port)| port);
        let is_host = text.contains(['[', '%']) || port.bytes().all(|byte| byte.is_ascii_digit());
        let len = match last_at(text) {
            Some(len) => len,
            // A `/` in a password.
            None if is_host => 0,
            None => last_at(&here[start..start + MaskValue::until(&here[start..], is_end).len]).unwrap_or(0),
        };
        let is_cut = start + authority.len == here.len() && self.place != TextPlace::Url && !text.is_empty();
        let len = if len == 0 && is_cut { authority.len } else { len };
        (len > 0).then_some((at + start, MaskValue { len, ..authority }))
    }

    /// The password in `user:password@host`.
    fn bare_user_info(&self, at: usize, start: usize) -> Option<(usize, MaskValue<'t>)> {
        let value = &self.text[start..];
        let word = MaskValue::until(value, |unit| is_end(unit) || "/,{}()[]".contains(unit.char));
        let end = value[..word.len].rfind('@').filter(|end| *end > 0)?;
        let is_url = self.text[..at].ends_with('/');
        (!is_url).then_some((start, MaskValue { len: end, ..word }))
    }

    fn follows(&self, at: usize, signs: &str) -> bool {
        let before = &self.text[..at];
        let coded = [6, 5, 3].into_iter().find_map(|len| {
            let unit = unit(before.get(at.checked_sub(len)?..)?)?;
            (unit.len == len).then_some(unit.char)
        });
        coded.or(before.chars().next_back()).is_some_and(|before| signs.contains(before))
    }

    /// The kind of start at this place, if a line or a string starts here.
    fn begins_line(&self, at: usize) -> Option<Start> {
        let before = self.text[..at].trim_end_matches([' ', '\t']);
        let before = before.trim_end_matches(['>', '<', '*', '-', '|', '#']).trim_end_matches([' ', '\t']);
        if before.is_empty() || before.ends_with(['\n', '\r']) || before.ends_with("\\n") {
            return Some(Start::Line(at - before.len()));
        }
        if self.text[..at].trim_end_matches([' ', '\t']).ends_with('>') {
            return Some(Start::Element);
        }
        let marks = before.trim_end_matches(['"', '\'', '`']);
        let start = marks.trim_end_matches('\\').len();
        quote(&before[start..]).filter(|_| before.len() == at && marks.len() < at).map(Start::Quoted)
    }
}

/// Returns `true` if a text ends with a character that is encoded in this many bytes.
fn ends_coded(text: &str, len: usize) -> bool {
    let start = text.len().checked_sub(len).and_then(|start| text.get(start..));
    start.and_then(unit).is_some_and(|unit| unit.form != Form::Raw && unit.len == len)
}

fn ends_line(unit: MaskUnit) -> bool {
    matches!(unit.char, '\n' | '\r')
}

/// The start of a text with a name: a line with this many blanks before it, the text of an element, or a string.
enum Start {
    Line(usize),
    Element,
    Quoted(Quote),
}
