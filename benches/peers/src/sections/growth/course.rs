//! The first minute of a run, and the last.

use std::time::Duration;

use anyhow::Result;

use super::{Bench, Part};
use crate::markdown::Table;
use crate::measure::Window;
use crate::sections::compare::USERS;
use crate::sections::head::quiet;

/// The number of consecutive parts of the run.
const PARTS: u32 = 10;

pub(super) fn table(bench: &Bench<'_>) -> Result<Part> {
    let length = Duration::from_secs(if bench.args.quick { 6 } else { 60 });
    let windows =
        quiet(bench.args).measured(|windows: &Vec<Window>| most_disturbed(windows), || run(bench, length))?;

    let mut table =
        Table::new(&["from s", "CPU µs/request", "× the first", "requests/s", "resident MB at its end"]);
    for (index, window) in (0..PARTS).zip(&windows) {
        table.row([
            (length * index).as_secs().to_string(),
            format!("{:.2}", window.cost()),
            format!("{:.2}", window.cost() / windows[0].cost()),
            format!("{:.0}", window.per_second()),
            format!("{:.1}", window.resident_megabytes()),
        ]);
    }
    let shortened = if bench.args.quick { " (Shortened: a full run looks at ten minutes.)" } else { "" };
    let words = format!(
        "One run of {} s with {USERS} users as fast as they can, in parts of {} s.{shortened}",
        (length * PARTS).as_secs(),
        length.as_secs()
    );
    Ok(Part { title: "Course of a run", words, table, windows })
}

fn run(bench: &Bench<'_>, length: Duration) -> Result<Vec<Window>> {
    let mut contender = bench.contender("one long run".to_owned(), "get", USERS, length);
    let seconds = (length * (PARTS + 1)).as_secs();
    contender.command.args(["--duration", &format!("{seconds}s")]);
    let mut started = contender.start()?;
    let parts = (1..=PARTS).map(|part| {
        let window = started.window(length)?;
        eprintln!("peers:   part {part} of {PARTS}: {:.2} µs/request", window.cost());
        Ok(window)
    });
    parts.collect()
}

/// The first and the last part are compared; a disturbance between them has no effect.
fn most_disturbed(windows: &[Window]) -> f64 {
    let ends = windows.first().into_iter().chain(windows.last());
    ends.map(|window| window.others).fold(0.0, f64::max)
}
