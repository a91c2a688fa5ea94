//! The matrix as a Markdown table. Buffered and streamed share a cell where they agree.

use std::fmt::Write;

use crate::cell::Row;

/// The whole table.
pub(crate) fn print(rows: &[Row]) -> String {
    let mut table = String::from(
        "| feature | chat over chat | chat over messages | messages over chat | messages over messages |\n\
         |---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = write!(table, "| {} |", row.name);
        for pair in row.verdicts.chunks(2) {
            let [buffered, streamed] = pair else { continue };
            let _ = if buffered == streamed {
                write!(table, " {buffered} |")
            } else {
                write!(table, " {buffered}; streamed: {streamed} |")
            };
        }
        table.push('\n');
    }
    table
}
