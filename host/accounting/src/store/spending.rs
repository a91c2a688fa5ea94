//! What was charged for requests with a key, by day; the ledger's writer adds to it.

use std::sync::Arc;

use super::{Store, StoreError};
use crate::clock::{day, month_start};

/// The most keys that are read with one query.
const BATCH: usize = 500;

/// What a key has spent, in micro-credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// On this day in UTC.
    pub day: i64,
    /// In this month in UTC.
    pub month: i64,
    /// Ever.
    pub total: i64,
}

// === impl Store ===

impl Store {
    /// What each of these keys has spent at `now`, in milliseconds since 1970, as far as the ledger has it. Those that have
    /// spent nothing are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn spent_by(&self, keys: Vec<Arc<str>>, now: i64) -> Result<Vec<(Arc<str>, Spent)>, StoreError> {
        let pool = self.pool.clone();
        let today = day(now);
        let month = month_start(today);
        self.at_home(async move {
            let mut spent = Vec::with_capacity(keys.len());
            for batch in keys.chunks(BATCH) {
                let text = sums(batch.len());
                let query = sqlx::query_as::<_, (String, i64, i64, i64)>(&text)
                    .bind(today)
                    .bind(month);
                let query = batch.iter().fold(query, |query, key| query.bind(key.to_string()));
                let rows = query.fetch_all(&pool).await?.into_iter();
                spent.extend(rows.map(|(key, day, month, total)| (key.into(), Spent { day, month, total })));
            }
            Ok(spent)
        })
        .await
    }
}

/// The query of what this many keys have spent since the first parameter, since the second, and ever.
fn sums(keys: usize) -> String {
    let since = |since: &str| format!("CAST(SUM(CASE WHEN day >= {since} THEN credits ELSE 0 END) AS BIGINT)");
    let marks: Vec<String> = (3..keys + 3).map(|number| format!("${number}")).collect();
    format!(
        "SELECT key_id, {}, {}, CAST(SUM(credits) AS BIGINT) FROM key_spending WHERE key_id IN ({}) GROUP BY key_id",
        since("$1"),
        since("$2"),
        marks.join(", ")
    )
}
