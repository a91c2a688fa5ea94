//! The ledger's table in the database: batch inserts, and the queries for limits at startup and for reports.
//!
//! Rows are inserted by `sqlite` or `postgres`; begin reading at their `insert`. `effects` is what rows change in users
//! and keys. `days` holds the sums by day, and `totals` those of each model, user and so on (`usage_by`); `summing` makes them of rows, and
//! `prune` leaves them of old ones. `read` makes reports of rows and totals, and `tags` those by tag; `requests` lists single requests, by what `filter`
//! says, in the stretches of time that `windows` finds. `export` writes rows and sums out. These are the same for both
//! databases.

mod days;
mod effects;
mod export;
mod filter;
mod postgres;
mod prune;
mod read;
mod requests;
mod sqlite;
mod summing;
mod tags;
#[cfg(test)]
mod tests;
mod totals;
mod usage_by;
mod windows;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use self::export::{Export, Exported};
pub use self::filter::{Cursor, RequestFilter, Statuses};
pub use self::prune::{Pruned, cutoff};
pub use self::read::{Holders, QuotaUsage, UsageRow, usage_within};
pub use self::requests::{RequestPage, RequestRow, RequestsError};
use self::sqlite::LedgerFile;
pub use self::tags::usage_by_tag;
pub use self::usage_by::UsageBy;
use super::record::Record;
use crate::store::{ANSWER_WITHIN, Store, StoreError};

/// The columns, in the order of [`column_values`].
const COLUMNS: [&str; 44] = [
    "node",
    "seq",
    "time",
    "request_id",
    "user_id",
    "key_id",
    "operation",
    "model",
    "provider",
    "upstream_model",
    "served_model",
    "attempts",
    "status",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "output_image_tokens",
    "images",
    "image_kind",
    "recording_ms",
    "characters",
    "searches",
    "service_tier",
    "estimated",
    "credits",
    "request_cost",
    "latency_ms",
    "first_content_ms",
    "stream",
    "continued",
    "ended",
    "endpoint",
    "error_code",
    "class",
    "tries",
    "plugin_us",
    "cache",
    "asked_model",
];

/// The result of inserting records.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// The number of new rows; the other records were there already.
    pub rows: usize,
    /// The users of the records and their balances after the charges, in micro-credits.
    pub balances: Vec<(String, i64)>,
    /// Records that the database will never accept, by index, with its reason. They were not inserted.
    pub refused: Vec<(usize, String)>,
}

/// A value of a column, which may be null.
enum ColumnValue<'a> {
    Number(Option<i64>),
    Text(Option<&'a str>),
}

/// Why records were not inserted.
enum InsertError {
    /// The database will always refuse these values, for this reason.
    Refused(String),
    /// Retrying later may help.
    Unavailable(StoreError),
}

/// The ledger's table in the database.
#[derive(Debug)]
pub struct Table {
    store: Store,
    /// The connection for inserts, if the database is SQLite.
    file: Option<LedgerFile>,
    /// How many lists of requests may be made at a time. They may read many rows, and connections are few.
    lists: Arc<Semaphore>,
}

// === impl Table ===

impl Table {
    /// The table of an open database.
    ///
    /// # Errors
    /// `Unavailable` if SQLite's file cannot be opened a second time.
    pub fn open(store: Store) -> Result<Self, StoreError> {
        let file = store.file().map(LedgerFile::open).transpose()?;
        let lists = Arc::new(Semaphore::new(1));
        Ok(Self { store, file, lists })
    }

    /// Inserts the records that are not there yet, charges their users and updates when their keys were last used, in
    /// one transaction. Idempotent.
    ///
    /// Blocks its thread, which must not be an async thread of a runtime. Balances change without a new revision,
    /// because nodes would otherwise reload every user twice a second.
    ///
    /// # Errors
    /// `Unavailable`; retrying later may help.
    pub fn insert_records(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        if records.is_empty() {
            return Ok(Inserted::default());
        }
        match self.insert(records) {
            Ok(inserted) => Ok(inserted),
            Err(InsertError::Refused(_)) => self.insert_each(records),
            Err(InsertError::Unavailable(error)) => Err(error),
        }
    }

    /// Inserts records one by one, to find those that the database refuses.
    fn insert_each(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        let mut inserted = Inserted::default();
        let mut balances = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            match self.insert(std::slice::from_ref(record)) {
                Ok(one) => {
                    inserted.rows += one.rows;
                    balances.extend(one.balances);
                }
                Err(InsertError::Refused(reason)) => inserted.refused.push((index, reason)),
                Err(InsertError::Unavailable(error)) => return Err(error),
            }
        }
        inserted.balances = balances.into_iter().collect();
        Ok(inserted)
    }

    fn insert(&self, records: &[Record<'_>]) -> Result<Inserted, InsertError> {
        if let Some(file) = &self.file {
            if self.store.pool().is_closed() {
                return Err(StoreError::Unavailable("it is closed".to_owned()).into());
            }
            return file.insert(records);
        }
        self.store.home().block_on(async {
            let inserting = postgres::insert(self.store.pool(), records);
            match timeout(ANSWER_WITHIN, inserting).await {
                Ok(outcome) => Ok(outcome?),
                Err(_) => Err(StoreError::Unavailable("no answer within 5 s".to_owned()).into()),
            }
        })
    }
}

// === impl InsertError ===

impl From<StoreError> for InsertError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

/// A row's values, in the order of [`COLUMNS`].
fn column_values<'a>(record: &'a Record<'_>) -> [ColumnValue<'a>; COLUMNS.len()] {
    let count = |count| ColumnValue::Number(Some(signed(count)));
    let known = |count: Option<u64>| ColumnValue::Number(count.map(signed));
    [
        count(record.node),
        count(record.seq),
        count(record.time),
        ColumnValue::Text(Some(&record.request_id)),
        ColumnValue::Text(record.user_id.as_deref()),
        ColumnValue::Text(record.key_id.as_deref()),
        ColumnValue::Text(Some(&record.operation)),
        ColumnValue::Text(Some(&record.model)),
        ColumnValue::Text(record.provider.as_deref()),
        ColumnValue::Text(record.upstream_model.as_deref()),
        ColumnValue::Text(record.served_model.as_deref()),
        count(record.attempts.into()),
        count(record.status.into()),
        known(record.input_tokens),
        known(record.output_tokens),
        known(record.cached_tokens),
        known(record.reasoning_tokens),
        known(record.cache_write_tokens),
        known(record.cache_write_1h_tokens),
        known(record.input_audio_tokens),
        known(record.output_audio_tokens),
        known(record.input_image_tokens),
        known(record.output_image_tokens),
        known(record.images),
        ColumnValue::Text(record.image_kind.as_deref()),
        known(record.recording_ms),
        known(record.characters),
        known(record.searches),
        ColumnValue::Text(record.service_tier.as_deref()),
        count(record.estimated.into()),
        ColumnValue::Number(Some(record.credits)),
        count(record.request_cost),
        count(record.latency_ms),
        known(record.first_content_ms),
        count(record.stream.into()),
        count(record.continued.into()),
        ColumnValue::Text(Some(record.ended.as_str())),
        ColumnValue::Text(Some(&*record.endpoint).filter(|path| !path.is_empty())),
        ColumnValue::Text(record.error_code.as_deref()),
        ColumnValue::Text(record.class.as_deref()),
        ColumnValue::Text(record.tries.as_deref()),
        known(record.plugin_us),
        ColumnValue::Text(record.cache.as_deref()),
        ColumnValue::Text(record.asked_model.as_deref()),
    ]
}

/// Converts a count to the database's signed integer.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
