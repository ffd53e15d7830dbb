//! Buckets as an HDR histogram in its uncompressed V2 encoding, which all implementations of HdrHistogram read.
//!
//! The same bytes as from `V2Serializer` of the `hdrhistogram` crate, without its dependencies and without an array of
//! all buckets.

use std::cell::RefCell;
use std::io::Read;

use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::buckets::Buckets;
use super::{HIGHEST, LOWEST};

const COOKIE: u32 = 0x1c84_9303 | 0x10;
const COMPRESSED_COOKIE: u32 = 0x1c84_9304 | 0x10;
const DIGITS: u32 = 3;
const HEADER: usize = 40;

/// The maximum length of an encoding, in bytes: more than every bucket with a count of nine bytes.
const MAX_INFLATED: u64 = 1024 * 1024;

/// The encoding of these buckets.
pub(super) fn encode(buckets: &Buckets) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    let mut next = 0;
    for (index, count) in buckets.filled() {
        match index - next {
            0 => {}
            // A single empty bucket is written as its count.
            1 => write_number(0, &mut bytes),
            many => write_number(zig_zag(-(many as i64)), &mut bytes),
        }
        write_number(zig_zag(count as i64), &mut bytes);
        next = index + 1;
    }
    if next == 0 {
        write_number(0, &mut bytes);
    }
    let length = (bytes.len() - HEADER) as u32;
    bytes[..4].copy_from_slice(&COOKIE.to_be_bytes());
    bytes[4..8].copy_from_slice(&length.to_be_bytes());
    // The normalizing offset, from 8 on, is 0.
    bytes[12..16].copy_from_slice(&DIGITS.to_be_bytes());
    bytes[16..24].copy_from_slice(&LOWEST.to_be_bytes());
    bytes[24..32].copy_from_slice(&HIGHEST.to_be_bytes());
    bytes[32..HEADER].copy_from_slice(&1.0_f64.to_be_bytes());
    bytes
}

/// The compressed encoding of these buckets: the same bytes, deflated.
pub(super) fn compress(buckets: &Buckets) -> Vec<u8> {
    deflated(&encode(buckets))
}

/// The deflated bytes, with the header of a compressed encoding.
pub(super) fn deflated(encoded: &[u8]) -> Vec<u8> {
    let deflated = COMPRESSOR.with_borrow_mut(|compressor| deflate(compressor, encoded));
    let mut bytes = COMPRESSED_COOKIE.to_be_bytes().to_vec();
    bytes.extend((deflated.len() as u32).to_be_bytes());
    bytes.extend(deflated);
    bytes
}

thread_local! {
    /// Kept from one histogram to the next. Its tables are so large that allocating them costs many times as much as
    /// deflating.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), true));
}

fn deflate(compressor: &mut Compress, encoded: &[u8]) -> Vec<u8> {
    compressor.reset();
    let mut deflated = Vec::with_capacity(encoded.len() / 2 + 64);
    loop {
        let rest = &encoded[compressor.total_in() as usize..];
        match compressor.compress_vec(rest, &mut deflated, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => return deflated,
            Ok(_) => deflated.reserve(encoded.len() + 64),
            Err(error) => unreachable!("memory takes any bytes: {error}"),
        }
    }
}

/// The buckets of this compressed encoding.
///
/// # Errors
///
/// Returns the mistake in the encoding.
pub(super) fn decompress(bytes: &[u8]) -> Result<Buckets, &'static str> {
    let Some((header, deflated)) = bytes.split_at_checked(8) else {
        return Err("the histogram is too short");
    };
    if header[..4] != COMPRESSED_COOKIE.to_be_bytes() {
        return Err("the histogram is not in the compressed V2 encoding of HdrHistogram");
    }
    let mut inflated = Vec::new();
    let read = ZlibDecoder::new(deflated).take(MAX_INFLATED + 1).read_to_end(&mut inflated);
    match read {
        Ok(_) if inflated.len() as u64 > MAX_INFLATED => Err("the histogram has more than 1 MiB"),
        Ok(_) => decode(&inflated),
        Err(_) => Err("the histogram is not deflated, or cut off"),
    }
}

