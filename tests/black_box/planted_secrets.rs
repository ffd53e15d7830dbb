//! Secrets planted in all requests and responses: no output contains one.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::run::Program;

/// No other text contains it. Even a part of it would be too much, so the tests search for all parts.
const SECRET: &str = "Zq7XvK9wTbLm3";

/// The head and the body for a path, with `@` in place of the secret.
fn answer(path: &str) -> (&'static str, &'static str) {
    match path.split('?').next().unwrap_or_default() {
        "/form" => (
            "200 OK\r\nSet-Cookie: sid=@; Path=/\r\nX-Auth-Token: @\r\nLink: </a?token=@>; rel=\"next\"",
            r#"{"accessToken":"@","pin":[1,"@"],"auth":{"x":"@"},"pass\u0077ord":"@","n":"{\"jwt\":\"@\"}"}"#,
        ),
        "/json" => (
            "200 OK\r\nContent-Type: text/html\r\nRefresh: 5; url=/cb?access_token=@",
            "<input name=\"csrf\" value=\"@\"><password>@</password><a href=\"https://me:@@h/?sig=@\">x</a>",
        ),
        "/login" => ("200 OK\r\nAuthentication-Info: nextnonce=\"@\"", r#"{"access_token":"@","user":"me"}"#),
        "/gone" => (
            "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"shop\", nonce=\"@\"\r\nContent-Type: text/plain",
            "Cookie: sid=@; a=@\r\nAuthorization: Bearer @\r\npassword=@ is wrong",
        ),
        "/lead" => ("302 Found\r\nLocation: /cb?code=@#access_token=@", "user=me&client_secret=@"),
        _ => (
            "500 Internal Server Error\r\nContent-Type: application/json",
            r#"{"error":{"session_id":"@","cut":"#,
        ),
    }
}

/// Responds to each request with secrets; returns its URL, and everything that was sent to it.
fn serve() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::<Mutex<String>>::default();
    let heard = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let heard = Arc::clone(&heard);
            thread::spawn(move || talk(&stream, &heard));
        }
    });
    (url, seen)
}

fn talk(mut stream: &TcpStream, heard: &Mutex<String>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            if !reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                return;
            }
            if let Some(said) = head[start..].strip_prefix("content-length: ") {
                length = said.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (lines, text) = answer(path);
        let [lines, text] = [lines, text].map(|part| {
            part.replace("@@", "\u{1}").replace('@', SECRET).replace('\u{1}', &format!("{SECRET}@"))
        });
        heard.lock().unwrap().push_str(&format!("{head}{}\n", String::from_utf8_lossy(&body)));
        let _ = write!(stream, "HTTP/1.1 {lines}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    }
}

/// The lines with four characters of the secret in a row.
fn leaking(output: &str) -> Vec<&str> {
    let pieces: Vec<_> = (0..=SECRET.len() - 4).map(|at| &SECRET[at..at + 4]).collect();
    output.lines().filter(|line| pieces.iter().any(|piece| line.contains(piece))).collect()
}

/// The text without its histograms, whose base64 may have any four letters.
fn without_histograms(text: &str) -> String {
    let mut parts = text.split("HIST");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('"').map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn outputs_have_no_secrets() {
    let (url, seen) = serve();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let files = ["report.json", "events.jsonl"].map(path);
    let reports = ["out.txt", "out.md", "out.csv", "out.xml", "out.hlog", "out.html"].map(path);
    let named = ["csv-windows", "codequality", "openmetrics", "k6"].map(|format| (format, path(format)));
    let requests = named.iter().map(|(format, file)| format!("{format}={file}"));
    let requests = reports.iter().cloned().chain(requests).collect::<Vec<_>>().join(",");
    let (summary, results) = (path("summary.md"), path("results.jsonl"));
    let written =
        files.iter().chain(&reports).chain(named.iter().map(|(_, file)| file)).chain([&summary, &results]);
    let written: Vec<_> = written.collect();
    for more in [&["-vv"][..], &["-v"], &["-q"], &[]] {
        let args = [
            "--host",
            &url,
            "--scenario",
            "spill",
            "--max-runs",
            "12",
            "--report",
            &files[0],
            "--report",
            &requests,
            "--events-out",
            &files[1],
            "--results",
            &results,
        ];

        let program = Program::new(args).args(more).env("SECRET", SECRET);
        let ended = program.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary).run();

        ended.assert_code(1);
        for (name, output) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
            assert!(leaking(output).is_empty(), "{more:?} {name}: {:#?}", leaking(output));
        }
        for file in &written {
            let text = without_histograms(&fs::read_to_string(file).unwrap());
            assert!(text.len() > 100 && leaking(&text).is_empty(), "{more:?} {file}: {:#?}", leaking(&text));
        }
        // The place and the types are in the message.
        let said = "invalid type: string, expected u32 at `access_token`";
        assert!(fs::read_to_string(&files[0]).unwrap().contains(said), "{more:?}");
        if more == ["-vv"] {
            assert!(
                ended.stderr.contains("***") && ended.stderr.contains("< 401 Unauthorized"),
                "{}",
                ended.stderr
            );
        }
    }
    // The secrets were sent.
    let seen = seen.lock().unwrap();
    for sent in ["password=", "api_key=", "Bearer ", "x-csrf-token: ", "sid="] {
        assert!(seen.contains(&format!("{sent}{SECRET}")), "{sent}: {seen}");
    }
}
