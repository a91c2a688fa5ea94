//! The ledger's table: rows in, in batches, and what is read back for limits at the start and for reports.

mod effects;
mod places;
mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Row};
use tokio::time::timeout;

use self::effects::Effects;
use self::places::Places;
pub use self::read::{Counted, UsageBy, UsageRow};
use super::{ANSWER_WITHIN, Store, StoreError};
use crate::ledger::Record;

/// The columns, in the order in which `bind` gives their values.
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

/// Rows of one statement, the most first: few texts, so that each is prepared once a connection. The largest stays far
/// below the limit of values of a statement (32,766 in SQLite, 65,535 in PostgreSQL).
const CHUNKS: [usize; 3] = [128, 16, 1];

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

// === impl Store ===

impl Store {
    /// Inserts records that are not there yet, charges their users and notes when their keys were used, all or
    /// nothing. Doing it again changes nothing. Cancel safe: what is not complete is rolled back.
    ///
    /// To be called on the runtime that the store was opened on. Balances change without a new revision: nodes would
    /// have to read every user again twice a second.
    ///
    /// # Errors
    /// `Unavailable`; trying later may help.
    pub async fn insert_records(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        if records.is_empty() {
            return Ok(Inserted::default());
        }
        match self.insert_in_time(records).await? {
            Ok(inserted) => Ok(inserted),
            Err(_) => self.insert_each(records).await,
        }
    }

    /// Inserts them in a limited time. The inner error is a refusal, which no other time will change.
    async fn insert_in_time(
        &self,
        records: &[Record<'_>],
    ) -> Result<Result<Inserted, sqlx::Error>, StoreError> {
        match timeout(ANSWER_WITHIN, self.insert_all(records)).await {
            Ok(Err(error)) if !is_refusal(&error) => Err(error.into()),
            Ok(inserted_or_refused) => Ok(inserted_or_refused),
            Err(_) => Err(StoreError::Unavailable("no answer within 5 s".to_owned())),
        }
    }

    /// One by one, to find those that the database refuses.
    async fn insert_each(&self, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
        let mut inserted = Inserted::default();
        let mut balances = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            match self.insert_in_time(std::slice::from_ref(record)).await? {
                Ok(one) => {
                    inserted.rows += one.rows;
                    balances.extend(one.balances);
                }
                Err(error) => inserted.refused.push((place, error.to_string())),
            }
        }
        inserted.balances = balances.into_iter().collect();
        Ok(inserted)
    }

    async fn insert_all(&self, records: &[Record<'_>]) -> sqlx::Result<Inserted> {
        if let Some(inserted) = self.insert_new(records).await? {
            return Ok(inserted);
        }
        let (places, mut transaction) = (Places::of(self.backend), self.pool.begin().await?);
        let mut new = insert_missing(&mut transaction, places, records).await?;
        let rows = new.len();
        // A record that comes twice in the slice counts once.
        let once = records.iter().filter(|record| new.remove(&id(record)));
        let mut effects = Effects::of(once);
        // A commit whose answer was lost comes here again: its users' balances are not known yet.
        effects.ask_for(records);
        let balances = effects.apply(&mut transaction, places).await?;
        transaction.commit().await?;
        Ok(Inserted {
            rows,
            balances,
            refused: Vec::new(),
        })
    }

    /// The usual case, in which all are new; none if some are not, and then nothing is changed.
    async fn insert_new(&self, records: &[Record<'_>]) -> sqlx::Result<Option<Inserted>> {
        let (places, mut transaction) = (Places::of(self.backend), self.pool.begin().await?);
        for chunk in chunks(records) {
            let text = insertion(places, chunk.len());
            let query = chunk.iter().fold(sqlx::query(&text), bind);
            let done = query.execute(&mut *transaction).await?;
            if done.rows_affected() != chunk.len() as u64 {
                transaction.rollback().await?;
                return Ok(None);
            }
        }
        let balances = Effects::of(records.iter())
            .apply(&mut transaction, places)
            .await?;
        transaction.commit().await?;
        Ok(Some(Inserted {
            rows: records.len(),
            balances,
            refused: Vec::new(),
        }))
    }
}

/// Inserts what is not there, and tells what that was.
async fn insert_missing(
    connection: &mut AnyConnection,
    places: Places,
    records: &[Record<'_>],
) -> sqlx::Result<HashSet<(i64, i64)>> {
    let mut new = HashSet::new();
    for chunk in chunks(records) {
        let text = insertion(places, chunk.len()) + " RETURNING node, seq";
        let query = chunk.iter().fold(sqlx::query(&text), bind);
        for row in query.fetch_all(&mut *connection).await? {
            new.insert((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(new)
}

/// The statement that inserts so many rows.
fn insertion(places: Places, rows: usize) -> String {
    let mut text = format!("INSERT INTO ledger ({}) VALUES ", COLUMNS.join(", "));
    places.rows(&mut text, rows, &[""; COLUMNS.len()]);
    text.push_str(" ON CONFLICT (node, seq) DO NOTHING");
    text
}

/// Gives a row's values to a statement.
fn bind<'q>(
    query: Query<'q, Any, AnyArguments<'q>>,
    record: &'q Record<'_>,
) -> Query<'q, Any, AnyArguments<'q>> {
    let (node, seq) = id(record);
    query
        .bind(node)
        .bind(seq)
        .bind(signed(record.time))
        .bind(&*record.request_id)
        .bind(record.user_id.as_deref())
        .bind(record.key_id.as_deref())
        .bind(&*record.operation)
        .bind(&*record.model)
        .bind(record.provider.as_deref())
        .bind(i64::from(record.attempts))
        .bind(i64::from(record.status))
        .bind(record.input_tokens.map(signed))
        .bind(record.output_tokens.map(signed))
        .bind(record.cached_tokens.map(signed))
        .bind(record.reasoning_tokens.map(signed))
        .bind(i64::from(record.estimated))
        .bind(record.credits)
        .bind(signed(record.request_cost))
        .bind(signed(record.latency_ms))
        .bind(record.first_content_ms.map(signed))
        .bind(i64::from(record.stream))
        .bind(record.ended.as_str())
}

fn id(record: &Record) -> (i64, i64) {
    (signed(record.node), signed(record.seq))
}

/// A count as the database has it.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The slice in as few pieces of the sizes of [`CHUNKS`] as can be.
fn chunks<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rest.len())?;
        let (chunk, tail) = rest.split_at(size);
        rest = tail;
        Some(chunk)
    })
}

/// Whether the database will refuse the same values whenever it is asked: those of classes 22 and 23 of the SQL
/// standard, and in SQLite too big, constraint, mismatch and range (<https://www.sqlite.org/rescode.html>).
fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            let primary = code.parse::<u32>().map(|code| code & 0xff);
            // A state of PostgreSQL has five characters, of which the first two are the class.
            match code.len() {
                5 => code.starts_with("22") || code.starts_with("23"),
                _ => matches!(primary, Ok(18 | 19 | 20 | 25)),
            }
        }),
        _ => false,
    }
}
