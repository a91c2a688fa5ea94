//! The translation matrix: what becomes of each feature, from each client dialect to each upstream dialect, buffered and
//! streamed. Every cell is measured over real sockets, and the table stands in `docs/src/translation.md`.
//!
//! 1. [`feature`] says what a feature is, and [`requests`] and [`replies`] list them.
//! 2. [`side`] is one of the two dialects, as a client or as an upstream speaks it.
//! 3. [`cell`] tries one feature and finds its verdict.
//! 4. [`assembled`] puts a stream together into the reply it would have been.
//! 5. [`table`] prints the verdicts.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

mod assembled;
mod cell;
mod feature;
mod replies;
mod requests;
mod side;
mod table;

use std::fs;
use std::path::Path;

use crate::cell::Bench;

#[tokio::test]
async fn the_documented_matrix_is_the_measured_one() {
    let bench = Bench::start().await;
    let mut rows = Vec::new();
    for feature in requests::all().into_iter().chain(replies::all()) {
        rows.push(bench.row(&feature).await);
    }
    let lost: Vec<&String> = rows.iter().flat_map(|row| &row.lost).collect();
    assert!(lost.is_empty(), "lost in silence:\n{lost:#?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/src/translation.md")).unwrap();
    let table = table::print(&rows);
    if !page.contains(&table) {
        let measured = root.join("target/translation.md");
        fs::write(&measured, &table).unwrap();
        panic!(
            "docs/src/translation.md differs from what was measured; the measured table is in target/translation.md"
        );
    }
}