/// The buckets of this encoding.
///
/// # Errors
///
/// Returns the mistake in the encoding.
pub(super) fn decode(bytes: &[u8]) -> Result<Buckets, &'static str> {
    let Some((header, mut counts)) = bytes.split_at_checked(HEADER) else {
        return Err("the histogram is too short");
    };
    if header[..4] != COOKIE.to_be_bytes() {
        return Err("the histogram is not in the uncompressed V2 encoding of HdrHistogram");
    }
    let is_other = header[8..12] != [0; 4]
        || header[12..16] != DIGITS.to_be_bytes()
        || header[16..24] != LOWEST.to_be_bytes()
        || header[32..] != 1.0_f64.to_be_bytes();
    if is_other {
        return Err("the histogram has not three significant digits of microseconds");
    }
    if header[4..8] != (counts.len() as u32).to_be_bytes() {
        return Err("the histogram is cut off");
    }
    let mut buckets = Buckets::default();
    let mut index: u64 = 0;
    while !counts.is_empty() {
        let number = un_zig_zag(read_number(&mut counts).ok_or("the histogram is cut off")?);
        if number < 0 {
            index = index.saturating_add(number.unsigned_abs());
            continue;
        }
        let is_there = usize::try_from(index).is_ok_and(|index| buckets.put(index, number as u64));
        if !is_there {
            return Err("the histogram counts more or longer latencies than there can be");
        }
        index += 1;
    }
    Ok(buckets)
}

fn zig_zag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn un_zig_zag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Seven bits per byte, the lowest first; the ninth byte has eight.
fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    for _ in 0..8 {
        if number < 0x80 {
            break;
        }
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let is_last = place == 8 || *byte < 0x80;
        let bits = if place == 8 { *byte } else { *byte & 0x7f };
        number |= u64::from(bits) << (7 * place);
        if is_last {
            break;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
    use proptest::prelude::*;

    use super::*;

    fn both(values: &[(u64, u32)]) -> (Buckets, Histogram<u64>) {
        let (mut ours, mut theirs) =
            (Buckets::default(), Histogram::new_with_bounds(LOWEST, HIGHEST, 3).unwrap());
        for (value, times) in values {
            (0..*times).for_each(|_| ours.record(*value));
            theirs.record_n(*value, u64::from(*times)).unwrap();
        }
        (ours, theirs)
    }

    proptest! {
        #[test]
        fn bytes_are_those_of_hdrhistogram(
            values in prop::collection::vec((1u64..=HIGHEST, 0u32..31, 1u32..300), 0..60),
        ) {
            let values: Vec<_> =
                values.into_iter().map(|(value, shift, times)| ((value >> shift).max(1), times)).collect();
            let (ours, theirs) = both(&values);
            let mut bytes = Vec::new();
            V2Serializer::new().serialize(&theirs, &mut bytes).unwrap();

            let (encoded, compressed) = (encode(&ours), compress(&ours));

            prop_assert_eq!(&encoded, &bytes);
            prop_assert!(decode(&encoded).unwrap() == ours);
            for bytes in [encoded, compressed] {
                let read: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
                prop_assert_eq!(&read, &theirs);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>, is_encoded: bool) {
            if is_encoded {
                let mut whole = encode(&Buckets::default());
                whole.truncate(HEADER);
                whole[4..8].copy_from_slice(&(bytes.len() as u32).to_be_bytes());
                whole.append(&mut bytes);
                bytes = whole;
            }
            let _ = decode(&bytes);
        }

        #[test]
        fn numbers_of_every_size_are_read_back(number: i64, shift in 0u32..64) {
            let number = number >> shift;
            let mut bytes = Vec::new();
            write_number(zig_zag(number), &mut bytes);
            prop_assert_eq!(read_number(&mut bytes.as_slice()).map(un_zig_zag), Some(number));
        }
    }

    #[test]
    fn encodings_that_are_not_ours_are_refused() {
        let good = encode(&both(&[(5, 1), (700, 20)]).0);
        let with = |place: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[place] = byte;
            decode(&bytes).err()
        };
        assert_eq!(decode(&good[..20]).err(), Some("the histogram is too short"));
        assert!(with(3, 4).unwrap().contains("V2"));
        assert!(with(15, 2).unwrap().contains("three significant digits"));
        assert!(decode(&good[..good.len() - 1]).err().unwrap().contains("cut off"));
    }
}
