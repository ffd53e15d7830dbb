//! Content codings (RFC 9110, section 8.4.1) of bodies, decoded piece by piece.

use std::io::{self, Write};
use std::mem;

use bytes::{Buf, Bytes};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, StatusCode};

/// The codings that a request offers to a server that may compress.
pub(crate) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip, deflate");

/// The limit of codings of one body. More than one is rare, more than two are an attack.
const MAX_CODINGS: usize = 4;

/// A decoder of a body. Each piece of output has some ten thousand bytes at most, independent of the expansion of its
/// input, so that the caller can stop in time.
pub(crate) struct Decoder {
    /// The codings, in decoding order.
    stages: Vec<Stage>,
    /// The number of stages that have received all their input.
    ended: usize,
}

/// One coding, and its input that is not decoded yet.
struct Stage {
    inflate: Inflate,
    input: Bytes,
    begun: bool,
}

enum Inflate {
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Raw(DeflateDecoder<Vec<u8>>),
    /// `deflate` before its first bytes have shown which of its two forms it has: the first byte, if it has come.
    Deflate(Option<u8>),
}

impl Decoder {
    /// A decoder for the body of this response; `None` without a coding, or for an unsupported coding.
    pub(crate) fn from_headers(status: StatusCode, headers: &HeaderMap) -> io::Result<Option<Self>> {
        // A part of an encoded body cannot be decoded.
        if status == StatusCode::PARTIAL_CONTENT {
            return Ok(None);
        }
        let mut stages = Vec::new();
        for coding in codings(headers) {
            let inflate = match &*coding.to_ascii_lowercase() {
                b"gzip" | b"x-gzip" => Inflate::Gzip(MultiGzDecoder::new(Vec::new())),
                b"deflate" => Inflate::Deflate(None),
                b"identity" => continue,
                _ => return Ok(None),
            };
            if stages.len() == MAX_CODINGS {
                return Err(io::Error::other(format!("it has more than {MAX_CODINGS} content codings")));
            }
            stages.push(Stage { inflate, input: Bytes::new(), begun: false });
        }
        // The header lists codings in the order in which they were applied.
        stages.reverse();
        Ok((!stages.is_empty()).then_some(Self { stages, ended: 0 }))
    }

    /// Adds a piece of the body; the output of the previous piece must have been taken.
    pub(crate) fn give(&mut self, piece: Bytes) {
        if let Some(first) = self.stages.first_mut() {
            first.input = piece;
        }
    }

    /// Returns the next decoded piece; `None` if it needs more input. After an error it returns nothing.
    pub(crate) fn next_piece(&mut self) -> io::Result<Option<Bytes>> {
        // The last stage with input goes on, so that no more is decoded than one piece for each stage.
        while let Some(at) = self.stages.iter().rposition(|stage| !stage.input.is_empty()) {
            let output = self.stages[at].step()?;
            if let Some(decoded) = self.pass_on(at, output) {
                return Ok(Some(decoded));
            }
        }
        Ok(None)
    }

    /// The same as [`Decoder::next_piece`] after the last piece of the body; an error if the end is missing.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(decoded) = self.next_piece()? {
                return Ok(Some(decoded));
            }
            let at = self.ended;
            let Some(stage) = self.stages.get_mut(at) else { return Ok(None) };
            self.ended += 1;
            let output = stage.finish()?;
            if let Some(decoded) = self.pass_on(at, output) {
                return Ok(Some(decoded));
            }
        }
    }

    /// Passes the output of a stage to the next stage; the output of the last stage is the result.
    fn pass_on(&mut self, at: usize, output: Bytes) -> Option<Bytes> {
        match self.stages.get_mut(at + 1) {
            Some(next) => {
                next.input = output;
                None
            }
            None => Some(output).filter(|output| !output.is_empty()),
        }
    }
}

