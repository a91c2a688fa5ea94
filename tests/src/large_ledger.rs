//! A ledger that is filled up to ten million rows, and how long lists and reports take on the way.
//!
//! Reading order: [`run`] fills and measures; `rows` makes the rows, and `questions` are what is asked.

mod questions;
mod rows;

use std::fmt::Write;
use std::io;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jackfield_accounting::ledger::table::Table;
use jackfield_accounting::store::{Store, StoreError};
use sqlx::{AnyConnection, Connection, Executor};
use tempfile::TempDir;
use tokio::task::block_in_place;

use self::questions::{Asked, QUESTIONS, Question};
use self::rows::Rows;
use crate::postgres::Postgres;

/// The sizes at which it is measured, as far as they are reached, and the last one besides.
const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// How many rows are inserted at a time.
const BATCH: u64 = 10_000;

/// How often each question is asked; the median counts.
const TIMES: usize = 5;

/// What is measured.
#[derive(Debug, Clone, Copy, Args)]
pub struct Options {
    /// How many rows to fill in. 100,000 take some seconds.
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// The database: a file of SQLite's, or a server that is started for it.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The folder or the runtime.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// An answer was not what the rows say.
    #[error("{0}: the answer is wrong")]
    Wrong(&'static str),
    /// A list took longer than the gateway waits.
    #[error("{0}: no answer within the time that lists have")]
    Slow(&'static str),
}

/// What was measured at one size.
struct Column {
    rows: u64,
    /// Rows per second, of those since the size before.
    inserted: f64,
    /// The same.
    summed_up: f64,
    /// How long each question took.
    answers: Vec<Duration>,
}

/// Fills a database and returns a table in Markdown.
///
/// # Errors
/// If the database fails, or an answer is wrong.
pub fn run(options: &Options) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measured(options))
}

/// Fills a file of SQLite's and tells how long each question took at each of the sizes, by the question's name.
///
/// # Errors
/// If the database fails, or an answer is wrong.
pub fn costs(sizes: &[u64]) -> Result<Vec<(&'static str, Vec<Duration>)>, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let columns = runtime.block_on(filled(Kind::Sqlite, sizes.iter().copied()))?;
    let times = |place: usize| columns.iter().map(|column| column.answers[place]).collect();
    let questions = QUESTIONS.iter().enumerate();
    Ok(questions
        .map(|(place, question)| (question.name(), times(place)))
        .collect())
}

async fn measured(options: &Options) -> Result<String, Failure> {
    let columns = filled(options.database, sizes(options.rows)).await?;
    Ok(written(&columns))
}

/// Fills a database up to each of the sizes, and measures there.
async fn filled(kind: Kind, sizes: impl Iterator<Item = u64>) -> Result<Vec<Column>, Failure> {
    let folder = TempDir::new()?;
    let postgres = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(Postgres::start().await),
    };
    let file = format!("sqlite://{}/large.db", folder.path().display());
    let server = postgres.as_ref().map(Postgres::url);
    let url = server.as_deref().unwrap_or(&file);
    let store = Store::open(url, folder.path()).await?;
    add_accounts(url).await?;
    let table = Table::open(store.clone())?;
    let (mut rows, mut columns) = (Rows::new(), Vec::new());
    for size in sizes {
        let start = Instant::now();
        columns.push(column(&table, server.as_deref(), &mut rows, size).await?);
        eprintln!("{size} rows: done in {:.0?}", start.elapsed());
    }
    store.close().await;
    Ok(columns)
}

/// The sizes up to the one that is asked for, and that one.
fn sizes(rows: u64) -> impl Iterator<Item = u64> {
    let smaller = SIZES.into_iter().filter(move |size| *size < rows);
    smaller.chain([rows])
}

/// Fills the table up to `size`, and measures.
async fn column(table: &Table, server: Option<&str>, rows: &mut Rows, size: u64) -> Result<Column, Failure> {
    let before = rows.made();
    let mut inserting = Duration::ZERO;
    while rows.made() < size {
        let batch = rows.batch(BATCH.min(size - rows.made()));
        let start = Instant::now();
        block_in_place(|| table.insert_records(&batch))?;
        inserting += start.elapsed();
    }
    let start = Instant::now();
    while table.sum_up(rows.now()).await? {}
    let summing = start.elapsed();
    if let Some(server) = server {
        analyze(server).await?;
    }
    let mut answers = Vec::new();
    for question in QUESTIONS {
        answers.push(median(&Asked { table, rows }, question).await?);
    }
    Ok(Column {
        rows: size,
        inserted: per_second(size - before, inserting),
        summed_up: per_second(size - before, summing),
        answers,
    })
}

/// How long it takes to answer.
async fn median(asked: &Asked<'_>, question: Question) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        asked.ask(question).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[TIMES / 2])
}

/// Adds the users and keys that rows are of.
async fn add_accounts(url: &str) -> Result<(), StoreError> {
    let mut connection = AnyConnection::connect(url).await?;
    let mut change = connection.begin().await?;
    for (user, keys) in rows::accounts() {
        let sql = "INSERT INTO users (id, plan, balance, created_at) VALUES ($1, 'any', 1000000000000, 0)";
        sqlx::query(sql).bind(&user).execute(&mut *change).await?;
        for key in keys {
            let sql = "INSERT INTO keys (id, user_id, hash, prefix, name, created_at) VALUES ($1, $2, $1, '', '', 0)";
            sqlx::query(sql).bind(key).bind(&user).execute(&mut *change).await?;
        }
    }
    change.commit().await?;
    Ok(connection.close().await?)
}

/// Has the planner see how many rows there are, as the server does by itself after a while.
async fn analyze(server: &str) -> Result<(), StoreError> {
    let mut connection = AnyConnection::connect(server).await?;
    connection.execute("ANALYZE").await?;
    Ok(connection.close().await?)
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
fn per_second(rows: u64, time: Duration) -> f64 {
    rows as f64 / time.as_secs_f64().max(1e-9)
}

/// The table, with a column for each size.
fn written(columns: &[Column]) -> String {
    let mut text = String::from("| milliseconds |");
    for Column { rows, .. } in columns {
        // Writing to a string cannot fail.
        let _ = write!(text, " {rows} rows |");
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(columns.len()));
    for (place, question) in QUESTIONS.iter().enumerate() {
        let _ = write!(text, "\n| {} |", question.name());
        for column in columns {
            let _ = write!(text, " {:.1} |", column.answers[place].as_secs_f64() * 1e3);
        }
    }
    for (name, figure) in [
        (
            "rows inserted per second",
            (|column| column.inserted) as fn(&Column) -> f64,
        ),
        ("rows summed up per second", |column| column.summed_up),
    ] {
        let _ = write!(text, "\n| *{name}* |");
        for column in columns {
            let _ = write!(text, " {:.0} |", figure(column));
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_ledger_answers_every_question_rightly() {
        let options = Options {
            rows: 10_000,
            database: Kind::Sqlite,
        };
        let table = run(&options).unwrap();
        assert_eq!(table.lines().count(), 2 + QUESTIONS.len() + 2, "{table}");
        assert!(
            table.starts_with("| milliseconds | 10000 rows |\n|---|--:|\n| the latest 50 |"),
            "{table}"
        );
    }
}
