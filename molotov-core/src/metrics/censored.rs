//! Percentiles of latencies, some of which have only a lower bound.

use std::time::Duration;

use super::Latencies;

/// A latency, or its lower bound.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(p99) = report.route("GET /items").and_then(|row| row.ok.estimate(99.0, &row.cut)) {
///     println!("{}{:?}", if p99.is_bound() { "at least " } else { "" }, p99.time());
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Estimate {
    /// The exact value.
    Exactly(Duration),
    /// This or more: the latencies in question were cut before they ended.
    AtLeast(Duration),
}

impl Estimate {
    /// The latency, or its lower bound.
    pub fn time(self) -> Duration {
        match self {
            Self::Exactly(time) | Self::AtLeast(time) => time,
        }
    }

    /// Returns `true` for a lower bound.
    pub fn is_bound(self) -> bool {
        matches!(self, Self::AtLeast(_))
    }
}

impl Latencies {
    /// The percentile of these latencies and of further ones that were cut, each of which would have been longer than
    /// its bound in `cut`. `None` for too few samples, as for [`Latencies::percentile`].
    ///
    /// It is the product-limit estimate (E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete
    /// observations", 1958). A latency that was cut early adds little; a latency that was cut after the end of all
    /// others shows that the others were not all. If the longest were cut and the percentile lies beyond them, the
    /// result is a lower bound: the longest of these bounds. Without `cut` the result is [`Latencies::percentile`].
    ///
    /// ```
    /// use molotov::report::{Estimate, Latencies};
    /// use std::time::Duration;
    ///
    /// let (mut ended, mut cut) = (Latencies::default(), Latencies::default());
    /// (0..700).for_each(|_| ended.record(Duration::from_millis(20)));
    /// (0..10).for_each(|_| cut.record(Duration::from_secs(5)));
    ///
    /// assert_eq!(ended.estimate(99.0, &cut), Some(Estimate::AtLeast(Duration::from_secs(5))));
    /// assert_eq!(ended.estimate(90.0, &cut), Some(Estimate::Exactly(Duration::from_millis(20))));
    /// ```
    pub fn estimate(&self, percent: f64, cut: &Self) -> Option<Estimate> {
        if cut.count() == 0 {
            return self.percentile(percent).map(Estimate::Exactly);
        }
        match self.product_limit(percent, cut) {
            Some(micros) => {
                self.percentile(percent)?;
                let time = Duration::from_micros(micros).clamp(self.least, self.greatest);
                Some(Estimate::Exactly(time))
            }
            None => {
                let mut all = self.clone();
                all.add(cut);
                all.percentile(percent)?;
                Some(Estimate::AtLeast(cut.greatest.max(self.max().unwrap_or_default())))
            }
        }
    }

    /// The end of the bucket at which no more than the rest of the percentile is left; `None` if there is no such
    /// bucket.
    fn product_limit(&self, percent: f64, cut: &Self) -> Option<u64> {
        // The tolerance is for percentages that have no exact binary form, such as 99.9.
        let rest = (100.0 - percent) / 100.0 * (1.0 + 1e-9);
        let mut at_risk = self.count() + cut.count();
        let mut left = 1.0;
        for (end, ended, cut) in self.buckets.beside(&cut.buckets) {
            if ended > 0 {
                left *= (at_risk - ended) as f64 / at_risk as f64;
                if left <= rest {
                    return Some(end);
                }
            }
            // A latency that was cut at this time had not ended when others ended at it.
            at_risk -= ended + cut;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PERCENTS: [f64; 6] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9];

    fn latencies(micros: &[u64]) -> Latencies {
        let mut all = Latencies::default();
        micros.iter().for_each(|micros| all.record(Duration::from_micros(*micros)));
        all
    }

    /// By the definition: one factor for each sample that ended, in order of time. Times of less than 2 ms have a
    /// bucket each.
    fn by_definition(ended: &[u64], cut: &[u64], percent: f64) -> Option<u64> {
        let mut all: Vec<(u64, bool)> = ended.iter().map(|time| (*time, false)).collect();
        all.extend(cut.iter().map(|time| (*time, true)));
        all.sort_unstable();
        let mut left = 1.0;
        for (place, (time, is_cut)) in all.iter().enumerate() {
            let at_risk = (all.len() - place) as f64;
            if !is_cut {
                left *= (at_risk - 1.0) / at_risk;
            }
            // Only after the last latency that ended at this time.
            let is_last = all.get(place + 1) != Some(&(*time, false));
            if !is_cut && is_last && left <= (100.0 - percent) / 100.0 + 1e-9 {
                return Some(*time);
            }
        }
        None
    }

    proptest! {
        #[test]
        fn estimate_is_that_of_the_definition(
            ended in prop::collection::vec(1u64..2_000, 0..400),
            cut in prop::collection::vec(1u64..2_000, 1..60),
        ) {
            for percent in PERCENTS {
                let found = latencies(&ended).estimate(percent, &latencies(&cut));
                match by_definition(&ended, &cut, percent) {
                    Some(time) if latencies(&ended).percentile(percent).is_some() => {
                        prop_assert_eq!(found, Some(Estimate::Exactly(Duration::from_micros(time))));
                    }
                    Some(_) => prop_assert_eq!(found, None),
                    None => if let Some(found) = found {
                        let longest = Duration::from_micros(*cut.iter().max().unwrap());
                        prop_assert_eq!(found, Estimate::AtLeast(longest));
                    },
                }
            }
        }

        #[test]
        fn nothing_cut_changes_nothing(ended in prop::collection::vec(1u64..9_000_000, 0..400)) {
            for percent in PERCENTS {
                let exact = latencies(&ended).percentile(percent).map(Estimate::Exactly);
                prop_assert_eq!(latencies(&ended).estimate(percent, &Latencies::default()), exact);
                if let Some(micros) = latencies(&ended).product_limit(percent, &Latencies::default()) {
                    let time = latencies(&ended).percentile(percent);
                    let limit = Duration::from_micros(micros).clamp(latencies(&ended).least, latencies(&ended).greatest);
                    prop_assert!(time.is_none_or(|time| time == limit));
                }
            }
        }

        #[test]
        fn a_bound_never_makes_a_percentile_less(
            ended in prop::collection::vec(1u64..9_000_000, 100..400),
            cut in prop::collection::vec(1u64..9_000_000, 1..60),
        ) {
            let (plain, bounds) = (latencies(&ended), latencies(&cut));
            for percent in [50.0, 90.0, 99.0] {
                let estimate = plain.estimate(percent, &bounds).unwrap();
                prop_assert!(estimate.time() >= plain.percentile(percent).unwrap());
            }
        }
    }

    #[test]
    fn requests_cut_early_say_nothing() {
        let ended = latencies(&[20_000; 200]);

        assert_eq!(
            ended.estimate(99.0, &latencies(&[10_000; 50])),
            ended.estimate(99.0, &Latencies::default())
        );
    }
}
