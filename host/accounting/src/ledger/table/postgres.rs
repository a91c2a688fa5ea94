//! Inserts into PostgreSQL: many rows per statement, because each statement is a round trip.

use std::collections::HashSet;
use std::fmt::Write;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Row};

use super::effects::Effects;
use super::{COLUMNS, ColumnValue, InsertError, Inserted, column_values, signed, totals};
use crate::ledger::record::Record;
use crate::store::LARGEST_BALANCE;

/// The numbers of rows per statement, largest first. Few, so that each statement is prepared once per connection. The
/// largest stays far below the limit of 65,535 values per statement.
const CHUNKS: [usize; 3] = [128, 16, 1];

/// The types of an id and its new value. `VALUES` gives PostgreSQL no other way to know them.
const PAIR: [&str; 2] = ["TEXT", "BIGINT"];

/// Inserts the records that are not there yet and applies their effects.
pub(super) async fn insert(pool: &AnyPool, records: &[Record<'_>]) -> sqlx::Result<Inserted> {
    if let Some(inserted) = insert_new(pool, records).await? {
        return Ok(inserted);
    }
    let mut transaction = pool.begin().await?;
    let until = summed_until(&mut transaction).await?;
    let mut new = insert_missing(&mut transaction, records).await?;
    let rows = new.len();
    // A record that occurs twice in the slice counts once.
    let once = records.iter().filter(|record| new.remove(&id(record)));
    let mut effects = Effects::of(until, once);
    // Rows that were there already may be of a commit whose answer was lost: their users' balances are still unknown.
    effects.include_users(records);
    let balances = apply(effects, &mut transaction).await?;
    transaction.commit().await?;
    Ok(Inserted {
        rows,
        balances,
        refused: Vec::new(),
    })
}

/// The usual case, in which all records are new. Otherwise returns `None` and changes nothing.
async fn insert_new(pool: &AnyPool, records: &[Record<'_>]) -> sqlx::Result<Option<Inserted>> {
    let mut transaction = pool.begin().await?;
    let until = summed_until(&mut transaction).await?;
    for chunk in chunks(records) {
        let text = insertion(chunk.len());
        let query = chunk.iter().fold(sqlx::query(&text), bind);
        let done = query.execute(&mut *transaction).await?;
        if done.rows_affected() != chunk.len() as u64 {
            transaction.rollback().await?;
            return Ok(None);
        }
    }
    let balances = apply(Effects::of(until, records.iter()), &mut transaction).await?;
    transaction.commit().await?;
    Ok(Some(Inserted {
        rows: records.len(),
        balances,
        refused: Vec::new(),
    }))
}

/// The moment before which all rows are part of the sums by day. It stays until the transaction ends, so that none of its
/// rows is left out.
async fn summed_until(connection: &mut AnyConnection) -> sqlx::Result<i64> {
    let text = "SELECT until FROM ledger_summed WHERE id = 1 FOR SHARE";
    sqlx::query(text).fetch_one(connection).await?.try_get(0)
}

/// Inserts the records that are not there yet, and returns their ids.
async fn insert_missing(connection: &mut AnyConnection, records: &[Record<'_>]) -> sqlx::Result<HashSet<(i64, i64)>> {
    let mut new = HashSet::new();
    for chunk in chunks(records) {
        let text = insertion(chunk.len()) + " RETURNING node, seq";
        let query = chunk.iter().fold(sqlx::query(&text), bind);
        for row in query.fetch_all(&mut *connection).await? {
            new.insert((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(new)
}

/// Applies the effects, and returns the balances that changed.
async fn apply(effects: Effects<'_>, connection: &mut AnyConnection) -> sqlx::Result<Vec<(String, i64)>> {
    let mut balances = Vec::with_capacity(effects.charges.len());
    for chunk in chunks(&effects.charges.into_iter().collect::<Vec<_>>()) {
        let text = charging(chunk.len());
        let query = chunk.iter().fold(sqlx::query(&text), bind_pair);
        for row in query.fetch_all(&mut *connection).await? {
            balances.push((row.try_get(0)?, row.try_get(1)?));
        }
    }
    for chunk in chunks(&effects.used.into_iter().collect::<Vec<_>>()) {
        let text = touching(chunk.len());
        let query = chunk.iter().fold(sqlx::query(&text), bind_pair);
        query.execute(&mut *connection).await?;
    }
    totals::save(&effects.late, connection).await?;
    effects.late.save(connection).await?;
    for chunk in chunks(&effects.spent.into_iter().collect::<Vec<_>>()) {
        let text = spending(chunk.len());
        let mut query = sqlx::query(&text);
        for ((key, day), credits) in chunk {
            query = query.bind(*key).bind(*day).bind(*credits);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(balances)
}

/// The statement that inserts this many rows.
fn insertion(rows: usize) -> String {
    let mut text = format!("INSERT INTO ledger ({}) VALUES ", COLUMNS.join(", "));
    write_rows(&mut text, rows, &[""; COLUMNS.len()]);
    text + " ON CONFLICT (time, node, seq) DO NOTHING"
}

/// The statement that charges this many users.
fn charging(users: usize) -> String {
    let mut text = format!("UPDATE users SET balance = GREATEST(balance - v.change, -{LARGEST_BALANCE}) FROM (VALUES ");
    write_rows(&mut text, users, &PAIR);
    text + ") AS v (id, change) WHERE users.id = v.id RETURNING users.id, balance"
}

/// The statement that updates the last use of this many keys.
fn touching(keys: usize) -> String {
    let mut text = "UPDATE keys SET last_used_at = v.time FROM (VALUES ".to_owned();
    write_rows(&mut text, keys, &PAIR);
    text + ") AS v (id, time) WHERE keys.id = v.id AND (last_used_at IS NULL OR last_used_at < v.time)"
}

/// The statement that adds to what this many keys have cost, each on a day.
fn spending(keys: usize) -> String {
    let mut text = "INSERT INTO key_spending (key_id, day, credits) VALUES ".to_owned();
    write_rows(&mut text, keys, &[""; 3]);
    // Writing to a string cannot fail.
    _ = write!(
        text,
        " ON CONFLICT (key_id, day) DO UPDATE \
         SET credits = LEAST(key_spending.credits + excluded.credits, {LARGEST_BALANCE})"
    );
    text
}

/// Writes the placeholders of this many rows, each cast to a type unless that is empty.
fn write_rows(text: &mut String, rows: usize, casts: &[&str]) {
    let mut number = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for (column, cast) in casts.iter().enumerate() {
            number += 1;
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            _ = match *cast {
                "" => write!(text, "{comma}${number}"),
                cast => write!(text, "{comma}CAST(${number} AS {cast})"),
            };
        }
        text.push(')');
    }
}

/// Binds the values of a row.
fn bind<'q>(query: Query<'q, Any, AnyArguments<'q>>, record: &'q Record<'_>) -> Query<'q, Any, AnyArguments<'q>> {
    column_values(record)
        .into_iter()
        .fold(query, |query, value| match value {
            ColumnValue::Number(number) => query.bind(number),
            ColumnValue::Text(text) => query.bind(text),
        })
}

fn bind_pair<'q>(
    query: Query<'q, Any, AnyArguments<'q>>,
    (id, value): &'q (&'q str, i64),
) -> Query<'q, Any, AnyArguments<'q>> {
    query.bind(*id).bind(*value)
}

/// What identifies a row, together with its time.
fn id(record: &Record) -> (i64, i64) {
    (signed(record.node), signed(record.seq))
}

/// Splits the slice into as few pieces of the sizes in [`CHUNKS`] as possible.
fn chunks<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rest.len())?;
        let (chunk, tail) = rest.split_at(size);
        rest = tail;
        Some(chunk)
    })
}

// === impl InsertError ===

impl From<sqlx::Error> for InsertError {
    /// SQLSTATE classes 22 (data exception), 23 (constraint violation) and 54 (a limit of the program) are permanent
    /// refusals, and so is what the driver cannot convert.
    fn from(error: sqlx::Error) -> Self {
        let refused = match &error {
            sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
            sqlx::Error::Database(error) => error
                .code()
                .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class))),
            _ => false,
        };
        if refused {
            Self::Refused(error.to_string())
        } else {
            Self::Unavailable(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_throughout() {
        let mut text = String::new();
        write_rows(&mut text, 2, &["TEXT", ""]);
        assert_eq!(text, "(CAST($1 AS TEXT), $2), (CAST($3 AS TEXT), $4)");
    }

    #[test]
    fn a_slice_is_cut_into_few_pieces_of_known_sizes() {
        let sizes = |length| chunks(&vec![0; length]).map(<[i32]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0_usize; 0]);
        assert_eq!(sizes(2), [1, 1]);
        assert_eq!(sizes(290), [128, 128, 16, 16, 1, 1]);
    }
}
