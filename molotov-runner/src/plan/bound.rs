//! The parts of a bound that thresholds and objectives share: relations and percentiles.

use std::fmt;

/// The relation of a value to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Relation {
    pub(crate) fn holds<T: PartialOrd>(self, value: T, limit: T) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
        }
    }

    pub(crate) fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        })
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

    /// The number of samples of which one lies beyond it.
    pub(crate) fn samples(self) -> u64 {
        u64::from(Self::WHOLE.div_ceil(Self::WHOLE - self.0))
    }

    pub(crate) fn parse(digits: &str) -> Option<Self> {
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        if !is_digits(whole) || !is_digits(part) || part.len() > 3 {
            return None;
        }
        let thousandths: u32 = format!("{part:0<3}").parse().ok()?;
        let all = whole.parse::<u32>().ok()?.checked_mul(1_000)?.checked_add(thousandths)?;
        (1..Self::WHOLE).contains(&all).then_some(Self(all))
    }

    #[cfg(test)]
    pub(crate) fn thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
