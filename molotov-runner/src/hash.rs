//! A hash that is the same in all processes and versions.

/// FNV-1a of 64 bits.
pub(crate) fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::fnv;

    /// From the tables of the algorithm's authors: <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>. They may
    /// never change, because run IDs give seeds by them.
    #[test]
    fn hashes_are_golden() {
        assert_eq!(fnv(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv("foobar"), 0x8594_4171_f739_67e8);
    }
}
