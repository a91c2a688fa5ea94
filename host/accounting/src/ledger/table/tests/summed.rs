//! Tests of the sums by day and of what reads them, each on both databases.

use tokio::task::block_in_place;

use super::super::*;
use crate::ledger::Ended;
use crate::store::tests::{Database, on_both};

on_both!(
    no_report_changes_when_rows_are_summed_up_come_late_or_are_pruned,
    several_nodes_may_sum_up_while_others_insert,
    what_is_rare_is_listed_from_its_half_hours_alone,
    a_rare_model_of_a_user_with_many_requests_is_too,
);

const DAY: u64 = 86_400_000;
const HOUR: u64 = DAY / 24;

fn record(seq: u64, time: u64) -> Record<'static> {
    Record {
        node: 7,
        seq,
        time,
        request_id: format!("req_{seq}").into(),
        user_id: (!seq.is_multiple_of(3)).then(|| format!("user{}", seq % 3).into()),
        key_id: Some("k1".into()),
        operation: "chat".into(),
        model: format!("m{}", seq % 2).into(),
        provider: Some("p".into()),
        attempts: 1,
        status: if seq.is_multiple_of(7) { 502 } else { 200 },
        ended: if seq.is_multiple_of(7) {
            Ended::Failed
        } else {
            Ended::Ok
        },
        input_tokens: Some(10 + seq),
        credits: 3,
        ..Record::default()
    }
}

async fn table(database: &Database) -> Table {
    Table::open(database.open().await).unwrap()
}

