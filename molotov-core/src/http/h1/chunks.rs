//! The chunked transfer coding (RFC 9112, section 7.1), decoded piece by piece.

use std::mem;

use bytes::{Buf, Bytes};
use http::HeaderMap;

use super::trailers::{LINE_END, TrailerLines};
use crate::http::classify::Broken;
use crate::http::limit::{MAX_IGNORED, ReadLimit};

/// The position of a reader in a chunked body.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    state: ChunkState,
    /// Bytes of the current chunk-size line, without its extension.
    line: u32,
    extensions: u32,
    trailers: TrailerLines,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ChunkState {
    /// Before the first digit of a size.
    #[default]
    Start,
    Size(u64),
    /// Between the size and the end of its line: white space and extensions.
    Space(u64),
    Extension(u64),
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the start of the line behind the last chunk.
    TrailerStart,
    /// At the start of a line behind a trailer, which may continue the trailer (RFC 9112, section 5.2).
    NextTrailer,
    TrailerName,
    Trailer,
    TrailerLf,
    EndLf,
    End,
}

/// The result of decoding some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    Piece(Bytes),
    /// All bytes are used.
    More,
    End,
}

impl Chunks {
    /// Consumes bytes up to and including the next piece of the body.
    pub(super) fn decode(&mut self, bytes: &mut Bytes) -> Result<Decoded, Broken> {
        loop {
            if self.state == ChunkState::End {
                return Ok(Decoded::End);
            }
            if bytes.is_empty() {
                return Ok(Decoded::More);
            }
            if let ChunkState::Data(left) = self.state {
                let take = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let rest = left - take as u64;
                self.state = if rest == 0 { ChunkState::DataCr } else { ChunkState::Data(rest) };
                return Ok(Decoded::Piece(bytes.split_to(take)));
            }
            self.state = self.step(bytes[0])?;
            bytes.advance(1);
        }
    }

    fn step(&mut self, byte: u8) -> Result<ChunkState, Broken> {
        match (self.state, byte) {
            (ChunkState::Start | ChunkState::Size(_) | ChunkState::Space(_), _) => self.step_in_size(byte),
            (ChunkState::Extension(n), b'\r') => Ok(ChunkState::SizeLf(n)),
            (ChunkState::Extension(_), b'\n') => Err(malformed("a chunk extension with a line feed in it")),
            (ChunkState::Extension(n), _) => self.extend(ChunkState::Extension(n)),
            (ChunkState::SizeLf(0), b'\n') => Ok(ChunkState::TrailerStart),
            (ChunkState::SizeLf(n), b'\n') => Ok(ChunkState::Data(n)),
            (ChunkState::DataCr, b'\r') => Ok(ChunkState::DataLf),
            (ChunkState::DataLf, b'\n') => Ok(ChunkState::Start),
            (ChunkState::DataCr | ChunkState::DataLf, _) => Err(malformed("a chunk longer than its size")),
            (ChunkState::EndLf, b'\n') => Ok(ChunkState::End),
            (ChunkState::SizeLf(_) | ChunkState::EndLf, _) => {
                Err(malformed("a carriage return without a line feed"))
            }
            (ChunkState::Data(_) | ChunkState::End, _) => Ok(self.state),
            _ => self.step_in_trailers(byte),
        }
    }

    fn step_in_size(&mut self, byte: u8) -> Result<ChunkState, Broken> {
        self.line = if self.state == ChunkState::Start { 1 } else { self.line + 1 };
        if self.line > MAX_IGNORED {
            return Err(Broken::Beyond(ReadLimit::ChunkLine));
        }
        match (self.state, byte) {
            (ChunkState::Size(n) | ChunkState::Space(n), b' ' | b'\t') => Ok(ChunkState::Space(n)),
            (ChunkState::Size(n) | ChunkState::Space(n), b';') => Ok(ChunkState::Extension(n)),
            (ChunkState::Size(n) | ChunkState::Space(n), b'\r') => Ok(ChunkState::SizeLf(n)),
            (ChunkState::Space(_), _) => Err(malformed("a chunk size with white space inside")),
            (ChunkState::Size(n), digit) => size(n, digit),
            (_, digit) => size(0, digit),
        }
    }

