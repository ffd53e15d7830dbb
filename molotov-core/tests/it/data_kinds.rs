//! The values of CSV fields and of JSON keys; nothing in them is silently dropped.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::fs;

use molotov_core::{Context, Data, Feed, Feeder, Row, Rows, Shared, Turn, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn row<T: Clone + Send + Sync + 'static>(feeder: &Feeder, nth: u64) -> T {
    let (mut rows, shared) = (Rows::default(), Shared::default());
    let turn = Turn::new(7, UserId(0), 1, nth);
    assert!(feeder.draw(&turn, &mut rows).is_ok());
    let row: Row<T> = Context::new(&shared).rows(&mut rows).arg();
    T::clone(&row)
}

/// All rows of a file with this content, kept in memory or read when they are drawn; or its mistakes, without the
/// folder.
fn read<T>(name: &str, content: impl AsRef<[u8]>) -> Result<Vec<T>, String>
where
    T: Clone + std::fmt::Debug + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let place = format!("the data `rows` (built by hand): {}/", folder.path().display());
    let load = |keep| {
        let path = path.clone();
        let feed = move || {
            if path.extension().is_some_and(|ending| ending == "csv") {
                Feed::<T>::csv(&path).keep_up_to(keep)
            } else {
                Feed::json_lines(&path).keep_up_to(keep)
            }
        };
        let feeder = Data::new("rows", feed).load().map_err(|why| why.join("\n").replace(&place, ""))?;
        Ok((0..feeder.rows()).map(|nth| row(&feeder, nth)).collect())
    };
    let (kept, streamed): (Result<Vec<T>, String>, _) = (load(u64::MAX), load(0));
    assert_eq!(kept, streamed);
    kept
}

fn csv<T>(content: impl AsRef<[u8]>) -> Result<Vec<T>, String>
where
    T: Clone + std::fmt::Debug + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    read("a.csv", content)
}

fn json_lines(content: &str) -> Result<Vec<Value>, String> {
    read("a.jsonl", content)
}

mod fields {
    use super::*;

    const ZIP: &str = "zip,on,price,none\n01234,true,1.50,\n";

    #[test]
    fn a_field_is_text_where_the_type_asks_for_anything() {
        let map = csv::<HashMap<String, Value>>(ZIP).unwrap();
        let object = csv::<Value>(ZIP).unwrap();
        let list = csv::<Vec<Value>>(ZIP).unwrap();

        assert_eq!(map[0]["zip"], json!("01234"));
        assert_eq!(object, [json!({ "zip": "01234", "on": "true", "price": "1.50", "none": "" })]);
        assert_eq!(list, [vec![json!("01234"), json!("true"), json!("1.50"), json!("")]]);
        let long = "id\n123456789012345678901234567890\n";
        assert_eq!(csv::<Value>(long).unwrap(), [json!({ "id": "123456789012345678901234567890" })]);
    }

    #[test]
    fn a_field_is_what_the_type_asks_for() {
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        enum Colour {
            #[serde(rename = "red")]
            Red,
        }
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        struct Id(u64);
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        struct Of {
            zip: String,
            count: i64,
            mask: u8,
            share: f64,
            on: bool,
            letter: char,
            colour: Colour,
            id: Id,
            maybe: Option<u8>,
            none: Option<u8>,
        }
        let text =
            "zip,count,mask,share,on,letter,colour,id,maybe,none,more\n01234,-5,0xff,1e3,true,ü,red,7,8,,x\n";

        let rows = csv::<Of>(text).unwrap();

        let (zip, colour) = ("01234".to_owned(), Colour::Red);
        let (count, mask, share, on, letter, id) = (-5, 255, 1000.0, true, 'ü', Id(7));
        assert_eq!(
            rows,
            [Of { zip, count, mask, share, on, letter, colour, id, maybe: Some(8), none: None }]
        );
    }

