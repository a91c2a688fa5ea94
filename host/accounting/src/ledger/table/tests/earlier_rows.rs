//! Rows that earlier releases have written: they are read, priced and added to after each migration, on both databases.

use sqlx::Row;
use tokio::task::block_in_place;

use super::super::*;
use crate::store::tests::{Database, on_both};

on_both!(
    rows_of_every_earlier_release_are_read_beside_new_ones,
    sums_by_day_of_an_earlier_release_are_in_every_report,
    rows_that_an_earlier_release_summed_up_are_listed,
);

/// The columns that every release has written since there is a ledger.
const COLUMNS: [&str; 15] = [
    "node",
    "seq",
    "time",
    "request_id",
    "user_id",
    "operation",
    "model",
    "attempts",
    "status",
    "input_tokens",
    "estimated",
    "credits",
    "request_cost",
    "latency_ms",
    "stream",
];

/// The first migration with a ledger.
const LEDGER: i64 = 2;

/// What the release with this migration had written: a row, whose node is the migration's number.
fn earlier(migration: i64) -> String {
    let columns = COLUMNS.join(", ");
    format!(
        "INSERT INTO ledger ({columns}, ended) VALUES \
         ({migration}, 1, 1000, 'req', 'ada', 'chat', 'm', 1, 200, 40, 0, 30, 1, 5, 0, 'ok')"
    )
}

async fn rows_of_every_earlier_release_are_read_beside_new_ones(database: Database) {
    // One database lives through all releases, and each of them writes before the next one migrates it.
    for migration in LEDGER..Database::LATEST {
        database.written_at(migration, &[earlier(migration)]).await;
    }
    let store = database.open().await;
    let new = Record {
        node: 100,
        seq: 1,
        time: 2_000,
        request_id: "req".into(),
        user_id: Some("ada".into()),
        operation: "images".into(),
        model: "m".into(),
        status: 200,
        input_tokens: Some(2),
        served_model: Some("m-1".into()),
        output_image_tokens: Some(7),
        image_kind: Some("hd".into()),
        recording_ms: Some(9),
        characters: Some(3),
        credits: 5,
        request_cost: 1,
        ..Record::default()
    };
    let table = Table::open(store.clone()).unwrap();
    let done = block_in_place(|| table.insert_records(&[new])).unwrap();
    assert_eq!((done.rows, done.refused.len()), (1, 0));
    let earlier = u64::try_from(Database::LATEST - LEDGER).unwrap();
    let usage = table.usage(UsageBy::User, 0, i64::MAX).await.unwrap();
    let ada = &usage[0];
    let sums = (usage.len(), ada.requests, ada.input_tokens, ada.credits);
    let credits = i64::try_from(earlier * 30 + 5).unwrap();
    assert_eq!(sums, (1, earlier + 1, earlier * 40 + 2, credits));
    let served = table.usage(UsageBy::ServedModel, 0, i64::MAX).await.unwrap();
    let groups: Vec<_> = served.iter().map(|row| (row.group.as_deref(), row.requests)).collect();
    assert!(groups.contains(&(Some("m-1"), 1)), "{groups:?}");
    let text = "SELECT node, served_model, output_image_tokens, image_kind, recording_ms, characters FROM ledger ORDER BY node";
    let rows = sqlx::query(text).fetch_all(store.pool()).await.unwrap();
    let read = |row: &sqlx::any::AnyRow| {
        let text = |place| row.try_get::<Option<String>, _>(place).unwrap();
        let number = |place| row.try_get::<Option<i64>, _>(place).unwrap();
        (number(0), text(1), number(2), text(3), number(4), number(5))
    };
    let mut rows = rows.iter().map(read);
    for migration in LEDGER..Database::LATEST {
        assert_eq!(rows.next(), Some((Some(migration), None, None, None, None, None)));
    }
    let new = (
        Some(100),
        Some("m-1".to_owned()),
        Some(7),
        Some("hd".to_owned()),
        Some(9),
        Some(3),
    );
    assert_eq!(rows.next(), Some(new));
}

/// The last migration without totals.
const NO_TOTALS: i64 = 15;

/// Sums that an earlier release has made: 2 requests of Ada on a day, and 3 of nobody, of which it knew no status.
const SUMS: &str = "INSERT INTO ledger_days (day, user_id, key_id, operation, model, provider, upstream_model, \
    served_model, status, requests, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits) VALUES \
    (3, 'ada', 'k1', 'chat', 'm', 'p', 'up', 'up-1', 200, 2, 1, 9223372036854775807, 5, 0, 0, 7), \
    (3, '', '', 'chat', 'm', 'p', 'up', '', 0, 3, 0, 9223372036854775807, 6, 0, 0, 8)";

async fn sums_by_day_of_an_earlier_release_are_in_every_report(database: Database) {
    database.written_at(NO_TOTALS, &[SUMS.to_owned()]).await;
    let table = Table::open(database.open().await).unwrap();
    let told = async |by: UsageBy| {
        let usage = table.usage(by, 0, i64::MAX).await.unwrap();
        let told = |row: &UsageRow| {
            let group = row.group.as_deref().unwrap_or("-");
            format!(
                "{group} {} {} {} {}",
                row.requests, row.failed, row.output_tokens, row.credits
            )
        };
        usage.iter().map(told).collect::<Vec<_>>()
    };
    for (by, expected) in [
        (UsageBy::Model, &["m 5 1 11 15"][..]),
        (UsageBy::UpstreamModel, &["up 5 1 11 15"]),
        (UsageBy::ServedModel, &["up 3 0 6 8", "up-1 2 1 5 7"]),
        (UsageBy::User, &["- 3 0 6 8", "ada 2 1 5 7"]),
        (UsageBy::Key, &["- 3 0 6 8", "k1 2 1 5 7"]),
        (UsageBy::Provider, &["p 5 1 11 15"]),
        (UsageBy::Status, &["- 3 0 6 8", "200 2 1 5 7"]),
        (UsageBy::Day, &["1970-01-04 5 1 11 15"]),
    ] {
        assert_eq!(told(by).await, expected, "{by:?}");
    }
}

async fn rows_that_an_earlier_release_summed_up_are_listed(database: Database) {
    let summed = [
        earlier(NO_TOTALS),
        // It knew the status of no sum when this was written.
        "INSERT INTO ledger_days (day, user_id, key_id, operation, model, provider, upstream_model, served_model, status, \
         requests, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits) VALUES \
         (0, 'ada', '', 'chat', 'm', '', '', '', 0, 1, 0, 40, 0, 0, 0, 30)"
            .to_owned(),
        "UPDATE ledger_summed SET until = 86400000".to_owned(),
    ];
    database.written_at(NO_TOTALS, &summed).await;
    let table = Table::open(database.open().await).unwrap();
    let filters: [fn(&mut RequestFilter); 2] = [
        |filter| filter.model = Some("m".to_owned()),
        |filter| filter.status = "200".parse().ok(),
    ];
    for set in filters {
        let mut filter = RequestFilter::default();
        set(&mut filter);
        let page = table.requests(&filter, 9).await.unwrap();
        assert_eq!(page.rows.len(), 1, "{filter:?}");
    }
}
