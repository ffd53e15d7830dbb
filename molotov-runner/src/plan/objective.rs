//! What a service is to keep under load: `p99 < 200ms`, `errors < 1%`, several with commas between them.

use std::fmt;
use std::time::Duration;

use super::limits;

/// What the messages give as an example.
const EXAMPLE: &str = "for example `p99 < 200ms` or `errors < 1%`";

/// One bound. Over which samples it is looked at is not its business.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Objective {
    /// Of a percentile of the latencies.
    Latency { percentile: Percentile, relation: Relation, limit: Duration },
    /// Of the share of iterations that fail.
    Errors { relation: Relation, limit: Percent },
}

/// How a value is to stand to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Below,
    AtMost,
}

impl Relation {
    pub(crate) fn holds<T: PartialOrd>(self, value: T, limit: T) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

/// From 0.001 to 99.999. In thousandths, so that 99.9 is 99.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Percentile(u32);

impl Percentile {
    const WHOLE: u32 = 100_000;

    pub(crate) fn percent(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// How many samples it takes for one of them to lie beyond it.
    pub(crate) fn samples(self) -> u64 {
        u64::from(Self::WHOLE.div_ceil(Self::WHOLE - self.0))
    }

    fn parse(digits: &str) -> Option<Self> {
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(part) || part.len() > 3 {
            return None;
        }
        let thousandths: u32 = format!("{part:0<3}").parse().ok()?;
        let all = whole.parse::<u32>().ok()?.checked_mul(1_000)?.checked_add(thousandths)?;
        (1..Self::WHOLE).contains(&all).then_some(Self(all))
    }
}

/// A share in percent: from 0 to less than 100, because all is what any service keeps.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Percent(f64);

impl Percent {
    pub(crate) const fn new(percent: u8) -> Self {
        assert!(percent < 100, "all is what any service keeps");
        Self(percent as f64)
    }

    /// Reads `5%`, `0.5 %`, and the bare number too.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let number = text.trim().strip_suffix('%').unwrap_or(text).trim();
        // What else `f64` reads, such as `inf`, `1e3` and `+5`, is a slip here.
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match number.parse::<f64>() {
            Ok(percent) if plain && percent < 100.0 => Ok(Self(percent)),
            Ok(_) if plain => Err(format!("{number}% can never be exceeded; a share of less than 100%")),
            _ => Err("not a share; a number of percent from 0 to less than 100, for example 5%".into()),
        }
    }

    /// How a part of a whole stands to this. Counts are multiplied, not divided, so that 7 of 100 are exactly 7%.
    pub(crate) fn bounds(self, relation: Relation, part: u64, whole: u64) -> bool {
        relation.holds(part as f64 * 100.0, self.0 * whole as f64)
    }
}

impl Objective {
    /// Reads one or several, with commas between them.
    ///
    /// # Errors
    ///
    /// The first that is wrong, and what would be right.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        if text.trim().is_empty() {
            return Err(format!("no objective; {EXAMPLE}"));
        }
        let mut all: Vec<Self> = Vec::new();
        for part in text.split(',') {
            let objective = Self::parse(part.trim())?;
            if let Some(twin) = all.iter().find(|other| other.is_about_same(&objective)) {
                return Err(format!("`{twin}` and `{objective}` bound the same; keep one of them"));
            }
            all.push(objective);
        }
        Ok(all)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(format!("there is nothing beside a comma; {EXAMPLE}"));
        }
        let (name, relation, limit) = sides(text)?;
        if name == "errors" {
            return Ok(Self::Errors { relation, limit: share(text, relation, limit)? });
        }
        let percentile = name.strip_prefix('p').and_then(Percentile::parse);
        let percentile = percentile.ok_or_else(|| unknown(name))?;
        Ok(Self::Latency { percentile, relation, limit: time(text, name, limit)? })
    }

    fn is_about_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Errors { .. }, Self::Errors { .. }) => true,
            (Self::Latency { percentile: one, .. }, Self::Latency { percentile: other, .. }) => one == other,
            _ => false,
        }
    }

    /// The percentile that it is of, in percent.
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

/// What stands on the two sides of the relation.
fn sides(text: &str) -> Result<(&str, Relation, &str), String> {
    if text.contains(['>', '=']) && !text.contains('<') {
        return Err(format!("`{text}`: an objective is an upper bound, with `<` or `<=`; {EXAMPLE}"));
    }
    let Some((name, limit)) = text.split_once('<') else {
        return Err(format!("`{text}` has no `<`; {EXAMPLE}"));
    };
    match limit.strip_prefix('=') {
        Some(limit) => Ok((name.trim(), Relation::AtMost, limit.trim())),
        None => Ok((name.trim(), Relation::Below, limit.trim())),
    }
}

