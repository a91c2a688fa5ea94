//! Summing up: rows that are complete become part of the sums and totals of their day, a few at a time, and stay where they are.

use sqlx::{AnyConnection, AnyPool, Row};

use super::{Table, days, totals};
use crate::clock::HOUR_MILLIS;
use crate::store::StoreError;

/// How many rows one transaction sums up: few enough that nobody waits for it.
const BATCH: u32 = 5_000;

/// How long rows are left alone: what takes longer to arrive is added when it is inserted, which costs more.
const SETTLED_AFTER: i64 = HOUR_MILLIS.cast_signed();

// === impl Table ===

impl Table {
    /// Adds the oldest rows that are not part of the sums yet, up to 5,000 and none of the last hour before `now`
    /// (milliseconds since 1970), to the sums of their days, in one transaction. Returns whether there may be more.
    /// Several nodes may do this at once.
    ///
    /// # Errors
    /// `Unavailable`; then nothing has changed.
    pub async fn sum_up(&self, now: i64) -> Result<bool, StoreError> {
        let pool = self.store.pool().clone();
        let before = now.saturating_sub(SETTLED_AFTER);
        self.store
            .at_home(async move { Ok(sum_up(&pool, before).await?) })
            .await
    }
}

/// Locks the moment before which all rows are part of the sums, and returns it. SQLite's write lock is taken at once.
pub(super) async fn lock(connection: &mut AnyConnection) -> sqlx::Result<i64> {
    let text = "UPDATE ledger_summed SET until = until WHERE id = 1 RETURNING until";
    sqlx::query(text).fetch_one(connection).await?.try_get(0)
}

async fn sum_up(pool: &AnyPool, before: i64) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let from = lock(&mut transaction).await?;
    if from >= before {
        return Ok(false);
    }
    let text = format!("SELECT time FROM ledger WHERE time >= $1 AND time < $2 ORDER BY time LIMIT 1 OFFSET {BATCH}");
    let next = sqlx::query(&text).bind(from).bind(before);
    let next: Option<i64> = next
        .fetch_optional(&mut *transaction)
        .await?
        .map(|row| row.try_get(0))
        .transpose()?;
    // There may be more rows of one millisecond.
    let to = next.map_or(before, |next| next.max(from + 1));
    for text in [days::gathering(), totals::gathering()] {
        sqlx::query(&text)
            .bind(from)
            .bind(to)
            .execute(&mut *transaction)
            .await?;
    }
    let text = "UPDATE ledger_summed SET until = $1 WHERE id = 1";
    sqlx::query(text).bind(to).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(next.is_some())
}
