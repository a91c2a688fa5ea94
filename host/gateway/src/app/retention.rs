//! Retention: takes old rows out of the ledger's table in the background, for as long as the configuration says so.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::snapshot::Current;
use jackfield_accounting::clock::{millis, unix_millis};
use jackfield_accounting::ledger::table::{Pruned, Table, cutoff};
use jackfield_accounting::store::StoreError;

/// How often old rows are looked for. A change of the configuration is another occasion.
const ROUND_EVERY: Duration = Duration::from_mins(10);

/// The pause after each batch, in which the database is others'.
const BETWEEN: Duration = Duration::from_millis(100);

/// Prunes until `stop` is cancelled.
pub(super) async fn run(table: Arc<Table>, current: Arc<Current>, stop: CancellationToken) {
    stop.run_until_cancelled(rounds(&table, &current)).await;
}

async fn rounds(table: &Table, current: &Current) {
    let mut changes = current.changes();
    loop {
        if let Some(keep) = current.load().config.ledger.keep {
            match round(table, keep).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "old rows of the ledger became sums by day"),
                Err(error) => tracing::warn!("old rows of the ledger stay for now: {error}"),
            }
        }
        // Whether it was time or a change does not matter.
        let _ = timeout(ROUND_EVERY, changes.changed()).await;
    }
}

/// Prunes all that is older than `keep`, and returns how many rows that were.
async fn round(table: &Table, keep: Duration) -> Result<u64, StoreError> {
    let before = cutoff(unix_millis(SystemTime::now()), millis(keep));
    let mut pruned = 0;
    loop {
        let Pruned { rows, more } = table.prune(before).await?;
        pruned += rows;
        if !more {
            return Ok(pruned);
        }
        sleep(BETWEEN).await;
    }
}
