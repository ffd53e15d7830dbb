//! The choice of the next level, based on those that held: a pure state machine without users, rates or time.
//!
//! It doubles the level until one breaks, bisects between the greatest that held and the least that broke until these
//! are close enough, and confirms the one that held. If the confirmation fails, the first success was luck, and the
//! search continues below.

/// The final distance between the level that held and the level that broke: this part of the latter (2 %). Levels are
/// whole numbers, and adjacent ones are always close enough.
const CLOSE_ENOUGH: u64 = 50;

/// The maximum number of steps. A service that alternately holds and breaks at the same level has no definite capacity.
/// A search with a good first level takes about 10 steps; from 1 to a million it takes 30.
const MOST_STEPS: u32 = 60;

/// The range of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) least: u64,
    pub(crate) first: u64,
    pub(crate) most: u64,
}

/// The progress of a search.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    levels: Levels,
    /// The current level.
    level: u64,
    /// `true` if the current level has held before.
    confirms: bool,
    /// The levels that held, the greatest last.
    good: Vec<u64>,
    /// The least level that broke.
    bad: Option<u64>,
    /// `true` if any level has ever held.
    has_held: bool,
    taken: u32,
}

/// The result of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LevelResult {
    Held,
    Broke,
}

/// The next step of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next level of the search.
    Try(u64),
    /// The result of the search.
    Found(Found),
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The service sustains the first level, twice, and not the second, which is close to it.
    Between(u64, u64),
    /// The service sustains the greatest level, twice.
    NoLimit(u64),
    /// The service does not sustain the least level, and has sustained none.
    Nothing(u64),
    /// Levels that had held broke later, all of them, or so often that there is no result.
    Unsteady,
}

impl Steps {
    pub(crate) fn new(levels: Levels) -> Self {
        let least = levels.least.max(1);
        let most = levels.most.max(least);
        let levels = Levels { least, first: levels.first.clamp(least, most), most };
        Self {
            levels,
            level: levels.first,
            confirms: false,
            good: Vec::new(),
            bad: None,
            has_held: false,
            taken: 0,
        }
    }

    /// Returns the current level.
    pub(crate) fn level(&self) -> u64 {
        self.level
    }

    /// Returns the greatest level that held and did not break later.
    pub(crate) fn good(&self) -> Option<u64> {
        self.good.last().copied()
    }

    /// Returns the least level that broke.
    pub(crate) fn bad(&self) -> Option<u64> {
        self.bad
    }

    /// Records the result of the current level, and returns the next step.
    pub(crate) fn record(&mut self, shown: LevelResult) -> Next {
        self.taken += 1;
        let next = match (shown, self.confirms) {
            (LevelResult::Held, true) => Next::Found(self.found()),
            (LevelResult::Held, false) => {
                self.good.push(self.level);
                self.has_held = true;
                self.next()
            }
            (LevelResult::Broke, _) => {
                self.good.retain(|good| *good < self.level);
                self.bad = Some(self.level);
                self.next()
            }
        };
        match next {
            Next::Try(_) if self.taken >= MOST_STEPS => Next::Found(Found::Unsteady),
            Next::Try(level) => {
                self.confirms = self.good() == Some(level);
                self.level = level;
                next
            }
            Next::Found(_) => next,
        }
    }

    /// Continues with twice the current level, whose only known property is that it has not broken. Returns `None` at
    /// the greatest level.
    pub(crate) fn skip(&mut self) -> Option<u64> {
        if self.bad.is_some() || self.level >= self.levels.most || self.taken >= MOST_STEPS {
            return None;
        }
        self.taken += 1;
        self.confirms = false;
        self.level = self.level.saturating_mul(2).min(self.levels.most);
        Some(self.level)
    }

    fn next(&self) -> Next {
        match (self.good(), self.bad) {
            (Some(good), None) => Next::Try(good.saturating_mul(2).min(self.levels.most)),
            (None, Some(bad)) if bad <= self.levels.least => match self.has_held {
                true => Next::Found(Found::Unsteady),
                false => Next::Found(Found::Nothing(bad)),
            },
            (None, Some(bad)) => Next::Try((bad / 2).max(self.levels.least)),
            (Some(good), Some(bad)) if is_close(good, bad) => Next::Try(good),
            (Some(good), Some(bad)) => Next::Try(good + (bad - good) / 2),
            (None, None) => Next::Try(self.levels.first),
        }
    }

    /// Returns the result when a level has held for the second time.
    fn found(&self) -> Found {
        self.bad.map_or(Found::NoLimit(self.level), |bad| Found::Between(self.level, bad))
    }
}

