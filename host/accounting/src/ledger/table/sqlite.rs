//! Inserts into SQLite, through a driver without a pool that binds values without copying them.
//!
//! The pool's driver copies each value three times on its way to its own thread, which makes a row three times as
//! expensive: a large part of the cost of a whole request. Both drivers link the same copy of SQLite.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Statement, ToSql, Transaction, TransactionBehavior, params_from_iter};

use super::days::{self, DaySums, Group};
use super::effects::Effects;
use super::{COLUMNS, ColumnValue, InsertError, Inserted, column_values, totals};
use crate::ledger::record::Record;
use crate::store::{Backend, LARGEST_BALANCE, StoreError};

/// Rows per statement, as long as all are new: the overhead of a statement is half the cost of a row. The texts of more rows
/// would exceed the memory that SQLite keeps at hand (its lookaside slots).
const ROWS_PER_STATEMENT: usize = 8;

/// A separate connection to the file. SQLite's locks make it and the pool's connections wait for each other.
#[derive(Debug)]
pub(super) struct LedgerFile {
    connection: Mutex<Connection>,
}

// === impl LedgerFile ===

impl LedgerFile {
    /// Opens the file, whose tables must exist.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        let open = || {
            let connection = Connection::open(file)?;
            for setting in Backend::Sqlite.settings() {
                connection.execute_batch(setting)?;
            }
            Ok(connection)
        };
        let connection = open().map_err(|error: rusqlite::Error| unavailable(&error))?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Inserts the records that are not there yet and applies their effects. Blocks its thread, for up to 5 s if
    /// another process is writing.
    pub(super) fn insert(&self, records: &[Record<'_>]) -> Result<Inserted, InsertError> {
        Ok(insert(&mut self.connection(), records)?)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic interrupted was rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(connection: &mut Connection, records: &[Record<'_>]) -> rusqlite::Result<Inserted> {
    match insert_by(ROWS_PER_STATEMENT, connection, records)? {
        Some(inserted) => Ok(inserted),
        // SQLite reports which rows are new only if they are inserted one by one.
        None => Ok(insert_by(1, connection, records)?.unwrap_or_default()),
    }
}

/// Inserts this many rows per statement. If some of several rows exist already, returns `None` and changes nothing.
fn insert_by(rows: usize, connection: &mut Connection, records: &[Record<'_>]) -> rusqlite::Result<Option<Inserted>> {
    // Acquires the write lock at once: a transaction that upgrades later fails instead of waiting if the file changed.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let until = transaction
        .prepare_cached("SELECT until FROM ledger_summed WHERE id = 1")?
        .query_row((), |row| row.get(0))?;
    let mut inserted = Inserted::default();
    let mut effects = Effects::until(until);
    let whole = records.len() - records.len() % rows;
    for (records, rows) in [(&records[..whole], rows), (&records[whole..], 1)] {
        let mut statement = transaction.prepare_cached(&insertion(rows))?;
        for records in records.chunks(rows) {
            bind(&mut statement, records)?;
            let new = statement.raw_execute()?;
            if new == rows {
                inserted.rows += rows;
                for record in records {
                    effects.add(record);
                }
            } else if rows > 1 {
                return Ok(None);
            }
        }
    }
    // Rows that were there already may be of a commit whose result was lost: their users' balances are still unknown.
    effects.include_users(records);
    inserted.balances = apply(&effects, &transaction)?;
    transaction.commit()?;
    Ok(Some(inserted))
}

/// Applies the effects, and returns the balances that changed.
fn apply(effects: &Effects<'_>, transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut balances = Vec::with_capacity(effects.charges.len());
    // An overflowing sum would become a float, which can be read as a balance no more.
    let mut charging = transaction.prepare_cached(
        "UPDATE users SET balance = CAST(MAX(balance - ?2, ?3) AS INTEGER) WHERE id = ?1 RETURNING id, balance",
    )?;
    for (user, charge) in &effects.charges {
        let rows = charging.query_map((user, charge, -LARGEST_BALANCE), |row| row.try_into())?;
        for balance in rows {
            balances.push(balance?);
        }
    }
    let mut touching = transaction.prepare_cached(
        "UPDATE keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
    )?;
    for used in &effects.used {
        touching.execute(used)?;
    }
    // Usually there are none, and their statements are long.
    if !effects.late.0.is_empty() {
        add_late(&effects.late, transaction)?;
    }
    let mut spending = transaction.prepare_cached(
        "INSERT INTO key_spending (key_id, day, credits) VALUES (?1, ?2, ?3) \
         ON CONFLICT (key_id, day) DO UPDATE SET credits = CAST(MIN(credits + excluded.credits, ?4) AS INTEGER)",
    )?;
    for ((key, day), credits) in &effects.spent {
        spending.execute((key, day, credits, LARGEST_BALANCE))?;
    }
    Ok(balances)
}

/// Adds what comes late to the sums by day and to the totals.
fn add_late(late: &DaySums, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut adding = transaction.prepare_cached(&days::insertion())?;
    for (Group { day, keys, status }, sums) in &late.0 {
        let keys = keys.iter().map(|key| key as &dyn ToSql);
        let values = [day as &dyn ToSql]
            .into_iter()
            .chain(keys)
            .chain([status as &dyn ToSql]);
        let values = values.chain(sums.iter().map(|sum| sum as &dyn ToSql));
        adding.execute(params_from_iter(values))?;
    }
    let mut adding = transaction.prepare_cached(&totals::insertion())?;
    for ((dimension, name, day), sums) in totals::of(late) {
        let total = [&dimension as &dyn ToSql, &name, &day];
        let values = total.into_iter().chain(sums.iter().map(|sum| sum as &dyn ToSql));
        adding.execute(params_from_iter(values))?;
    }
    Ok(())
}

/// The statement that inserts this many rows.
fn insertion(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    let rows = vec![row; rows].join(", ");
    let columns = COLUMNS.join(", ");
    // A statement that fails ends the transaction. So it need not undo its own rows (`OR FAIL`), for which SQLite would
    // copy each page that it changes.
    format!("INSERT OR FAIL INTO ledger ({columns}) VALUES {rows} ON CONFLICT (time, node, seq) DO NOTHING")
}

/// Binds the values of the rows. What is not bound is null, as half of a row is.
fn bind(statement: &mut Statement<'_>, records: &[Record<'_>]) -> rusqlite::Result<()> {
    statement.clear_bindings();
    for (index, value) in (1..).zip(records.iter().flat_map(column_values)) {
        match value {
            ColumnValue::Number(Some(number)) => statement.raw_bind_parameter(index, number)?,
            ColumnValue::Text(Some(text)) => statement.raw_bind_parameter(index, text)?,
            ColumnValue::Number(None) | ColumnValue::Text(None) => {}
        }
    }
    Ok(())
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

// === impl InsertError ===

impl From<rusqlite::Error> for InsertError {
    /// Values that are too big, violate a constraint, have the wrong type or are out of range are permanent refusals
    /// (<https://www.sqlite.org/rescode.html>).
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, ParameterOutOfRange, TooBig, TypeMismatch};
        match error.sqlite_error_code() {
            // None is not SQLite's own: a value that the driver cannot convert, now or later.
            None | Some(TooBig | ConstraintViolation | TypeMismatch | ParameterOutOfRange) => {
                Self::Refused(error.to_string())
            }
            Some(_) => Self::Unavailable(unavailable(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;
    use crate::store::tests::Database;

    #[tokio::test]
    async fn a_row_that_is_refused_takes_no_other_with_it_and_none_counts_twice() {
        let database = Database::sqlite();
        let store = database.open().await;
        store.add_user("ada", "max", 1_000, 0).await.unwrap();
        let table = Table::open(store.clone()).unwrap();
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON ledger WHEN NEW.model = 'bad' \
                      BEGIN SELECT RAISE(FAIL, 'no'); END";
        let file = LedgerFile::open(store.file().unwrap()).unwrap();
        file.connection().execute_batch(refuse).unwrap();

        let record = |seq| Record {
            seq,
            user_id: Some("ada".into()),
            model: if seq == 13 { "bad" } else { "good" }.into(),
            credits: 10,
            ..Record::default()
        };
        let records: Vec<Record<'_>> = (0..20).map(record).collect();
        let inserted = table.insert_records(&records).unwrap();
        assert_eq!(inserted.rows, 19);
        assert_eq!(inserted.balances, [("ada".to_owned(), 810)]);
        assert_eq!(
            inserted.refused.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
            [13]
        );
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let rows = file.connection().query_row("SELECT COUNT(*) FROM ledger", (), count);
        assert_eq!(rows, Ok(19));
    }
}
