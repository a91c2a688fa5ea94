//! What is read from the ledger: counts of the limits' periods, and sums for reports.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Table;
use crate::ledger::Day;
use crate::store::StoreError;

/// Milliseconds of the periods that limits have.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;

/// What a user has used of the periods that a moment lies in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The user.
    pub user: String,
    /// The sum of the requests' costs since midnight UTC.
    pub day: u64,
    /// Requests since the top of the hour.
    pub hour: u64,
    /// Requests of each second of the last 60 s that has any: the second since 1970 in which they came, and how many.
    pub seconds: Vec<(u64, u64)>,
}

/// What a report adds up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// The model that was asked for.
    Model,
    /// The user.
    User,
    /// The day in UTC.
    Day,
}

/// Sums of a model, a user or a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageRow {
    /// The model, the user, or the day as `2026-11-21`; none for callers without a user.
    pub group: Option<String>,
    /// All requests.
    pub requests: u64,
    /// Those that got an error or broke off; not those that the client ended.
    pub failed: u64,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// Those of the prompts' tokens that came from upstreams' caches.
    pub cached_tokens: u64,
    /// Those of the answers' tokens that were spent on reasoning.
    pub reasoning_tokens: u64,
    /// Charges, in micro-credits.
    pub credits: i64,
}

// === impl Table ===

impl Table {
    /// What each user has used at `now` (milliseconds since 1970) of the current day, hour and minute, by the rows
    /// that are in the ledger. Requests whose quota was given back do not count.
    ///
    /// # Errors
    /// `Unavailable`. There is no limit on its time: it may read many rows.
    pub async fn counted(&self, now: u64) -> Result<Vec<Counted>, StoreError> {
        let now = super::signed(now);
        let mut users: BTreeMap<String, Counted> = BTreeMap::new();
        for row in self.counted_periods(now).await? {
            let counted = users.entry(row.try_get(0)?).or_default();
            (counted.day, counted.hour) = (count(&row, 1)?, count(&row, 2)?);
        }
        // The minute may have begun before midnight.
        for row in self.counted_seconds(now).await? {
            let counted = users.entry(row.try_get(0)?).or_default();
            counted.seconds.push((count(&row, 1)?, count(&row, 2)?));
        }
        let named = |(user, counted)| Counted { user, ..counted };
        Ok(users.into_iter().map(named).collect())
    }

    /// Sums over the requests that came from `from` on and before `to`, in milliseconds since 1970, sorted by group.
    ///
    /// # Errors
    /// `Unavailable`. There is no limit on its time: it may read many rows.
    pub async fn usage(&self, by: UsageBy, from: i64, to: i64) -> Result<Vec<UsageRow>, StoreError> {
        let text = format!(
            "SELECT CAST({} AS TEXT), COUNT(*), \
             CAST(SUM(CASE WHEN ended IN ('failed', 'broke_off') THEN 1 ELSE 0 END) AS BIGINT), \
             CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT), \
             CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT), \
             CAST(COALESCE(SUM(cached_tokens), 0) AS BIGINT), \
             CAST(COALESCE(SUM(reasoning_tokens), 0) AS BIGINT), \
             CAST(SUM(credits) AS BIGINT) \
             FROM ledger WHERE time >= $1 AND time < $2 GROUP BY 1",
            by.column()
        );
        let query = sqlx::query(&text).bind(from).bind(to);
        let rows = query.fetch_all(self.store.pool()).await?;
        let read = rows.iter().map(|row| by.row(row));
        let mut usage = read.collect::<sqlx::Result<Vec<_>>>()?;
        // Here, because databases sort text each in its own way.
        usage.sort_by(|a, b| a.group.cmp(&b.group));
        Ok(usage)
    }

    async fn counted_periods(&self, now: i64) -> sqlx::Result<Vec<AnyRow>> {
        sqlx::query(
            "SELECT user_id, CAST(SUM(request_cost) AS BIGINT), \
             CAST(SUM(CASE WHEN time >= $2 THEN 1 ELSE 0 END) AS BIGINT) FROM ledger \
             WHERE time >= $1 AND user_id IS NOT NULL AND request_cost > 0 GROUP BY user_id",
        )
        .bind(Day::of_millis(now).start_millis())
        .bind(now - now.rem_euclid(HOUR))
        .fetch_all(self.store.pool())
        .await
    }

    async fn counted_seconds(&self, now: i64) -> sqlx::Result<Vec<AnyRow>> {
        sqlx::query(
            "SELECT user_id, time / 1000, COUNT(*) FROM ledger \
             WHERE time > $1 AND user_id IS NOT NULL AND request_cost > 0 \
             GROUP BY user_id, time / 1000 ORDER BY 1, 2",
        )
        .bind(now - MINUTE)
        .fetch_all(self.store.pool())
        .await
    }
}

// === impl UsageBy ===

impl UsageBy {
    fn column(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::User => "user_id",
            Self::Day => "time / 86400000",
        }
    }

    fn row(self, row: &AnyRow) -> sqlx::Result<UsageRow> {
        let group: Option<String> = row.try_get(0)?;
        let group = match self {
            Self::Day => group.and_then(|day| Some(Day::from_number(day.parse().ok()?).to_string())),
            Self::Model | Self::User => group,
        };
        Ok(UsageRow {
            group,
            requests: count(row, 1)?,
            failed: count(row, 2)?,
            input_tokens: count(row, 3)?,
            output_tokens: count(row, 4)?,
            cached_tokens: count(row, 5)?,
            reasoning_tokens: count(row, 6)?,
            credits: row.try_get(7)?,
        })
    }
}

/// A count, which is never negative.
fn count(row: &AnyRow, column: usize) -> sqlx::Result<u64> {
    let count: i64 = row.try_get(column)?;
    Ok(u64::try_from(count).unwrap_or(0))
}