fn is_close(good: u64, bad: u64) -> bool {
    bad - good <= (bad / CLOSE_ENOUGH).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The attempted levels, and the result.
    fn search(levels: Levels, mut holds: impl FnMut(u64) -> bool) -> (Vec<u64>, Found) {
        let mut steps = Steps::new(levels);
        let mut tried = Vec::new();
        loop {
            tried.push(steps.level());
            let shown = if holds(steps.level()) { LevelResult::Held } else { LevelResult::Broke };
            match steps.record(shown) {
                Next::Try(level) => assert_eq!(level, steps.level()),
                Next::Found(found) => return (tried, found),
            }
        }
    }

    fn up_to(first: u64, most: u64) -> Levels {
        Levels { least: 1, first, most }
    }

    #[test]
    fn search_doubles_bisects_and_confirms_the_last_held_level() {
        let (tried, found) = search(up_to(10, 1_000), |level| level <= 53);

        assert_eq!(tried, [10, 20, 40, 80, 60, 50, 55, 52, 53, 54, 53]);
        assert_eq!(found, Found::Between(53, 54));
    }

    #[test]
    fn bisection_ends_within_the_tolerance() {
        let (tried, found) = search(up_to(1_000, 1_000_000), |level| level <= 1_300);

        assert_eq!(tried, [1_000, 2_000, 1_500, 1_250, 1_375, 1_312, 1_281, 1_296, 1_296]);
        assert_eq!(found, Found::Between(1_296, 1_312));
    }

    #[test]
    fn a_first_level_that_breaks_is_halved_until_one_holds_or_none_is_left() {
        let (tried, found) = search(up_to(100, 1_000), |level| level <= 30);
        assert_eq!(tried[..4], [100, 50, 25, 37]);
        assert_eq!(found, Found::Between(30, 31));

        let (tried, found) = search(Levels { least: 20, first: 100, most: 1_000 }, |_| false);
        assert_eq!((tried, found), (vec![100, 50, 25, 20], Found::Nothing(20)));
    }

    #[test]
    fn unbroken_search_confirms_its_upper_bound() {
        let (tried, found) = search(up_to(10, 50), |_| true);
        assert_eq!((tried, found), (vec![10, 20, 40, 50, 50], Found::NoLimit(50)));
    }

    #[test]
    fn level_that_breaks_in_confirmation_is_bisected_below() {
        // A queue in the service was not full at first.
        let mut seen = 0;
        let holds = |level| {
            seen += u32::from(level == 53);
            level <= 50 || (level <= 53 && seen < 2)
        };

        let (tried, found) = search(up_to(10, 1_000), holds);

        assert_eq!(tried[10..], [53, 52, 51, 50]);
        assert_eq!(found, Found::Between(50, 51));
    }

    #[test]
    fn a_service_that_never_holds_twice_is_unsteady() {
        let mut seen = std::collections::HashSet::new();
        let (tried, found) = search(up_to(1_000, 1_000_000), |level| level <= 500_000 && seen.insert(level));

        assert_eq!(found, Found::Unsteady);
        assert!(tried.len() <= MOST_STEPS as usize, "{tried:?}");
    }

    #[test]
    fn a_service_that_dies_has_not_held_nothing() {
        let (tried, found) = search(up_to(10, 1_000), |level| level < 80);
        let mut left = 4;
        let (until_death, dead) = search(up_to(10, 1_000), |level| {
            left -= 1;
            level < 80 && left > 0
        });

        assert_eq!((&tried[..4], &until_death[..4]), (&[10, 20, 40, 80][..], &[10, 20, 40, 80][..]));
        assert!(matches!(found, Found::Between(..)) && dead == Found::Unsteady, "{found:?} {dead:?}");
    }

    #[test]
    fn a_level_that_cannot_be_judged_is_passed_over_while_nothing_broke() {
        let mut steps = Steps::new(up_to(10, 50));
        assert_eq!((steps.skip(), steps.skip(), steps.good()), (Some(20), Some(40), None));
        assert_eq!((steps.skip(), steps.skip()), (Some(50), None));

        assert_eq!(steps.record(LevelResult::Broke), Next::Try(25));
        assert_eq!(steps.skip(), None, "what is below is to be judged");
    }

    fn levels() -> impl Strategy<Value = (Levels, u64)> {
        (1u64..1_000, 0u32..10, 1u64..1_000, 0u64..2_000_000).prop_map(|(least, factor, more, capacity)| {
            let first = least << factor;
            (Levels { least, first, most: first * more }, capacity)
        })
    }

    proptest! {
        #[test]
        fn the_capacity_is_in_the_range_and_the_range_is_narrow((levels, capacity) in levels()) {
            let (tried, found) = search(levels, |level| level <= capacity);

            prop_assert!(tried.iter().all(|level| (levels.least..=levels.most).contains(level)));
            prop_assert!(tried.len() <= 40, "{} steps", tried.len());
            match found {
                Found::Between(good, bad) => {
                    prop_assert!(good <= capacity && capacity < bad);
                    prop_assert!(bad - good <= (bad / 50).max(1));
                    // The last step was the second one at this level.
                    prop_assert_eq!(tried.iter().filter(|level| **level == good).count(), 2);
                    prop_assert_eq!(tried.last(), Some(&good));
                }
                Found::NoLimit(level) => prop_assert!(level == levels.most && capacity >= level),
                Found::Nothing(level) => prop_assert!(level == levels.least && capacity < level),
                Found::Unsteady => prop_assert!(false),
            }
        }

        #[test]
        fn a_service_whose_capacity_varies_by_a_part_is_found_within_this_part(
            (levels, capacity) in levels(), percent in 1u64..10, seed: u64,
        ) {
            let mut rng = molotov_core::Rng::with_seed(seed);
            let margin = capacity * percent / 100;
            let (low, high) = (capacity - margin, capacity + margin);

            let (tried, found) = search(levels, |level| level <= rng.range(low..=high));

            prop_assert!(tried.len() <= MOST_STEPS as usize);
            match found {
                Found::Between(good, bad) => prop_assert!(good <= high && bad > low && good < bad),
                Found::NoLimit(level) => prop_assert!(level <= high),
                Found::Nothing(level) => prop_assert!(level > low),
                Found::Unsteady => {}
            }
        }

        #[test]
        fn search_ends_and_repeats_levels_only_to_confirm(
            (levels, _) in levels(), shown in proptest::collection::vec(any::<bool>(), 64),
        ) {
            let mut answers = shown.into_iter();
            let (tried, found) = search(levels, |_| answers.next().unwrap());

            prop_assert!(tried.len() <= MOST_STEPS as usize);
            if let Found::Between(good, bad) = found {
                prop_assert!(good < bad && bad - good <= (bad / 50).max(1));
            }
        }
    }
}
