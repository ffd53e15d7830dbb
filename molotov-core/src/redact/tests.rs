#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};

use super::*;

const SECRET: &str = "Zq7-XvK9,wTb";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Login {
    access_token: u32,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    items: Vec<HashMap<String, bool>>,
    #[serde(default)]
    letter: char,
    #[serde(default)]
    own: Own,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Short,
    Long,
}

#[derive(Debug, Default)]
struct Own;

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(format!("no such colour: {text:?} ({})", text.len())))
    }
}

fn said<T: DeserializeOwned + Debug>(input: &str) -> String {
    json(&serde_json::from_str::<T>(input).unwrap_err(), input.as_bytes())
}

#[test]
fn place_and_the_types_are_reported_and_no_value() {
    for (input, expected) in [
        (
            r#"{"access_token":"@"}"#,
            "invalid type: string, expected u32 at `access_token` (line 1 column 30)",
        ),
        (
            r#"{"access_token":-4711}"#,
            "invalid value: integer, expected u32 at `access_token` (line 1 column 21)",
        ),
        (
            r#"{"access_token":4.25}"#,
            "invalid type: floating point, expected u32 at `access_token` (line 1 column 20)",
        ),
        (
            r#"{"access_token":true}"#,
            "invalid type: boolean, expected u32 at `access_token` (line 1 column 20)",
        ),
        (
            r#"{"access_token":["@"]}"#,
            "invalid type: sequence, expected u32 at `access_token` (line 1 column 16)",
        ),
        (
            "{\"access_token\":1,\n\"items\":[{},{\"a\":true,\"b\":\"@\"}]}",
            "invalid type: string, expected a boolean at `items[1].b` (line 2 column 40)",
        ),
        (
            r#"{"access_token":1,"items":[{"@":1}]}"#,
            "invalid type: integer, expected a boolean at `items[0].*` (line 1 column 44)",
        ),
        (
            r#"{"access_token":1,"kind":"@"}"#,
            "unknown variant, expected `short` or `long` at `kind` (line 1 column 39)",
        ),
        (
            r#"{"access_token":1,"@":1}"#,
            "unknown field, expected one of `access_token`, `kind`, `items`, `letter`, `own` (line 1 column 32)",
        ),
        (r#"{"kind":"short"}"#, "missing field `access_token` (line 1 column 16)"),
        (r#"{"kind":"short","kind":"@"}"#, "duplicate field `kind` at `kind` (line 1 column 22)"),
        (
            r#"{"access_token":1,"letter":"@"}"#,
            "invalid value: string, expected a character at `letter` (line 1 column 41)",
        ),
        (r#"{"access_token":1,"own":"@"}"#, "no such colour: *** (12) (line 1 column 39)"),
        (r#"{"access_token":@}"#, "expected value at `access_token` (line 1 column 17)"),
        (r#"{"access_token":"@"#, "EOF while parsing a string at `access_token` (line 1 column 29)"),
        (r#"["@"]"#, "invalid type: string, expected u32 at `[0]` (line 1 column 15)"),
    ] {
        assert_eq!(said::<Login>(&input.replace('@', SECRET)), expected, "{input}");
    }
}

#[test]
fn messages_in_other_messages_lose_their_values_too() {
    for (input, expected) in [
        (
            "cannot log in: invalid type: string \"a\\\"@, expected x\", expected u32 at line 1 column 5",
            "cannot log in: invalid type: string, expected u32 at line 1 column 5",
        ),
        (
            "called `Result::unwrap()` on an `Err` value: Error(\"invalid type: string \\\"@\\\", expected u32\", line: 1)",
            "called `Result::unwrap()` on an `Err` value: Error(\"invalid type: string, expected u32\", line: 1)",
        ),
        ("invalid type: string \"@", "invalid type: string"),
        (
            "invalid value: character ```, expected x; invalid type: integer `77`, expected y",
            "invalid value: character, expected x; invalid type: integer, expected y",
        ),
        ("invalid value: @, expected a colour", "invalid value: , expected a colour"),
        ("unknown field `@`, there are no fields", "unknown field, there are no fields"),
        ("unknown variant `@", "unknown variant"),
        ("environment variable was not valid unicode: \"@\"", "environment variable was not valid unicode"),
    ] {
        let redacted = text(&input.replace('@', SECRET)).into_owned();
        assert_eq!(redacted, expected);
        assert_eq!(text(&redacted), redacted);
    }
    for plain in
        ["", "invalid type: map, expected u32", "unknown field day", "missing field `x`", "invalid value: no"]
    {
        assert!(matches!(text(plain), Cow::Borrowed(_)), "{plain}");
    }
}
