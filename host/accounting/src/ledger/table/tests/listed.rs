//! Tests of the list of requests and of retention, each on both databases.

use tokio::task::block_in_place;

use super::super::*;
use crate::ledger::{Ended, Try};
use crate::store::tests::{Database, on_both};
use crate::store::{KeyTerms, NewKey};

on_both!(
    requests_are_listed_latest_first_in_pages,
    every_filter_selects,
    a_key_of_a_user_is_listed_by_the_user,
    what_is_pruned_stays_in_the_sums_of_its_day,
    several_nodes_may_prune_at_once,
    sums_that_overflow_stop_at_the_largest_number,
);

const DAY: u64 = 86_400_000;

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
        provider: Some("p".into()),
        upstream_model: Some("up".into()),
        attempts: 1,
        status: 200,
        input_tokens: Some(10),
        credits: 3,
        endpoint: "/v1/chat/completions".into(),
        plugin_us: Some(40),
        ..Record::default()
    }
}

fn failed(seq: u64, time: u64) -> Record<'static> {
    let attempt = |provider: &'static str, status| Try {
        provider: provider.into(),
        model: "up".into(),
        class: Some("overloaded".into()),
        upstream_status: Some(status),
        duration_ms: 5,
    };
    Record {
        user_id: None,
        key_id: None,
        provider: Some("q".into()),
        attempts: 2,
        status: 502,
        ended: Ended::Failed,
        error_code: Some("PROVIDER_ERROR".into()),
        class: Some("overloaded".into()),
        tries: Try::written(&[attempt("p", 503), attempt("q", 500)]).map(Into::into),
        ..record(seq, time)
    }
}

async fn filled(database: &Database, records: &[Record<'_>]) -> Table {
    let table = Table::open(database.open().await).unwrap();
    let done = block_in_place(|| table.insert_records(records)).unwrap();
    assert_eq!(done.rows, records.len());
    table
}

async fn ids(table: &Table, filter: RequestFilter, limit: u32) -> (Vec<String>, Option<Cursor>) {
    let page = table.requests(&filter, limit).await.unwrap();
    (page.rows.into_iter().map(|row| row.request_id).collect(), page.next)
}

async fn requests_are_listed_latest_first_in_pages(database: Database) {
    // Two of them arrived in the same millisecond.
    let table = filled(
        &database,
        &[record(0, 1_000), record(1, 2_000), record(2, 2_000), failed(3, 3_000)],
    )
    .await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let filter = RequestFilter {
            after,
            ..RequestFilter::default()
        };
        let (ids, next) = ids(&table, filter, 2).await;
        seen.push(ids);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [vec!["req_3", "req_2"], vec!["req_1", "req_0"]]);
    let page = table.requests(&RequestFilter::default(), 1).await.unwrap();
    let row = &page.rows[0];
    assert_eq!(row.time, "1970-01-01T00:00:03.000+00:00");
    assert_eq!((row.status, row.ended.as_str(), row.attempts_made), (502, "failed", 2));
    assert_eq!(row.endpoint.as_deref(), Some("/v1/chat/completions"));
    assert_eq!(
        (row.plugin_us, row.input_tokens, row.user.as_deref()),
        (Some(40), Some(10), None)
    );
    let attempts: Vec<_> = row
        .attempts
        .iter()
        .map(|tried| (&*tried.provider, tried.upstream_status))
        .collect();
    assert_eq!(attempts, [("p", Some(503)), ("q", Some(500))]);
}

async fn every_filter_selects(database: Database) {
    let other = Record {
        model: "n'".into(),
        ..record(2, 3_000)
    };
    let table = filled(&database, &[record(0, 1_000), failed(1, 2_000), other]).await;
    let cases: [(Set, &str); 14] = [
        (|filter| filter.since = Some(2_000), "req_2 req_1"),
        (|filter| filter.until = Some(2_000), "req_0"),
        (|filter| filter.user = Some("ada".to_owned()), "req_2 req_0"),
        (|filter| filter.key = Some("k1".to_owned()), "req_2 req_0"),
        (|filter| filter.model = Some("n'".to_owned()), "req_2"),
        (|filter| filter.provider = Some("q".to_owned()), "req_1"),
        (|filter| filter.status = "5xx".parse().ok(), "req_1"),
        (|filter| filter.status = "200".parse().ok(), "req_2 req_0"),
        (|filter| filter.error_code = Some("PROVIDER_ERROR".to_owned()), "req_1"),
        (|filter| filter.class = Some("overloaded".to_owned()), "req_1"),
        (|filter| filter.request_id = Some("req_0".to_owned()), "req_0"),
        (|filter| filter.failed = Some(true), "req_1"),
        (|filter| filter.failed = Some(false), "req_2 req_0"),
        (|filter| filter.user = Some("bob".to_owned()), ""),
    ];
    for (set, expected) in cases {
        let mut filter = RequestFilter::default();
        set(&mut filter);
        let (found, next) = ids(&table, filter.clone(), 9).await;
        assert_eq!(found.join(" "), expected, "{filter:?}");
        assert_eq!(next, None);
    }
}

