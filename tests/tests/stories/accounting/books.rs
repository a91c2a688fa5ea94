//! The database as an accountant reads it: row by row, past the gateway.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Row as _};

use crate::scene::eventually;

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) request_id: String,
    pub(crate) user: String,
    pub(crate) time: i64,
    pub(crate) operation: String,
    pub(crate) provider: String,
    pub(crate) attempts: i64,
    pub(crate) status: i64,
    pub(crate) images: Option<i64>,
    pub(crate) searches: Option<i64>,
    pub(crate) stream: bool,
    pub(crate) input: i64,
    pub(crate) output: i64,
    pub(crate) estimated: i64,
    pub(crate) credits: i64,
    pub(crate) request_cost: i64,
    pub(crate) continued: i64,
    pub(crate) ended: String,
}

/// All rows of the ledger.
pub(crate) async fn rows(url: &str) -> Vec<Row> {
    let rows = ask(
        url,
        "SELECT request_id, user_id, time, operation, provider, attempts, status, images, searches, stream, \
         input_tokens, output_tokens, estimated, credits, request_cost, continued, ended \
         FROM ledger ORDER BY time",
    );
    rows.await.iter().map(row).collect()
}

/// All rows, when there are so many.
pub(crate) async fn rows_when(url: &str, count: usize) -> Vec<Row> {
    let what = format!("{count} rows in the ledger");
    eventually(&what, async || rows(url).await, |rows| rows.len() >= count).await
}

/// What each user has left, in micro-credits.
pub(crate) async fn balances(url: &str) -> BTreeMap<String, i64> {
    let rows = ask(url, "SELECT id, balance FROM users").await;
    rows.iter()
        .map(|row| (row.try_get("id").unwrap(), row.try_get("balance").unwrap()))
        .collect()
}

pub(crate) async fn ask(url: &str, question: &str) -> Vec<AnyRow> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let rows = sqlx::query(question).fetch_all(&mut connection).await;
    connection.close().await.unwrap();
    rows.unwrap()
}

/// A row in which nothing is told counts as none.
fn row(row: &AnyRow) -> Row {
    let text = |column| row.try_get::<Option<String>, _>(column).unwrap();
    let number = |column| row.try_get::<Option<i64>, _>(column).unwrap();
    Row {
        request_id: text("request_id").unwrap(),
        user: text("user_id").unwrap_or_default(),
        time: number("time").unwrap(),
        operation: text("operation").unwrap(),
        provider: text("provider").unwrap_or_default(),
        attempts: number("attempts").unwrap(),
        status: number("status").unwrap(),
        images: number("images"),
        searches: number("searches"),
        stream: number("stream") == Some(1),
        input: number("input_tokens").unwrap_or(0),
        output: number("output_tokens").unwrap_or(0),
        estimated: number("estimated").unwrap(),
        credits: number("credits").unwrap(),
        request_cost: number("request_cost").unwrap(),
        continued: number("continued").unwrap(),
        ended: text("ended").unwrap(),
    }
}
