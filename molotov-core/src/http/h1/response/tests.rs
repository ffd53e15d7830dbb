//! The length of bodies, folded fields and damaged heads.

use proptest::prelude::*;

use super::*;

/// The end of the body, and whether the connection may be used again.
fn redacted_route(method: &Method, head: &str) -> (String, bool) {
    let parsed = match parse(head.as_bytes()) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => return ("incomplete".into(), false),
        Err(broken) => return (format!("{broken:?}"), false),
    };
    assert_eq!(parsed.length, head.len(), "{head:?}");
    match parsed.answer(method) {
        Ok(answer) => {
            let framing = match answer.framing {
                Framing::Length(length) => length.to_string(),
                Framing::Chunked(_) => "chunked".into(),
                Framing::UntilClose => "until close".into(),
            };
            (framing, answer.reusable)
        }
        Err(broken) => (format!("{broken:?}").split('(').next().unwrap().to_owned(), false),
    }
}

#[test]
fn the_length_of_a_body_is_found_by_the_rules_in_their_order() {
    let (get, head, connect) = (Method::GET, Method::HEAD, Method::CONNECT);
    let chunked = "Transfer-Encoding: chunked\r\n";
    let cases = [
        // RFC 9112, section 6.3, rule 1: no body, regardless of the fields.
        (&head, "1.1 200", "content-length: 5\r\n", "0", true),
        (&head, "1.1 200", "content-length: x\r\n", "0", true),
        (&head, "1.1 200", chunked, "0", true),
        (&head, "1.0 200", chunked, "0", false),
        (&head, "1.1 200", "", "0", true),
        (&get, "1.1 204", "content-length: 5\r\n", "0", true),
        (&get, "1.1 304", "content-length: 5, 6\r\n", "0", true),
        (&get, "1.1 103", "content-length: -1\r\n", "0", true),
        // Rule 2.
        (&connect, "1.1 200", "content-length: x\r\n", "0", false),
        (&connect, "1.1 204", "", "0", false),
        (&connect, "1.1 404", "content-length: 5\r\n", "5", true),
        // Rules 3 and 4.
        (&get, "1.1 200", "content-length: 5\r\ntransfer-encoding: chunked\r\n", "chunked", true),
        (&get, "1.1 200", "transfer-encoding: chunked\r\ncontent-length: x\r\n", "chunked", true),
        (&get, "1.1 200", "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n", "chunked", true),
        (&get, "1.1 200", "transfer-encoding: gzip, Chunked ,\r\n", "chunked", true),
        (&get, "1.1 200", "transfer-encoding: chunked\r\ntransfer-encoding:\r\n", "chunked", true),
        (&get, "1.1 200", "transfer-encoding: chunked, gzip\r\n", "until close", false),
        (&get, "1.1 200", "transfer-encoding: identity\r\ncontent-length: 5\r\n", "until close", false),
        (&get, "1.1 200", "transfer-encoding:\r\n", "until close", false),
        (&get, "1.0 200", "transfer-encoding: chunked\r\n", "Malformed", false),
        // Rules 5 and 6.
        (&get, "1.1 200", "content-length: 5\r\ncontent-length: 5\r\n", "5", true),
        (&get, "1.1 200", "content-length: 5, 05\r\n", "5", true),
        (&get, "1.1 200", "content-length: 5\r\ncontent-length: 6\r\n", "Malformed", false),
        (&get, "1.1 200", "content-length: x\r\ncontent-length: 5\r\n", "Malformed", false),
        (&get, "1.1 200", "content-length: +5\r\n", "Malformed", false),
        (&get, "1.1 200", "content-length:\r\n", "Malformed", false),
        (&get, "1.1 200", "content-length: 5,\r\n", "Malformed", false),
        (&get, "1.1 200", "content-length: 18446744073709551616\r\n", "Malformed", false),
        // Rule 8.
        (&get, "1.1 200", "", "until close", false),
        // Section 9.3.
        (&get, "1.1 200", "content-length: 5\r\nconnection: x, Close\r\n", "5", false),
        (&get, "1.1 200", "content-length: 5\r\nconnection: close\r\nconnection: keep-alive\r\n", "5", false),
        (&get, "1.0 200", "content-length: 5\r\n", "5", false),
        (&get, "1.0 200", "content-length: 5\r\nconnection: Keep-Alive\r\n", "5", true),
        (&get, "1.0 200", "content-length: 5\r\nconnection: keep-alive, close\r\n", "5", false),
    ];
    for (method, line, fields, framing, reusable) in cases {
        let head = format!("HTTP/{line} OK\r\n{fields}\r\n");
        assert_eq!(redacted_route(method, &head), (framing.to_owned(), reusable), "{method} {head:?}");
    }
}

