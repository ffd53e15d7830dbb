//! JSON in readable form.
//!
//! A results file has the report without line breaks. With two formatters of serde_json, every part of the report would be
//! compiled twice.

use std::iter::Peekable;
use std::str::Chars;

/// Breaks JSON without white space into lines, indented by two spaces for each level: the same text as that of
/// `serde_json::to_string_pretty`.
pub(super) fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => copy_string(&mut chars, &mut text),
            '{' | '[' => {
                text.push(char);
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => text.push(end),
                    None => {
                        depth += 1;
                        break_line(depth, &mut text);
                    }
                }
            }
            '}' | ']' => {
                depth -= 1;
                break_line(depth, &mut text);
                text.push(char);
            }
            ',' => {
                text.push(char);
                break_line(depth, &mut text);
            }
            ':' => text.push_str(": "),
            _ => text.push(char),
        }
    }
    text
}

/// Copies the rest of a string, in which brackets and commas have no meaning.
fn copy_string(chars: &mut Peekable<Chars<'_>>, text: &mut String) {
    text.push('"');
    while let Some(char) = chars.next() {
        text.push(char);
        match char {
            '\\' => text.extend(chars.next()),
            '"' => return,
            _ => {}
        }
    }
}

fn break_line(depth: usize, text: &mut String) {
    text.push('\n');
    for _ in 0..depth {
        text.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::indented;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            r#"[a-c"\\{}\[\],: \n]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map(r#"[a-c"\\{}:,]{0,3}"#, inner, 0..4)
                    .prop_map(|map| Value::from_iter(map.into_iter().collect::<Vec<(String, Value)>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_is_indented_as_serde_json_does(value in values()) {
            let compact = serde_json::to_string(&value).unwrap();

            prop_assert_eq!(indented(&compact), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
