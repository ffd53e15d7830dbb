//! Searches in a response: text between two others, and text and JSON behind a byte order mark.
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::{FailureKind, Outcome, Response};
use support::{Lab, Server};

const PAGE: &str = r#"<form><input name="csrf" value="s3cret"><input name="user" value=""></form>"#;

/// The response of a server that sends this body, with this type.
async fn response(kind: &'static str, body: impl Into<Vec<u8>>) -> (Response, Lab) {
    let body: Vec<u8> = body.into();
    let server = Server::answering(move |_| {
        let head = format!("HTTP/1.1 200 OK\r\n{kind}content-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), &body].concat()
    })
    .await;
    let lab = Lab::of(&server);
    let response = lab.session.get("/login").send().await.unwrap();
    (response, lab)
}

mod between {
    use super::*;

    #[tokio::test]
    async fn the_first_text_between_two_others_is_found() {
        let (page, _lab) = response("", PAGE).await;

        assert_eq!(page.between(r#"name="csrf" value=""#, "\"").unwrap(), "s3cret");
        assert_eq!(page.between(r#"name="user" value=""#, "\"").unwrap(), "");
        assert_eq!(page.between("value=\"", "\"").unwrap(), "s3cret");
        assert_eq!(page.between("", "<input").unwrap(), "<form>");
        assert_eq!(page.between("value=\"\">", "").unwrap(), "</form>");
        assert_eq!(page.between("", "").unwrap(), PAGE);
    }

    #[tokio::test]
    async fn missing_value_is_body_not_found_without_the_body() {
        let (page, lab) = response("content-type: text/html; charset=utf-8\r\n", PAGE).await;

        let no_start = page.between("name=\"token\" value=\"", "\"").unwrap_err();
        let no_end = page.between("name=\"csrf\" value=\"", "]]>").unwrap_err();
        let end_before = page.between("</form>", "<form>").unwrap_err();

        let length = PAGE.len();
        assert_eq!(
            no_start.to_string(),
            format!(
                "GET /login: there is no `name=\"token\" value=\"` in the body ({length} bytes of text/html)"
            )
        );
        assert_eq!(
            no_end.to_string(),
            format!(
                "GET /login: there is no `]]>` behind the first `name=\"csrf\" value=\"`, at byte 13 of the body \
                 ({length} bytes of text/html)"
            )
        );
        for error in [no_start, no_end, end_before] {
            assert_eq!((error.kind(), error.is_recorded()), (FailureKind::BodyNotFound, false));
            assert!(!format!("{error:#} {error:?}").contains("s3cret"));
        }
        assert_eq!(FailureKind::BodyNotFound.as_str(), "body.not_found");
        // The request itself was ok.
        assert_eq!(lab.outcomes(), [Outcome::Ok]);
    }

    #[tokio::test]
    async fn long_texts_and_control_characters_are_cut_and_escaped_in_messages() {
        let (page, _lab) = response("content-type: \t;x\r\n", "").await;

        let long = page.between(&"ü".repeat(1000), "").unwrap_err().to_string();
        let strange = page.between("a\u{1b}[2J\n", "").unwrap_err().to_string();

        assert!(long.len() < 200, "{long}");
        assert_eq!(strange, "GET /login: there is no `a\\u{1b}[2J\\n` in the body (0 bytes)");
    }

    #[tokio::test]
    async fn a_page_of_another_encoding_is_searched_too() {
        let (page, _lab) = response("", b"<p>gr\xfc\xdfe</p> token='42' name='\xe4'".to_vec()).await;

        assert_eq!(page.between("token='", "'").unwrap(), "42");
        assert_eq!(page.between("", "gr").unwrap(), "<p>");
        let error = page.between("name='", "'").unwrap_err();
        assert_eq!(error.kind(), FailureKind::BodyDecode);
        assert!(error.to_string().contains("between `name='` and `'` is not UTF-8"), "{error}");
    }

    #[tokio::test]
    async fn unkept_or_undecoded_body_has_a_note() {
        let coded = b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n\x0b\x02";
        let server = Server::answering(|_| coded.to_vec()).await;
        let lab = Lab::of(&server);

        let counted = lab.session.get("/x").discard().await.unwrap().between("a", "b").unwrap_err();
        let brotli = lab.session.get("/x").send().await.unwrap().between("a", "b").unwrap_err();

        assert!(counted.to_string().contains("was counted and not kept"), "{counted}");
        assert!(brotli.to_string().contains("coded as `br`"), "{brotli}");
    }
}

mod byte_order_mark {
    use super::*;

    #[tokio::test]
    async fn the_mark_of_utf_8_is_passed_over_in_text_and_json_and_kept_in_bytes() {
        let (marked, _lab) = response("", "\u{feff}[1, 2]").await;

        assert_eq!(marked.json::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(marked.text().unwrap(), "[1, 2]");
        assert_eq!(marked.between("", ",").unwrap(), "[1");
        assert_eq!(marked.bytes().len(), 9);
        let (empty, _lab) = response("", "\u{feff}").await;
        assert_eq!(empty.text().unwrap(), "");
        assert!(empty.json::<u8>().unwrap_err().to_string().contains("EOF while parsing"));
    }

    #[tokio::test]
    async fn the_marks_of_other_encodings_are_named() {
        for (bytes, name) in [
            (&b"\xff\xfe[\0]\0"[..], "UTF-16"),
            (b"\xfe\xff\0[\0]", "UTF-16"),
            (b"\xff\xfe\0\0[\0\0\0", "UTF-32"),
            (b"\0\0\xfe\xff\0\0\0[", "UTF-32"),
        ] {
            let (marked, _lab) = response("content-type: application/json\r\n", bytes).await;

            let said = format!("GET /login: the body is {name}, by its byte order mark; only UTF-8 is read");
            for error in [
                marked.json::<Vec<u8>>().unwrap_err(),
                marked.text().unwrap_err(),
                marked.between("", "").unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.to_string()), (FailureKind::BodyDecode, said.clone()));
            }
        }
    }
}