#[test]
fn a_head_with_a_name_that_no_map_takes_is_too_large() {
    let head = |n| format!("HTTP/1.1 200 OK\r\n{}: y\r\n\r\n", "x".repeat(n));

    assert_eq!(redacted_route(&Method::GET, &head(65_536)).0, "Beyond(FieldName)");
    assert_eq!(redacted_route(&Method::GET, &head(65_535)).0, "until close");
    let parsed = parse(head(65_535).as_bytes()).unwrap().unwrap();
    assert_eq!(parsed.answer(&Method::GET).unwrap().head.headers.map().len(), 1);
}

#[test]
fn a_field_on_several_lines_is_one() {
    let head = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
    for (lines, value) in [
        ("x: a\r\n b\r\n", "a b"),
        ("x: a \t\r\n \t b c\r\n\td\r\n", "a b c d"),
        ("x:\r\n a\r\n", "a"),
        ("x: a\n b\n", "a b"),
        ("x: a\r\n \r\n b\r\n", "a  b"),
        ("y: z\r\nx: a\r\n \u{e9}:b\r\nw: v\r\n", "a \u{e9}:b"),
    ] {
        let parsed = parse(head(lines).as_bytes()).unwrap().unwrap();

        assert_eq!(parsed.length, head(lines).len());
        let answer = parsed.answer(&Method::HEAD).unwrap();
        assert_eq!(answer.head.headers.map()["x"].as_bytes(), value.as_bytes(), "{lines:?}");
    }
    let get = Method::GET;
    assert_eq!(redacted_route(&get, &head("transfer-encoding: gzip,\r\n chunked\r\n")).0, "chunked");
    assert_eq!(redacted_route(&get, &head("content-length:\r\n 5\r\n")), ("5".into(), true));
    assert!(!redacted_route(&get, &head("content-length: 5\r\nconnection: x,\r\n close\r\n")).1);
    // RFC 9112, section 2.2: at the start there is no field that a folded line could continue.
    assert_eq!(redacted_route(&get, &head(" folded\r\nx: y\r\n")).0, "Malformed(\"invalid header name\")");
    assert_eq!(redacted_route(&get, "HTTP/1.1 200 OK\r\nx: a\r\n b").0, "incomplete");
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("HTTP/1.1 200 OK\r\n"),
        Just("HTTP/1.0 404\n"),
        Just("content-length: 5\r\n"),
        Just("a: b\r\n"),
        Just("set-cookie: c\r\n"),
        Just("transfer-encoding: chunked\r\n"),
        Just("\r\n"),
        Just("\n"),
        Just(" "),
        Just(":"),
        Just("\u{e9}: \0"),
        Just("connection: close\r\n"),
        Just(" folded\r\n"),
        Just("\t\r\n"),
    ];
    let parts = prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat().into_bytes());
    let damage = prop::option::of((any::<prop::sample::Index>(), any::<u8>()));
    (prop::bool::ANY, parts, damage).prop_map(|(whole, parts, damage)| {
        let mut bytes = if whole { [b"HTTP/1.1 200 OK\r\n", &parts[..], b"\r\n"].concat() } else { parts };
        if let Some((at, byte)) = damage
            && !bytes.is_empty()
        {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes behind a head are ignored, and without its last byte it is not a head.
    #[test]
    fn a_head_is_complete_with_its_last_byte_and_takes_no_other(bytes in damaged()) {
        if let Ok(Some(parsed)) = parse(&bytes) {
            let len = parsed.length;
            prop_assert!(parsed.was_folded || bytes.starts_with(&parsed.text));
            for cut in 0..len {
                prop_assert!(matches!(parse(&bytes[..cut]), Ok(None)), "{}", cut);
            }
            let again = parse(&bytes[..len]).unwrap().unwrap();
            prop_assert_eq!(again.length, len);
            prop_assert_eq!(format!("{:?}", again.facts), format!("{:?}", parsed.facts));
            // As the response to a HEAD, whose headers do not describe a body.
            let headers = |parsed: ParsedHead| parsed.answer(&Method::HEAD).unwrap().head.headers;
            let (again, headers) = (headers(again), headers(parsed));
            prop_assert_eq!(again.map(), headers.map());
            prop_assert_eq!(headers.sets_cookies, headers.map().contains_key("set-cookie"));
        }
    }
}
