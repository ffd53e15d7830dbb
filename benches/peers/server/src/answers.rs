//! The fixed answers.

/// Whole responses, head and body.
pub(crate) struct Answers {
    pub(crate) get: Vec<u8>,
    pub(crate) post: Vec<u8>,
    pub(crate) log_in: Vec<u8>,
    pub(crate) wrong: Vec<u8>,
}

impl Answers {
    pub(crate) fn new() -> Self {
        Self {
            get: response("200 OK", "", &"a".repeat(100)),
            post: response("200 OK", "", &"b".repeat(4096)),
            log_in: response(
                "200 OK",
                "Set-Cookie: session=0123456789abcdef0123456789abcdef; Path=/\r\n",
                "in",
            ),
            wrong: response("400 Bad Request", "", "not what the benchmark sends"),
        }
    }
}

pub(crate) fn status(text: &str) -> Vec<u8> {
    response("200 OK", "", text)
}

/// The heads are as long as nginx's, and send `keep-alive` to clients of HTTP/1.0.
fn response(status: &str, header: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nServer: peers/0.0.0\r\nDate: Sun, 01 Nov 2026 00:00:00 GMT\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\nConnection: keep-alive\r\n{header}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
