//! Tests of the ledger's table, each on both databases.

mod earlier_rows;
mod listed;
mod partitioned;
mod plans;
mod summed;

use sqlx::Row;
use tokio::task::block_in_place;

use super::*;
use crate::ledger::{Day, Ended};
use crate::store::tests::{Database, on_both};
use crate::store::{KeyTerms, LARGEST_BALANCE, NewKey, Spent};

on_both!(
    every_column_is_stored,
    rows_count_once_however_often_they_are_inserted,
    a_balance_may_fall_below_zero_and_unknown_users_are_ignored,
    a_key_was_last_used_when_its_latest_request_arrived,
    a_key_has_spent_what_its_requests_cost_once,
    quota_usage_is_counted_per_user,
    usage_is_summed_per_model_user_and_day,
    absurd_rows_neither_stop_the_others_nor_a_report,
    a_balance_stops_at_the_largest_debt,
    an_outage_is_an_error_and_changes_nothing,
);

/// A user's record with a charge.
fn record(seq: u64, user: &str, credits: i64) -> Record<'_> {
    Record {
        node: 7,
        seq,
        time: 1_000 + seq,
        request_id: format!("req_{seq}").into(),
        user_id: Some(user.into()),
        operation: "chat".into(),
        model: "m".into(),
        status: 200,
        credits,
        request_cost: 1,
        ..Record::default()
    }
}

/// A store with two users, one of whom has a key.
async fn with_users(database: &Database) -> Store {
    let store = database.open().await;
    for (user, balance) in [("ada", 1_000_000), ("bob", 500)] {
        store.add_user(user, "max", balance, 0).await.unwrap();
    }
    let key = NewKey {
        id: "k1".to_owned(),
        user: "ada".to_owned(),
        hash: [1; 32],
        prefix: "rk_0".to_owned(),
        name: "ci".to_owned(),
        terms: KeyTerms::default(),
        most: None,
    };
    store.create_key(key, 0).await.unwrap();
    store
}

