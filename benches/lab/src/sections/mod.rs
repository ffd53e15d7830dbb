//! One module for each part of `docs/measurement.md`.

mod latency;
mod stall;
mod starts;
mod tails;

use std::time::Duration;

use anyhow::Result;

use crate::args::Section;
use crate::client::Lab;
use crate::stats::{Exact, Figures, error, is_close};

impl Section {
    /// Measures, and returns its text.
    pub(crate) fn run(self, lab: &Lab) -> Result<String> {
        match self {
            Self::Latency => latency::run(lab),
            Self::Stall => stall::run(lab),
            Self::Starts => starts::run(lab),
            Self::Tails => tails::run(lab),
        }
    }
}

/// The result of another program, or the reason why there is none. Its failure is not ours.
fn of_other<T>(done: Result<Option<T>>) -> Result<Result<T, String>> {
    Ok(match done {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Err("not installed".to_owned()),
        Err(error) => Err(format!("{error:#}").chars().take(100).collect()),
    })
}

/// Reported percentiles beside the true ones.
#[derive(Debug)]
struct Compared {
    /// A cell for each percentile, and a last one for the greatest.
    cells: Vec<String>,
    /// The number of percentiles within the tolerance, and the number of all.
    close: (usize, usize),
}

impl Compared {
    fn of(reported: &Figures, truth: &Exact) -> Self {
        let truth = truth.figures();
        let pairs = reported.quantiles.iter().zip(truth.quantiles);
        let known: Vec<_> =
            pairs.clone().filter_map(|(reported, truth)| Some(((*reported)?, truth?))).collect();
        let close = known.iter().filter(|(reported, truth)| is_close(*reported, *truth)).count();
        let mut cells: Vec<_> = pairs.map(|(reported, truth)| cell(*reported, truth)).collect();
        cells.push(cell(reported.max, truth.max));
        Self { cells, close: (close, known.len()) }
    }

    fn verdict(&self) -> String {
        let (close, known) = self.close;
        if close == known { "yes".to_owned() } else { format!("{close} of {known}") }
    }
}

/// The true time, the reported time, and the difference; bold beyond the tolerance.
fn cell(reported: Option<Duration>, truth: Option<Duration>) -> String {
    let (Some(reported), Some(truth)) = (reported, truth) else { return "not told".to_owned() };
    let off = reported.as_secs_f64() - truth.as_secs_f64();
    let share = match truth {
        // A percentage of almost nothing has no meaning.
        truth if truth < Duration::from_micros(100) => String::new(),
        truth => format!("{:+.2} %, ", error(reported, truth)),
    };
    let text = format!("{} → {} ({share}{:+.0} µs)", millis(truth), millis(reported), off * 1e6);
    if is_close(reported, truth) { text } else { format!("**{text}**") }
}

fn millis(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_has_the_true_value_the_reported_one_and_the_difference() {
        let micros = |micros| Some(Duration::from_micros(micros));

        assert_eq!(cell(micros(10_050), micros(10_000)), "10.000 → 10.050 (+0.50 %, +50 µs)");
        assert_eq!(cell(micros(10_500), micros(10_000)), "**10.000 → 10.500 (+5.00 %, +500 µs)**");
        assert_eq!(cell(micros(40), micros(2)), "0.002 → 0.040 (+38 µs)");
        assert_eq!(cell(None, micros(2)), "not told");
    }

    #[test]
    fn a_program_that_fails_has_a_reason_instead_of_figures() {
        let failed = of_other::<()>(Err(anyhow::anyhow!("it did not end"))).unwrap();

        assert_eq!(failed, Err("it did not end".to_owned()));
        assert_eq!(of_other::<()>(Ok(None)).unwrap(), Err("not installed".to_owned()));
    }

    #[test]
    fn percentiles_that_are_far_off_are_counted() {
        let truth = Exact::of((1..=1_000).map(Duration::from_millis));
        let mut reported = truth.figures();
        reported.quantiles[0] = Some(Duration::from_millis(600));
        reported.quantiles[3] = None;

        let compared = Compared::of(&reported, &truth);

        assert_eq!((compared.close, compared.verdict().as_str()), ((2, 3), "2 of 3"));
    }
}
