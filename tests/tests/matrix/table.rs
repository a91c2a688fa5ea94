//! The matrix as Markdown tables: one of requests and one of replies for each dialect of clients.

use std::fmt::Write;

use crate::bench::Row;
use crate::client::Dialect;

/// A table and what stands above it.
pub(crate) struct Table {
    pub(crate) heading: String,
    pub(crate) lines: String,
}

/// All tables, in the order of the page. Buffered and streamed share a cell where they agree.
pub(crate) fn all(adapters: &[&str], rows: &[Row]) -> Vec<Table> {
    let kinds = [(false, "Requests in"), (true, "Replies to")];
    let tables = Dialect::ALL.into_iter().flat_map(|client| {
        kinds.map(|(is_of_replies, what)| {
            let of_it = |row: &&Row| row.client == client && row.is_of_replies == is_of_replies;
            Table {
                heading: format!("### {what} {}", client.api()),
                lines: lines(adapters, rows.iter().filter(of_it)),
            }
        })
    });
    tables.collect()
}

/// The adapters, each with the model that is measured.
pub(crate) fn columns(columns: &[(&str, &str)]) -> Table {
    let mut lines = String::from("| adapter | model |\n|---|---|\n");
    for (name, model) in columns {
        let _ = writeln!(lines, "| {name} | `{model}` |");
    }
    let heading = "### Columns".to_owned();
    Table { heading, lines }
}

fn lines<'a>(adapters: &[&str], rows: impl Iterator<Item = &'a Row>) -> String {
    let mut lines = format!("| feature | {} |\n", adapters.join(" | "));
    lines.push_str(&"|---".repeat(adapters.len() + 1));
    lines.push_str("|\n");
    for row in rows {
        let _ = write!(lines, "| {} |", row.name);
        for cell in &row.cells {
            let _ = write!(lines, " {cell} |");
        }
        lines.push('\n');
    }
    lines
}