    fn step_in_trailers(&mut self, byte: u8) -> Result<ChunkState, Broken> {
        match (self.state, byte) {
            (ChunkState::TrailerStart | ChunkState::NextTrailer, b'\r') => Ok(ChunkState::EndLf),
            (ChunkState::NextTrailer, b' ' | b'\t') => self.keep(LINE_END, ChunkState::Trailer),
            (ChunkState::TrailerName, b':') => self.keep(byte, ChunkState::Trailer),
            (ChunkState::TrailerStart | ChunkState::NextTrailer, byte) if is_token(byte) => {
                self.trailers.start_field(byte)?;
                Ok(ChunkState::TrailerName)
            }
            (ChunkState::TrailerName, byte) if is_token(byte) => self.keep(byte, ChunkState::TrailerName),
            (ChunkState::Trailer, b'\r') => Ok(ChunkState::TrailerLf),
            (ChunkState::Trailer, b'\t' | b' '..=b'~' | 0x80..) => self.keep(byte, ChunkState::Trailer),
            (ChunkState::Trailer, _) => Err(malformed("a control character in a trailer")),
            (ChunkState::TrailerLf, b'\n') => Ok(ChunkState::NextTrailer),
            (ChunkState::TrailerLf, _) => Err(malformed("a carriage return without a line feed")),
            _ => Err(malformed("a trailer without a name")),
        }
    }

    /// Skips a byte of an extension.
    fn extend(&mut self, next: ChunkState) -> Result<ChunkState, Broken> {
        self.extensions += 1;
        if self.extensions > MAX_IGNORED { Err(Broken::Beyond(ReadLimit::Extensions)) } else { Ok(next) }
    }

    /// Keeps a byte of a trailer.
    fn keep(&mut self, byte: u8, next: ChunkState) -> Result<ChunkState, Broken> {
        self.trailers.push(byte)?;
        Ok(next)
    }

    /// The trailers, once the body has ended.
    pub(super) fn take_trailers(&mut self) -> Option<Box<HeaderMap>> {
        mem::take(&mut self.trailers).into_map()
    }
}

/// Returns `true` if a name may have this byte (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn size(so_far: u64, digit: u8) -> Result<ChunkState, Broken> {
    let value = char::from(digit).to_digit(16).ok_or_else(|| malformed("a chunk size that is no number"))?;
    let size = so_far.checked_mul(16).and_then(|size| size.checked_add(value.into()));
    size.map(ChunkState::Size).ok_or(Broken::Beyond(ReadLimit::ChunkSize))
}

