//! The density of latencies over time: cells that are darker with more samples.

use std::fmt::Write;

use molotov_core::Latencies;

use super::scale::ValueScale;

/// Rows of cells.
pub(super) const ROWS: usize = 48;

/// The shades, from few samples to many.
pub(super) const SHADES: [&str; 6] = ["#e3eef8", "#cde1f1", "#b0d0e8", "#90bcdd", "#70a8d1", "#5296c6"];

/// Cells in columns of time and rows of latency.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Heat {
    /// For each column: its first and its last place, from 0 to 1, and the samples of each row, from the lowest.
    columns: Vec<(f64, f64, Vec<u64>)>,
}

impl Heat {
    /// Adds the samples of an interval, from one place to another.
    pub(in super::super) fn add(&mut self, from: f64, to: f64, latencies: &Latencies, scale: &ValueScale) {
        let mut rows = vec![0; ROWS];
        for (micros, count) in latencies.buckets() {
            let row = (scale.share(micros as f64) * ROWS as f64) as usize;
            rows[row.min(ROWS - 1)] += count;
        }
        self.columns.push((from, to, rows));
    }

    /// For each shade the commands of a path with all its cells, in a drawing that is 1,000 wide and [`ROWS`] high.
    pub(super) fn paths(&self) -> [String; SHADES.len()] {
        let mut paths = <[String; SHADES.len()]>::default();
        let densest = self.columns.iter().flat_map(|(.., rows)| rows).max().copied().unwrap_or_default();
        for (from, to, rows) in &self.columns {
            let (left, right) = ((from * 1e3).round(), (to * 1e3).round());
            let shades: Vec<_> = rows.iter().map(|count| shade(*count, densest)).collect();
            let mut row = 0;
            for run in shades.chunk_by(PartialEq::eq) {
                if let Some(shade) = run[0] {
                    let (top, width) = (ROWS - row - run.len(), right - left);
                    let _ = write!(paths[shade], "M{left} {top}h{width}v{}h-{width}z", run.len());
                }
                row += run.len();
            }
        }
        paths
    }
}

/// The shade of a count, with the last shade for the densest cell; `None` for zero.
fn shade(count: u64, densest: u64) -> Option<usize> {
    if count == 0 {
        return None;
    }
    // A single slow request must be visible beside thousands of fast ones, so the shades are logarithmic.
    let share = (count as f64).ln_1p() / (densest as f64).ln_1p();
    Some(((share * SHADES.len() as f64) as usize).min(SHADES.len() - 1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn cells_of_one_shade_are_one_path() {
        let scale = ValueScale::log(100.0, 10_000.0);
        let mut latencies = Latencies::default();
        (0..1_000).for_each(|_| latencies.record(Duration::from_micros(100)));
        latencies.record(Duration::from_millis(10));
        let mut heat = Heat::default();
        heat.add(0.0, 0.5, &latencies, &scale);
        heat.add(0.5, 1.0, &Latencies::default(), &scale);

        let paths = heat.paths();

        assert_eq!(paths[0], "M0 0h500v1h-500z", "one slow request, at the top");
        assert_eq!(paths[5], "M0 47h500v1h-500z", "many fast ones, at the bottom");
        assert!(paths[1..5].iter().all(String::is_empty));
    }

    #[test]
    fn shades_tell_few_samples_from_many() {
        assert_eq!(
            [0, 1, 10, 1_000, 1_000_000].map(|count| shade(count, 1_000_000)),
            [None, Some(0), Some(1), Some(3), Some(5)]
        );
        assert_eq!(shade(1, 1), Some(5));
    }
}