fn insert(table: &Table, records: &[Record<'_>]) {
    let done = block_in_place(|| table.insert_records(records)).unwrap();
    assert_eq!(done.rows, records.len());
}

/// Sums up all that is an hour old at this time, and returns in how many steps.
async fn summed_up(table: &Table, now: u64) -> usize {
    let mut steps = 1;
    while table.sum_up(now.cast_signed()).await.unwrap() {
        steps += 1;
    }
    steps
}

async fn reports(table: &Table) -> Vec<Vec<UsageRow>> {
    let mut reports = Vec::new();
    for by in [
        UsageBy::Day,
        UsageBy::User,
        UsageBy::Key,
        UsageBy::Model,
        UsageBy::Provider,
        UsageBy::Status,
    ] {
        reports.push(table.usage(by, 0, i64::MAX).await.unwrap());
        let second_day = (DAY.cast_signed(), 2 * DAY.cast_signed());
        reports.push(table.usage(by, second_day.0, second_day.1).await.unwrap());
    }
    reports
}

async fn no_report_changes_when_rows_are_summed_up_come_late_or_are_pruned(database: Database) {
    let (table, twin) = (table(&database).await, Database::sqlite());
    let twin = Table::open(twin.open().await).unwrap();
    let records: Vec<Record<'_>> = (0..300).map(|seq| record(seq, seq * DAY / 100)).collect();
    insert(&table, &records);
    insert(&twin, &records);
    let expected = reports(&twin).await;
    assert_eq!(expected[0].len(), 3);
    assert_eq!(expected[10][1].group.as_deref(), Some("502"));
    assert_eq!(reports(&table).await, expected);
    // In the middle of the second day, and again for nothing.
    for _ in 0..2 {
        assert_eq!(summed_up(&table, DAY * 3 / 2 + HOUR).await, 1);
        assert_eq!(reports(&table).await, expected);
    }
    // A row of the first day, from a journal that was found; and one that is there already.
    let late = [record(300, 5), record(1, DAY / 100), record(301, 2 * DAY)];
    let done = block_in_place(|| table.insert_records(&late)).unwrap();
    assert_eq!(done.rows, 2);
    insert(&twin, &[late[0].clone(), late[2].clone()]);
    let expected = reports(&twin).await;
    assert_eq!(reports(&table).await, expected);
    // Beyond what was summed up: the rest of the second day as well.
    assert_eq!(table.prune(2 * DAY.cast_signed()).await.unwrap().rows, 201);
    assert_eq!(reports(&table).await, expected);
    summed_up(&table, 9 * DAY).await;
    assert_eq!(reports(&table).await, expected);
}

async fn several_nodes_may_sum_up_while_others_insert(database: Database) {
    let (a, b, c) = (table(&database).await, table(&database).await, table(&database).await);
    let begin: Vec<Record<'_>> = (0..6_000).map(|seq| record(seq, seq)).collect();
    insert(&a, &begin);
    let inserting = tokio::task::spawn_blocking(move || {
        for chunk in 0..20 {
            let late: Vec<Record<'_>> = (0..50).map(|n| record(6_000 + chunk * 50 + n, n * 50)).collect();
            insert(&c, &late);
        }
    });
    let (first, second) = tokio::join!(summed_up(&a, HOUR + 100_000), summed_up(&b, HOUR + 100_000));
    inserting.await.unwrap();
    // It takes two steps, and each node looks once in vain.
    assert!((2..=3).contains(&(first.max(second))), "{first} {second}");
    summed_up(&a, 2 * HOUR).await;
    let usage = a.usage(UsageBy::Key, 0, i64::MAX).await.unwrap();
    assert_eq!((usage.len(), usage[0].requests), (1, 7_000));
    let tokens: u64 = (0..7_000).map(|seq| 10 + seq).sum();
    assert_eq!(usage[0].input_tokens, tokens);
}

async fn what_is_rare_is_listed_from_its_half_hours_alone(database: Database) {
    let store = database.open().await;
    let table = Table::open(store.clone()).unwrap();
    let rare = |seq, time| Record {
        model: "rare".into(),
        provider: Some("other".into()),
        status: 418,
        ..record(seq, time)
    };
    let mut records: Vec<Record<'_>> = (0..50).map(|seq| record(seq, seq * DAY / 5)).collect();
    records.extend([
        rare(50, DAY),
        rare(51, DAY + HOUR),
        rare(52, 4 * DAY),
        rare(53, 9 * DAY + 7),
    ]);
    insert(&table, &records);
    summed_up(&table, 9 * DAY).await;
    let (half_hour, open) = (HOUR.cast_signed() / 2, (9 * DAY - HOUR).cast_signed());
    let day = |number: i64| number * DAY.cast_signed();
    let filters: [fn(&mut RequestFilter); 3] = [
        |filter| filter.model = Some("rare".to_owned()),
        |filter| filter.provider = Some("other".to_owned()),
        |filter| filter.status = "418".parse().ok(),
    ];
    for set in filters {
        let mut filter = RequestFilter::default();
        set(&mut filter);
        let windows = windows::of(&filter, store.pool()).await.unwrap();
        let found: Vec<_> = windows.iter().map(|window| (window.since, window.until)).collect();
        let half = |since| (since, since + half_hour);
        let expected = [
            (open, i64::MAX),
            half(day(4)),
            half(day(1) + 2 * half_hour),
            half(day(1)),
        ];
        assert_eq!(found, expected, "{filter:?}");
        let all = listed(&table, filter).await;
        assert_eq!(all, ["req_53", "req_52", "req_51", "req_50"]);
    }
    // What comes late may be of any time of its day.
    insert(&table, &[rare(54, DAY + 9 * HOUR)]);
    let filter = RequestFilter {
        key: Some("k1".to_owned()),
        since: Some(day(1)),
        until: Some(day(4)),
        model: Some("rare".to_owned()),
        ..RequestFilter::default()
    };
    assert_eq!(listed(&table, filter).await, ["req_54", "req_51", "req_50"]);
}

async fn a_rare_model_of_a_user_with_many_requests_is_too(database: Database) {
    let store = database.open().await;
    let table = Table::open(store.clone()).unwrap();
    let record = |seq, model: &'static str| Record {
        model: model.into(),
        user_id: Some("ada".into()),
        ..record(seq, DAY + seq * HOUR)
    };
    insert(
        &table,
        &[record(0, "rare"), record(1, "m"), record(2, "rare"), record(3, "m")],
    );
    summed_up(&table, 9 * DAY).await;
    let filter = RequestFilter {
        user: Some("ada".to_owned()),
        model: Some("rare".to_owned()),
        ..RequestFilter::default()
    };
    for (requests, stretches) in [(9_999_i64, 1), (10_000, 3)] {
        let text = "UPDATE ledger_totals SET requests = $1 WHERE dimension = 'user'";
        sqlx::query(text).bind(requests).execute(store.pool()).await.unwrap();
        let windows = windows::of(&filter, store.pool()).await.unwrap();
        assert_eq!(windows.len(), stretches, "{windows:?}");
        assert_eq!(listed(&table, filter.clone()).await, ["req_2", "req_0"]);
    }
}

/// The ids of all requests that are as the filter says, read in pages of two.
async fn listed(table: &Table, filter: RequestFilter) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let filter = RequestFilter {
            after,
            ..filter.clone()
        };
        let page = table.requests(&filter, 2).await.unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.request_id));
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}
