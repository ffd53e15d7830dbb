//! Tags of HTML and XML, also cut or escaped ones.

use super::name::{NamePlace, is_secret};
use super::signs::{NAMING, name_run, skip_space};
use super::unit::{Form, MaskUnit, quote, unit};
use super::value::MaskValue;

/// Elements without content.
const VOID: &[&str] = &["input", "meta", "link", "img", "br", "hr", "param", "source", "embed"];

/// Elements whose text is the name of the content of the next element.
const LABELS: &[&str] = &["key", "name", "field", "th", "td", "dt"];

/// A tag: from its `<` to its `>`, or to the cut.
pub(super) struct Tag {
    pub(super) len: usize,
    /// True if an attribute makes others secret: `<input name="token" value="…">`. In a cut tag the missing part may do
    /// so.
    pub(super) has_secret_name: bool,
    /// The range of its content, or of the content of the next element, if that is a secret.
    pub(super) content: Option<(usize, usize)>,
}

/// Reads the tag at the start of the text.
pub(super) fn tag(text: &str) -> Option<Tag> {
    let open = unit(text).filter(|unit| unit.char == '<')?;
    let (name, start) = name_run(text, open.len).filter(|(name, _)| name.starts_with(char::is_alphabetic))?;
    // `<ns:password>`
    let (name, start) = match text[start..].strip_prefix(':') {
        Some(_) => name_run(text, start + 1).unwrap_or((name, start)),
        None => (name, start),
    };
    let attributes = Attributes::read(text, start, open.form);
    let name = name.to_lowercase();
    let has_content = attributes.is_whole && !attributes.is_closed && !VOID.contains(&&*name);
    let is_secret_element = is_secret(&name, NamePlace::Member) || attributes.names_content;
    let content = match has_content {
        true if is_secret_element => Some((attributes.end, end_of_element(text, attributes.end, &name))),
        true if LABELS.contains(&&*name) => labelled(text, attributes.end),
        _ => None,
    };
    let has_secret_name = attributes.names_values.unwrap_or(!attributes.is_whole);
    Some(Tag { len: attributes.end, has_secret_name, content: content.filter(|(start, end)| start < end) })
}

struct Attributes {
    end: usize,
    /// True if the tag has its `>`.
    is_whole: bool,
    /// True for a tag with `/>`.
    is_closed: bool,
    /// True if a naming attribute names a secret; `None` without a naming attribute.
    names_values: Option<bool>,
    /// True if the name belongs to the content of the element.
    names_content: bool,
}

impl Attributes {
    fn read(text: &str, start: usize, form: Form) -> Self {
        let mut read = Self {
            end: text.len(),
            is_whole: false,
            is_closed: false,
            names_values: None,
            names_content: false,
        };
        let mut at = start;
        while let Some(MaskUnit { char, len, form: written }) = unit(&text[at..]) {
            if let Some(opening) = quote(&text[at..]) {
                at += MaskValue::quoted(&text[at..], opening).len.max(1);
            } else if char == '>' && written == form {
                read.end = at + len;
                read.is_whole = true;
                read.is_closed = text[..at].ends_with('/');
                break;
            } else if let Some((name, end)) = name_run(text, at) {
                at = read.attribute(text, &name.to_lowercase(), end);
            } else {
                at += len;
            }
        }
        read
    }

    /// Reads the attribute whose name ends here, and returns its end.
    fn attribute(&mut self, text: &str, name: &str, end: usize) -> usize {
        let after = skip_space(text, end);
        let Some(sign) = unit(&text[after..]).filter(|sign| sign.char == '=') else { return end };
        let start = skip_space(text, after + sign.len);
        let value = MaskValue::any(&text[start..], |unit| unit.char.is_whitespace() || unit.char == '>');
        let len = value.len;
        let value = text[start..start + len].trim_matches(['"', '\'', '\\']);
        let is_naming = NAMING.contains(&name) || matches!(name, "type" | "itemprop" | "autocomplete");
        if is_naming && start + len < text.len() {
            let secret = is_secret(value, NamePlace::Pair);
            self.names_values = Some(secret || self.names_values == Some(true));
            self.names_content |= secret && matches!(name, "name" | "key" | "property" | "itemprop");
        }
        start + len
    }
}

/// The end of the content that starts here, before the closing tag of the element.
fn end_of_element(text: &str, start: usize, name: &str) -> usize {
    let (mut at, mut depth) = (start, 1usize);
    while let Some(MaskUnit { char, len, .. }) = unit(&text[at..]) {
        let here = at;
        at += len;
        if char != '<' {
            continue;
        }
        let slash = unit(&text[at..]).filter(|unit| unit.char == '/');
        let named = name_run(text, at + slash.map_or(0, |slash| slash.len));
        let local = named.map(|(first, end)| match text[end..].strip_prefix(':') {
            Some(_) => name_run(text, end + 1).map_or(first, |(local, _)| local),
            None => first,
        });
        if !local.is_some_and(|local| local.eq_ignore_ascii_case(name)) {
            continue;
        }
        depth = if slash.is_some() { depth - 1 } else { depth + 1 };
        if depth == 0 {
            return here;
        }
    }
    text.len()
}

/// The range of the content of the next element, if the text at this place is the name of a secret.
fn labelled(text: &str, start: usize) -> Option<(usize, usize)> {
    let label = MaskValue::until(&text[start..], |unit| unit.char == '<').len;
    let is_name = label < 64 && is_secret(&text[start..start + label], NamePlace::Member);
    let closing = start + label;
    let end = closing + MaskValue::until(&text[closing..], |unit| unit.char == '>').len;
    let behind = end + unit(&text[end..]).filter(|_| is_name)?.len;
    let next = skip_space(text, behind);
    let open = unit(&text[next..]).filter(|unit| unit.char == '<')?;
    let (name, from) = name_run(text, next + open.len)?;
    let content = Attributes::read(text, from, open.form);
    content.is_whole.then(|| (content.end, end_of_element(text, content.end, &name)))
}