fn insert(store: &Store, records: &[Record<'_>]) -> Result<Inserted, StoreError> {
    block_in_place(|| table(store).insert_records(records))
}

fn table(store: &Store) -> Table {
    Table::open(store.clone()).unwrap()
}

async fn quota_usage(store: &Store, now: u64) -> Vec<QuotaUsage> {
    table(store).quota_usage(Holders::Users, now).await.unwrap()
}

async fn number(store: &Store, text: &str) -> i64 {
    let row = sqlx::query(text).fetch_one(store.pool()).await.unwrap();
    row.try_get(0).unwrap()
}

async fn balance(store: &Store, user: &str) -> i64 {
    number(store, &format!("SELECT balance FROM users WHERE id = '{user}'")).await
}

fn inserted(rows: usize, balances: &[(&str, i64)]) -> Inserted {
    let named = |(user, balance): &(&str, i64)| ((*user).to_owned(), *balance);
    Inserted {
        rows,
        balances: balances.iter().map(named).collect(),
        refused: Vec::new(),
    }
}

async fn every_column_is_stored(database: Database) {
    let store = with_users(&database).await;
    let full = Record {
        node: u64::MAX >> 1,
        seq: 3,
        time: 1_795_252_000_123,
        request_id: "req_é\"'".into(),
        user_id: None,
        key_id: Some("gone".into()),
        provider: Some("p".into()),
        upstream_model: Some("up".into()),
        served_model: Some("up-1".into()),
        image_kind: Some("hd/1x1".into()),
        attempts: 2,
        status: 502,
        input_tokens: Some(u64::MAX),
        output_tokens: Some(5),
        cached_tokens: Some(0),
        reasoning_tokens: None,
        estimated: true,
        latency_ms: 9,
        first_content_ms: Some(4),
        stream: true,
        continued: true,
        cache: Some("hit".into()),
        ended: Ended::BrokeOff,
        pending: true,
        ..record(3, "", 11)
    };
    let done = insert(&store, &[full]).unwrap();
    assert_eq!(done, inserted(1, &[]));
    let text = "SELECT request_id || '|' || COALESCE(user_id, '-') || '|' || key_id || '|' || operation || '|' || model \
        || '|' || provider || '|' || upstream_model || '|' || served_model || '|' || image_kind || '|' || ended || '|' || cache FROM ledger";
    let row = sqlx::query(text).fetch_one(store.pool()).await.unwrap();
    let texts: String = row.try_get(0).unwrap();
    assert_eq!(texts, "req_é\"'|-|gone|chat|m|p|up|up-1|hd/1x1|broke_off|hit");
    let row = sqlx::query(
        "SELECT node, seq, time, attempts, status, input_tokens, output_tokens, cached_tokens, \
         COALESCE(reasoning_tokens, -1), estimated, credits, request_cost, latency_ms, first_content_ms, stream, continued \
         FROM ledger",
    );
    let row = row.fetch_one(store.pool()).await.unwrap();
    let numbers: Vec<i64> = (0..16).map(|column| row.try_get(column).unwrap()).collect();
    let expected = [
        i64::MAX,
        3,
        1_795_252_000_123,
        2,
        502,
        i64::MAX,
        5,
        0,
        -1,
        1,
        11,
        1,
        9,
        4,
        1,
        1,
    ];
    assert_eq!(numbers, expected);
}

async fn rows_count_once_however_often_they_are_inserted(database: Database) {
    let store = with_users(&database).await;
    let records: Vec<Record> = (0..300).map(|seq| record(seq, "ada", 10)).collect();
    let done = insert(&store, &records[..200]).unwrap();
    assert_eq!(done, inserted(200, &[("ada", 998_000)]));
    let done = insert(&store, &records[100..]).unwrap();
    assert_eq!(done, inserted(100, &[("ada", 997_000)]));
    let again = insert(&store, &records).unwrap();
    assert_eq!(again, inserted(0, &[("ada", 997_000)]));
    let twice = [record(999, "bob", 5), record(999, "bob", 5)];
    let done = insert(&store, &twice).unwrap();
    assert_eq!(done.rows, 1);
    assert_eq!(balance(&store, "bob").await, 495);
    assert_eq!(number(&store, "SELECT COUNT(*) FROM ledger").await, 301);
}

async fn a_balance_may_fall_below_zero_and_unknown_users_are_ignored(database: Database) {
    let store = with_users(&database).await;
    let records = [record(0, "bob", 700), record(1, "stranger", 5), record(2, "bob", 0)];
    let done = insert(&store, &records).unwrap();
    assert_eq!(done, inserted(3, &[("bob", -200)]));
    assert_eq!(insert(&store, &[]).unwrap(), Inserted::default());
}

async fn a_key_was_last_used_when_its_latest_request_arrived(database: Database) {
    let store = with_users(&database).await;
    let used = |seq, time| Record {
        key_id: Some("k1".into()),
        time,
        ..record(seq, "ada", 0)
    };
    let last = "SELECT last_used_at FROM keys WHERE id = 'k1'";
    insert(&store, &[used(0, 50), used(1, 70), used(2, 60)]).unwrap();
    assert_eq!(number(&store, last).await, 70);
    insert(&store, &[used(3, 40)]).unwrap();
    assert_eq!(number(&store, last).await, 70);
}

async fn a_key_has_spent_what_its_requests_cost_once(database: Database) {
    let store = with_users(&database).await;
    let day = |number: u64| number * 86_400_000 + 5;
    let used = |seq, key: &'static str, time, credits| Record {
        key_id: Some(key.into()),
        time,
        ..record(seq, "ada", credits)
    };
    // 31 October, and 1 and 2 November 2026.
    let records = [
        used(0, "k1", day(20_757), 1),
        used(1, "k1", day(20_758), 10),
        used(2, "k1", day(20_759), 100),
        used(3, "k1", day(20_759), 200),
        used(4, "k2", day(20_759), 7),
        used(5, "k3", day(20_759), 0),
    ];
    insert(&store, &records[..3]).unwrap();
    // What is imported again, in part or as a whole, counts once.
    insert(&store, &records).unwrap();
    insert(&store, &records).unwrap();
    let keys = ["k1", "k2", "k3"].map(std::sync::Arc::from).to_vec();
    let now = i64::try_from(day(20_759)).unwrap();
    let mut spent = store.spent_by(keys, now).await.unwrap();
    spent.sort_by(|a, b| a.0.cmp(&b.0));
    let sums = |(key, spent): &(std::sync::Arc<str>, Spent)| (key.to_string(), spent.day, spent.month, spent.total);
    let sums: Vec<_> = spent.iter().map(sums).collect();
    assert_eq!(sums, [("k1".to_owned(), 300, 310, 311), ("k2".to_owned(), 7, 7, 7)]);
}

