//! The order of rows: a pure function of the seed, the user and the number of rows that it had.

use super::turn::Turn;
use crate::rng::Rng;
use crate::seed::{self, Purpose};

/// The order in which rows are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowOrder {
    /// In the order of the file, each row to the next user.
    Sequential,
    /// All rows in an order of the user's own, and then in another order.
    Shuffled,
    /// A random row each time.
    Random,
    /// A share that belongs to the user alone, in the order of the file.
    Unique,
    /// In the order of the file, each row to the next user, and no row twice.
    Once,
}

/// The rule for a user that has used every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtEnd {
    Cycle,
    Stop,
    Fail,
}

impl RowOrder {
    /// Returns `true` if users share the rows, so that timing decides which user gets which row.
    pub(super) fn is_shared(self) -> bool {
        matches!(self, Self::Sequential | Self::Once)
    }

    /// The row for draw `turn.nth` of this user, out of `rows`; for shared orders, of all users. `None` if every row is
    /// used and the feed does not start over.
    pub(super) fn index(self, turn: &Turn, rows: u64, at_end: AtEnd) -> Option<u64> {
        let (first, step, share) = match self {
            Self::Unique => {
                let (user, users) = (u64::from(turn.user.0), u64::from(turn.users.max(1)));
                (user, users, rows.saturating_sub(user).div_ceil(users))
            }
            _ => (0, 1, rows),
        };
        if share == 0 {
            return None;
        }
        let (round, place) = (turn.nth / share, turn.nth % share);
        let user = u64::from(turn.user.0);
        match self {
            Self::Random => {
                let mut rng = Rng::with_seed(seed::derive(turn.seed, Purpose::Data, &[user, turn.nth]));
                Some(rng.range(0..rows))
            }
            _ if round > 0 && at_end != AtEnd::Cycle => None,
            Self::Shuffled => {
                Some(permuted(place, rows, seed::derive(turn.seed, Purpose::Data, &[user, round])))
            }
            _ => Some(first + step * place),
        }
    }
}

/// The position of this place in an order of `0..length` that depends on the key. Each place has another position, and
/// no list of positions is needed: a Feistel network of four rounds (Luby, Rackoff 1988) on the next power of 4,
/// repeated until the result is less than the length.
fn permuted(place: u64, length: u64, key: u64) -> u64 {
    let half = (u64::BITS - length.saturating_sub(1).leading_zeros()).div_ceil(2).clamp(1, 32);
    let mask = (1u64 << half) - 1;
    let mut at = place;
    loop {
        let (mut left, mut right) = (at >> half & mask, at & mask);
        for round in 0..4 {
            (left, right) = (right, left ^ (seed::mix(key ^ right, round) & mask));
        }
        at = left << half | right;
        if at < length {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::run::UserId;

    fn turn(user: u32, users: u32, nth: u64) -> Turn {
        Turn { seed: 7, user: UserId(user), users, nth }
    }

    fn round(order: RowOrder, user: u32, rows: u64, nths: std::ops::Range<u64>) -> Vec<u64> {
        nths.map(|nth| order.index(&turn(user, 3, nth), rows, AtEnd::Cycle).unwrap()).collect()
    }

    /// Golden values, computed apart from this code. They may never change: `--replay` repeats an iteration from them.
    #[test]
    fn order_of_rows_is_golden() {
        let rows = |order: RowOrder, rows, nths: std::ops::Range<u64>| {
            let turn = |nth| Turn { seed: 42, user: UserId(2), users: 4, nth };
            nths.map(|nth| order.index(&turn(nth), rows, AtEnd::Cycle).unwrap()).collect::<Vec<_>>()
        };

        assert_eq!(rows(RowOrder::Shuffled, 10, 0..10), [0, 1, 6, 5, 7, 8, 9, 4, 2, 3]);
        assert_eq!(rows(RowOrder::Shuffled, 10, 10..20), [6, 1, 8, 4, 3, 5, 2, 9, 0, 7]);
        assert_eq!(rows(RowOrder::Shuffled, 1_000_003, 0..3), [969_217, 180_029, 846_914]);
        assert_eq!(rows(RowOrder::Random, 1000, 0..6), [636, 979, 998, 930, 526, 139]);
        assert_eq!(rows(RowOrder::Unique, 10, 0..3), [2, 6, 2]);
    }

    #[test]
    fn each_user_has_an_order_of_its_own_and_each_round_another() {
        let first = round(RowOrder::Shuffled, 0, 50, 0..50);

        assert_ne!(first, round(RowOrder::Shuffled, 1, 50, 0..50));
        assert_ne!(first, round(RowOrder::Shuffled, 0, 50, 50..100));
        assert_ne!(first, (0..50).collect::<Vec<_>>());
        assert_eq!(first, round(RowOrder::Shuffled, 0, 50, 0..50));
    }

    #[test]
    fn user_ends_after_its_own_last_row() {
        let end = |order: RowOrder, user, nth| order.index(&turn(user, 3, nth), 7, AtEnd::Stop);

        // Users 0, 1 and 2 have 3, 2 and 2 rows.
        assert_eq!([end(RowOrder::Unique, 0, 2), end(RowOrder::Unique, 0, 3)], [Some(6), None]);
        assert_eq!([end(RowOrder::Unique, 2, 1), end(RowOrder::Unique, 2, 2)], [Some(5), None]);
        assert_eq!([end(RowOrder::Once, 1, 6), end(RowOrder::Once, 1, 7)], [Some(6), None]);
        assert!(end(RowOrder::Random, 1, 1000).is_some());
        assert_eq!(RowOrder::Unique.index(&turn(2, 3, 0), 2, AtEnd::Cycle), None);
    }

    proptest! {
        #[test]
        fn a_round_is_every_row_once(rows in 1u64..400, user in 0u32..3) {
            let mut seen = round(RowOrder::Shuffled, user, rows, 0..rows);
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }

        #[test]
        fn no_row_is_out_of_bounds(rows in 1u64.., nth in 0u64.., user in 0u32.., more in 0u32..1000, seed in 0u64..) {
            let turn = Turn { seed, user: UserId(user), users: user.saturating_add(more).max(1), nth };
            for order in [RowOrder::Sequential, RowOrder::Shuffled, RowOrder::Random, RowOrder::Unique, RowOrder::Once] {
                prop_assert!(order.index(&turn, rows, AtEnd::Cycle).is_none_or(|index| index < rows), "{:?}", order);
            }
        }

        #[test]
        fn each_unique_row_belongs_to_exactly_one_user(rows in 1u64..60, users in 1u32..9) {
            let mut given = vec![None; rows as usize];
            for user in 0..users {
                for nth in 0.. {
                    let Some(index) = RowOrder::Unique.index(&turn(user, users, nth), rows, AtEnd::Stop) else { break };
                    prop_assert_eq!(given[index as usize].replace(user), None);
                }
            }
            prop_assert!(given.iter().all(Option::is_some));
        }
    }
}
