//! Queries of the ledger: quota usage for the limits, and sums for reports.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use tokio::time::timeout;

use super::Table;
use super::days::{COLUMN_SUMS, FAILED, UNSUMMED};
use super::usage_by::UsageBy;
use crate::clock::{DAY_MILLIS, HOUR_MILLIS, MINUTE_MILLIS};
use crate::ledger::calendar::Day;
use crate::store::{Store, StoreError};

/// Who has a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Users.
    Users,
    /// Keys.
    Keys,
}

/// How much of its quota a user or a key has used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaUsage {
    /// The id of the user or the key.
    pub holder: String,
    /// The sum of `request_cost` since midnight UTC.
    pub day: u64,
    /// The number of requests since the top of the hour.
    pub hour: u64,
    /// The seconds of the last minute in which requests arrived, in seconds since 1970, each with their number.
    pub seconds: Vec<(u64, u64)>,
}

/// The sums of one group of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageRow {
    /// The model, the upstream's or the served model, the user's or the key's id, the provider, the status, or the day as
    /// `2026-11-21`; `None` for anonymous callers and requests for which no provider was asked.
    pub group: Option<String>,
    /// The number of requests.
    pub requests: u64,
    /// The number of requests that failed or broke off, without those that the client ended.
    pub failed: u64,
    /// Tokens of prompts, including cached ones.
    pub input_tokens: u64,
    /// Tokens of answers, including reasoning.
    pub output_tokens: u64,
    /// Tokens of prompts that upstreams read from their caches.
    pub cached_tokens: u64,
    /// Tokens of answers that were spent on reasoning.
    pub reasoning_tokens: u64,
    /// The sum of the charges, in micro-credits.
    pub credits: i64,
}

// === impl Table ===

impl Table {
    /// What each user or key has used at `now` (milliseconds since 1970) in the current day, hour and minute, according to the
    /// ledger. Refunded requests do not count. There is no timeout, because it may read many rows.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn quota_usage(&self, of: Holders, now: u64) -> Result<Vec<QuotaUsage>, StoreError> {
        let now = super::signed(now);
        let mut holders: BTreeMap<String, QuotaUsage> = BTreeMap::new();
        for row in self.day_and_hour_rows(of, now).await? {
            let usage = holders.entry(row.try_get(0)?).or_default();
            (usage.day, usage.hour) = (positive(sum(&row, 1)?), count(&row, 3)?);
        }
        // A separate query, because the minute may have begun before midnight.
        for row in self.second_rows(of, now).await? {
            let usage = holders.entry(row.try_get(0)?).or_default();
            usage.seconds.push((count(&row, 1)?, count(&row, 2)?));
        }
        let named = |(holder, usage)| QuotaUsage { holder, ..usage };
        Ok(holders.into_iter().map(named).collect())
    }

    /// Sums over the requests that arrived at or after `from` and before `to`, both the start of a day in milliseconds
    /// since 1970, sorted by group. Of days that begin within, the rows that were summed up or pruned count. There is no
    /// timeout, because it may read many rows.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn usage(&self, by: UsageBy, from: i64, to: i64) -> Result<Vec<UsageRow>, StoreError> {
        sums(self.store.pool(), by, (from, to)).await
    }

    async fn day_and_hour_rows(&self, of: Holders, now: i64) -> sqlx::Result<Vec<AnyRow>> {
        let text = of.since_midnight();
        let query = sqlx::query(&text).bind(Day::of_millis(now).start_millis());
        let query = query.bind(now - now.rem_euclid(HOUR_MILLIS.cast_signed()));
        query.fetch_all(self.store.pool()).await
    }

    async fn second_rows(&self, of: Holders, now: i64) -> sqlx::Result<Vec<AnyRow>> {
        let text = of.by_second();
        let query = sqlx::query(&text).bind(now - MINUTE_MILLIS.cast_signed());
        query.fetch_all(self.store.pool()).await
    }
}

// === impl Holders ===

impl Holders {
    /// The holder of a row; empty if it has none. An expression, or SQLite would group by reading the whole index of users.
    fn of_row(self) -> &'static str {
        match self {
            Self::Users => "COALESCE(user_id, '')",
            Self::Keys => "COALESCE(key_id, '')",
        }
    }

    /// The query for what each has used since `$1`, and how often since `$2`.
    pub(super) fn since_midnight(self) -> String {
        let holder = self.of_row();
        format!(
            "SELECT {holder}, {}, CAST(SUM(CASE WHEN time >= $2 THEN 1 ELSE 0 END) AS BIGINT) FROM ledger \
             WHERE time >= $1 AND {holder} <> '' AND request_cost > 0 GROUP BY 1",
            halves("request_cost")
        )
    }

    /// The query for the requests of each by second, after `$1`.
    pub(super) fn by_second(self) -> String {
        let holder = self.of_row();
        format!(
            "SELECT {holder}, time / 1000, COUNT(*) FROM ledger \
             WHERE time > $1 AND {holder} <> '' AND request_cost > 0 GROUP BY 1, 2 ORDER BY 1, 2"
        )
    }
}