fn unknown(name: &str) -> String {
    let is_percentile =
        name.strip_prefix('p').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_percentile {
        return format!("`{name}` is no percentile; from p0.001 to p99.999, with at most three decimals");
    }
    let cure = if strsim::jaro_winkler("errors", name) > 0.8 { "did you mean `errors`?" } else { EXAMPLE };
    format!("`{name}` is not known; {cure}")
}

fn share(text: &str, relation: Relation, limit: &str) -> Result<Percent, String> {
    if !limit.ends_with('%') {
        return Err(format!("`{text}`: a share of errors needs its %, for example `errors < 1%`"));
    }
    let share = Percent::parse(limit).map_err(|why| format!("`{text}`: {why}"))?;
    if share == Percent(0.0) && relation == Relation::Below {
        return Err(format!("`{text}`: nothing is less than none; write `errors <= 0%`"));
    }
    Ok(share)
}

fn time(text: &str, name: &str, limit: &str) -> Result<Duration, String> {
    let wrong = |why: &str| format!("`{text}`: {why}");
    if limit.parse::<f64>().is_ok() {
        return Err(wrong(&format!("a time needs a unit, for example `{name} < 200ms`")));
    }
    let limit = humantime::parse_duration(limit)
        .map_err(|_| wrong(&format!("not a time; a number and a unit, for example `{name} < 200ms`")))?;
    limits::positive(limit).map_err(|why| wrong(&why))
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
        })
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
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
            ("p99 > 200ms", "`p99 > 200ms`: an objective is an upper bound"),
            ("p99 = 200ms", "with `<` or `<=`"),
            ("p99 < 200", "`p99 < 200`: a time needs a unit, for example `p99 < 200ms`"),
            ("p99 < fast", "`p99 < fast`: not a time"),
            ("p99 <", "not a time"),
            ("p99 < 0s", "longer than zero"),
            ("p99 < 5%", "not a time"),
            ("p99 < < 5ms", "not a time"),
            ("p100 < 200ms", "`p100` is no percentile; from p0.001 to p99.999"),
            ("p0 < 200ms", "`p0` is no percentile"),
            ("p99.9999 < 200ms", "at most three decimals"),
            ("p99(10s) < 200ms", "`p99(10s)` is no percentile"),
            ("p < 200ms", "`p` is not known; for example"),
            ("q99 < 200ms", "`q99` is not known"),
            ("< 200ms", "`` is not known"),
            ("error < 1%", "`error` is not known; did you mean `errors`?"),
            ("errors < 1", "`errors < 1`: a share of errors needs its %"),
            ("errors < 200ms", "needs its %"),
            ("errors < 100%", "100% can never be exceeded"),
            ("errors < -1%", "not a share"),
            ("errors < %", "not a share"),
            ("errors < infinity%", "not a share"),
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
    fn a_percentile_takes_as_many_samples_as_the_histogram_says() {
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
        let latency = (1..Percentile::WHOLE, relation(), 1u64..30_000_000_000_000).prop_map(
            |(of, relation, micros)| {
                let limit = Duration::from_micros(micros);
                Objective::Latency { percentile: Percentile(of), relation, limit }
            },
        );
        let errors = (relation(), 1u32..100_000).prop_map(|(relation, thousandths)| Objective::Errors {
            relation,
            limit: Percent(f64::from(thousandths) / 1_000.0),
        });
        prop_oneof![latency, errors]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", likely in "[p0-9.]{0,6} ?[<>=]{0,2} ?[0-9a-z%.]{0,8},?") {
            drop((printed(&text), printed(&likely), Percent::parse(&text)));
        }

        #[test]
        fn what_is_printed_is_read_back(objective in objective()) {
            prop_assert_eq!(Objective::parse_all(&objective.to_string()).unwrap(), [objective]);
        }

        #[test]
        fn spaces_and_order_mean_nothing(a in objective(), b in objective()) {
            prop_assume!(!a.is_about_same(&b));
            let tight = format!("{a},{b}").replace(" <", "<");
            let wide = format!("  {b} ,  {a}  ");
            let mut reversed = Objective::parse_all(&wide).unwrap();
            reversed.reverse();
            prop_assert_eq!(Objective::parse_all(&tight).unwrap(), reversed);
        }
    }
}