    #[test]
    fn flattened_and_untagged_types_get_text_and_then_the_exact_value() {
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        struct Person {
            name: String,
            #[serde(flatten)]
            rest: BTreeMap<String, Value>,
        }
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        struct Size {
            width: u32,
            #[serde(rename = "short")]
            is_short: bool,
            ratio: f64,
        }
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        struct Thing {
            #[serde(flatten)]
            size: Size,
            #[serde(flatten)]
            rest: BTreeMap<String, Value>,
        }
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }

        let person = csv::<Person>("name,zip\nAnn,01234\n").unwrap();
        let thing = csv::<Thing>("width,short,ratio,zip\n3,true,1.5,01234\n").unwrap();
        let either = csv::<BTreeMap<String, Either>>("a\n5\n").unwrap();

        assert_eq!(person[0].rest, BTreeMap::from([("zip".into(), json!("01234"))]));
        assert_eq!(thing[0].size, Size { width: 3, is_short: true, ratio: 1.5 });
        assert_eq!(thing[0].rest["zip"], json!("01234"));
        assert_eq!(either[0]["a"], Either::Text("5".into()));
    }

    #[test]
    fn a_type_of_one_value_takes_one_column_and_a_tuple_all_of_them() {
        assert_eq!(csv::<String>("name\nAnn\n").unwrap(), ["Ann"]);
        assert_eq!(csv::<u32>("age\n3\n4\n").unwrap(), [3, 4]);
        assert_eq!(csv::<Option<u32>>("age\n\"\"\n4\n").unwrap(), [None, Some(4)]);
        assert_eq!(csv::<(String, u8)>("a,b\nx,2\n").unwrap(), [("x".to_owned(), 2)]);
        assert_eq!(csv::<[u8; 2]>("a,b\n1,2\n").unwrap(), [[1, 2]]);

        let one = csv::<String>("name,age\nAnn,3\n").unwrap_err();
        let short = csv::<(String,)>("name,age\nAnn,3\n").unwrap_err();
        let long = csv::<(String, u8, u8)>("name,age\nAnn,3\n").unwrap_err();

        assert!(
            one.starts_with("a.csv:2: the row's type is one value, but there are 2 columns; take a"),
            "{one}"
        );
        let told = |n| format!("a.csv:2: the row's type takes {n} columns as they stand, but there are 2");
        assert_eq!((short, long), (told(1), told(3)));
    }

    #[test]
    fn mismatch_is_reported_with_its_column() {
        type Of<T> = BTreeMap<String, T>;
        let said = |result: Result<(), String>| result.unwrap_err();
        let of = |text| format!("a\n{text}\n");

        for (why, wanted) in [
            (said(csv::<Of<u8>>(of("300")).map(drop)), "column `a`: number too large to fit in target type"),
            (said(csv::<Of<u8>>(of("01x")).map(drop)), "column `a`: invalid digit found in string"),
            (
                said(csv::<Of<f64>>(of("1e400")).map(drop)),
                "column `a`: number too large to fit in target type",
            ),
            (said(csv::<Of<f32>>(of("x")).map(drop)), "column `a`: invalid float literal"),
            (
                said(csv::<Of<bool>>(of("yes")).map(drop)),
                "column `a`: provided string was not `true` or `false`",
            ),
            (said(csv::<Of<char>>(of("ab")).map(drop)), "column `a`: too many characters in string"),
            (
                said(csv::<Of<Vec<u8>>>(of("1")).map(drop)),
                "column `a`: the row's type wants several values of it",
            ),
        ] {
            assert!(why.contains(wanted), "{why}");
        }
    }
}

mod losses {
    use super::*;

    #[test]
    fn a_quote_that_is_not_closed_does_not_swallow_rows() {
        let why = csv::<Value>("name,note\nAnn,x\nBob,\"y\nCarl,z\n").unwrap_err();

        assert!(why.starts_with("a.csv:3: a quote is not closed"), "{why}");
    }

