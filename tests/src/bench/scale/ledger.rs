//! A ledger with more and more rows: that of `make bench-ledger`, in SQLite.

use std::thread;

use tokio::sync::oneshot;

use super::super::BenchError;
use super::scene::Scene;
use super::series::{Growth, Line, Series};
use crate::large_ledger;

/// How many rows, up to those that are asked for.
const ROWS: [u64; 7] = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// Measures each of the ledger's questions.
///
/// # Errors
/// If the ledger fails.
pub(super) async fn measure(scene: &Scene, rows: u64) -> Result<Series, BenchError> {
    let sizes = scene.amounts(&ROWS).into_iter().filter(|size| *size <= rows);
    let amounts: Vec<_> = sizes.collect();
    let (tell, told) = oneshot::channel();
    // It has threads of its own; here it would wait for them on this one, and nothing could interrupt it.
    let sizes = amounts.clone();
    thread::spawn(move || {
        let _ = tell.send(large_ledger::costs(&sizes));
    });
    let costs = told
        .await
        .map_err(|_| std::io::Error::other("the ledger's thread broke"))??;
    let lines = costs.into_iter().map(|(name, times)| Line {
        costs: times.iter().map(|time| time.as_secs_f64() * 1e3).collect(),
        ..Line::new(name, "ms", Growth::Linear)
    });
    Ok(Series {
        name: "ledger",
        title: "A longer ledger",
        work: "rows",
        amounts,
        lines: lines.collect(),
        notes: Vec::new(),
    })
}