impl Stage {
    fn step(&mut self) -> io::Result<Bytes> {
        self.begun = true;
        if let Inflate::Deflate(first) = &mut self.inflate {
            let Some(first) = *first else {
                *first = Some(self.input.get_u8());
                return Ok(Bytes::new());
            };
            self.inflate = deflate(first, self.input[0])?;
        }
        // A decoder first passes on the contents of its own buffer, so it writes little at once.
        let taken = self.inflate.writer().write(&self.input)?;
        let output = self.inflate.written();
        if taken == 0 && output.is_empty() {
            return Err(io::Error::other("there is something after its end"));
        }
        self.input.advance(taken);
        Ok(output)
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        // A server may name a coding for an empty body without using it.
        if !self.begun {
            return Ok(Bytes::new());
        }
        match &mut self.inflate {
            Inflate::Gzip(gzip) => gzip.try_finish()?,
            Inflate::Zlib(zlib) => zlib.try_finish()?,
            Inflate::Raw(raw) => raw.try_finish()?,
            Inflate::Deflate(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(self.inflate.written())
    }
}

impl Inflate {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Gzip(gzip) => gzip,
            Self::Zlib(zlib) => zlib,
            Self::Raw(raw) => raw,
            Self::Deflate(_) => unreachable!("it is known with the second byte"),
        }
    }

    /// The bytes that were decoded since the last call.
    fn written(&mut self) -> Bytes {
        mem::take(match self {
            Self::Gzip(gzip) => gzip.get_mut(),
            Self::Zlib(zlib) => zlib.get_mut(),
            Self::Raw(raw) => raw.get_mut(),
            Self::Deflate(_) => return Bytes::new(),
        })
        .into()
    }
}

/// `deflate` is the zlib format (RFC 1950), but many servers omit its header, as clients have long accepted.
fn deflate(first: u8, second: u8) -> io::Result<Inflate> {
    let is_zlib =
        first & 0x0f == 8 && first >> 4 <= 7 && u16::from_be_bytes([first, second]).is_multiple_of(31);
    if is_zlib {
        let mut zlib = ZlibDecoder::new(Vec::new());
        zlib.write_all(&[first])?;
        return Ok(Inflate::Zlib(zlib));
    }
    let mut raw = DeflateDecoder::new(Vec::new());
    raw.write_all(&[first])?;
    Ok(Inflate::Raw(raw))
}

