//! Names and tags in the protocol's character set.

/// The maximum length of a name or of a tag's value, in bytes; a longer one would not fit into a datagram.
const MAX_LENGTH: usize = 200;

/// Replaces the protocol's special characters and spaces by `_`, and cuts the text to 200 bytes.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars() {
        let c = if is_special(c) { '_' } else { c };
        if clean.len() + c.len_utf8() > MAX_LENGTH {
            break;
        }
        clean.push(c);
    }
    if clean.is_empty() { "_".into() } else { clean }
}

fn is_special(c: char) -> bool {
    matches!(c, ':' | '|' | '@' | '#' | ',' | ';') || c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_become_underscores() {
        assert_eq!(clean("a:b|c@d#e,f;\ng\th i\0"), "a_b_c_d_e_f__g_h_i_");
        assert_eq!(clean("/items/{id}/größe-1.json"), "/items/{id}/größe-1.json");
        assert_eq!(clean(""), "_");
    }

    proptest::proptest! {
        #[test]
        fn no_name_breaks_a_line(text in ".*") {
            let clean = clean(&text);
            proptest::prop_assert!(clean.len() <= MAX_LENGTH && !clean.is_empty());
            proptest::prop_assert!(!clean.chars().any(is_special));
        }
    }
}
