//! The ledger's table: rows in, in batches, and what is read back for limits at the start and for reports.
//!
//! Rows go in through `sqlite` or `postgres`, whose reading order begins at `insert`; `effects` is what they mean to users
//! and keys. `read` is the same for both.

mod effects;
mod postgres;
mod read;
mod sqlite;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use tokio::time::timeout;

pub use self::read::{Counted, UsageBy, UsageRow};
use self::sqlite::LedgerFile;
use super::Record;
use crate::store::{ANSWER_WITHIN, Store, StoreError};

/// The columns, in the order of [`values`].
const COLUMNS: [&str; 22] = [
    "node",
    "seq",
    "time",
    "request_id",
    "user_id",
    "key_id",
    "operation",
    "model",
    "provider",
    "attempts",
    "status",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "estimated",
    "credits",
    "request_cost",
    "latency_ms",
    "first_content_ms",
    "stream",
    "ended",
];

/// What became of records.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// How many rows are new; the others were there already.
    pub rows: usize,
    /// The balances of the records' users, in micro-credits, after the charge.
    pub balances: Vec<(String, i64)>,
    /// Places in the slice of records that the database will never take, with its reason. They are not in it.
    pub refused: Vec<(usize, String)>,
}

/// A value of a row, or none.
enum Value<'a> {
    Number(Option<i64>),
    Text(Option<&'a str>),
}

/// Why records did not go in.
enum Failure {
    /// The database will refuse the same values whenever it is asked, for this reason.
    Refused(String),
    /// Trying later may help.
    Unavailable(StoreError),
}

/// The ledger's table in the database.
#[derive(Debug)]
pub struct Table {
    store: Store,
    /// Where rows go in, if the database is SQLite.
    file: Option<LedgerFile>,
}

// === impl Table ===

impl Table {
    /// The table of an open database.
    ///
    /// # Errors
    /// `Unavailable` if SQLite's file cannot be opened once more.
    pub fn open(store: Store) -> Result<Self, StoreError> {
        let file = store.file().map(LedgerFile::open).transpose()?;
        Ok(Self { store, file })
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Inserts records that are not there yet, charges their users and notes when their keys were used, all or
    /// nothing. Doing it again changes nothing.
    ///
    /// It blocks its thread, which must be none of a runtime's. Balances change without a new revision: nodes would
    /// have to read every user again twice a second.
    ///
    /// # Errors
    /// `Unavailable`; trying later may help.
    pub fn insert_records(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        if records.is_empty() {
            return Ok(Inserted::default());
        }
        match self.insert(records) {
            Ok(inserted) => Ok(inserted),
            Err(Failure::Refused(_)) => self.insert_each(records),
            Err(Failure::Unavailable(error)) => Err(error),
        }
    }

    /// One by one, to find those that the database refuses.
    fn insert_each(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        let mut inserted = Inserted::default();
        let mut balances = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            match self.insert(std::slice::from_ref(record)) {
                Ok(one) => {
                    inserted.rows += one.rows;
                    balances.extend(one.balances);
                }
                Err(Failure::Refused(reason)) => inserted.refused.push((place, reason)),
                Err(Failure::Unavailable(error)) => return Err(error),
            }
        }
        inserted.balances = balances.into_iter().collect();
        Ok(inserted)
    }

    fn insert(&self, records: &[Record<'_>]) -> Result<Inserted, Failure> {
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

// === impl Failure ===

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

/// What a row has in each of [`COLUMNS`].
fn values<'a>(record: &'a Record<'_>) -> [Value<'a>; COLUMNS.len()] {
    let count = |count| Value::Number(Some(signed(count)));
    let known = |count: Option<u64>| Value::Number(count.map(signed));
    [
        count(record.node),
        count(record.seq),
        count(record.time),
        Value::Text(Some(&record.request_id)),
        Value::Text(record.user_id.as_deref()),
        Value::Text(record.key_id.as_deref()),
        Value::Text(Some(&record.operation)),
        Value::Text(Some(&record.model)),
        Value::Text(record.provider.as_deref()),
        count(record.attempts.into()),
        count(record.status.into()),
        known(record.input_tokens),
        known(record.output_tokens),
        known(record.cached_tokens),
        known(record.reasoning_tokens),
        count(record.estimated.into()),
        Value::Number(Some(record.credits)),
        count(record.request_cost),
        count(record.latency_ms),
        known(record.first_content_ms),
        count(record.stream.into()),
        Value::Text(Some(record.ended.as_str())),
    ]
}

/// A count as the database has it.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