async fn quota_usage_is_counted_per_user(database: Database) {
    let store = with_users(&database).await;
    let day = "2026-11-21".parse::<Day>().unwrap().start_millis();
    let now = u64::try_from(day).unwrap() + 30_000;
    let at = |seq, time, request_cost| Record {
        time,
        request_cost,
        ..record(seq, "ada", 0)
    };
    let records = [
        at(0, now - 60_000, 5),
        at(1, now - 59_999, 5),
        Record {
            key_id: Some("k1".into()),
            ..at(2, now - 20_000, 5)
        },
        at(3, now - 20_000, 1),
        at(4, now, 1),
        at(5, now, 0),
        Record {
            user_id: None,
            ..at(6, now, 1)
        },
    ];
    insert(&store, &records).unwrap();
    let second = now / 1000;
    let expected = QuotaUsage {
        holder: "ada".to_owned(),
        day: 7,
        hour: 3,
        seconds: vec![(second - 60, 1), (second - 20, 2), (second, 1)],
    };
    assert_eq!(quota_usage(&store, now).await, [expected]);
    let later = quota_usage(&store, now + 7_200_000).await;
    assert_eq!((later[0].day, later[0].hour, later[0].seconds.len()), (7, 0, 0));
    assert_eq!(quota_usage(&store, now + 86_400_000).await, []);
    let of_key = table(&store).quota_usage(Holders::Keys, now).await.unwrap();
    assert_eq!((of_key.len(), &*of_key[0].holder, of_key[0].day), (1, "k1", 5));
}

async fn usage_is_summed_per_model_user_and_day(database: Database) {
    let store = with_users(&database).await;
    let day = "2026-11-21".parse::<Day>().unwrap();
    let start = u64::try_from(day.start_millis()).unwrap();
    let at = |seq, time, user, ended| Record {
        time,
        ended,
        input_tokens: Some(100),
        output_tokens: (ended == Ended::Ok).then_some(7),
        ..record(seq, user, 30)
    };
    let records = [
        at(0, start, "ada", Ended::Ok),
        at(1, start + 5, "ada", Ended::Failed),
        at(2, start + 86_399_999, "Bob", Ended::BrokeOff),
        Record {
            user_id: None,
            model: "n".into(),
            ..at(3, start + 86_400_000, "", Ended::HungUp)
        },
        at(4, start + 172_800_000, "ada", Ended::Ok),
    ];
    insert(&store, &records).unwrap();
    let (from, to) = (day.start_millis(), day.next().next().start_millis());
    let sums = async |by| {
        let rows = table(&store).usage(by, from, to).await.unwrap();
        let sum = |row: UsageRow| {
            let group = row.group.unwrap_or_else(|| "-".to_owned());
            (
                group,
                row.requests,
                row.failed,
                row.input_tokens,
                row.output_tokens,
                row.credits,
            )
        };
        rows.into_iter().map(sum).collect::<Vec<_>>()
    };
    let row = |group: &str, requests: u64, failed, output| {
        let credits = i64::try_from(requests * 30).unwrap();
        (group.to_owned(), requests, failed, requests * 100, output, credits)
    };
    assert_eq!(sums(UsageBy::Model).await, [row("m", 3, 2, 7), row("n", 1, 0, 0)]);
    let users = [row("-", 1, 0, 0), row("Bob", 1, 1, 0), row("ada", 2, 1, 7)];
    assert_eq!(sums(UsageBy::User).await, users);
    let days = [row("2026-11-21", 3, 2, 7), row("2026-11-22", 1, 0, 0)];
    assert_eq!(sums(UsageBy::Day).await, days);
    assert_eq!(table(&store).usage(UsageBy::Day, 0, 1).await.unwrap(), []);
}

