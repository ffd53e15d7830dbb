//! The objectives that a service must keep while a sizing raises the load: `p99 < 200ms`, `errors < 1%`, several with
//! commas between them. They use the language of thresholds, and are the simplest of those.

use std::fmt;
use std::time::Duration;

use super::bound::{Percentile, Relation};
use super::from_text::from_text;
pub(crate) use super::threshold::Percent;
use super::threshold::{EXAMPLE, Limit, Metric, Threshold};

/// One bound. The window of its samples is defined elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Objective {
    /// Of a percentile of the latencies.
    Latency { percentile: Percentile, relation: Relation, limit: Duration },
    /// Of the share of iterations that fail.
    Errors { relation: Relation, limit: Percent },
}

/// Objectives of a sizing with commas between them, for [`Plan::sizing`](crate::Plan::sizing).
///
/// ```
/// use molotov::plan::Objectives;
///
/// assert!("p99 < 200ms, errors < 1%".parse::<Objectives>().is_ok());
/// assert!("p99 > 200ms".parse::<Objectives>().unwrap_err().to_string().contains("upper bound"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Objectives(pub(crate) Vec<Objective>);

from_text!(Objectives, |text| Objective::parse_all(text).map(Objectives));

impl Objective {
    /// Reads one or several, with commas between them, in the language of the [thresholds](Threshold).
    ///
    /// # Errors
    ///
    /// Returns the first mistake, with its cure.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        if text.trim().is_empty() {
            return Err(format!("no objective; {EXAMPLE}"));
        }
        let all = Threshold::parse_all(text).map_err(|mistake| mistake.to_string())?;
        let objectives = all.iter().map(|threshold| {
            Self::from_threshold(threshold)
                .map_err(|why| format!("`{threshold}`: an objective of a sizing {why}; {EXAMPLE}"))
        });
        objectives.collect()
    }

    /// Converts a threshold to an objective. Objectives have no windows and no `abort`, because a sizing has its own.
    fn from_threshold(threshold: &Threshold) -> Result<Self, &'static str> {
        let relation = threshold.relation;
        if !relation.is_upper() {
            return Err("is an upper bound, with `<` or `<=`");
        }
        if threshold.of.is_some() || !threshold.is_of_whole_run() || threshold.abort {
            return Err("is of the whole run, without braces, window, `after` and `abort`");
        }
        if threshold.phase.is_some() {
            return Err("is of whole requests");
        }
        match (threshold.metric, threshold.limit) {
            (Metric::Percentile(percentile), Limit::Time(limit)) => {
                Ok(Self::Latency { percentile, relation, limit })
            }
            (Metric::Errors, Limit::Share(limit)) => Ok(Self::Errors { relation, limit }),
            _ => Err("is of a percentile or of `errors`"),
        }
    }

    /// The percentile of the objective, in percent.
    pub(crate) fn percentile(&self) -> Option<f64> {
        match self {
            Self::Latency { percentile, .. } => Some(percentile.percent()),
            Self::Errors { .. } => None,
        }
    }

    pub(crate) fn is_of_errors(&self) -> bool {
        matches!(self, Self::Errors { .. })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { percentile, relation, limit } => {
                let limit = humantime::format_duration(*limit);
                write!(f, "p{} {relation} {limit}", percentile.percent())
            }
            Self::Errors { relation, limit } => write!(f, "errors {relation} {limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(text: &str) -> Result<Vec<String>, String> {
        Ok(Objective::parse_all(text)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn objectives_are_read_with_and_without_spaces() {
        assert_eq!(printed("p99<200ms").unwrap(), ["p99 < 200ms"]);
        assert_eq!(
            printed(" p99.9 <= 1s 500ms ,errors<0.5 %").unwrap(),
            ["p99.9 <= 1s 500ms", "errors < 0.5%"]
        );
        assert_eq!(printed("p50<1us, p95<2ms, p99<3m").unwrap(), ["p50 < 1us", "p95 < 2ms", "p99 < 3m"]);
        assert_eq!(printed("errors <= 0%").unwrap(), ["errors <= 0%"]);
    }

    #[test]
    fn each_mistake_names_the_thing_and_the_cure() {
        for (text, says) in [
            ("", "no objective; for example `p99 < 200ms`"),
            ("p99<200ms,", "nothing beside a comma"),
            (",p99<200ms", "nothing beside a comma"),
            ("p99", "`p99` has no `<`"),
            ("p99 200ms", "`p99 200ms` has no `<`"),
            ("p99 > 200ms", "`p99 > 200ms`: an objective of a sizing is an upper bound, with `<` or `<=`"),
            ("p99(10s) < 200ms", "without braces, window, `after` and `abort`"),
            ("p99{scenario=buy} < 200ms", "is of the whole run"),
            ("p99 < 200ms abort", "is of the whole run"),
            ("p99 < 200ms after 10s", "is of the whole run"),
            ("max < 200ms", "is of a percentile or of `errors`"),
            ("p99 < 200", "a time needs a unit, for example `p99 < 200ms`"),
            ("p100 < 200ms", "`p100` is no percentile; from p0.001 to p99.999"),
            ("error < 1%", "write `errors < 1%`"),
            ("errors < 1", "a share of errors needs its %"),
            ("errors < 0%", "write `errors <= 0%`"),
            ("p99<1s, p99<=2s", "`p99 < 1s` and `p99 <= 2s` bound the same"),
            ("errors<1%, p99<1s, errors<2%", "`errors < 1%` and `errors < 2%`"),
        ] {
            let why = printed(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn seven_of_a_hundred_are_seven_percent() {
        for percent in 0..100 {
            let share = Percent::new(percent);
            let part = u64::from(percent);
            assert!(share.bounds(Relation::AtMost, part, 100), "{percent}");
            assert!(!share.bounds(Relation::Below, part, 100), "{percent}");
            assert!(!share.bounds(Relation::AtMost, part * 10 + 1, 1_000), "{percent}");
        }
    }

    #[test]
    fn percentile_needs_the_samples_of_the_histogram() {
        for (text, samples) in
            [("50", 2), ("90", 10), ("99", 100), ("99.9", 1_000), ("99.999", 100_000), ("1", 2)]
        {
            let percentile = Percentile::parse(text).unwrap();
            let mut latencies = molotov_core::Latencies::default();
            (1..samples).for_each(|_| latencies.record(Duration::from_millis(1)));
            assert_eq!(latencies.percentile(percentile.percent()), None, "{text}");
            latencies.record(Duration::from_millis(1));
            assert!(latencies.percentile(percentile.percent()).is_some(), "{text}");
            assert_eq!(percentile.samples(), samples, "{text}");
        }
    }

    fn objective() -> impl Strategy<Value = Objective> {
        let relation = || prop_oneof![Just(Relation::Below), Just(Relation::AtMost)];
        let latency =
            (1u32..100_000, relation(), 1u64..30_000_000_000_000).prop_map(|(of, relation, micros)| {
                let limit = Duration::from_micros(micros);
                Objective::Latency { percentile: Percentile::thousandths(of), relation, limit }
            });
        let errors = (relation(), 1u32..100_000).prop_map(|(relation, thousandths)| Objective::Errors {
            relation,
            limit: Percent::thousandths(thousandths),
        });
        prop_oneof![latency, errors]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", likely in "[p0-9.]{0,6} ?[<>=]{0,2} ?[0-9a-z%.]{0,8},?") {
            drop((printed(&text), printed(&likely), Percent::parse(&text)));
        }

        #[test]
        fn printed_text_is_parsed_again(objective in objective()) {
            prop_assert_eq!(Objective::parse_all(&objective.to_string()).unwrap(), [objective]);
        }

        #[test]
        fn spaces_and_order_mean_nothing(a in objective(), b in objective()) {
            prop_assume!(Objective::parse_all(&format!("{a}, {b}")).is_ok());
            let tight = format!("{a},{b}").replace(" <", "<");
            let wide = format!("  {b} ,  {a}  ");
            let mut reversed = Objective::parse_all(&wide).unwrap();
            reversed.reverse();
            prop_assert_eq!(Objective::parse_all(&tight).unwrap(), reversed);
        }
    }
}