    #[test]
    fn quotes_inside_of_a_quoted_field_do_not_vanish() {
        let why = csv::<Value>("name,note\nAnn,\"5\" nail\n").unwrap_err();

        assert!(why.starts_with("a.csv:2: text stands behind a quote that closes a field"), "{why}");
        let kept = csv::<Value>("name,note\nAnn,5\" nail\nBob,\"5\"\" nail\"\n").unwrap();
        assert_eq!((&kept[0]["note"], &kept[1]["note"]), (&json!("5\" nail"), &json!("5\" nail")));
    }

    #[test]
    fn columns_without_a_name_are_kept_and_two_of_them_are_a_mistake() {
        // In the format of pandas, whose index has no name.
        assert_eq!(csv::<Value>(",a\n0,x\n").unwrap(), [json!({ "": "0", "a": "x" })]);
        assert_eq!(csv::<Value>("a,\nx,\n").unwrap(), [json!({ "": "", "a": "x" })]);

        let why = csv::<Value>("a,,\nx,,\n").unwrap_err();
        assert_eq!(why, "a.csv:1: two columns have no name; name them, or remove the delimiters at the end");
        let more = csv::<Value>("a,b\nx,y,\n").unwrap_err();
        assert_eq!(more, "a.csv:2: has 3 fields, but there are 2 columns");
    }

    #[test]
    fn wrong_delimiter_is_reported() {
        for (text, said) in [
            ("a;b\n1;2\n", "the whole line is one column; where `;` stands"),
            ("a\tb\n1\t2\n", "write `.delimiter(b'\\t')`"),
            ("a|b\n1|2\n", "`.delimiter(b'|')`"),
        ] {
            let why = csv::<Value>(text).unwrap_err();
            assert!(why.starts_with("a.csv:1: ") && why.contains(said), "{why}");
        }
        assert_eq!(csv::<Value>("\"a\"\n1;2\n").unwrap(), [json!({ "a": "1;2" })]);
    }

    #[test]
    fn a_byte_order_mark_is_part_of_no_name() {
        assert_eq!(csv::<Value>("\u{feff}\"a\",b\n1,\"2\"\n").unwrap(), [json!({ "a": "1", "b": "2" })]);
        assert_eq!(json_lines("\u{feff}\n{\"a\": 1}\n").unwrap(), [json!({ "a": 1 })]);
    }

    #[test]
    fn text_of_other_encodings_is_named() {
        let utf_16: Vec<u8> = "name\nx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let why = csv::<Value>(&utf_16).unwrap_err();
        assert!(why.starts_with("a.csv:1: has a zero byte; is it UTF-16"), "{why}");

        let utf_32: Vec<u8> = "\u{feff}a\nx\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(csv::<Value>(&utf_32).unwrap_err(), "a.csv: is UTF-32; save it as UTF-8");
        let utf_16: Vec<u8> = "\u{feff}{}\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read::<Value>("a.jsonl", &utf_16).unwrap_err(), "a.jsonl: is UTF-16; save it as UTF-8");
    }

    #[test]
    fn a_key_that_stands_twice_in_a_json_object_is_a_mistake() {
        for line in [
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#"{"b": [{"a": 1, "\u0061": 2}]}"#,
            r#"[{"b": {"a": null, "a": true}}]"#,
        ] {
            let why = json_lines(&format!("{{}}\n{line}\n")).unwrap_err();
            assert!(
                why.starts_with("a.jsonl:2:")
                    && why.contains("the key `a` stands twice in an object; remove one"),
                "{why}"
            );
        }
        let good = r#"{"a": {"a": [1, -1, 1.5, "x", null, true]}, "b": {"a": {}}}"#;
        assert_eq!(json_lines(good).unwrap(), [serde_json::from_str::<Value>(good).unwrap()]);
    }

    #[test]
    fn two_values_on_one_line_and_a_value_on_two_are_mistakes() {
        assert!(json_lines("{} {}\n").unwrap_err().contains("trailing characters"));
        assert!(json_lines("{\n}\n").unwrap_err().contains("EOF while parsing"));
        assert!(json_lines("[{},\n").is_err());
    }
}
