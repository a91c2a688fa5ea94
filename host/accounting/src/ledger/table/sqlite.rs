//! Rows into SQLite: through a driver without a pool, whose values are bound where they lie.
//!
//! The pool's driver copies each value three times on its way to a thread of its own, and a row cost three times as much:
//! no small part of what a whole request costs. Both drivers use the one copy of SQLite that is built in.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Statement, Transaction, TransactionBehavior};

use super::effects::Effects;
use super::{COLUMNS, Failure, Inserted, Value, values};
use crate::ledger::Record;
use crate::store::StoreError;
use crate::store::place::Backend;

/// Rows of one statement, as long as all are new: beginning and ending one costs as much as half a row.
const ROWS: usize = 16;

/// A connection of its own to the file. The pool's connections and this one wait for each other.
#[derive(Debug)]
pub(super) struct LedgerFile {
    connection: Mutex<Connection>,
}

// === impl LedgerFile ===

impl LedgerFile {
    /// Opens the file, which has its tables already.
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

    /// Inserts records that are not there yet, with all that they mean. It blocks its thread, for 5 s at most if another
    /// process writes.
    pub(super) fn insert(&self, records: &[Record<'_>]) -> Result<Inserted, Failure> {
        Ok(insert(&mut self.connection(), records)?)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic interrupted was rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(connection: &mut Connection, records: &[Record<'_>]) -> rusqlite::Result<Inserted> {
    match insert_by(ROWS, connection, records)? {
        Some(inserted) => Ok(inserted),
        // Only row by row is it told which are new.
        None => Ok(insert_by(1, connection, records)?.unwrap_or_default()),
    }
}

/// Inserts so many rows a statement. None, and nothing is changed, if some of several were there already.
fn insert_by(rows: usize, connection: &mut Connection, records: &[Record<'_>]) -> rusqlite::Result<Option<Inserted>> {
    // It writes from its first moment: a later one could find the file changed, and could not wait.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut inserted = Inserted::default();
    let mut effects = Effects::default();
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
    // What was there already may be of a commit whose end nobody heard: its users' balances are not known yet.
    effects.ask_for(records);
    inserted.balances = apply(&effects, &transaction)?;
    transaction.commit()?;
    Ok(Some(inserted))
}

/// Carries the effects out, and tells the balances that changed.
fn apply(effects: &Effects<'_>, transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut balances = Vec::with_capacity(effects.charges.len());
    let mut charging =
        transaction.prepare_cached("UPDATE users SET balance = balance - ?2 WHERE id = ?1 RETURNING id, balance")?;
    for charge in &effects.charges {
        let rows = charging.query_map(charge, |row| row.try_into())?;
        for balance in rows {
            balances.push(balance?);
        }
    }
    let mut noting_use = transaction.prepare_cached(
        "UPDATE keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
    )?;
    for used in &effects.used {
        noting_use.execute(used)?;
    }
    Ok(balances)
}

/// The statement that inserts so many rows.
fn insertion(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    let rows = vec![row; rows].join(", ");
    let columns = COLUMNS.join(", ");
    format!("INSERT INTO ledger ({columns}) VALUES {rows} ON CONFLICT (time, node, seq) DO NOTHING")
}

/// Gives the rows' values to the statement.
fn bind(statement: &mut Statement<'_>, records: &[Record<'_>]) -> rusqlite::Result<()> {
    for (place, value) in (1..).zip(records.iter().flat_map(values)) {
        match value {
            Value::Number(number) => statement.raw_bind_parameter(place, number)?,
            Value::Text(text) => statement.raw_bind_parameter(place, text)?,
        }
    }
    Ok(())
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

// === impl Failure ===

impl From<rusqlite::Error> for Failure {
    /// What SQLite refuses for good is too big, breaks a constraint, has the wrong type or is out of range
    /// (<https://www.sqlite.org/rescode.html>).
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, ParameterOutOfRange, TooBig, TypeMismatch};
        match error.sqlite_error_code() {
            Some(TooBig | ConstraintViolation | TypeMismatch | ParameterOutOfRange) => Self::Refused(error.to_string()),
            _ => Self::Unavailable(unavailable(&error)),
        }
    }
}
