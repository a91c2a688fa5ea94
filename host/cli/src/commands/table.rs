//! Text in aligned columns.

use std::fmt::{self, Display, Formatter};

use jackfield_config::escaped::Escaped;

/// Rows of text in aligned columns, under a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// The first of the columns that are aligned right.
    first_number: usize,
}

// === impl Table ===

impl Table {
    /// A table of text: every column is aligned left.
    pub(super) fn of_text<const N: usize>(heading: [&str; N]) -> Self {
        Self::new(heading, N)
    }

    /// A table of numbers: every column but the first, which names the row, is aligned right.
    pub(super) fn of_numbers<const N: usize>(heading: [&str; N]) -> Self {
        Self::new(heading, 1)
    }

    fn new<const N: usize>(heading: [&str; N], first_number: usize) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned).into()],
            first_number,
        }
    }

    /// Adds a row, which must have as many cells as the heading. Names that users chose do nothing to the terminal.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| Escaped(&cell).to_string()).into());
    }

    /// The width of each column: that of its widest cell, in characters.
    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.rows.first().map_or(0, Vec::len)];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        widths
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate();
            let line: Vec<String> = cells
                .map(|(column, (cell, width))| {
                    if column < self.first_number {
                        format!("{cell:<width$}")
                    } else {
                        format!("{cell:>width$}")
                    }
                })
                .collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_without_spaces() {
        let mut table = Table::of_text(["A", "BB"]);
        table.row(["größer".to_owned(), String::new()]);
        table.row(["x".to_owned(), "y".to_owned()]);
        assert_eq!(table.to_string(), "A       BB\ngrößer\nx       y\n");
    }

    #[test]
    fn numbers_are_aligned_right_after_the_name_of_their_row() {
        let mut table = Table::of_numbers(["name", "n"]);
        table.row(["x".to_owned(), "100".to_owned()]);
        assert_eq!(table.to_string(), "name    n\nx     100\n");
    }
}
