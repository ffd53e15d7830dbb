//! A table, padded so that it is readable as text too.

use std::fmt;

/// A table in Markdown, and below it a list of the rows without figures.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// The names of rows without figures, and the reasons.
    notes: Vec<(String, String)>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(ToString::to_string).collect()], notes: Vec::new() }
    }

    /// Adds a row; missing cells at its end are empty.
    pub(crate) fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| escape(&cell.into())).collect();
        row.resize(self.columns(), String::new());
        self.rows.push(row);
    }

    /// Adds a row without figures; a reason is too long for a cell, so it stands below the table.
    pub(crate) fn without_figures(&mut self, name: &str, why: &str) {
        self.row([name, "not measured, see below"]);
        self.notes.push((name.to_owned(), one_line(why)));
    }

    fn columns(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    }
}

/// Output of a tool must not end a cell or a row.
fn escape(cell: &str) -> String {
    one_line(cell).replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, row) in self.rows.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                write!(f, "| {cell:<width$} ", width = self.width(column))?;
            }
            writeln!(f, "|")?;
            if index == 0 {
                for column in 0..self.columns() {
                    // The first column has names, the others have figures.
                    let align = if column == 0 { "-" } else { ":" };
                    write!(f, "|{}{align}", "-".repeat(self.width(column) + 1))?;
                }
                writeln!(f, "|")?;
            }
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        for (name, why) in &self.notes {
            writeln!(f, "- {name}: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_padded_and_its_figures_stand_right() {
        let mut table = Table::new(&["client", "µs"]);
        table.row(["wrk", "7.9 (7.8–8.0)"]);
        table.row(["a|b\nc"]);
        table.without_figures("k6", "not installed");

        insta::assert_snapshot!(table.to_string(), @r"
        | client | µs                      |
        |--------|------------------------:|
        | wrk    | 7.9 (7.8–8.0)           |
        | a\|b c |                         |
        | k6     | not measured, see below |

        - k6: not installed
        ");
    }
}
