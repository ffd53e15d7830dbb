//! Bodies with names apart from their values: parts of a form, columns of a table.

use super::MASK;
use super::name::{NamePlace, is_secret};
use super::scan::{Scanner, TextPlace};

/// Returns `true` for a multipart body; some are sent without their type.
pub(super) fn is_multipart(content_type: &str, text: &str) -> bool {
    content_type.starts_with("multipart/") || boundary(text).is_some()
}

/// Masks the parts with the names of secrets. A cut name may be one.
pub(super) fn multipart(text: &str) -> String {
    let Some(boundary) = boundary(text) else { return Scanner::new(text, TextPlace::Body).mask() };
    let parts: Vec<_> = text.split(boundary).map(part).collect();
    parts.join(boundary)
}

/// The line before the first part with a name.
fn boundary(text: &str) -> Option<&str> {
    let named = text.to_ascii_lowercase().find("content-disposition:")?;
    text[..named].lines().map(str::trim_end).rfind(|line| line.starts_with("--"))
}

fn part(text: &str) -> String {
    let Some((end, blank)) = ["\r\n\r\n", "\n\n"].into_iter().find_map(|mark| Some((text.find(mark)?, mark)))
    else {
        return Scanner::new(text, TextPlace::Body).mask();
    };
    let (head, content) = text.split_at(end + blank.len());
    let name = head.split([';', '\n']).find_map(|piece| {
        let (key, name) = piece.trim().split_once('=')?;
        key.trim_end_matches('*').eq_ignore_ascii_case("name").then(|| name.trim().trim_matches('"'))
    });
    if !name.is_some_and(|name| is_secret(name, NamePlace::Pair)) {
        return Scanner::new(head, TextPlace::Body).mask() + &Scanner::new(content, TextPlace::Body).mask();
    }
    let line = content.len() - content.trim_end_matches(['\r', '\n']).len();
    format!("{head}{MASK}{}", &content[content.len() - line..])
}

/// Masks all rows of a table with a column of secrets.
pub(super) fn table(text: &str) -> String {
    let (columns, rows) = text.split_at(text.find('\n').map_or(text.len(), |end| end + 1));
    let names = columns.split([',', ';', '\t', '|']).map(|name| name.trim().trim_matches('"'));
    if rows.is_empty() || !names.into_iter().any(|name| is_secret(name, NamePlace::Pair)) {
        return Scanner::new(text, TextPlace::Body).mask();
    }
    format!("{columns}{MASK}")
}
