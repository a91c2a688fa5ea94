//! Retention: old rows become sums by day, a few at a time.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::query::Query;
use sqlx::{AnyPool, Row};

use super::Table;
use crate::clock::DAY_MILLIS;
use crate::ledger::calendar::Day;
use crate::store::StoreError;

/// How many rows one transaction prunes: few enough that nobody waits for it.
const BATCH: u64 = 500;

/// What the rows of a sum have in common: texts, empty where a row has none.
const KEYS: [&str; 7] = [
    "user_id",
    "key_id",
    "operation",
    "model",
    "provider",
    "upstream_model",
    "served_model",
];

/// What is summed.
const SUMS: [&str; 7] = [
    "requests",
    "failed",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "credits",
];

/// The outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// The number of rows that became part of sums.
    pub rows: u64,
    /// Whether there may be more to prune.
    pub more: bool,
}

type Group = (i64, [String; KEYS.len()]);

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
    /// and adds them to the sums of their days, in one transaction: no report counts a row twice, and several nodes may do
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
    // The deletion comes first: it takes SQLite's write lock at once, and of several nodes one gets each row.
    let mut transaction = pool.begin().await?;
    let deletion = deletion();
    let rows = sqlx::query(&deletion).bind(before).fetch_all(&mut *transaction).await?;
    let mut groups: BTreeMap<Group, [i64; SUMS.len()]> = BTreeMap::new();
    for row in &rows {
        let (group, added) = read(row)?;
        let sums = groups.entry(group).or_default();
        for (sum, added) in sums.iter_mut().zip(added) {
            *sum = sum.saturating_add(added);
        }
    }
    let insertion = insertion();
    for ((day, keys), sums) in groups {
        let query = keys.into_iter().fold(sqlx::query(&insertion).bind(day), Query::bind);
        let query = sums.into_iter().fold(query, Query::bind);
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(rows.len() as u64)
}

/// The group of a row that was deleted, and what it adds to the sums.
fn read(row: &AnyRow) -> sqlx::Result<(Group, [i64; SUMS.len()])> {
    let time: i64 = row.try_get(0)?;
    let mut keys: [String; KEYS.len()] = Default::default();
    for (place, key) in (1..).zip(keys.iter_mut()) {
        *key = row.try_get(place)?;
    }
    let mut sums = [1; SUMS.len()];
    for (place, sum) in (1 + KEYS.len()..).zip(sums.iter_mut().skip(1)) {
        // A negative number can only come from a journal that somebody wrote to.
        *sum = row.try_get::<i64, _>(place)?.max(0);
    }
    Ok(((time.div_euclid(DAY_MILLIS.cast_signed()), keys), sums))
}

/// The statement that deletes the oldest rows, and returns them.
fn deletion() -> String {
    let keys = KEYS.map(|key| format!("COALESCE({key}, '')")).join(", ");
    let sums: Vec<String> = SUMS.iter().skip(2).map(|sum| format!("COALESCE({sum}, 0)")).collect();
    format!(
        "DELETE FROM ledger WHERE (time, node, seq) IN \
         (SELECT time, node, seq FROM ledger WHERE time < $1 ORDER BY time, node, seq LIMIT {BATCH}) \
         RETURNING time, {keys}, CAST(CASE WHEN ended IN ('failed', 'broke_off') THEN 1 ELSE 0 END AS BIGINT), {}",
        sums.join(", ")
    )
}

/// The statement that adds sums to those that are there. What would overflow stays at the largest number.
fn insertion() -> String {
    let columns = [&["day"], &KEYS[..], &SUMS[..]].concat();
    let values: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    let most = i64::MAX;
    let added = SUMS.map(|sum| {
        format!(
            "{sum} = CASE WHEN ledger_days.{sum} > {most} - excluded.{sum} THEN {most} \
             ELSE ledger_days.{sum} + excluded.{sum} END"
        )
    });
    format!(
        "INSERT INTO ledger_days ({}) VALUES ({}) ON CONFLICT (day, {}) DO UPDATE SET {}",
        columns.join(", "),
        values.join(", "),
        KEYS.join(", "),
        added.join(", ")
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
