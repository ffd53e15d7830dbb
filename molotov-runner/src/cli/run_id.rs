//! `--run-id`: the name of a run.

/// The maximum length of a run ID, which is the name of a folder.
pub(super) const LENGTH: usize = 64;

/// The name of a run, which is part of the names of files.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let is_short = (1..=LENGTH).contains(&text.len());
    if is_short && text.chars().all(is_letter) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err(format!("a run ID has 1 to {LENGTH} letters, digits, `-`, `_` and `.`, for example nightly-42"))
}

pub(super) fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}
