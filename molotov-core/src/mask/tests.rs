//! Names and structures, individually.

use proptest::prelude::*;

use http::{HeaderName, HeaderValue};

use super::*;

fn form(text: &str) -> String {
    body("application/x-www-form-urlencoded", text)
}

fn json(text: &str) -> String {
    body("application/json", text)
}

fn shown(name: &'static str, value: &'static str) -> String {
    header(&HeaderName::from_static(name), &HeaderValue::from_static(value))
}

#[test]
fn secrets_in_headers_are_masked_with_their_kind() {
    assert_eq!(shown("authorization", "Bearer abc.def"), "Bearer ***");
    assert_eq!(shown("proxy-authorization", "basic dXNlcjpwdw=="), "basic ***");
    assert_eq!(shown("authorization", "abc def"), "***");
    assert_eq!(shown("cookie", "sid=1; theme=dark=er;odd"), "sid=***; theme=***; ***");
    assert_eq!(shown("set-cookie", "sid=1; Path=/; HttpOnly"), "sid=***; Path=/; HttpOnly");
    for name in ["x-api-key", "x-auth-token", "x-csrf-token", "x-amz-signature", "api_key"] {
        assert_eq!(shown(name, "abc"), "***", "{name}");
    }
    assert_eq!(shown("sec-websocket-key", "abc"), "abc");
    assert_eq!(shown("accept", "text/*"), "text/*");

    let mut own = HeaderValue::from_static("abc");
    own.set_sensitive(true);
    assert_eq!(header(&HeaderName::from_static("x-plain"), &own), "***");
}

#[test]
fn octets_that_are_no_text_are_written_as_numbers() {
    let shown =
        |value: &[u8]| header(&HeaderName::from_static("x-city"), &HeaderValue::from_bytes(value).unwrap());
    assert_eq!(shown(b"Z\xc3\xbcrich"), "Z\u{fc}rich");
    assert_eq!(shown(b"Z\xfcrich\xff"), "Z\\xfcrich\\xff");
    let cookie = HeaderValue::from_bytes(b"n\xfc=secret\xfc; \xff").unwrap();
    assert_eq!(header(&http::header::COOKIE, &cookie), "n\\xfc=***; ***");
}

#[test]
fn secrets_in_urls_are_masked_wherever_the_url_stands() {
    assert_eq!(urls("http://a/b?page=2&token=x?y=z&q=1"), "http://a/b?page=2&token=***&q=1");
    assert_eq!(urls("http://a/b?Access%5FToken=x#end"), "http://a/b?Access%5FToken=***#end");
    assert_eq!(urls("http://me:pw@a/b@c"), "http://***@a/b@c");
    assert_eq!(urls("<http://m@a/?code=1>; rel=\"next\""), "<http://***@a/?code=***>; rel=\"next\"");
    assert_eq!(urls("/b?key=&x=1&sig="), "/b?key=***&x=1&sig=***");
    assert_eq!(urls("http://a/#access_token=x&state=1"), "http://a/#access_token=***&state=1");
    assert_eq!(urls("token=1"), "token=***");
    assert_eq!(urls("page=1"), "page=1");
}

#[test]
fn secrets_in_forms_are_masked() {
    assert_eq!(form("password=x+y&name=me&pin=12"), "password=***&name=me&pin=***");
    assert_eq!(form("name=me"), "name=me");
    assert_eq!(form(""), "");
}

#[test]
fn secrets_in_json_are_masked_also_where_it_is_cut() {
    assert_eq!(
        json(r#"{"name":"m\"e","password" : "p\"w\\","n":[{"api_key":"x"},{"pin":null}]}"#),
        r#"{"name":"m\"e","password" : "***","n":[{"api_key":"***"},{"pin":null}]}"#
    );
    for plain in [
        r#"{"x":"token","opinion":1,"author":"me","authenticated":true,"next":null}"#,
        r#"{"code":"NOT_FOUND","key":"a","expires_in":3600,"primary_key":7,"compass":"n"}"#,
        r#"{"message":"12 of 13 are wrong: see http://h/a?page=2#x","list":["a","b"],"n":[1,2.5e3]}"#,
    ] {
        assert_eq!(json(plain), plain);
    }
    assert_eq!(json(r#"{"a":1,"refresh_token":"abc"#), r#"{"a":1,"refresh_token":"***""#);
    assert_eq!(json(r#"{"a":1,"token"#), r#"{"a":1,"token"#);
    assert_eq!(json(r#"{"token": "#), r#"{"token": "#);
    assert_eq!(json("no json"), "no json");
}

/// Texts with a meaning for the scanner, and characters of several bytes.
fn strange() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "token",
        "name",
        "value",
        "pin",
        "=",
        ":",
        ",",
        "\"",
        "'",
        "\\",
        "\\u0022",
        "\\u00",
        "%22",
        "%3D",
        "%25",
        "%",
        "&quot;",
        "&",
        ";",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "/",
        "//",
        "@",
        "?",
        "#",
        "\n",
        " ",
        "ü",
        "€",
        "eyJ",
        "Bearer",
        "-----BEGIN",
        "PRIVATE",
        "--x\ncontent-disposition: a; name=",
        "<input ",
        "<password",
        "null",
        "-",
        "|",
        "``",
    ];
    proptest::collection::vec(proptest::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_scanner_panic(text in strange()) {
        for content_type in ["", "application/x-www-form-urlencoded", "text/csv", "multipart/form-data"] {
            let masked = body(content_type, &text);
            // The result is the text, except for the masked parts.
            prop_assert!(masked.contains(MASK) || masked == text, "{text} {masked}");
        }
        let masked = urls(&text);
        prop_assert!(masked.contains(MASK) || masked == text, "{text} {masked}");
    }

    #[test]
    fn no_text_is_too_strange(text in "[a-z?&#=:/@\"\\\\{}ü ;,]{0,40}") {
        // Only the masked parts are changed.
        let kept = |masked: &str| masked.split(MASK).all(|piece| text.contains(piece.trim_matches('"')));
        prop_assert!(kept(&urls(&text)) && kept(&form(&text)) && kept(&json(&text)));
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands(
        before in "[a-z?&=/]{0,10}",
        secret in "[A-Z0-9]{6}",
        after in "[a-z?&=/#]{0,10}",
    ) {
        let url = format!("http://me:{secret}@a/{before}?{before}&token={secret}&{after}");
        let object = format!(r#"[{{"{before}":"{after}","token": "{secret}"}}]"#);

        prop_assert!(!urls(&url).contains(&secret), "{}", urls(&url));
        let masked = form(&format!("{before}&token={secret}&{after}"));
        prop_assert!(!masked.contains(&secret));
        prop_assert!(!json(&object).contains(&secret), "{}", json(&object));
    }
}
