//! The length of a response.

use anyhow::{Context as _, Result, ensure};

/// The received part of a response.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answer {
    /// The missing length of the body, once the head is complete.
    rest: usize,
}

impl Answer {
    /// Returns `true` if these bytes complete the response. A head must arrive in one piece, as the small heads of the
    /// benchmark's targets do.
    pub(crate) fn is_whole_with(&mut self, piece: &[u8]) -> Result<bool> {
        let left = if self.rest > 0 { self.rest } else { length(piece)? };
        self.rest = left.checked_sub(piece.len()).context("more came than the answer has")?;
        Ok(self.rest == 0)
    }
}

/// The length of head and body together.
fn length(piece: &[u8]) -> Result<usize> {
    ensure!(piece.starts_with(b"HTTP/1.1 200 "), "the target did not answer 200");
    let head = find(piece, b"\r\n\r\n").context("the head did not come whole")? + 4;
    let names = [&b"content-length: "[..], b"Content-Length: "];
    let start = names.iter().find_map(|name| Some(find(&piece[..head], name)? + name.len()));
    let digits =
        piece[start.context("without a content-length")?..].iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |number: usize, digit| number * 10 + usize::from(digit - b'0'));
    Ok(head + body)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_may_come_in_pieces() {
        let mut answer = Answer::default();

        assert!(!answer.is_whole_with(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab").unwrap());
        assert!(answer.is_whole_with(b"cde").unwrap());
        assert!(answer.is_whole_with(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na").unwrap());
    }

    #[test]
    fn another_status_is_a_mistake() {
        assert!(Answer::default().is_whole_with(b"HTTP/1.1 404 Not Found\r\n\r\n").is_err());
    }
}
