//! The start of a body on one line.

use super::Whence;

/// The number of bytes of a body that are examined for its excerpt.
const WINDOW: usize = 4 * 1024;

/// Returns the start of a body on one line, masked, in at most `limit` bytes (with `…` at its end if something is
/// missing); or `None` if the body is empty or not text, by its `Content-Type` or by its bytes. The body may be cut
/// anywhere.
pub(crate) fn excerpt(
    whence: Whence<'_>,
    content_type: Option<&str>,
    body: &[u8],
    limit: usize,
) -> Option<String> {
    let content_type = content_type.unwrap_or_default().trim().to_ascii_lowercase();
    let window = &body[..body.len().min(WINDOW)];
    if is_binary(&content_type, window) {
        return None;
    }
    // The cut may be inside of a character.
    let text = window.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let masked = one_line(&super::body_of(whence, &content_type, text));
    (!masked.is_empty()).then(|| shorten(masked, limit, body.len() - window.len()))
}

/// Types of bodies that are not for people, even if they are text.
const BINARY: &[&str] = &["audio/", "font/", "image/", "video/", "application/octet-stream"];

fn is_binary(content_type: &str, window: &[u8]) -> bool {
    let undecodable = std::str::from_utf8(window).is_err_and(|error| error.error_len().is_some());
    is_media(content_type) || has_controls(window) || undecodable
}

/// Returns `true` if this type (in lower case) is not for people, even if a body of it is text.
pub(crate) fn is_media(content_type: &str) -> bool {
    // An SVG image is text that people do read.
    BINARY.iter().any(|start| content_type.starts_with(start)) && !content_type.starts_with("image/svg+xml")
}

/// Returns `true` if there are bytes that never occur in text.
pub(crate) fn has_controls(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Replaces each sequence of blanks, line ends and control characters by a blank.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The line in at most `limit` bytes. This many bytes behind it are missing already.
fn shorten(mut line: String, limit: usize, left_out: usize) -> String {
    const DOTS: &str = "…";
    if line.len() <= limit && left_out == 0 {
        return line;
    }
    let most = limit.saturating_sub(DOTS.len());
    let end = (0..=most.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    line.truncate(end);
    if limit >= DOTS.len() {
        line.push_str(DOTS);
    }
    line
}