async fn a_key_of_a_user_is_listed_by_the_user(database: Database) {
    let store = database.open().await;
    store.add_user("ada", "free", 0, 0).await.unwrap();
    let key = NewKey {
        id: "k1".to_owned(),
        user: "ada".to_owned(),
        hash: [1; 32],
        prefix: String::new(),
        name: "ci".to_owned(),
        terms: KeyTerms::default(),
        most: None,
    };
    store.create_key(key, 0).await.unwrap();
    let other = Record {
        key_id: Some("k2".into()),
        ..record(1, 2_000)
    };
    let table = filled(&database, &[record(0, 1_000), other, record(2, 3_000)]).await;
    let of = |key: &str, user: Option<&str>| RequestFilter {
        key: Some(key.to_owned()),
        user: user.map(str::to_owned),
        ..RequestFilter::default()
    };
    assert_eq!(ids(&table, of("k1", None), 9).await.0, ["req_2", "req_0"]);
    assert_eq!(ids(&table, of("k1", Some("bob")), 9).await.0, [""; 0]);
    // Nothing is known of this one but its rows.
    assert_eq!(ids(&table, of("k2", None), 9).await.0, ["req_1"]);
}

/// Sets one condition.
type Set = fn(&mut RequestFilter);

async fn what_is_pruned_stays_in_the_sums_of_its_day(database: Database) {
    let mut records: Vec<Record<'_>> = (0..600).map(|seq| record(seq, seq)).collect();
    records.extend([failed(600, DAY - 1), record(601, DAY), failed(602, 2 * DAY)]);
    let table = filled(&database, &records).await;
    let reports = async || {
        let mut reports = Vec::new();
        for by in [
            UsageBy::Day,
            UsageBy::User,
            UsageBy::Model,
            UsageBy::UpstreamModel,
            UsageBy::ServedModel,
        ] {
            reports.push(table.usage(by, 0, i64::MAX).await.unwrap());
        }
        reports.push(table.usage(UsageBy::Day, DAY.cast_signed(), i64::MAX).await.unwrap());
        reports
    };
    let before = reports().await;
    assert_eq!(
        (before[0].len(), before[0][0].requests, before[0][0].failed),
        (3, 601, 1)
    );
    let steps = [
        table.prune(DAY.cast_signed()).await.unwrap(),
        table.prune(DAY.cast_signed()).await.unwrap(),
    ];
    let step = |rows, more| Pruned { rows, more };
    assert_eq!(steps, [step(500, true), step(101, false)]);
    assert_eq!(ids(&table, RequestFilter::default(), 9).await.0, ["req_602", "req_601"]);
    assert_eq!(reports().await, before);
    assert_eq!(table.prune(DAY.cast_signed()).await.unwrap(), step(0, false));
    assert_eq!(reports().await, before);
}

async fn several_nodes_may_prune_at_once(database: Database) {
    let records: Vec<Record<'_>> = (0..900).map(|seq| record(seq, seq)).collect();
    let table = filled(&database, &records).await;
    let other = Table::open(database.open().await).unwrap();
    let all = async |table: &Table| {
        let mut pruned = 0;
        loop {
            let step = table.prune(i64::MAX).await.unwrap();
            pruned += step.rows;
            if !step.more {
                return pruned;
            }
        }
    };
    let (a, b) = tokio::join!(all(&table), all(&other));
    let left = ids(&table, RequestFilter::default(), 500).await.0.len() as u64;
    assert_eq!(a + b + left, 900);
    let usage = table.usage(UsageBy::User, 0, i64::MAX).await.unwrap();
    assert_eq!((usage.len(), usage[0].requests, usage[0].input_tokens), (1, 900, 9_000));
}

async fn sums_that_overflow_stop_at_the_largest_number(database: Database) {
    let absurd = |seq| Record {
        input_tokens: Some(u64::MAX),
        ..record(seq, seq)
    };
    let table = filled(&database, &[absurd(0), absurd(1)]).await;
    table.prune(1).await.unwrap();
    table.prune(2).await.unwrap();
    let usage = table.usage(UsageBy::User, 0, i64::MAX).await.unwrap();
    assert_eq!(
        (usage[0].requests, usage[0].input_tokens),
        (2, i64::MAX.cast_unsigned())
    );
}
