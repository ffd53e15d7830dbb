//! Asks a target what it has counted, in the words of nginx's `stub_status`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Sub;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What a target has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Open connections.
    pub(crate) connections: u64,
    pub(crate) requests: u64,
    /// Of our own target only.
    pub(crate) kinds: Option<Kinds>,
}

/// Requests by what was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    pub(crate) get: u64,
    pub(crate) post: u64,
    pub(crate) wrong: u64,
}

impl Sub for Kinds {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            get: self.get - earlier.get,
            post: self.post - earlier.post,
            wrong: self.wrong - earlier.wrong,
        }
    }
}

pub(super) fn ask(address: SocketAddr) -> Result<Status> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"GET /status HTTP/1.1\r\nHost: target\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            bail!("the target closed the connection instead of telling what it has counted");
        }
        answer.extend_from_slice(&buffer[..length]);
        if let Some(body) = whole_body(&String::from_utf8_lossy(&answer)) {
            return parse(body).context("the target's status is in words that are not known");
        }
    }
}

/// The body, once it has come whole.
fn whole_body(answer: &str) -> Option<&str> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length: usize =
        head.lines().find_map(|line| line.strip_prefix("Content-Length:"))?.trim().parse().ok()?;
    (body.len() >= length).then_some(body)
}

fn parse(text: &str) -> Option<Status> {
    let mut lines = text.lines();
    let connections = lines.next()?.strip_prefix("Active connections:")?.trim().parse().ok()?;
    let requests = lines.nth(1)?.split_whitespace().nth(2)?.parse().ok()?;
    Some(Status { connections, requests, kinds: lines.next().and_then(kinds) })
}

fn kinds(line: &str) -> Option<Kinds> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["get", get, "post", post, "wrong", wrong] = words[..] else { return None };
    Some(Kinds { get: get.parse().ok()?, post: post.parse().ok()?, wrong: wrong.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_nginx_are_parsed() {
        let text = "Active connections: 65 \nserver accepts handled requests\n 70 70 12345 \nReading: 0 Writing: 1 Waiting: 64 \n";

        assert_eq!(parse(text), Some(Status { connections: 65, requests: 12_345, kinds: None }));
    }

    #[test]
    fn own_target_distinguishes_the_kinds() {
        let text =
            "Active connections: 2 \nserver accepts handled requests\n 3 3 30 \n get 10 post 15 wrong 5\n";

        let status = parse(text).unwrap();

        assert_eq!(status.kinds, Some(Kinds { get: 10, post: 15, wrong: 5 }));
    }

    #[test]
    fn half_an_answer_is_not_read() {
        assert_eq!(whole_body("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"), None);
        assert_eq!(whole_body("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"), Some("abcd"));
    }
}
