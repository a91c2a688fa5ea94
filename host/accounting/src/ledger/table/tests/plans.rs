//! Tests that queries use the indexes that are there for them: what is quick with ten million rows is not seen with ten.

use sqlx::Row;

use super::super::filter::{Compared, Conditions};
use super::super::read::report;
use super::super::requests::listing;
use super::super::usage_by::UsageBy;
use super::super::windows::totals_of;
use super::super::*;
use crate::store::Backend;
use crate::store::tests::{Database, on_both};

on_both!(lists_and_reports_read_by_an_index);

/// Sets conditions.
type Set = fn(&mut RequestFilter);

/// How the database goes about a query: a line for each step.
async fn plan(store: &Store, text: &str, conditions: Conditions) -> String {
    let mut connection = store.pool().acquire().await.unwrap();
    let (explain, column) = match store.file() {
        Some(_) => ("EXPLAIN QUERY PLAN", 3),
        None => ("EXPLAIN (COSTS off)", 0),
    };
    if store.file().is_none() {
        // Tables with a few rows are read as a whole otherwise.
        let off = "SET enable_seqscan = off";
        sqlx::query(off).execute(&mut *connection).await.unwrap();
    }
    let text = format!("{explain} {text}");
    let rows = conditions.bound(&text).fetch_all(&mut *connection).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String, _>(column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

async fn lists_and_reports_read_by_an_index(database: Database) {
    let store = database.open().await;
    let cases: [(Set, &str); 8] = [
        (|_| {}, KEY),
        (|filter| filter.since = Some(5), KEY),
        (|filter| filter.after = "5.6.7".parse().ok(), KEY),
        (|filter| filter.user = Some("ada".to_owned()), "ledger_by_user"),
        (
            |filter| {
                filter.user = Some("ada".to_owned());
                filter.since = Some(5);
                filter.until = Some(9);
                filter.after = "5.6.7".parse().ok();
            },
            "ledger_by_user",
        ),
        (|filter| filter.request_id = Some("req".to_owned()), "ledger_by_request"),
        (|filter| filter.status = "5xx".parse().ok(), "ledger_failures"),
        (
            |filter| filter.error_code = Some("TIMEOUT".to_owned()),
            "ledger_failures",
        ),
    ];
    for (set, index) in cases {
        let mut filter = RequestFilter::default();
        set(&mut filter);
        if filter.until.is_some() && store.backend() == Backend::Postgres {
            // Without rows, it takes a stretch of time for shorter than a user's requests.
            continue;
        }
        let (text, conditions) = listing(&filter, 51);
        let plan = plan(&store, &text, conditions).await;
        assert!(plan.contains(key(&store, index)), "{filter:?}\n{plan}");
    }
    // Reports read what was not summed up by its time, and the totals of one dimension.
    let conditions = Conditions {
        values: [0, i64::MAX, 0, 9].map(Compared::Number).into(),
        ..Conditions::default()
    };
    let text = report(UsageBy::Model);
    let plan = plan(&store, &text, conditions).await;
    assert!(plan.contains(key(&store, KEY)), "{plan}");
    let totals = match store.backend() {
        Backend::Sqlite => "ledger_totals USING INDEX sqlite_autoindex_ledger_totals_1 (dimension=?",
        Backend::Postgres => "ledger_totals_pkey",
    };
    assert!(plan.contains(totals), "{plan}");
    // What is asked at a start reads the rows of the day.
    for of in [Holders::Users, Holders::Keys] {
        for (text, values) in [(of.since_midnight(), &[5, 6][..]), (of.by_second(), &[5])] {
            let conditions = Conditions {
                values: values.iter().copied().map(Compared::Number).collect(),
                ..Conditions::default()
            };
            let plan = self::plan(&store, &text, conditions).await;
            assert!(plan.contains(key(&store, KEY)), "{text}\n{plan}");
        }
    }
    // What finds the days of a model reads its totals alone.
    let (text, conditions) = totals_of(UsageBy::Model, "m", &RequestFilter::default());
    let plan = self::plan(&store, &text, conditions).await;
    let names = match store.backend() {
        Backend::Sqlite => "sqlite_autoindex_ledger_totals_1 (dimension=? AND name=?)",
        Backend::Postgres => "ledger_totals_pkey",
    };
    assert!(plan.contains(names), "{plan}");
}

/// The table's own key, which begins with the time.
const KEY: &str = "the key";

/// What a plan calls an index.
fn key<'a>(store: &Store, index: &'a str) -> &'a str {
    match (index, store.backend()) {
        (KEY, Backend::Sqlite) => "sqlite_autoindex_ledger_1",
        (KEY, Backend::Postgres) => "ledger_pkey",
        (index, _) => index,
    }
}
