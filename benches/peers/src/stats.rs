//! Medians and spreads.

use std::fmt;

/// The median of some values, with the least and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` without values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
        Some(Self { median, min, max })
    }

    /// The ratios of values from the same rounds: a disturbance of a round affects both.
    pub(crate) fn of_ratios(values: &[f64], to: &[f64]) -> Option<Self> {
        Self::of(values.iter().zip(to).map(|(value, to)| value / to))
    }
}

/// With precision 1: `8.1 (7.9–8.4)`; a single value stands alone.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        if self.min.to_bits() == self.max.to_bits() {
            write!(f, "{:.digits$}", self.median)
        } else {
            write!(f, "{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.min, self.max)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_of_values_is_the_one_in_the_middle() {
        let spread = Spread::of([9.0, 1.0, 5.0]).unwrap();

        assert_eq!(spread, Spread { median: 5.0, min: 1.0, max: 9.0 });
    }

    #[test]
    fn the_median_of_an_even_number_of_values_is_between_the_two_in_the_middle() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 9.0]).unwrap().median, 3.0);
    }

    #[test]
    fn without_values_there_is_no_median() {
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let spread = Spread::of_ratios(&[2.0, 20.0, 3.0], &[1.0, 10.0, 2.0]).unwrap();

        assert_eq!(spread, Spread { median: 2.0, min: 1.5, max: 2.0 });
    }

    #[test]
    fn a_spread_is_shown_with_its_extremes_and_a_single_value_without() {
        assert_eq!(format!("{:.1}", Spread::of([8.14, 7.9, 8.4]).unwrap()), "8.1 (7.9–8.4)");
        assert_eq!(format!("{:.1}", Spread::of([8.14]).unwrap()), "8.1");
    }
}
