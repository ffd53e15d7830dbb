//! A share in the text of a bound.

use std::fmt;

use crate::plan::bound::Relation;

/// A share in percent, from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Percent(f64);

impl Percent {
    pub(crate) const fn new(percent: u8) -> Self {
        assert!(percent < 100, "all is what any service keeps");
        Self(percent as f64)
    }

    /// Reads a share for an upper bound: `5%`, `0.5 %`, and the bare number too. It is less than 100, because every
    /// service keeps 100 %.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match number(text)? {
            percent if percent < 100.0 => Ok(Self(percent)),
            percent => Err(format!("{percent}% can never be exceeded; a share of less than 100%")),
        }
    }

    /// Reads a share for a lower bound.
    pub(super) fn parse_least(text: &str) -> Result<Self, String> {
        match number(text)? {
            percent if percent > 100.0 => Err(format!("{percent}% is never reached; a share of up to 100%")),
            percent => Ok(Self(percent)),
        }
    }

    /// The share as a part of 1.
    pub(crate) fn fraction(self) -> f64 {
        self.0 / 100.0
    }

    /// Returns `true` if a part of a whole has this relation to the share. Counts are multiplied, not divided, so that
    /// 7 of 100 are exactly 7%.
    pub(crate) fn bounds(self, relation: Relation, part: u64, whole: u64) -> bool {
        relation.holds(part as f64 * 100.0, self.0 * whole as f64)
    }

    #[cfg(test)]
    pub(crate) fn thousandths(thousandths: u32) -> Self {
        Self(f64::from(thousandths) / 1_000.0)
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').unwrap_or(text).trim();
    plain_number(number)
        .ok_or_else(|| "not a share; a number of percent from 0 to less than 100, for example 5%".into())
}

/// Reads a number of digits and a point. Other notations of `f64`, such as `inf`, `1e3` and `+5`, are mistakes here.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse::<f64>().ok().filter(|_| plain)
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}
