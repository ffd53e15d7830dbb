//! Finds the end of a request, and checks whether the benchmark sends such requests.

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `GET /items/7`, or another item.
    Get,
    /// `POST /items` with 1 kB of JSON.
    Post,
    LogIn,
    Status,
    Wrong,
}

/// A complete request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    pub(crate) length: usize,
}

/// The length of the body that the benchmark posts.
const POSTED: usize = 1024;

/// The request at the start of these bytes, if it is complete.
pub(crate) fn next_request(bytes: &[u8]) -> Option<Request> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let Some(body) = body_length(&bytes[..head]) else {
        // The end of its body is unknown, so the bytes behind it cannot be separated.
        return Some(Request { kind: Kind::Wrong, length: bytes.len() });
    };
    let length = head + body;
    (bytes.len() >= length).then(|| Request { kind: kind(&bytes[..length], body), length })
}

fn kind(request: &[u8], body: usize) -> Kind {
    let json = || contains_ignoring_case(request, b"content-type: application/json");
    if request.starts_with(b"GET /items/") && body == 0 {
        Kind::Get
    } else if request.starts_with(b"POST /items HTTP") && body == POSTED && json() {
        Kind::Post
    } else if request.starts_with(b"GET /status ") {
        Kind::Status
    } else if request.starts_with(b"GET /login ") {
        Kind::LogIn
    } else {
        Kind::Wrong
    }
}

/// The length of the body; `None` if the head does not contain it.
fn body_length(head: &[u8]) -> Option<usize> {
    if head.starts_with(b"GET ") {
        return Some(0); // most requests; their heads need no search
    }
    if contains_ignoring_case(head, b"transfer-encoding:") {
        return None;
    }
    let name = b"content-length:";
    let Some(start) = find_ignoring_case(head, name) else { return Some(0) };
    let value = &head[start + name.len()..];
    let end = value.iter().position(|byte| *byte == b'\r')?;
    std::str::from_utf8(&value[..end]).ok()?.trim().parse().ok()
}

fn contains_ignoring_case(bytes: &[u8], text: &[u8]) -> bool {
    find_ignoring_case(bytes, text).is_some()
}

fn find_ignoring_case(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_ends_with_its_head() {
        let bytes = b"GET /items/7 HTTP/1.1\r\nHost: x\r\n\r\nGET ";

        let request = next_request(bytes).unwrap();

        assert_eq!(request, Request { kind: Kind::Get, length: bytes.len() - 4 });
    }

    #[test]
    fn a_post_ends_with_its_body() {
        let head = "POST /items HTTP/1.1\r\ncontent-LENGTH: 1024\r\nContent-Type: application/json\r\n\r\n";
        let whole = format!("{head}{}", "x".repeat(1024)).into_bytes();

        assert_eq!(next_request(&whole[..whole.len() - 1]), None);
        assert_eq!(next_request(&whole), Some(Request { kind: Kind::Post, length: whole.len() }));
    }

    #[test]
    fn a_post_of_another_length_or_type_is_wrong() {
        let short = b"POST /items HTTP/1.1\r\nContent-Length: 1\r\nContent-Type: application/json\r\n\r\nx";
        let form = format!("POST /items HTTP/1.1\r\nContent-Length: 1024\r\n\r\n{}", "x".repeat(1024));

        for bytes in [short.as_slice(), form.as_bytes()] {
            assert_eq!(next_request(bytes).unwrap().kind, Kind::Wrong);
        }
    }

    #[test]
    fn a_body_without_a_length_is_wrong() {
        let bytes = b"POST /items HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

        assert_eq!(next_request(bytes), Some(Request { kind: Kind::Wrong, length: bytes.len() }));
    }
}
