//! The contents of requests and responses besides bytes in memory: compressed bodies, files, forms, credentials,
//! cookies.
#![allow(clippy::unwrap_used)]

use super::support;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use molotov_core::{Error, FailureKind, Iteration, Multipart, Outcome, Part, Secret};
use tokio::io::AsyncReadExt;

use support::{IdleEnd, Lab, OK, Server, adds_up, bounded, eventually, redirect};

/// Bytes in one of the codings; `raw` is deflate without its header.
fn coded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let level = Compression::default();
    match coding {
        "gzip" | "x-gzip" => {
            let mut gzip = GzEncoder::new(Vec::new(), level);
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        }
        "deflate" => {
            let mut zlib = ZlibEncoder::new(Vec::new(), level);
            zlib.write_all(bytes).unwrap();
            zlib.finish().unwrap()
        }
        "raw" => {
            let mut raw = DeflateEncoder::new(Vec::new(), level);
            raw.write_all(bytes).unwrap();
            raw.finish().unwrap()
        }
        _ => bytes.to_vec(),
    }
}

/// A response with this body and this `Content-Encoding`.
fn answer(encoding: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

mod compressed {
    use super::*;

    const TEXT: &str = "Hello, hello, hello, hello, hello, hello! ";

    /// Serves the text in the coding of the path.
    async fn server() -> Server {
        Server::answering(|seen| {
            let coding = seen.path.trim_start_matches('/');
            let encoding = if coding == "raw" { "deflate" } else { coding };
            answer(encoding, &coded(coding, TEXT.repeat(100).as_bytes()))
        })
        .await
    }

    #[tokio::test]
    async fn compression_is_requested_only_by_the_scenario() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::of(&server);

        lab.session.get("/never").send().await.unwrap();
        lab.session.get("/once").accept_compressed().send().await.unwrap();
        lab.session.set_accept_compressed();
        lab.session.get("/always").send().await.unwrap();
        lab.session.get("/own").header("accept-encoding", "identity").send().await.unwrap();
        lab.session.remove_header("accept-encoding");
        lab.session.get("/never").send().await.unwrap();

        let seen = server.seen();
        let asked: Vec<_> = seen.iter().map(|seen| seen.header("accept-encoding").unwrap_or("")).collect();
        assert_eq!(asked, ["", "gzip, deflate", "gzip, deflate", "identity", ""]);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn compressed_body_is_always_decoded_and_counted_as_received() {
        let server = server().await;
        let lab = Lab::of(&server);
        let text = TEXT.repeat(100);

        for path in ["/gzip", "/x-gzip", "/deflate", "/raw", "/identity"] {
            for asked in [false, true] {
                let request = lab.session.get(path);
                let request = if asked { request.accept_compressed() } else { request };
                let response = request.send().await.unwrap();

                assert_eq!((response.text().unwrap(), response.body_len()), (text.as_str(), 4200), "{path}");
                // The headers of the server are unchanged.
                assert!(response.header("content-encoding").is_some());
            }
        }
        assert_eq!(server.connections(), 1);
        assert!(lab.samples()[0].received < 300, "{:?}", lab.samples()[0]);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn several_codings_are_undone_in_their_order() {
        let server = Server::answering(|seen| {
            let twice = coded("gzip", &coded("deflate", TEXT.as_bytes()));
            match seen.path.as_str() {
                "/one" => answer("deflate, gzip", &twice),
                _ => answer("deflate\r\ncontent-encoding: GZIP", &twice),
            }
        })
        .await;
        let lab = Lab::of(&server);

        for path in ["/one", "/two"] {
            assert_eq!(lab.session.get(path).send().await.unwrap().text().unwrap(), TEXT, "{path}");
        }
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn stream_is_decoded_in_pieces_of_any_size() {
        let server = Server::start(|mut peer| async move {
            while peer.request().await.is_some() {
                peer.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await;
                for piece in coded("gzip", TEXT.as_bytes()).chunks(7) {
                    peer.send([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()).await;
                    tokio::task::yield_now().await;
                }
                peer.send("0\r\n\r\n").await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        for count in 1..=2 {
            let mut stream = lab.session.get("/x").stream().await.unwrap();
            let mut body = Vec::new();
            while let Some(piece) = stream.chunk().await.unwrap() {
                body.extend_from_slice(&piece);
            }
            assert_eq!(body, TEXT.as_bytes());
            assert!(stream.chunk().await.unwrap().is_none());
            assert_eq!(lab.samples().len(), count);
            assert_eq!(lab.session.get("/x").send().await.unwrap().text().unwrap(), TEXT);
            lab.records();
            if count == 1 {
                break;
            }
        }
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn discard_counts_received_bytes_and_decodes_nothing() {
        let damaged = b"not gzip at all".as_slice();
        let server = Server::answering(move |_| answer("gzip", damaged)).await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/x").discard().await.unwrap();

        assert_eq!((response.body_len(), response.bytes().len()), (damaged.len() as u64, 0));
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn a_bomb_is_too_large_and_its_connection_is_kept() {
        let bomb = coded("gzip", &vec![0; 40 * 1024 * 1024]);
        assert!(bomb.len() < 50_000);
        let server = Server::answering(move |_| answer("gzip", &bomb)).await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").send().await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::BodyTooLarge);
        assert!(error.to_string().contains("decoded body is larger than the 16777216 bytes"), "{error}");
        let error = lab.session.get("/x").max_body(1000).send().await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::BodyTooLarge);
        let whole = lab.session.get("/x").max_body(40 * 1024 * 1024).send().await.unwrap();
        assert_eq!(whole.body_len(), 40 * 1024 * 1024);

        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn a_bomb_in_a_stream_comes_in_small_pieces_and_others_have_their_turn() {
        let long = 20 * 1024 * 1024;
        let bomb = coded("gzip", &vec![0; long]);
        let server = Server::answering(move |_| answer("gzip", &bomb)).await;
        let lab = Lab::of(&server);
        let mut turns = 0;
        let read = async {
            let mut stream = lab.session.get("/x").stream().await.unwrap();
            let mut length = 0;
            while let Some(piece) = stream.chunk().await.unwrap() {
                assert!(piece.len() <= 64 * 1024);
                length += piece.len();
            }
            length
        };
        let others = async {
            loop {
                tokio::task::yield_now().await;
                turns += 1;
            }
        };

        let length = tokio::select! { length = read => length, () = others => unreachable!() };

        assert_eq!(length, long);
        assert!(turns > 4, "{turns}");
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn damaged_data_is_body_decode() {
        let whole = coded("gzip", TEXT.as_bytes());
        let mut wrong_sum = whole.clone();
        let at = whole.len() - 8;
        wrong_sum[at] ^= 1;
        let cases = [
            ("gzip", b"<html>".to_vec()),
            ("gzip", whole[..whole.len() - 1].to_vec()),
            ("gzip", [&whole[..], b"more"].concat()),
            ("gzip", wrong_sum),
            ("deflate", coded("deflate", TEXT.as_bytes())[..9].to_vec()),
            ("deflate", vec![0xff]),
            ("gzip, gzip", whole),
            ("gzip, gzip, gzip, gzip, gzip", b"x".to_vec()),
        ];
        for (encoding, body) in cases {
            let bytes = answer(encoding, &body);
            let server = Server::answering(move |_| bytes.clone()).await;
            let lab = Lab::of(&server);

            let error = lab.session.get("/x").send().await.unwrap_err();

            assert_eq!(error.kind(), FailureKind::BodyDecode, "{encoding} {body:?}");
            let sample = lab.failed(
                FailureKind::BodyDecode,
                "cannot be decoded (content-encoding: gzip"
                    .get(..if encoding.starts_with("gzip") { 41 } else { 17 })
                    .unwrap(),
            );
            assert_eq!(sample.received, server.written());

            let stream = lab.session.get("/x").stream().await;
            let ended = match stream {
                Err(error) => error,
                Ok(mut stream) => loop {
                    match stream.chunk().await {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("it has an end: {encoding} {body:?}"),
                        Err(error) => {
                            assert!(stream.chunk().await.unwrap().is_none());
                            break error;
                        }
                    }
                },
            };
            assert_eq!(ended.kind(), FailureKind::BodyDecode);
            assert!(ended.is_recorded());
            assert_eq!(lab.samples().len(), 2);
        }
    }

    #[tokio::test]
    async fn a_body_that_is_cut_is_truncated_and_not_damaged() {
        let whole = coded("gzip", TEXT.as_bytes());
        let server = Server::start(move |mut peer| {
            let whole = whole.clone();
            async move {
                peer.request().await;
                let bytes = answer("gzip", &whole);
                peer.send(&bytes[..bytes.len() - 9]).await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::BodyTruncated);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn response_without_a_body_is_not_decoded() {
        let server = Server::answering(|seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("HEAD", _) => {
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n".to_owned()
            }
            (_, "/204") => "HTTP/1.1 204 No\r\ncontent-encoding: gzip\r\n\r\n".into(),
            (_, "/304") => "HTTP/1.1 304 Same\r\ncontent-encoding: gzip\r\n\r\n".into(),
            _ => "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n".into(),
        })
        .await;
        let lab = Lab::of(&server);
        let session = &lab.session;

        for request in [
            session.head("/x"),
            session.get("/204"),
            session.get("/304").expect_status(304),
            session.get("/x"),
        ] {
            assert_eq!(request.send().await.unwrap().body_len(), 0);
        }
        assert!(session.get("/x").stream().await.unwrap().chunk().await.unwrap().is_none());
        assert!(session.head("/x").stream().await.unwrap().chunk().await.unwrap().is_none());

        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn unknown_coding_is_left_encoded_and_reported_if_decoding_was_needed() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/part" => "HTTP/1.1 206 Part\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\npart"
                .as_bytes()
                .into(),
            _ => answer("br", b"\x8b\x02\x80"),
        })
        .await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/br").send().await.unwrap();
        assert_eq!(&response.bytes()[..], b"\x8b\x02\x80");
        for error in [response.text().unwrap_err(), response.json::<u32>().unwrap_err()] {
            assert!(error.to_string().contains("coded as `br`, and was not decoded"), "{error}");
        }
        assert_eq!(lab.session.get("/part").send().await.unwrap().text().unwrap(), "part");
    }

    /// The status has more information than the damaged body of an error page.
    #[tokio::test]
    async fn wrong_status_is_reported_with_any_body() {
        let server =
            Server::answering(|_| "HTTP/1.1 500 Oh\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nno")
                .await;
        let lab = Lab::of(&server);

        lab.session.get("/x").send().await.unwrap_err();

        lab.failed(FailureKind::Http5xx, "500");
        assert_eq!(server.connections(), 1);
    }
}

mod uploads {
    use super::*;

    /// A file of this many bytes, and its contents.
    fn file(folder: &tempfile::TempDir, name: &str, length: usize) -> (std::path::PathBuf, Vec<u8>) {
        let path = folder.path().join(name);
        let bytes: Vec<u8> = (0..length).map(|n| (n / 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        (path, bytes)
    }

    /// Long enough that it fits into no buffer on the way.
    const LONG: usize = 16 * 1024 * 1024 + 7;

    #[tokio::test]
    async fn a_file_is_sent_whole_with_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        for (name, length) in [("empty", 0), ("short", 5), ("long", LONG)] {
            let (path, bytes) = file(&folder, name, length);
            let request = lab.session.put("/x").body_file(&path).header("content-type", "text/plain");
            bounded("the response", request.send()).await.unwrap();

            let seen = server.seen().pop().unwrap();
            assert!(seen.body == bytes, "{name}");
            assert_eq!(seen.header("content-length").unwrap(), length.to_string());
            assert_eq!(seen.header("content-type"), Some("text/plain"));
        }
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn a_form_has_text_bytes_and_files_with_names_and_types() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes) = file(&folder, "beach \"1\".jpg", 100_000);
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        let long = "long".repeat(5000);
        let form = Multipart::new()
            .text("title", "Beach")
            .file("photo", &path)
            .part("small", Part::file(&path).file_name("a.jpg").content_type("image/jpeg"))
            .part("thumb", Part::bytes(&b"\0\x01"[..]).file_name("t"))
            .text("long", &long);

        lab.session.post("/x").multipart(form.clone()).send().await.unwrap();

        let seen = server.seen().pop().unwrap();
        let content_type = seen.header("content-type").unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let line =
            |text: &str| format!("--{boundary}\r\ncontent-disposition: form-data; name={text}\r\n\r\n");
        let octets = "\r\ncontent-type: application/octet-stream";
        let expected = [
            line("\"title\"").as_bytes(),
            b"Beach\r\n",
            line(&format!("\"photo\"; filename=\"beach %221%22.jpg\"{octets}")).as_bytes(),
            &bytes,
            b"\r\n",
            line("\"small\"; filename=\"a.jpg\"\r\ncontent-type: image/jpeg").as_bytes(),
            &bytes,
            b"\r\n",
            line(&format!("\"thumb\"; filename=\"t\"{octets}")).as_bytes(),
            b"\0\x01\r\n",
            line("\"long\"").as_bytes(),
            long.as_bytes(),
            b"\r\n",
            format!("--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert!(seen.body == expected);
        assert_eq!(seen.header("content-length").unwrap(), expected.len().to_string());
        // The same form may be sent again, and a form without files is like any other body.
        lab.session.post("/x").multipart(form).send().await.unwrap();
        assert!(server.seen().pop().unwrap().body == expected);
        lab.session.post("/x").multipart(Multipart::new().text("a", 1)).send().await.unwrap();
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn unsendable_request_is_reported_before_any_sending() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = file(&folder, "there", 4);
        let missing = folder.path().join("missing");
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        let said = |error: Error, words: &str| {
            assert_eq!(error.kind(), FailureKind::UserError);
            assert!(error.to_string().contains(words), "`{error}` lacks `{words}`");
        };
        let post = || lab.session.post("/x");

        let cannot = "missing` cannot be sent: No such file";
        said(post().body_file(&missing).send().await.unwrap_err(), cannot);
        said(post().body_file(&missing).stream().await.unwrap_err(), cannot);
        said(post().body_file(&missing).discard().await.unwrap_err(), cannot);
        said(
            post().multipart(Multipart::new().file("a", &path).file("b", &missing)).send().await.unwrap_err(),
            cannot,
        );
        said(post().body_file(folder.path()).send().await.unwrap_err(), "is a directory");
        let longer = post().body_file(&path).header("content-length", "5");
        said(longer.send().await.unwrap_err(), "is not the length of the body (4)");
        let typed = post().multipart(Multipart::new()).header("content-type", "multipart/form-data");
        said(typed.send().await.unwrap_err(), "is set for you");
        let wrong = Multipart::new().part("a", Part::text("x").content_type("a\nb"));
        said(post().multipart(wrong).send().await.unwrap_err(), "content type of the part `a`");

        assert_eq!((server.connections(), lab.records().len()), (0, 0));
        post().body_file(&path).header("content-length", "4").send().await.unwrap();
        // The last setting counts.
        post().body_file(&missing).json(&1).send().await.unwrap();
        assert_eq!(server.seen().pop().unwrap().text(), "1");
        post().multipart(Multipart::new()).body("raw").send().await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!((seen.text(), seen.header("content-type")), ("raw", None));
    }

    #[tokio::test]
    async fn a_file_that_shrinks_while_it_is_sent_is_a_failure_and_the_connection_is_closed() {
        for form in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (path, _) = file(&folder, "log", LONG);
            let shrunk = path.clone();
            let server = Server::start(move |mut peer| {
                let shrunk = shrunk.clone();
                async move {
                    if peer.number > 0 {
                        peer.request().await;
                        return peer.send(OK).await;
                    }
                    // The server reads the rest only after the file was truncated.
                    peer.some().await;
                    let shrunk = std::fs::File::options().write(true).open(&shrunk).unwrap();
                    shrunk.set_len(LONG as u64 / 2 + 1).unwrap();
                    peer.until_end().await;
                }
            })
            .await;
            let lab = Lab::of(&server);
            let request = lab.session.post("/x");
            let request = match form {
                true => request.multipart(Multipart::new().file("log", &path).text("a", "b")),
                false => request.body_file(&path),
            };

            let result = bounded("the end", request.send()).await;

            let error = result.unwrap_err();
            assert_eq!(error.kind(), FailureKind::LocalOther, "{error}");
            let sample = lab.failed(FailureKind::LocalOther, "log` became shorter while it was being sent");
            assert!(!sample.resent);
            eventually("the connection is closed", || server.ended() == 1).await;
            // The first byte was read past the counter.
            assert_eq!(sample.sent, server.read() + 1);
            assert!(sample.sent < LONG as u64);
            lab.session.get("/y").send().await.unwrap();
            assert_eq!(server.connections(), 2);
        }
    }

    #[tokio::test]
    async fn a_file_that_grows_is_sent_as_long_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes) = file(&folder, "log", 3 * 1024 * 1024);
        let growing = path.clone();
        let server = Server::start(move |mut peer| {
            let growing = growing.clone();
            async move {
                peer.some().await;
                std::fs::File::options().append(true).open(&growing).unwrap().write_all(b"more").unwrap();
                // Its first byte was consumed, and the rest of the request is complete.
                peer.request().await;
                peer.send(OK).await;
                peer.request().await;
                peer.send(OK).await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        bounded("the response", lab.session.post("/x").body_file(&path).send()).await.unwrap();
        lab.session.get("/y").send().await.unwrap();

        assert_eq!(server.connections(), 1);
        let seen = server.seen();
        assert!(seen[0].body == bytes && seen[1].path == "/y");
        assert!(std::fs::read(&path).unwrap().len() > bytes.len());
    }

    /// A3: the file is read again for the second time.
    #[tokio::test]
    async fn an_upload_goes_to_a_fresh_connection_where_the_idle_one_was_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes) = file(&folder, "a", 300_000);
        for end in [IdleEnd::Closed, IdleEnd::Reset] {
            let server = Server::ending_idle(end).await;
            let lab = Lab::of(&server);

            for _ in 0..5 {
                lab.session.post("/x").body_file(&path).send().await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }

            assert_eq!(server.connections(), 5);
            assert!(server.seen().iter().all(|seen| seen.body == bytes));
            adds_up(&lab, &server);
        }
    }

    #[tokio::test]
    async fn a_redirect_that_keeps_the_method_sends_the_file_again_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, bytes) = file(&folder, "a", 200_000);
        let server = Server::answering(|seen| match seen.path[1..].parse() {
            Ok(status) => redirect(status, "/there"),
            Err(_) => OK.into(),
        })
        .await;
        let lab = Lab::of(&server);

        for (status, kept) in [(307, true), (308, true), (301, false), (302, false), (303, false)] {
            for form in [false, true] {
                let request = lab.session.post(format!("/{status}"));
                let request = match form {
                    true => request.multipart(Multipart::new().file("a", &path)),
                    false => request.body_file(&path),
                };
                request.send().await.unwrap();

                let seen = server.seen();
                let [first, second] = &seen[seen.len() - 2..] else { panic!() };
                assert_eq!(second.method, if kept { "POST" } else { "GET" });
                let whole = |seen: &support::Seen| match form {
                    true => seen.body.windows(251).any(|part| part == &bytes[251..502]),
                    false => seen.body == bytes,
                };
                assert!(whole(first), "{status}");
                assert_eq!(whole(second), kept, "{status}");
                assert_eq!(second.body == first.body, kept);
                assert_eq!(second.header("content-type"), first.header("content-type").filter(|_| kept));
            }
        }
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn an_answer_that_comes_before_the_file_was_read_is_taken_and_the_connection_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = file(&folder, "a", LONG);
        let server = Server::start(|mut peer| async move {
            peer.some().await;
            peer.send("HTTP/1.1 413 Too large\r\ncontent-length: 0\r\n\r\n").await;
            peer.until_end().await;
        })
        .await;
        let lab = Lab::of(&server);

        let error = bounded("the answer", lab.session.post("/x").body_file(&path).send()).await.unwrap_err();

        assert_eq!(error.status().unwrap(), 413);
        let sample = lab.failed(FailureKind::Http4xx, "413");
        assert!(sample.sent < LONG as u64);
        eventually("the connection is closed", || server.ended() == 1).await;
    }

    #[tokio::test]
    async fn an_upload_that_is_dropped_is_cancelled_and_its_connection_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = file(&folder, "a", LONG);
        let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
        let server = Server::start(move |mut peer| {
            let begun = begun.clone();
            async move {
                peer.some().await;
                begun.send(()).await.unwrap();
                peer.until_end().await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        tokio::select! {
            _ = lab.session.post("/x").body_file(&path).send() => panic!("it was answered"),
            _ = has_begun.recv() => {}
        }

        assert_eq!(lab.outcomes(), [Outcome::Cancelled]);
        eventually("the connection is closed", || server.ended() == 1).await;
        assert_eq!(lab.sample().sent, server.read() + 1);
    }

    /// A server that does not read is no reason to read the whole file.
    #[tokio::test]
    async fn a_server_that_does_not_read_ends_the_upload_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = file(&folder, "a", 4 * LONG);
        let server = Server::start(|mut peer| async move {
            peer.some().await;
            std::future::pending::<()>().await;
        })
        .await;
        let lab = Lab::new(&server.url(), |timeouts| timeouts.head = support::SHORT);

        bounded("the end", lab.session.post("/x").body_file(&path).send()).await.unwrap_err();

        let sample = lab.failed(FailureKind::SendTimeout, "could not be written in full");
        assert!(sample.sent < 3 * LONG as u64, "{}", sample.sent);
    }

    /// A file that takes longer than the time-out for the head, only because of its size, is in time.
    #[tokio::test]
    async fn an_upload_may_take_as_long_as_the_server_goes_on_reading() {
        const PAUSES: usize = 24;
        const STEP: usize = 512 * 1024;
        let folder = tempfile::tempdir().unwrap();
        // At the end of the last pause, the rest is larger than the buffers on the way.
        let (path, bytes) = file(&folder, "a", 2 * LONG);
        let server = Server::start(|mut peer| async move {
            let mut buffer = vec![0; 64 * 1024];
            let (mut read, mut length) = (0, None);
            while length.is_none_or(|length| read < length) {
                let n = peer.tcp.read(&mut buffer).await.unwrap();
                length = length.or_else(|| {
                    let head = buffer[..n].windows(4).position(|four| four == b"\r\n\r\n").unwrap();
                    Some(head + 4 + 2 * LONG)
                });
                let steps = |read| PAUSES.min(read / STEP);
                if steps(read) < steps(read + n) {
                    tokio::time::sleep(Duration::from_millis(125)).await;
                }
                read += n;
            }
            peer.send(OK).await;
            peer.until_end().await;
        })
        .await;
        let patience = Duration::from_millis(1500);
        let lab = Lab::new(&server.url(), |timeouts| timeouts.head = patience);

        bounded("the response", lab.session.post("/x").body_file(&path).send()).await.unwrap();

        let sample = lab.sample();
        assert!(sample.sent > bytes.len() as u64 && sample.service > patience, "{sample:?}");
    }

    #[tokio::test]
    async fn a_path_is_text_or_a_path() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        lab.session.post("/x").body_file("Cargo.toml").send().await.unwrap();
        lab.session.post("/x").body_file(Path::new("Cargo.toml")).send().await.unwrap();

        assert!(server.seen().iter().all(|seen| seen.text().contains("molotov-core")));
    }
}

mod credentials {
    use super::*;

    const ALADDIN: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

    fn authorization(server: &Server) -> Vec<String> {
        server.seen().iter().map(|seen| seen.header("authorization").unwrap_or("").to_owned()).collect()
    }

    #[tokio::test]
    async fn user_agent_is_set_by_request_or_session() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::of(&server);
        let password = Secret::from("open sesame");

        lab.session.get("/x").basic_auth("Aladdin", &password).send().await.unwrap();
        lab.session.get("/x").bearer_auth("t0ken").send().await.unwrap();
        lab.session.set_basic_auth("Aladdin", "open sesame").unwrap();
        lab.session.get("/x").send().await.unwrap();
        lab.session.get("/x").bearer_auth(String::from("own")).send().await.unwrap();
        lab.session.set_bearer_auth(password.clone().into_inner()).unwrap();
        lab.session.get("/x").send().await.unwrap();
        lab.session.remove_header("authorization");
        lab.session.get("/x").send().await.unwrap();

        assert_eq!(
            authorization(&server),
            [ALADDIN, "Bearer t0ken", ALADDIN, "Bearer own", "Bearer open sesame", ""]
        );
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn mistake_is_reported_before_anything_is_sent_and_without_the_secret() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::of(&server);

        for error in [
            lab.session.get("/x").basic_auth("a:b", "hunter2").send().await.unwrap_err(),
            lab.session.get("/x").bearer_auth("hunter2\n").send().await.unwrap_err(),
            lab.session.set_basic_auth("a\n", "hunter2").unwrap_err(),
            lab.session.set_bearer_auth("").unwrap_err(),
        ] {
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert_eq!(server.connections(), 0);
    }

    /// The credentials belong to the origin of the user and password, with any path, and to no other origin.
    #[tokio::test]
    async fn user_info_of_a_url_is_basic_auth_for_its_origin_and_printed_nowhere() {
        let other = Server::answering(|_| OK).await;
        let server = Server::answering(|_| OK).await;
        let base = format!("http://Aladdin:open%20sesame@{}/api", server.address);
        let lab = Lab::new(&base, |_| {});
        let absolute = format!("http://me:pw@{}/y", other.address);

        lab.session.get("/x").send().await.unwrap();
        lab.session.get(format!("{}/whole", server.url())).send().await.unwrap();
        lab.session.get("/own").bearer_auth("t").send().await.unwrap();
        lab.session.get(other.url()).send().await.unwrap();
        lab.session.get(&absolute).send().await.unwrap();

        assert_eq!(authorization(&server), [ALADDIN, ALADDIN, "Bearer t"]);
        assert_eq!(authorization(&other), ["", "Basic bWU6cHc="]);
        assert_eq!(server.seen()[0].path, "/api/x");
        let request = format!("{:?}", lab.session.get(&absolute));
        let printed = format!("{:?} {:?} {request} {:?}", lab.session, lab.session.base(), lab.names());
        for secret in ["sesame", "Aladdin", "QWxh", "pw", "bWU6"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        assert!(printed.contains(&format!("GET http://{}/y", other.address)), "{printed}");
    }

    #[tokio::test]
    async fn a_session_s_own_credentials_win_over_those_of_the_url() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::new(&format!("http://me:pw@{}", server.address), |_| {});
        lab.session.set_bearer_auth("t").unwrap();

        lab.session.get("/x").send().await.unwrap();

        assert_eq!(authorization(&server), ["Bearer t"]);
    }

    #[tokio::test]
    async fn another_origin_that_a_redirect_leads_to_learns_no_credentials() {
        let other = Server::answering(|_| OK).await;
        let there = format!("{}/there", other.url());
        let home = Server::answering(move |seen| match seen.path.as_str() {
            "/away" => redirect(307, &there),
            "/here" => redirect(307, "/there"),
            _ => OK.into(),
        })
        .await;
        let with_user_info = format!("http://Aladdin:open%20sesame@{}", home.address);

        for (kind, expected) in [("url", ALADDIN), ("request", "Bearer t"), ("session", "Bearer t")] {
            let mut lab = Lab::new(if kind == "url" { &with_user_info } else { "http://unused" }, |_| {});
            lab.session.set_base(if kind == "url" { with_user_info.clone() } else { home.url() }).unwrap();
            if kind == "session" {
                lab.session.set_bearer_auth("t").unwrap();
            }
            for path in ["/here", "/away"] {
                let request = lab.session.get(path);
                let request = if kind == "request" { request.bearer_auth("t") } else { request };
                request.send().await.unwrap();
            }

            let seen = home.seen();
            for seen in &seen[seen.len() - 3..] {
                assert_eq!(seen.header("authorization"), Some(expected), "{kind} {}", seen.path);
            }
            assert_eq!(other.seen().pop().unwrap().header("authorization"), None, "{kind}");
            assert_eq!(lab.samples().len(), 4);
        }
    }
}

mod cookies {
    use super::*;

    /// Sets the cookies of the request on `/set`, and has several names.
    async fn server(set: &'static str) -> Server {
        Server::answering(move |seen| match seen.path.as_str() {
            "/set" => format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nset-cookie: {set}\r\n\r\n"),
            _ => OK.to_owned(),
        })
        .await
    }

    #[tokio::test]
    async fn cookies_are_kept_from_iteration_to_iteration_on_addresses_and_localhost() {
        for host in ["127.0.0.1", "localhost"] {
            for set in ["id=7", "id=7; Path=/; HttpOnly", "id=7; Max-Age=600; SameSite=Strict"] {
                let server = server(set).await;
                let mut lab = Lab::new(&format!("http://{host}:{}", server.address.port()), |_| {});

                lab.session.start_iteration(Iteration(0));
                lab.session.get("/set").send().await.unwrap();
                for iteration in 1..4 {
                    lab.session.start_iteration(Iteration(iteration));
                    lab.session.get("/x").send().await.unwrap();
                    assert_eq!(server.seen().pop().unwrap().header("cookie"), Some("id=7"), "{host} {set}");
                }
                assert_eq!(lab.session.cookie("id", "/").as_deref(), Some("7"));
                // Another user has none of them.
                let other = Lab::new(&format!("http://{host}:{}", server.address.port()), |_| {});
                other.session.get("/x").send().await.unwrap();
                assert_eq!(server.seen().pop().unwrap().header("cookie"), None);
            }
        }
    }

    /// RFC 6265, section 5.1.3: an address matches itself, and a name itself and the names below it.
    #[tokio::test]
    async fn a_domain_may_name_the_address_or_the_host_itself_and_no_other() {
        let cases = [
            ("127.0.0.1", "id=7; Domain=127.0.0.1", true),
            ("localhost", "id=7; Domain=localhost", true),
            ("localhost", "id=7; Domain=.LocalHost", true),
            ("127.0.0.1", "id=7; Domain=0.0.1", false),
            ("127.0.0.1", "id=7; Domain=localhost", false),
            ("localhost", "id=7; Domain=example.com", false),
        ];
        for (host, set, kept) in cases {
            let server = server(set).await;
            let lab = Lab::new(&format!("http://{host}:{}", server.address.port()), |_| {});

            lab.session.get("/set").send().await.unwrap();
            lab.session.get("/x").send().await.unwrap();

            let seen = server.seen().pop().unwrap();
            assert_eq!(seen.header("cookie"), kept.then_some("id=7"), "{host} {set}");
        }
    }

    /// Browsers trust connections inside the machine; they allow tests of a service that runs behind TLS elsewhere.
    #[tokio::test]
    async fn a_secure_cookie_is_kept_on_this_machine() {
        for host in ["127.0.0.1", "localhost"] {
            let server = server("id=7; Secure").await;
            let lab = Lab::new(&format!("http://{host}:{}", server.address.port()), |_| {});

            lab.session.get("/set").send().await.unwrap();
            lab.session.get("/x").send().await.unwrap();

            assert_eq!(server.seen().pop().unwrap().header("cookie"), Some("id=7"), "{host}");
        }
    }

    #[tokio::test]
    async fn cookies_of_a_redirect_are_kept_for_their_host_only() {
        let other = Server::answering(|_| OK).await;
        let elsewhere = format!("http://localhost:{}/there", other.address.port());
        let home = Server::answering(move |seen| match seen.path.as_str() {
            "/login" => format!(
                "{}set-cookie: id=7\r\n\r\n",
                redirect(303, "/home").trim_end_matches("\r\n").to_owned() + "\r\n"
            ),
            "/away" => redirect(302, &elsewhere),
            _ => OK.into(),
        })
        .await;
        let lab = Lab::of(&home);

        lab.session.post("/login").form([("a", "b")]).send().await.unwrap();
        lab.session.get("/away").send().await.unwrap();

        let cookies: Vec<_> =
            home.seen().iter().map(|seen| seen.header("cookie").unwrap_or("").to_owned()).collect();
        assert_eq!(cookies, ["", "id=7", "id=7"]);
        assert_eq!(other.seen()[0].header("cookie"), None);
    }
}
