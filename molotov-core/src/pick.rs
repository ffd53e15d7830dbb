//! The order of scenarios: a deck of cards, dealt without replacement.

use std::sync::Arc;

use crate::rng::Rng;
use crate::seed;

/// A deck with as many cards of each kind as the weight of the kind, dealt in random order and shuffled again
/// when it is empty. After each full deck the shares are exact: 10 iterations of weights 40 and 60 are 4 and
/// 6.
///
/// ```
/// use molotov::registry::Deck;
///
/// let mut deck = Deck::new(&[40, 60], 7);
/// let dealt: Vec<usize> = (0..10).map(|_| deck.deal().unwrap()).collect();
/// assert_eq!(dealt.iter().filter(|kind| **kind == 0).count(), 4);
/// ```
#[derive(Clone, Debug)]
pub struct Deck {
    /// Shared by the decks of all users.
    full: Arc<[u32]>,
    left: Vec<u32>,
    cards: u64,
    rng: Rng,
}

impl Deck {
    /// A deck with these weights; its order depends on the seed alone.
    pub fn new(weights: &[u32], seed: u64) -> Self {
        let divisor = weights.iter().copied().fold(0, gcd).max(1);
        let full = weights.iter().map(|weight| weight / divisor).collect();
        Self { full, left: Vec::new(), cards: 0, rng: Rng::with_seed(seed) }
    }

    /// A full deck of the same cards for another user; its order depends on this seed alone.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { full: Arc::clone(&self.full), left: Vec::new(), cards: 0, rng: Rng::with_seed(seed) }
    }

    /// A full deck of the same cards for a user; its order depends on the seed of the run and on the user.
    #[doc(hidden)]
    #[must_use]
    pub fn for_user(&self, seed: u64, user: u32) -> Self {
        self.with_seed(seed::mix(seed, user.into()))
    }

    /// The next card: the index of its weight. `None` when all weights are 0.
    pub fn deal(&mut self) -> Option<usize> {
        if self.cards == 0 {
            self.left.clear();
            self.left.extend_from_slice(&self.full);
            self.cards = self.left.iter().copied().map(u64::from).sum();
        }
        if self.cards == 0 {
            return None;
        }
        // A draw by the remaining counts equals a shuffled deck and takes no memory for the cards.
        let mut card = self.rng.range(0..self.cards);
        self.cards -= 1;
        for (index, left) in self.left.iter_mut().enumerate() {
            match card.checked_sub(u64::from(*left)) {
                Some(beyond) => card = beyond,
                None => {
                    *left -= 1;
                    return Some(index);
                }
            }
        }
        None
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(weights: &[u32], deals: usize, seed: u64) -> Vec<usize> {
        let mut deck = Deck::new(weights, seed);
        let mut counts = vec![0; weights.len()];
        (0..deals).for_each(|_| counts[deck.deal().unwrap()] += 1);
        counts
    }

    /// Golden values, computed apart from this code. They may never change: `--replay` repeats an iteration from them.
    #[test]
    fn order_of_a_deck_is_golden() {
        let deck = Deck::new(&[6, 10, 4], 42);
        let deal = |mut deck: Deck| (0..20).map(|_| deck.deal().unwrap()).collect::<Vec<_>>();

        assert_eq!(deal(deck.for_user(42, 7)), [1, 1, 1, 2, 2, 0, 1, 1, 0, 0, 0, 1, 1, 2, 1, 0, 1, 0, 1, 2]);
        assert_eq!(deal(deck), [1, 0, 1, 1, 0, 2, 0, 2, 1, 1, 0, 1, 1, 1, 1, 0, 0, 2, 1, 2]);
    }

    #[test]
    fn shares_are_exact_after_whole_decks_with_any_seed() {
        for seed in 0..100 {
            assert_eq!(shares(&[40, 60], 10, seed), [4, 6]);
            assert_eq!(shares(&[10, 30, 60, 0], 10_000, seed), [1000, 3000, 6000, 0]);
        }
    }

    #[test]
    fn a_seed_gives_one_order_and_another_seed_another() {
        let order = |seed| {
            let mut deck = Deck::new(&[3, 5, 7], seed);
            (0..60).map(|_| deck.deal().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }

    #[test]
    fn deck_of_another_user_has_the_same_cards() {
        let mut used = Deck::new(&[3, 5, 7], 1);
        used.deal();
        let deal = |mut deck: Deck| (0..60).map(|_| deck.deal().unwrap()).collect::<Vec<_>>();

        assert_eq!(deal(used.with_seed(2)), deal(Deck::new(&[3, 5, 7], 2)));
    }

    #[test]
    fn huge_weights_take_no_memory_and_no_weights_deal_nothing() {
        let mut deck = Deck::new(&[u32::MAX, u32::MAX - 1], 0);
        assert!(deck.deal().is_some());
        assert_eq!(Deck::new(&[0, 0], 0).deal(), None);
        assert_eq!(Deck::new(&[], 0).deal(), None);
    }
}
