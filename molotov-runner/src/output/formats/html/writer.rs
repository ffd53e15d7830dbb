//! HTML and SVG, written by hand. Text and attributes are always escaped: only constants of the program are written
//! unescaped.

use crate::output::escape::escape;
use crate::output::formats::xml;

/// Inline elements: no line break follows their end.
const INLINE: [&str; 12] =
    ["a", "b", "button", "code", "dd", "dt", "span", "strong", "td", "text", "th", "title"];

/// A page, or a part of a page, that is being written.
pub(super) struct Html {
    text: String,
    open: Vec<&'static str>,
    /// The sections, each with its id and its title.
    sections: Vec<(&'static str, &'static str)>,
}

/// An attribute: its name and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Html {
    /// A page.
    pub(super) fn page() -> Self {
        Self { text: "<!DOCTYPE html>\n".into(), ..Self::part() }
    }

    /// A part of a page.
    pub(super) fn part() -> Self {
        Self { text: String::new(), open: Vec::new(), sections: Vec::new() }
    }

    /// Adds a part at the end, and closes its open elements.
    pub(super) fn append(&mut self, part: Self) {
        self.text.push_str(&part.finish());
    }

    /// Opens a section with a title; the page links to it.
    pub(super) fn open_section(&mut self, id: &'static str, title: &'static str) {
        let heading = title_of(id);
        self.open("section", &[("id", id), ("aria-labelledby", &heading)]);
        self.element("h2", &[("id", &heading)], title);
        self.sections.push((id, title));
    }

    /// The sections so far, each with its id and its title.
    pub(super) fn sections(&self) -> &[(&'static str, &'static str)] {
        &self.sections
    }

    /// Ends a line of preformatted text.
    pub(super) fn line_break(&mut self) {
        self.text.push('\n');
    }

    /// Opens an element, which contains all content up to its end.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.open.push(name);
    }

    /// Closes the latest open element.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.end(name);
        }
    }

    /// Writes an element without content and without an end, such as `meta`.
    pub(super) fn void(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.text.push('\n');
    }

    /// Writes an element with a text.
    pub(super) fn element(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.start(name, attributes);
        self.text(text);
        self.end(name);
    }

    /// Writes an SVG shape, which has no content.
    pub(super) fn shape(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.text.pop();
        self.text.push_str("/>");
    }

    /// Writes an escaped text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(&xml::escape(&escape(text)));
    }

    /// Writes an element with a part of the program as its content: a style sheet or a script.
    pub(super) fn constant(&mut self, name: &'static str, content: &'static str) {
        self.start(name, &[]);
        self.text.push_str(content);
        self.end(name);
    }

    /// Writes a value as JSON in which no text can end the element.
    pub(super) fn json(&mut self, id: &str, value: &serde_json::Value) {
        self.start("script", &[("type", "application/json"), ("id", id)]);
        for c in value.to_string().chars() {
            match c {
                '<' | '>' | '&' | '\u{7f}'..='\u{9f}' => {
                    self.text.push_str(&format!("\\u{:04x}", u32::from(c)))
                }
                c => self.text.push(c),
            }
        }
        self.end("script");
    }

    /// The whole page, with all its elements closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", xml::escape(&escape(value))));
        }
        self.text.push('>');
    }

    fn end(&mut self, name: &str) {
        self.text.push_str(&format!("</{name}>"));
        if !INLINE.contains(&name) {
            self.text.push('\n');
        }
    }
}

/// The id of a section's title.
pub(super) fn title_of(id: &str) -> String {
    format!("{id}-title")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKUP: &str = "<b>&\"'</b>\u{202e}\n";
    const ESCAPED: &str = "&lt;b&gt;&amp;&quot;&apos;&lt;/b&gt;\\u{202e}\\n";

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut html = Html::page();
        html.open("p", &[("title", MARKUP)]);
        html.text(MARKUP);
        html.element("code", &[], MARKUP);

        assert_eq!(
            html.finish(),
            format!("<!DOCTYPE html>\n<p title=\"{ESCAPED}\">{ESCAPED}<code>{ESCAPED}</code></p>\n")
        );
    }

    #[test]
    fn json_ends_no_element_and_keeps_its_value() {
        let value = serde_json::json!({"name": "</script><!--&\u{2028}\u{202e}"});
        let mut html = Html::page();
        html.json("data", &value);
        let page = html.finish();

        let text = page.split_once("id=\"data\">").unwrap().1.strip_suffix("</script>\n").unwrap();
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).unwrap(), value);
    }
}