/// The codings of a response, in their order.
pub(crate) fn codings(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONTENT_ENCODING).into_iter();
    let lists = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    lists.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::Compression;
    use flate2::bufread::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn coded(coding: &str, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let level = Compression::default();
        match coding {
            "gzip" | "x-gzip" => GzEncoder::new(bytes, level).read_to_end(&mut out),
            "deflate" => ZlibEncoder::new(bytes, level).read_to_end(&mut out),
            "raw" => DeflateEncoder::new(bytes, level).read_to_end(&mut out),
            _ => return bytes.to_vec(),
        }
        .unwrap();
        out
    }

    fn decoder(encoding: &'static str) -> Decoder {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]);
        Decoder::from_headers(StatusCode::OK, &headers).unwrap().unwrap()
    }

    /// Decodes bytes in pieces of this size; also returns the length of the longest decoded piece.
    fn decode(encoding: &'static str, bytes: &[u8], size: usize) -> io::Result<(Vec<u8>, usize)> {
        let mut decoder = decoder(encoding);
        let (mut all, mut longest) = (Vec::new(), 0);
        let mut keep = |piece: Bytes| {
            longest = longest.max(piece.len());
            all.extend_from_slice(&piece);
        };
        for piece in bytes.chunks(size) {
            decoder.give(Bytes::copy_from_slice(piece));
            while let Some(piece) = decoder.next_piece()? {
                keep(piece);
            }
        }
        while let Some(piece) = decoder.finish()? {
            keep(piece);
        }
        assert!(decoder.finish()?.is_none());
        Ok((all, longest))
    }

    #[test]
    fn every_way_of_deflate_and_gzip_is_decoded() {
        let text = b"Hello, hello, hello! ".repeat(5000);
        let twice = [coded("gzip", &text), coded("gzip", &text)].concat();
        for size in [1, 7, 1000, usize::MAX] {
            let decoded = |encoding, bytes: &[u8]| decode(encoding, bytes, size).unwrap().0;

            assert!(decoded("gzip", &coded("gzip", &text)) == text);
            assert!(decoded("X-GZip", &coded("gzip", &text)) == text);
            assert!(decoded("deflate", &coded("deflate", &text)) == text);
            assert!(decoded("deflate", &coded("raw", &text)) == text);
            assert!(decoded("identity, deflate,", &coded("raw", &text)) == text);
            assert!(decoded("deflate, gzip", &coded("gzip", &coded("deflate", &text))) == text);
            assert!(
                decoded("gzip, gzip, gzip", &coded("gzip", &coded("gzip", &coded("gzip", &text)))) == text
            );
            assert!(decoded("gzip", &twice) == text.repeat(2));
            for coding in ["gzip", "deflate"] {
                assert_eq!(decoded(coding, b""), b"");
                assert_eq!(decoded(coding, &coded(coding, b"")), b"");
                assert_eq!(decoded(coding, &coded(coding, b"x")), b"x");
            }
        }
    }

    #[test]
    fn wherever_a_body_is_cut_or_goes_on_it_is_damaged() {
        let text = b"Hello, hello, hello! ".repeat(5);
        for (encoding, coding) in [("gzip", "gzip"), ("deflate", "deflate"), ("deflate", "raw")] {
            let whole = coded(coding, &text);
            for size in [1, 1000] {
                for cut in 1..whole.len() {
                    assert!(decode(encoding, &whole[..cut], size).is_err(), "{coding} {cut}");
                }
                assert!(decode(encoding, &[&whole[..], b"x"].concat(), size).is_err(), "{coding}");
            }
        }
        assert!(decode("gzip", b"what is this?", 1000).is_err());
        let mut wrong = coded("gzip", &text);
        let sum = wrong.len() - 5;
        wrong[sum] ^= 1;
        assert!(decode("gzip", &wrong, 1000).is_err());
    }

    #[test]
    fn a_bomb_is_given_in_small_pieces_also_one_inside_of_another() {
        let long = vec![0; 8 * 1024 * 1024];
        let (once, twice) = (coded("gzip", &long), coded("gzip", &coded("deflate", &long)));
        assert!(once.len() < 10_000 && twice.len() < 1000, "{} {}", once.len(), twice.len());

        for (encoding, bytes) in [("gzip", once), ("deflate, gzip", twice)] {
            let (all, longest) = decode(encoding, &bytes, usize::MAX).unwrap();

            assert!(all == long);
            assert!(longest <= 64 * 1024, "{longest}");
        }
    }

    #[test]
    fn unknown_or_partial_coding_is_left_as_received() {
        let of = |status: u16, encoding: &'static str| {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]);
            Decoder::from_headers(StatusCode::from_u16(status).unwrap(), &headers)
                .map(|decoder| decoder.is_some())
        };

        assert!(of(200, "gzip").unwrap());
        assert!(!of(206, "gzip").unwrap());
        for other in ["br", "gzip, br", "zstd", "identity", "", "gzip;q=1"] {
            assert!(!of(200, other).unwrap(), "{other}");
        }
        assert!(of(200, "gzip, gzip, gzip, gzip, gzip").unwrap_err().to_string().contains("more than 4"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_of_any_size_make_the_same_body(
            bytes in prop::collection::vec(0u8..4, 0..3000),
            coding in prop::sample::select(vec!["gzip", "deflate", "raw"]),
            size in 1usize..500,
        ) {
            let encoding = if coding == "gzip" { "gzip" } else { "deflate" };

            prop_assert_eq!(decode(encoding, &coded(coding, &bytes), size).unwrap().0, bytes);
        }

        #[test]
        fn no_damage_makes_it_panic_or_go_on_for_ever(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            damage in any::<u8>(),
            coding in prop::sample::select(vec!["gzip", "deflate", "raw"]),
        ) {
            let mut damaged = coded(coding, &bytes);
            let at = at.index(damaged.len());
            damaged[at] ^= damage;

            for encoding in ["gzip", "deflate", "deflate, gzip"] {
                let _ = decode(encoding, &damaged, 50);
            }
        }
    }
}
