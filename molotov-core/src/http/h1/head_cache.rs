//! The most recent heads. A server sends the same head repeatedly, with another date once a second; recognizing a head
//! costs a twentieth of parsing it.

use std::cell::RefCell;

use super::response::{self, ParsedHead};
use crate::http::classify::Broken;

/// The limit of heads that a thread caches: a scenario has some routes, each with a head of its own.
const KEPT: usize = 4;

/// The limit of the length of a cached head.
const LONGEST: usize = 4 * 1024;

/// After this many new heads in a row, only one of as many is cached: the heads of this server differ.
const PATIENCE: u32 = 256;

thread_local! {
    static HEADS: RefCell<Heads> = const { RefCell::new(Heads { kept: Vec::new(), next: 0, misses: 0 }) };
}

/// Reads a head from the start of these bytes, if it is complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<ParsedHead>, Broken> {
    HEADS.with_borrow_mut(|heads| heads.parse(bytes))
}

struct Heads {
    kept: Vec<ParsedHead>,
    next: usize,
    misses: u32,
}

impl Heads {
    fn parse(&mut self, bytes: &[u8]) -> Result<Option<ParsedHead>, Broken> {
        if self.misses >= PATIENCE && !self.misses.is_multiple_of(PATIENCE) {
            self.misses = self.misses.wrapping_add(1).max(PATIENCE);
            return response::parse(bytes);
        }
        // The bytes behind a complete head do not affect its meaning, so equal bytes are an equal head.
        if let Some(known) = self.kept.iter().find(|known| bytes.starts_with(&known.text)) {
            self.misses = 0;
            return Ok(Some(known.clone()));
        }
        let parsed = response::parse(bytes)?;
        if let Some(new) = &parsed
            && new.text.len() <= LONGEST
            && !new.was_folded
        {
            self.misses = self.misses.wrapping_add(1).max(1);
            self.keep(new.clone());
        }
        Ok(parsed)
    }

    fn keep(&mut self, new: ParsedHead) {
        match self.kept.get_mut(self.next) {
            Some(oldest) => *oldest = new,
            None => self.kept.push(new),
        }
        self.next = (self.next + 1) % KEPT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_the_same_the_first_and_the_second_time() {
        let mut heads = Heads { kept: Vec::new(), next: 0, misses: 0 };
        for turn in 0..3 {
            for route in 0..KEPT {
                let bytes = format!("HTTP/1.1 20{route} OK\r\na: {route}\r\n\r\nbody{turn}");

                let parsed = heads.parse(bytes.as_bytes()).unwrap().unwrap();

                assert_eq!(parsed.status.as_u16() as usize, 200 + route);
                assert_eq!(parsed.length + 5, bytes.len());
                assert_eq!(
                    parsed.answer(&http::Method::HEAD).unwrap().head.headers.map()["a"],
                    *route.to_string()
                );
            }
        }
        assert_eq!((heads.kept.len(), heads.misses), (KEPT, 0));
    }

    #[test]
    fn heads_that_all_differ_are_soon_only_read() {
        let mut heads = Heads { kept: Vec::new(), next: 0, misses: 0 };
        for id in 0..3 * PATIENCE {
            heads.parse(format!("HTTP/1.1 200 OK\r\nid: {id}\r\n\r\n").as_bytes()).unwrap();
        }
        assert!(heads.misses >= PATIENCE);
        assert_eq!(heads.kept.len(), KEPT);

        let same = b"HTTP/1.1 200 OK\r\n\r\n";
        for _ in 0..3 * PATIENCE {
            heads.parse(same).unwrap();
        }

        assert_eq!(heads.misses, 0, "they are remembered again");
    }

    #[test]
    fn incomplete_or_broken_heads_are_not_cached() {
        let mut heads = Heads { kept: Vec::new(), next: 0, misses: 0 };

        assert!(heads.parse(b"HTTP/1.1 200 O").unwrap().is_none());
        assert!(heads.parse(b"SSH-2.0").is_err());

        assert_eq!((heads.kept.len(), heads.misses), (0, 0));
    }
}
