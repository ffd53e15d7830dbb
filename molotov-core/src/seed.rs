//! One seed for all random numbers: a sequence of its own for each user, iteration and purpose, independent
//! of the timing.

/// The purpose of random numbers. The numbers of one purpose do not depend on those of another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// For the scenario itself ([`Session::rng`](crate::Session::rng)).
    Scenario = 1,
    /// For a fixture of the user.
    SetUp = 2,
    /// For the order of a feeder's rows.
    Data = 3,
    /// For the pause after an iteration.
    Delay = 4,
    /// For a pause inside of an iteration or a fixture.
    Pause = 5,
    /// For the pause of the run after an iteration.
    RunDelay = 6,
}

/// A seed that depends on all of these, far from the seeds of neighbouring numbers.
pub(crate) fn derive(seed: u64, purpose: Purpose, numbers: &[u64]) -> u64 {
    numbers.iter().fold(mix(seed, purpose as u64), |seed, number| mix(seed, *number))
}

/// The step of SplitMix64: an odd number near 2^64 divided by the golden ratio.
pub(crate) const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A seed that depends on both numbers.
pub(crate) fn mix(seed: u64, number: u64) -> u64 {
    finalized(seed ^ number.wrapping_add(1).wrapping_mul(GAMMA))
}

/// Spreads consecutive numbers over all 64 bits, as SplitMix64 does (Steele, Lea, Flood 2014).
pub(crate) fn finalized(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const PURPOSES: [Purpose; 6] =
        [Purpose::Scenario, Purpose::SetUp, Purpose::Data, Purpose::Delay, Purpose::Pause, Purpose::RunDelay];

    /// Golden values, computed apart from this code. They may never change: `--replay` repeats an iteration from them.
    #[test]
    fn seeds_are_golden() {
        let mixed = [(42, 0), (42, 1), (42, u64::MAX), (0, 7)].map(|(seed, number)| mix(seed, number));
        let derived = PURPOSES.map(|purpose| derive(42, purpose, &[3, 5]));

        assert_eq!(
            mixed,
            [
                13_679_457_532_755_275_413,
                15_664_533_255_536_094_640,
                12_058_926_934_050_108_962,
                14_232_521_865_600_346_940,
            ]
        );
        assert_eq!(
            derived,
            [
                2_512_922_316_119_140_847,
                17_375_471_517_915_579_470,
                3_190_977_222_758_269_003,
                3_833_665_520_213_392_104,
                6_870_023_914_791_194_547,
                7_269_793_539_586_955_384,
            ]
        );
        assert_eq!(derive(42, Purpose::Scenario, &[]), mixed[1]);
    }

    /// Golden values, as the seeds are.
    #[test]
    fn purposes_have_fixed_numbers() {
        let numbers = PURPOSES.map(|purpose| purpose as u64);

        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn neighbours_have_seeds_of_their_own() {
        let mut seen = HashSet::new();
        for purpose in PURPOSES {
            for user in 0..30 {
                for iteration in 0..30 {
                    assert!(seen.insert(derive(7, purpose, &[user, iteration])), "{user}, {iteration}");
                }
            }
        }
    }
}