fn malformed(what: &str) -> Broken {
    Broken::Malformed(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes bytes in pieces of these sizes.
    fn decode(bytes: &[u8], sizes: &[usize]) -> Result<(Vec<u8>, bool), String> {
        let mut chunks = Chunks::default();
        let mut body = Vec::new();
        let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
        loop {
            let (now, later) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            let mut now = Bytes::copy_from_slice(now);
            loop {
                match chunks.decode(&mut now).map_err(|broken| format!("{broken:?}"))? {
                    Decoded::Piece(piece) => body.extend_from_slice(&piece),
                    Decoded::More => break,
                    Decoded::End => return Ok((body, now.is_empty() && later.is_empty())),
                }
            }
            if later.is_empty() {
                return Err("unfinished".into());
            }
            rest = later;
        }
    }

    #[test]
    fn sizes_extensions_and_trailers_are_read_as_the_rfc_has_them() {
        for (coded, body) in [
            ("0\r\n\r\n", ""),
            ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("5;a=b\r\nhello\r\n00\r\n\r\n", "hello"),
            ("1 \t\r\nh\r\nA\r\n0123456789\r\n0\r\nx: y\r\nz: w\r\n\r\n", "h0123456789"),
            ("1\r\nh\r\n0\r\nx: y\r\n z\r\n\t\r\nw: v\r\n\r\n", "h"),
        ] {
            assert_eq!(
                decode(coded.as_bytes(), &[1]).unwrap(),
                (body.as_bytes().to_vec(), true),
                "{coded:?}"
            );
        }
    }

    #[test]
    fn trailers_are_kept_with_their_lines_joined() {
        let coded = b"0\r\nx: y \r\n\t z\r\nX:w\r\nempty:\r\n\r\n";
        for size in [1, 7, coded.len()] {
            let mut chunks = Chunks::default();
            let mut decoded = Ok(Decoded::More);
            for piece in coded.chunks(size) {
                decoded = chunks.decode(&mut Bytes::copy_from_slice(piece));
            }

            assert_eq!(decoded, Ok(Decoded::End));
            let trailers = chunks.take_trailers().unwrap();
            let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                format!("{name}={}", value.to_str().unwrap())
            };
            assert_eq!(trailers.iter().map(text).collect::<Vec<_>>(), ["x=y z", "x=w", "empty="]);
            assert_eq!(chunks.take_trailers(), None);
        }
    }

    #[test]
    fn malformed_chunks_are_refused() {
        for coded in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "5\nhello",
            "5\r\nhello!\r\n",
            "5\r\nhello\n",
            "1 2\r\n",
            "5\rx",
            "0\r\n\n",
            "0\r\nx: y\n\r\n",
            "0\r\n\rx",
            "0\r\nx\r\n\r\n",
            "0\r\n: y\r\n\r\n",
            "0\r\n x: y\r\n\r\n",
            "0\r\nx : y\r\n\r\n",
            "0\r\nx: \0\r\n\r\n",
            "0\r\nx\r\n z: y\r\n\r\n",
            "0\r\nHTTP/1.1 200 OK\r\n\r\n",
            "5;a\nhello",
        ] {
            let said = decode(coded.as_bytes(), &[3]).unwrap_err();
            assert!(said.contains("Malformed"), "{coded:?}: {said}");
        }
    }

    #[test]
    fn each_limit_has_its_own_name() {
        let long = "x".repeat(17 * 1024);
        for (coded, limit) in [
            (format!("1;{long}"), ReadLimit::Extensions),
            (format!("1;{0}\r\nh\r\n1;{0}", &long[..9 * 1024]), ReadLimit::Extensions),
            (format!("0\r\nx: {long}"), ReadLimit::Trailers),
            (format!("0\r\n{}", "x: y\r\n z\r\n".repeat(4 * 1024)), ReadLimit::TrailerFields),
            (format!("0\r\nx: y\r\n{}", " z\r\n".repeat(9 * 1024)), ReadLimit::Trailers),
            (format!("{}1\r\nh\r\n", "0".repeat(17 * 1024)), ReadLimit::ChunkLine),
            (format!("1{}", " ".repeat(17 * 1024)), ReadLimit::ChunkLine),
            ("11111111111111111\r\n".into(), ReadLimit::ChunkSize),
        ] {
            assert_eq!(decode(coded.as_bytes(), &[100]), Err(format!("{:?}", Broken::Beyond(limit))));
        }
        // The limit holds for each part, and again for the line of each chunk.
        let much = &long[..15 * 1024];
        let coded = format!("1;{much}\r\nh\r\n{0}1\r\nh\r\n{0}0\r\nx: {much}\r\n\r\n", "0".repeat(10_000));
        assert_eq!(decode(coded.as_bytes(), &[7]), Ok((b"hh".to_vec(), true)));
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_make_the_same_body(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..8),
            sizes in prop::collection::vec(1usize..50, 1..5),
        ) {
            let mut coded = Vec::new();
            for piece in &pieces {
                coded.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                coded.extend_from_slice(piece);
                coded.extend_from_slice(b"\r\n");
            }
            coded.extend_from_slice(b"0\r\n\r\n");

            prop_assert_eq!(decode(&coded, &sizes), Ok((pieces.concat(), true)));
        }

        #[test]
        fn no_bytes_make_it_panic(
            bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'0'), Just(b'3'), Just(b';'), any::<u8>()], 0..64),
        ) {
            let _ = decode(&bytes, &[2]);
        }
    }
}
