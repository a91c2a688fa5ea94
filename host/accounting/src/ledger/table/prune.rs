//! Retention: old rows are taken out, a few at a time; their sums by day stay.

use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};

use super::days::{COLUMN_SUMS, DaySums, FAILED, Group, KEYS, SUMS, Sums};
use super::{Table, summing, totals};
use crate::clock::DAY_MILLIS;
use crate::ledger::calendar::Day;
use crate::store::StoreError;

/// How many rows one transaction prunes: few enough that nobody waits for it.
const BATCH: u64 = 500;

/// The outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// The number of rows that became part of sums.
    pub rows: u64,
    /// Whether there may be more to prune.
    pub more: bool,
}

/// The moment before which rows are pruned if those of `keep` milliseconds are kept, both since 1970: the start of a day in
/// UTC, because sums are of whole days. Those of the last day always stay; the limits are restored from them.
#[must_use]
pub fn cutoff(now: i64, keep: u64) -> i64 {
    let keep = i64::try_from(keep.max(DAY_MILLIS)).unwrap_or(i64::MAX);
    Day::of_millis(now.saturating_sub(keep).max(0)).start_millis()
}

// === impl Table ===

impl Table {
    /// Takes up to 500 of the oldest rows before `before`, the start of a day in milliseconds since 1970, out of the table,
    /// and adds those that are not part of the sums of their days to these, in one transaction: no report counts a row twice, and several nodes may do
    /// this at once.
    ///
    /// # Errors
    /// `Unavailable`; then nothing has changed.
    pub async fn prune(&self, before: i64) -> Result<Pruned, StoreError> {
        let pool = self.store.pool().clone();
        let rows = self
            .store
            .at_home(async move { Ok(prune(&pool, before).await?) })
            .await?;
        Ok(Pruned {
            rows,
            more: rows == BATCH,
        })
    }
}

async fn prune(pool: &AnyPool, before: i64) -> sqlx::Result<u64> {
    // The lock comes first: of several nodes one gets each row.
    let mut transaction = pool.begin().await?;
    let until = summing::lock(&mut transaction).await?;
    let deletion = deletion();
    let rows = sqlx::query(&deletion).bind(before).fetch_all(&mut *transaction).await?;
    let mut missing = DaySums::default();
    for row in &rows {
        let time: i64 = row.try_get(0)?;
        if time >= until {
            let (group, added) = read(time, row)?;
            missing.add(group, added);
        }
    }
    totals::save(&missing, &mut transaction).await?;
    missing.save(&mut transaction).await?;
    transaction.commit().await?;
    Ok(rows.len() as u64)
}

/// The group of a row that was deleted, and what it adds to the sums.
fn read(time: i64, row: &AnyRow) -> sqlx::Result<(Group, Sums)> {
    let mut keys: [String; KEYS.len()] = Default::default();
    for (place, key) in (1..).zip(keys.iter_mut()) {
        *key = row.try_get(place)?;
    }
    let status = 1 + KEYS.len();
    let group = Group {
        day: time.div_euclid(DAY_MILLIS.cast_signed()),
        keys,
        status: row.try_get(status)?,
    };
    let mut sums: Sums = [1; SUMS.len()];
    for (place, sum) in (status + 1..).zip(sums.iter_mut().skip(1)) {
        *sum = row.try_get(place)?;
    }
    Ok((group, sums))
}

/// The statement that deletes the oldest rows, and returns them.
fn deletion() -> String {
    let keys = KEYS.map(|key| format!("COALESCE({key}, '')")).join(", ");
    let sums: Vec<String> = COLUMN_SUMS.iter().map(|sum| format!("COALESCE({sum}, 0)")).collect();
    format!(
        "DELETE FROM ledger WHERE (time, node, seq) IN \
         (SELECT time, node, seq FROM ledger WHERE time < $1 ORDER BY time, node, seq LIMIT {BATCH}) \
         RETURNING time, {keys}, status, CAST({FAILED} AS BIGINT), {}",
        sums.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_pruned_and_the_last_one_never() {
        let day = DAY_MILLIS.cast_signed();
        let now = 1000 * day + day / 2;
        assert_eq!(cutoff(now, 400 * DAY_MILLIS), 600 * day);
        assert_eq!(cutoff(now, 0), 999 * day);
        assert_eq!(cutoff(now, u64::MAX), 0);
    }
}
