//! Escapes external text for terminals, and fits text into columns.
//!
//! Names and messages may come from a server, a scenario or a file. Without escaping, an ESC sequence in them could
//! recolour the report, move the cursor or set the window's title, and a bidi override could reverse a line
//! (<https://trojansource.codes>).

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The sign for the cut-off rest of a text.
const ELLIPSIS: char = '…';

/// Escapes all characters that are not plainly visible, for instance as `\n` or `\u{1b}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// An external name, escaped; an invisible name is shown in quotes.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    if text.trim().is_empty() { Cow::Owned(format!("{text:?}")) } else { escape(text) }
}

/// Returns `true` for control and format characters, and for those with no or an uncertain width, except combining
/// marks.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                      // soft hyphen
            | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{61c}'                   // Arabic letter mark (bidi)
            | '\u{115f}'..='\u{1160}' | '\u{3164}' | '\u{ffa0}' // invisible Hangul fillers
            | '\u{180b}'..='\u{180f}'     // Mongolian selectors
            | '\u{200b}'..='\u{200f}'     // zero-width space and joiners, bidi marks
            | '\u{2028}'..='\u{202e}'     // line and paragraph separators, bidi overrides
            | '\u{2060}'..='\u{206f}'     // word joiner, bidi isolates
            | '\u{fe00}'..='\u{fe0f}'     // variation selectors change the width
            | '\u{feff}'                  // byte order mark
            | '\u{fff0}'..='\u{fffb}'     // interlinear annotation
            | '\u{fffe}'..='\u{ffff}'     // not characters, and forbidden in XML
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'   // tags and further selectors
        )
}

/// The width of a text in columns.
pub(super) fn width(text: &str) -> usize {
    // A terminal without a certain ligature shows its letters one by one, so the greater of both widths counts.
    UnicodeWidthStr::width(text).max(text.chars().map(char_width).sum())
}

fn char_width(c: char) -> usize {
    UnicodeWidthChar::width(c).unwrap_or(0)
}

/// The text, cut to `max` columns with `…` if it is longer.
pub(super) fn fit(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    if max == 0 {
        return Cow::Borrowed("");
    }
    let (start, _) = split(text, max - 1);
    Cow::Owned(format!("{start}{ELLIPSIS}"))
}

/// Splits a text into the part that fits into `max` columns, and the rest.
fn split(text: &str, max: usize) -> (&str, &str) {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += char_width(*c);
        used > max
    });
    text.split_at(over.map_or(text.len(), |(index, _)| index))
}

/// The text in `columns` columns, left-aligned.
pub(super) fn left(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let space = columns - width(&text);
    format!("{text}{:space$}", "")
}

/// The text in `columns` columns, right-aligned.
pub(super) fn right(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let space = columns - width(&text);
    format!("{:space$}{text}", "")
}

/// The text in lines of at most `max` columns, broken between words if possible.
pub(super) fn wrap(text: &str, max: usize) -> Vec<String> {
    // Two columns fit any character.
    let max = max.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) <= max {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        let mut rest = word;
        let room = max.saturating_sub(width(&line) + 1);
        if !line.is_empty() && width(word) > max && room >= 2 {
            // The word must be broken anyway, so it may start here.
            let (start, end) = split(word, room);
            line = format!("{line} {start}");
            rest = end;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while width(rest) > max {
            let (start, end) = split(rest, max);
            lines.push(start.to_owned());
            rest = end;
        }
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// [`wrap`], cut after this number of lines with `…`.
pub(super) fn wrap_at_most(text: &str, max: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, max);
    if lines.len() > most && most > 0 {
        lines.truncate(most);
        let last = format!("{} {ELLIPSIS}", lines[most - 1]);
        lines[most - 1] = if width(&last) <= max {
            last
        } else {
            fit(&format!("{}…", lines[most - 1]), max).into_owned()
        };
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_newlines_and_bidi_overrides_become_visible() {
        let evil = "\u{1b}[31mred\u{1b}]0;title\u{7}\r\n\ta\u{202e}b\u{200b}\u{9b}2J";

        let safe = escape(evil);

        assert_eq!(safe, r"\u{1b}[31mred\u{1b}]0;title\u{7}\r\n\ta\u{202e}b\u{200b}\u{9b}2J");
    }

    #[test]
    fn letters_of_all_languages_stay_as_they_are() {
        for text in ["GET /é/日本語/Ωμέγα", "e\u{301}", "Zürich 🦀", r"C:\temp\new"] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn wide_characters_are_cut_by_columns_and_not_by_letters() {
        assert_eq!(fit("日本語テスト", 7), "日本語…");
        assert_eq!(fit("日本語テスト", 6), "日本…");
        assert_eq!(left("日本語テスト", 6), "日本… ");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn text_breaks_between_words_and_a_long_word_within() {
        assert_eq!(wrap("no such order abcdefghijk", 8), ["no such", "order ab", "cdefghij", "k"]);
        assert_eq!(wrap_at_most("one two three four", 9, 1), ["one two …"]);
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let safe = escape(&text).into_owned();
            prop_assert!(!safe.chars().any(is_hidden));
            prop_assert!(!safe.chars().any(char::is_control));
        }

        #[test]
        fn no_line_is_too_wide(text in any::<String>(), max in 2usize..100) {
            let safe = escape(&text).into_owned();
            prop_assert!(width(&fit(&safe, max)) <= max);
            prop_assert_eq!(width(&right(&safe, max)), max);
            for line in wrap(&safe, max).into_iter().chain(wrap_at_most(&safe, max, 2)) {
                prop_assert!(width(&line) <= max, "{:?}", line);
            }
        }
    }
}
