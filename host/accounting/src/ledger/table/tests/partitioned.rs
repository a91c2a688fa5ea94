//! Tests with a ledger in partitions, as `deploy/postgres/partition-ledger.sql` makes them: nothing that the gateway asks or
//! does needs a table in one piece.

use std::time::SystemTime;

use sqlx::{Executor, Row};
use tokio::task::block_in_place;

use super::super::*;
use crate::clock::{DAY_MILLIS, unix_millis};
use crate::store::tests::Database;

const SCRIPT: &str = include_str!("../../../../../../deploy/postgres/partition-ledger.sql");

/// Long enough to be the row of another month.
const YEAR: u64 = 366 * DAY_MILLIS;

fn record(seq: u64, time: u64) -> Record<'static> {
    Record {
        node: 7,
        seq,
        time,
        request_id: format!("req_{seq}").into(),
        user_id: Some("ada".into()),
        key_id: Some("k1".into()),
        operation: "chat".into(),
        model: "m".into(),
        status: 200,
        input_tokens: Some(10),
        ..Record::default()
    }
}

/// Runs the script as an operator does, with or without a number of months to keep.
async fn run(store: &Store, keep_months: &str) {
    let mut connection = store.pool().acquire().await.unwrap();
    let setting = format!("SET jackfield.keep_months = '{keep_months}'");
    connection.execute(setting.as_str()).await.unwrap();
    connection.execute(SCRIPT).await.unwrap();
}

/// The partitions, and the indexes of the whole.
async fn parts(store: &Store) -> (Vec<String>, Vec<String>) {
    let names = async |text: &str| {
        let rows = sqlx::query(text).fetch_all(store.pool()).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    };
    let partitions = "SELECT inhrelid::regclass::TEXT FROM pg_inherits WHERE inhparent = 'ledger'::regclass ORDER BY 1";
    let indexes = "SELECT indexrelid::regclass::TEXT FROM pg_index \
                   WHERE indrelid = 'ledger'::regclass AND NOT indisprimary ORDER BY 1";
    (names(partitions).await, names(indexes).await)
}

async fn requests(table: &Table) -> Vec<String> {
    let filter = RequestFilter {
        user: Some("ada".to_owned()),
        ..RequestFilter::default()
    };
    let page = table.requests(&filter, 50).await.unwrap();
    page.rows.into_iter().map(|row| row.request_id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_partitions_counts_lists_and_reports_the_same() {
    let store = Database::postgres().await.open().await;
    let table = Table::open(store.clone()).unwrap();
    let insert = |records: &[Record<'_>]| block_in_place(|| table.insert_records(records)).unwrap().rows;
    let now = unix_millis(SystemTime::now()).cast_unsigned();
    let before = [record(0, now - 2 * YEAR), record(1, now)];
    assert_eq!(insert(&before), 2);
    let (_, indexes) = parts(&store).await;
    for _ in 0..2 {
        run(&store, "").await;
        let (partitions, same) = parts(&store).await;
        // The rows of this month were there already.
        assert_eq!(
            (partitions.len(), partitions.last().unwrap().as_str()),
            (4, "ledger_rest")
        );
        assert_eq!(same, indexes);
    }
    // Rows count once, whichever partition they are in.
    let after = [record(1, now), record(2, now + 1), record(3, now + 40 * DAY_MILLIS)];
    assert_eq!(insert(&after), 2);
    assert_eq!(insert(&after), 0);
    assert_eq!(requests(&table).await, ["req_3", "req_2", "req_1", "req_0"]);
    let usage = async || table.usage(UsageBy::Day, 0, i64::MAX).await.unwrap();
    let expected = usage().await;
    assert_eq!(expected.iter().map(|day| day.requests).collect::<Vec<_>>(), [1, 2, 1]);
    while table.sum_up((now + 50 * DAY_MILLIS).cast_signed()).await.unwrap() {}
    assert_eq!(usage().await, expected);
    // Months of before are dropped or deleted, and stay in the reports.
    run(&store, "12").await;
    assert_eq!(requests(&table).await, ["req_3", "req_2", "req_1"]);
    assert_eq!(usage().await, expected);
    let pruned = table.prune((now + 2 * YEAR).cast_signed()).await.unwrap();
    assert_eq!(pruned.rows, 3);
    assert_eq!(usage().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_dropped_once_it_is_old_and_part_of_the_sums() {
    let store = Database::postgres().await.open().await;
    let table = Table::open(store.clone()).unwrap();
    run(&store, "").await;
    // As it is made, but long ago.
    let old = "CREATE TABLE ledger_2020_02 PARTITION OF ledger FOR VALUES FROM (1580515200000) TO (1583020800000)";
    sqlx::query(old).execute(store.pool()).await.unwrap();
    let records = [record(0, 1_580_515_200_000), record(1, 1_583_020_799_999)];
    block_in_place(|| table.insert_records(&records)).unwrap();
    let is_there = async || parts(&store).await.0.contains(&"ledger_2020_02".to_owned());
    run(&store, "12").await;
    assert!(is_there().await, "it is not summed up yet");
    while table.sum_up(unix_millis(SystemTime::now())).await.unwrap() {}
    run(&store, "").await;
    assert!(is_there().await, "nobody wants it dropped");
    run(&store, "12").await;
    assert!(!is_there().await);
    let usage = table.usage(UsageBy::User, 0, i64::MAX).await.unwrap();
    assert_eq!((usage.len(), usage[0].requests), (1, 2));
}
