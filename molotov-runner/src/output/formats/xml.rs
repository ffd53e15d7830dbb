//! XML, written by hand: elements with attributes, and the only function that escapes.

/// The text of a document that is being written.
pub(super) struct XmlWriter {
    text: String,
    open: Vec<&'static str>,
}

/// An attribute: its name and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl XmlWriter {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".into(), open: Vec::new() }
    }

    /// Opens an element, which contains the following content.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the latest open element.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str(&format!("</{name}>\n"));
        }
    }

    /// Writes an element without content.
    pub(super) fn empty(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.text.push_str("/>\n");
    }

    /// Writes an element with a text.
    pub(super) fn text(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.start(name, attributes);
        self.text.push_str(&format!(">{}</{name}>\n", escape(text)));
    }

    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.indent();
        self.text.push_str(&format!("<{name}"));
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.open.len()));
    }
}

/// The text, escaped for an element and for an attribute. Characters that XML does not allow are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' | '\t' => safe.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_invalid_characters_are_replaced() {
        assert_eq!(escape("]]> & <a b=\"c\" d='e'>\u{0}\u{1b}\u{ffff}\n"), {
            "]]&gt; &amp; &lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;\u{fffd}\u{fffd}\u{fffd}\n"
        });
    }

    #[test]
    fn elements_that_are_open_are_closed_in_the_end() {
        let mut xml = XmlWriter::new();
        xml.open("a", &[("b", "1")]);
        xml.open("c", &[]);
        xml.text("d", &[], "x");

        let text = xml.finish();

        assert!(text.ends_with("<a b=\"1\">\n <c>\n  <d>x</d>\n </c>\n</a>\n"), "{text}");
    }
}
