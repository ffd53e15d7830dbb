//! Encoded characters of a URL, of JSON and of HTML: `=`, `%3D`, `%253D`, `\u003d`, `&#61;`.

/// The encoding of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Raw,
    /// `%3D`, also encoded several times.
    Percent,
    /// `&quot;`, `&#34;`, `&#x22;`.
    Entity,
    /// `\u0022`, `\x22`, `\n`.
    Escape,
}

/// A character and its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaskUnit {
    pub(super) char: char,
    pub(super) len: usize,
    pub(super) form: Form,
}

/// Returns the character at the start of the text.
pub(super) fn unit(text: &str) -> Option<MaskUnit> {
    let first = text.chars().next()?;
    let coded = match first {
        '%' => percent(text),
        '&' => entity(text),
        '\\' => escape(text),
        _ => None,
    };
    Some(coded.unwrap_or(MaskUnit { char: first, len: first.len_utf8(), form: Form::Raw }))
}

fn percent(text: &str) -> Option<MaskUnit> {
    let mut at = 1;
    while text[at..].starts_with("25") && is_hex(text.get(at + 2..at + 4)) {
        at += 2;
    }
    let char = hex(text.get(at..at + 2)?)?;
    char.is_ascii().then_some(MaskUnit { char, len: at + 2, form: Form::Percent })
}

fn entity(text: &str) -> Option<MaskUnit> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let char = match &text[1..end] {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "equals" => '=',
        "colon" => ':',
        number => {
            let number = number.strip_prefix('#')?;
            match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits)?,
                None => char::from_u32(number.parse().ok()?)?,
            }
        }
    };
    Some(MaskUnit { char, len: end + 1, form: Form::Entity })
}

fn escape(text: &str) -> Option<MaskUnit> {
    let (char, len) = match text.as_bytes().get(1)? {
        b'u' => (hex(text.get(2..6)?)?, 6),
        b'x' => (hex(text.get(2..4)?)?, 4),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'/' => ('/', 2),
        _ => return None,
    };
    Some(MaskUnit { char, len, form: Form::Escape })
}

fn hex(digits: &str) -> Option<char> {
    is_hex(Some(digits)).then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)).flatten()
}

fn is_hex(digits: Option<&str>) -> bool {
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A quotation mark, with the backslashes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) char: char,
    pub(super) form: Form,
    pub(super) backslashes: usize,
    pub(super) len: usize,
}

/// Returns the quotation mark at the start of the text.
pub(super) fn quote(text: &str) -> Option<Quote> {
    let all = text.bytes().take_while(|byte| *byte == b'\\').count();
    // The last backslash of `\\\u0022` belongs to the character behind it.
    for backslashes in [Some(all), all.checked_sub(1)].into_iter().flatten() {
        let MaskUnit { char, len, form } = unit(&text[backslashes..])?;
        if matches!(char, '"' | '\'' | '`') {
            return Some(Quote { char, form, backslashes, len: backslashes + len });
        }
    }
    None
}

impl Quote {
    /// Returns `true` if this mark closes the other one: it has the same encoding, or it belongs to the enclosing
    /// string.
    pub(super) fn ends(&self, opening: &Self) -> bool {
        if self.form == Form::Raw && opening.form != Form::Raw {
            return self.backslashes.is_multiple_of(2);
        }
        let level = opening.backslashes;
        self.char == opening.char
            && self.form == opening.form
            && (self.backslashes < level || self.backslashes % (2 * (level + 1)) == level)
    }
}
