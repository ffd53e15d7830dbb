//! The place in a JSON text at which a parser stopped.

/// The longest path that is shown.
const MAX_PATH: usize = 200;

/// The position of a parser, and its last value.
pub(super) struct JsonPlace<'t> {
    steps: Vec<JsonStep<'t>>,
    pub(super) value: &'t str,
}

/// An open object or array.
struct JsonStep<'t> {
    /// Its start.
    start: usize,
    at: At<'t>,
}

enum At<'t> {
    /// The member of this name, as written.
    Key(&'t str),
    Index(usize),
}

impl<'t> JsonPlace<'t> {
    /// Reads the text up to this line and column in bytes, as counted by serde_json: behind the byte.
    pub(super) fn find(text: &'t str, line: usize, column: usize) -> Self {
        let text = up_to(text, line, column);
        let mut place = Self { steps: Vec::new(), value: "" };
        // True if the next string is a key; and the start of the last value.
        let (mut at, mut is_key, mut value) = (0, false, 0);
        while let Some(byte) = text.as_bytes().get(at) {
            let start = at;
            at += 1;
            match byte {
                b'"' => {
                    at = start + string(&text[start..]);
                    value = start;
                    if let (true, Some(step)) = (is_key, place.steps.last_mut()) {
                        step.at = At::Key(text[start..at].trim_matches('"'));
                    }
                }
                b'{' => {
                    place.steps.push(JsonStep { start, at: At::Key("") });
                    is_key = true;
                }
                b'[' => {
                    place.steps.push(JsonStep { start, at: At::Index(0) });
                    (is_key, value) = (false, at);
                }
                b':' => (is_key, value) = (false, at),
                b',' => {
                    value = at;
                    match place.steps.last_mut().map(|step| &mut step.at) {
                        Some(At::Index(index)) => *index += 1,
                        _ => is_key = true,
                    }
                }
                b'}' | b']' => value = place.steps.pop().map_or(value, |step| step.start),
                _ => {}
            }
        }
        place.value = text[value..].trim();
        place
    }

    /// The path to the place: `items[3].price`. Keys that do not look like names of fields are shown as `*`, because in
    /// a map they are values.
    pub(super) fn path(&self) -> String {
        path_of(&self.steps)
    }

    /// The path to the enclosing object or array.
    pub(super) fn parent_path(&self) -> String {
        path_of(self.steps.split_last().map_or(&[], |(_, before)| before))
    }
}

fn path_of(steps: &[JsonStep<'_>]) -> String {
    let mut path = String::new();
    for step in steps {
        match step.at {
            At::Index(index) => path.push_str(&format!("[{index}]")),
            At::Key("") => {}
            At::Key(key) => {
                let dot = if path.is_empty() { "" } else { "." };
                path.extend([dot, if is_field(key) { key } else { "*" }]);
            }
        }
        if path.len() > MAX_PATH {
            return path + "…";
        }
    }
    path
}

/// Returns `true` if this may be the name of a field: one or more words, with digits only at the end.
pub(crate) fn is_field(key: &str) -> bool {
    let letters = key.trim_end_matches(|c: char| c.is_ascii_digit());
    key.len() <= 40
        && key.len() - letters.len() <= 2
        && letters.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && letters.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | '$'))
}

/// The length of the string at the start of the text, including its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The text up to this line and column.
fn up_to(text: &str, line: usize, column: usize) -> &str {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let end = (0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
