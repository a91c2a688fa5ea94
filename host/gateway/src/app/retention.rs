//! The ledger's table in the background: complete rows are summed up by day, and old ones are taken out if the configuration
//! says so.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::snapshot::Current;
use jackfield_accounting::clock::{millis, unix_millis};
use jackfield_accounting::ledger::table::{Pruned, Table, cutoff};
use jackfield_accounting::store::StoreError;

/// How often complete and old rows are looked for. A change of the configuration is another occasion.
const ROUND_EVERY: Duration = Duration::from_mins(10);

/// The pause after each batch, in which the database is others'.
const BETWEEN: Duration = Duration::from_millis(100);

/// Sums up and prunes until `stop` is cancelled.
pub(super) async fn run(table: Arc<Table>, current: Arc<Current>, stop: CancellationToken) {
    stop.run_until_cancelled(rounds(&table, &current)).await;
}

async fn rounds(table: &Table, current: &Current) {
    let mut changes = current.changes();
    loop {
        if let Err(error) = sum_up(table).await {
            tracing::warn!("rows of the ledger are not summed up for now: {error}");
        }
        if let Some(keep) = current.load().config.ledger.keep {
            match round(table, keep).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "old rows of the ledger are taken out; their sums by day stay"),
                Err(error) => tracing::warn!("old rows of the ledger stay for now: {error}"),
            }
        }
        // Whether it was time or a change does not matter.
        let _ = timeout(ROUND_EVERY, changes.changed()).await;
    }
}

/// Sums up all that is complete.
async fn sum_up(table: &Table) -> Result<(), StoreError> {
    while table.sum_up(unix_millis(SystemTime::now())).await? {
        sleep(BETWEEN).await;
    }
    Ok(())
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
