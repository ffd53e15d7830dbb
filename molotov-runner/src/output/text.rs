//! The text report: first the outcome, then the settings, then the figures, then the notes on them.

mod capacity;
mod course;
mod facts;
mod failures;
mod findings;
mod gaps;
mod headline;
mod listeners;
mod notes;
mod oddities;
mod sizing;
mod spreads;
mod thresholds;
mod values;
mod verdict;

use std::fmt;

#[cfg(test)]
pub(crate) use self::capacity::answer as answer_of_rates;
pub(super) use self::capacity::short as short_capacity;
pub(super) use self::course::{columns as course_columns, rows as course_rows};
pub(super) use self::facts::{counts, settings};
pub(super) use self::gaps::{sentence as gap_sentence, sentences as gap_sentences};
pub(super) use self::headline::headline;
pub(super) use self::notes::sentence;
pub(super) use self::notes::sentences as notes_in_sentences;
pub(super) use self::sizing::short as short_sizing;
pub(super) use self::spreads::rate_cell;
pub(super) use self::thresholds::outcome as threshold_outcome;
pub(super) use self::values::difference as mix_difference;
pub(super) use self::verdict::word as verdict_word;
use super::text_style::TextStyle;
use crate::report::{Conclusion, Report};

/// The maximum length of a report, in lines, without a repeated headline at its end: the start of a longer one has left
/// the screen.
const SCREEN: usize = 20;

/// The report as text, with no line wider than the style allows.
pub(crate) fn render(report: &Report, look: &TextStyle) -> String {
    let mut sections = vec![headline::debug_build(report, look), headline::render(report, look)];
    let findings = report.findings();
    sections.push(findings::render(&findings, look));
    sections.push(verdict::render(report, look));
    sections.push(facts::what_ran(report, look));
    if !headline::is_of_nothing(report) {
        sections.push(sizing::render(report, look));
        sections.push(capacity::render(report, look));
        sections.push(thresholds::render(report, look));
        sections.push(gaps::render(report, look));
        sections.push(facts::totals(report, look));
        sections.push(course::render(report, look));
        sections.extend(tables(report, look));
        sections.push(failures::render(report, look));
    }
    sections.extend(listeners::render(report, look));
    sections.push(notes::render(report, &findings, look));
    let mut text = join(sections);
    if text.lines().count() > SCREEN {
        text = join(vec![text, headline::render(report, look), verdict::short(report, look)]);
    }
    text + "\n"
}

/// The sections about a search for the greatest load; empty for other runs.
pub(super) fn searches(report: &Report) -> String {
    let look = TextStyle::default();
    join(vec![sizing::render(report, &look), capacity::render(report, &look)])
}

/// The same as on the command line, 80 columns wide and without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, &TextStyle::default()))
    }
}

/// Renders the errors and oddities of the report, for a quiet run; `None` if all went well.
pub(crate) fn render_errors(report: &Report, look: &TextStyle) -> Option<String> {
    let failed = match report.conclusion() {
        Conclusion::Passed | Conclusion::Counted => report.teardown_failure_count > 0,
        _ => true,
    };
    if !failed {
        return None;
    }
    let sections = vec![
        headline::render(report, look),
        invalid(report, look),
        thresholds::broken(report, look),
        gaps::render(report, look),
        failures::render(report, look),
        notes::errors(report, look),
    ];
    Some(join(sections) + "\n")
}

/// Renders the reasons why the figures are invalid, if that is an error, independent of the exit code.
fn invalid(report: &Report, look: &TextStyle) -> String {
    if report.is_rejected() { verdict::render(report, look) } else { String::new() }
}

fn tables(report: &Report, look: &TextStyle) -> Vec<String> {
    vec![
        spreads::scenarios(report, look),
        values::mix(report, look),
        spreads::routes(report, look),
        spreads::timers(report, look),
        spreads::connections(report, look),
        values::checks(report, look),
        values::counters(report, look),
        values::gauges(report, look),
        values::trends(report, look),
    ]
}

/// Joins non-empty sections with one empty line. External names may end in spaces; lines do not.
fn join(sections: Vec<String>) -> String {
    let sections: Vec<_> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n\n").lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod many_rows_tests;
#[cfg(test)]
mod tests;
