//! The tail of the binomial distribution: the probability of at least this number of events by chance.

/// The number beyond which a bound of the tail replaces the tail itself.
const MANY: u64 = 200;

/// The probability of at least `least` of `whole` events with this probability each; or a bound of it.
pub(super) fn tail(whole: u64, each: f64, least: u64) -> f64 {
    let (n, k) = (whole as f64, least as f64);
    if k <= n * each || each >= 1.0 {
        return 1.0;
    }
    if least > whole || each <= 0.0 {
        return 0.0;
    }
    let none = (n - k) * (-each).ln_1p();
    if least > MANY {
        // Chernoff.
        let rest = if whole > least { (n - k) * ((n - k) / n).ln() } else { 0.0 };
        return (k * (n * each / k).ln() + none - rest).exp().min(1.0);
    }
    let ways: f64 = (1..=least).map(|i| ((n - k + i as f64) / i as f64).ln()).sum();
    // The further terms fall at least as fast as a geometric series.
    let ratio = (n - k) * each / ((k + 1.0) * (1.0 - each));
    ((ways + k * each.ln() + none).exp() / (1.0 - ratio)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_binomial_distribution_or_a_little_more() {
        // By summation with exact fractions.
        for (whole, each, least, exact) in [
            (10, 0.5, 8, 0.0546875),
            (80, 0.0005, 5, 7.28e-10),
            (20, 0.2, 20, 1.05e-14),
            (1_000, 0.01, 30, 2.06e-7),
        ] {
            let found = tail(whole, each, least);
            assert!((exact * 0.99..exact * 1.5).contains(&found), "{whole} {each} {least}: {found}");
        }
        assert!(tail(1_000, 0.1, 250) < 1e-30 && tail(5, 0.5, 2) == 1.0 && tail(3, 0.5, 4) == 0.0);
    }
}
