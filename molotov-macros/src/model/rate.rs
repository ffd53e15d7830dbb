//! A rate in words, in the format of `molotov_core::Rate`, on which this crate does not depend.

use super::duration::rate_seconds;

/// The rate of one in a second, in thousandths in an hour.
const SECOND: u128 = 3_600_000;

/// The highest rate: a million in a second.
const MAX: u128 = 1_000_000 * SECOND;

/// The rate in thousandths in an hour; always a whole number.
///
/// # Errors
///
/// When the text is not a rate; with the right form.
pub(super) fn thousandths_per_hour(text: &str) -> Result<u64, String> {
    let (number, unit) =
        text.split_once('/').ok_or("it needs a unit, for example \"50/s\", \"30/m\" or \"10/h\"")?;
    let unit = SECOND / u128::from(rate_seconds(unit)?);
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
    let scale = 10u128.pow(fraction.len().min(12) as u32);
    let scaled = (parse_digits(whole)? * scale + parse_digits(fraction)?) * unit;
    if !scaled.is_multiple_of(scale) {
        return Err("it is too fine: a rate is a whole number of thousandths in an hour".into());
    }
    match scaled / scale {
        0 => Err(
            "no iteration would ever arrive; for a scenario that does not run, leave the rate out and write `weight = 0`"
                .into(),
        ),
        MAX.. if scaled / scale > MAX => Err("at most 1000000/s".into()),
        thousandths => u64::try_from(thousandths).map_err(|_| "at most 1000000/s".into()),
    }
}

fn parse_digits(digits: &str) -> Result<u128, &'static str> {
    let are_digits = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    are_digits.then(|| digits.parse().ok()).flatten().ok_or("the number before the unit is not one")
}