async fn absurd_rows_neither_stop_the_others_nor_a_report(database: Database) {
    let store = with_users(&database).await;
    let absurd = |seq| Record {
        input_tokens: Some(u64::MAX),
        output_tokens: Some(1 << 62),
        cached_tokens: Some(u64::MAX),
        reasoning_tokens: Some(3),
        request_cost: u64::MAX,
        ..record(seq, "ada", i64::MAX)
    };
    let done = insert(&store, &[absurd(0), record(1, "bob", 5), absurd(2), absurd(3)]).unwrap();
    assert_eq!((done.rows, done.refused.len()), (4, 0));
    let usage = table(&store).usage(UsageBy::User, 0, i64::MAX).await.unwrap();
    let (ada, bob) = (&usage[0], &usage[1]);
    assert_eq!((ada.input_tokens, ada.credits), (i64::MAX.cast_unsigned(), i64::MAX));
    assert_eq!((ada.output_tokens, ada.reasoning_tokens), (i64::MAX.cast_unsigned(), 9));
    assert_eq!((bob.input_tokens, bob.credits), (0, 5));
    let used = quota_usage(&store, 2_000).await;
    assert_eq!((used[0].day, used[1].day), (i64::MAX.cast_unsigned(), 1));
}

async fn a_balance_stops_at_the_largest_debt(database: Database) {
    let store = with_users(&database).await;
    let least = -LARGEST_BALANCE;
    for seq in 0..12 {
        let done = insert(&store, &[record(seq, "ada", i64::MAX), record(100 + seq, "bob", 1)]).unwrap();
        assert_eq!((done.rows, done.refused.len()), (2, 0));
    }
    let users = store.users().await.unwrap();
    assert_eq!((users[0].balance, users[1].balance), (least, 488));
    assert_eq!(number(&store, "SELECT COUNT(*) FROM ledger").await, 24);
}

async fn an_outage_is_an_error_and_changes_nothing(database: Database) {
    let store = with_users(&database).await;
    sqlx::query("ALTER TABLE users RENAME TO away")
        .execute(store.pool())
        .await
        .unwrap();
    let records = [record(0, "ada", 10)];
    insert(&store, &records).unwrap_err();
    assert_eq!(number(&store, "SELECT COUNT(*) FROM ledger").await, 0);
    sqlx::query("ALTER TABLE away RENAME TO users")
        .execute(store.pool())
        .await
        .unwrap();
    let done = insert(&store, &records).unwrap();
    assert_eq!(done, inserted(1, &[("ada", 999_990)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_does_not_affect_the_others() {
    // PostgreSQL has no text with a zero in it.
    let store = with_users(&Database::postgres().await).await;
    let mut records = [record(0, "ada", 1), record(1, "ada", 1), record(2, "ada", 1)];
    records[1].request_id = "a\0b".into();
    let done = insert(&store, &records).unwrap();
    assert_eq!((done.rows, done.refused[0].0, done.refused.len()), (2, 1, 1));
    assert_eq!(done.balances, [("ada".to_owned(), 999_998)]);
}