/// The same as [`Table::usage`] from any runtime, within `patience`.
///
/// # Errors
/// `Unavailable`.
pub async fn usage_within(
    store: &Store,
    by: UsageBy,
    (from, to): (i64, i64),
    patience: Duration,
) -> Result<Vec<UsageRow>, StoreError> {
    let pool = store.pool().clone();
    let task = store
        .home()
        .spawn(timeout(patience, async move { sums(&pool, by, (from, to)).await }));
    match task.await {
        Ok(Ok(usage)) => usage,
        Ok(Err(_)) => Err(StoreError::Unavailable(format!("no answer within {patience:?}"))),
        Err(_) => Err(StoreError::Unavailable("its runtime is shutting down".to_owned())),
    }
}

async fn sums(pool: &AnyPool, by: UsageBy, (from, to): (i64, i64)) -> Result<Vec<UsageRow>, StoreError> {
    let text = report(by);
    let query = sqlx::query(&text).bind(from).bind(to);
    let query = query.bind(first_day_from(from)).bind(first_day_from(to));
    let rows = query.fetch_all(pool).await?;
    let read = rows.iter().map(|row| usage_row(by, row));
    let mut usage = read.collect::<sqlx::Result<Vec<_>>>()?;
    // Sorted here, because each database sorts text in its own way.
    usage.sort_by(|a, b| a.group.cmp(&b.group));
    Ok(usage)
}

/// The query of a report: of the rows that are not part of the sums by day, and of the totals of these days. Totals are of
/// whole days, and so are the ends of a report.
pub(super) fn report(by: UsageBy) -> String {
    let sums = COLUMN_SUMS.iter().map(|sum| halves(sum)).collect::<Vec<_>>().join(", ");
    let columns = COLUMN_SUMS.join(", ");
    let (of_row, of_total) = (by.of_row(), by.of_total());
    format!(
        "SELECT name, CAST(SUM(requests) AS BIGINT), CAST(SUM(failed) AS BIGINT), {sums} FROM (\
         SELECT {of_row} AS name, 1 AS requests, {FAILED} AS failed, {columns} FROM ledger \
         WHERE {UNSUMMED} AND time < $2 UNION ALL \
         SELECT {of_total}, requests, failed, {columns} FROM ledger_totals \
         WHERE dimension = '{}' AND day >= $3 AND day < $4) AS kept GROUP BY 1",
        by.totals().name()
    )
}

fn usage_row(by: UsageBy, row: &AnyRow) -> sqlx::Result<UsageRow> {
    Ok(UsageRow {
        group: by.told(row.try_get(0)?),
        requests: count(row, 1)?,
        failed: count(row, 2)?,
        input_tokens: positive(sum(row, 3)?),
        output_tokens: positive(sum(row, 5)?),
        cached_tokens: positive(sum(row, 7)?),
        reasoning_tokens: positive(sum(row, 9)?),
        credits: sum(row, 11)?,
    })
}

/// The first day that begins at or after this time.
fn first_day_from(time: i64) -> i64 {
    let day = DAY_MILLIS.cast_signed();
    time.div_euclid(day) + i64::from(time.rem_euclid(day) > 0)
}

/// Two columns that sum a column's upper and lower 32 bits. The sum of the column itself may overflow, which is an error
/// in both databases; these do so after two billion rows.
pub(super) fn halves(column: &str) -> String {
    format!(
        "CAST(COALESCE(SUM({column} / 4294967296), 0) AS BIGINT), \
         CAST(COALESCE(SUM({column} % 4294967296), 0) AS BIGINT)"
    )
}

/// Reads the sum whose [`halves`] begin at this column, as far as 64 bits hold it.
pub(super) fn sum(row: &AnyRow, column: usize) -> sqlx::Result<i64> {
    let (upper, lower): (i64, i64) = (row.try_get(column)?, row.try_get(column + 1)?);
    Ok(upper.saturating_mul(1 << 32).saturating_add(lower))
}

/// Reads a count, which is never negative.
fn count(row: &AnyRow, column: usize) -> sqlx::Result<u64> {
    Ok(positive(row.try_get(column)?))
}

fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
