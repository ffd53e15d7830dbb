//! Tables: a head with columns, and rows with a name.

use std::borrow::Cow;

use super::writer::{Html, title_of};

/// The maximum length of an external text, in characters.
const LONGEST: usize = 1_000;

/// Opens a table in a scrollable box, with the title with this id.
pub(super) fn open(html: &mut Html, title: &str, columns: &[&str]) {
    html.open(
        "div",
        &[("class", "scroll"), ("role", "group"), ("tabindex", "0"), ("aria-labelledby", title)],
    );
    html.open("table", &[]);
    html.open("thead", &[]);
    html.open("tr", &[]);
    for column in columns {
        html.element("th", &[("scope", "col")], column);
    }
    html.close();
    html.close();
}

/// Closes a table.
pub(super) fn close(html: &mut Html) {
    html.close();
    html.close();
}

/// Writes a row: its name and its cells.
pub(super) fn row(html: &mut Html, name: &str, cells: &[String]) {
    html.open("tr", &[]);
    html.element("th", &[("scope", "row")], name);
    for cell in cells {
        html.element("td", &[], cell);
    }
    html.close();
}

/// Writes a section with a table; writes nothing without rows.
pub(super) fn section(
    html: &mut Html,
    id: &'static str,
    title: &'static str,
    columns: &[&str],
    rows: &[(String, Vec<String>)],
) {
    if rows.is_empty() {
        return;
    }
    html.open_section(id, title);
    whole(html, &title_of(id), columns, rows);
    html.close();
}

/// Writes a table with all of its rows.
pub(super) fn whole(html: &mut Html, title: &str, columns: &[&str], rows: &[(String, Vec<String>)]) {
    open(html, title, columns);
    html.open("tbody", &[]);
    rows.iter().for_each(|(name, cells)| row(html, name, cells));
    html.close();
    close(html);
}

/// Writes pairs of a label and a text.
pub(super) fn facts<'f>(html: &mut Html, class: &str, facts: impl Iterator<Item = (&'f str, &'f str)>) {
    html.open("dl", &[("class", class)]);
    for (label, text) in facts {
        html.open("div", &[]);
        html.element("dt", &[], label);
        html.element("dd", &[], &shortened(text, LONGEST));
        html.close();
    }
    html.close();
}

/// Writes a list of sentences; writes nothing without any.
pub(super) fn list(
    html: &mut Html,
    name: &'static str,
    class: &str,
    items: impl IntoIterator<Item = String>,
) {
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() {
        return;
    }
    html.open(name, &[("class", class)]);
    items.for_each(|item| html.element("li", &[], &shortened(&item, LONGEST)));
    html.close();
}

/// Writes a paragraph.
pub(super) fn paragraph(html: &mut Html, class: &str, text: &str) {
    html.element("p", &[("class", class)], &shortened(text, LONGEST));
}

/// The text, cut after this number of characters if it is longer.
pub(super) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
