//! The journal's disk fails, or somebody else truncates its files: nobody is served for nothing, and the process lives.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::Store;
use jackfield_tests::client::Client;

use crate::accounting::books::{balances, rows_when};
use crate::api::scene::{Api, assert_refused};
use crate::api::tokens::token;
use crate::scene::{ask, eventually};

/// What deep readiness says of a journal without room.
const FULL: &str = "full: rows wait in memory";

async fn api(on_unavailable: &str) -> Api {
    let storage = format!("storage: {{ url: \"sqlite:jackfield.db\", on_unavailable: {on_unavailable} }}");
    Api::with("", &storage).await
}

fn journal(api: &Api) -> PathBuf {
    api.gateway.config_dir().join("jackfield.journal")
}

fn database(api: &Api) -> String {
    format!("sqlite:{}", api.gateway.config_dir().join("jackfield.db").display())
}

/// Truncates every file of a journal.
fn truncate(journal: &Path) {
    for entry in fs::read_dir(journal).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
        }
    }
}

/// Takes the journal's disk away: open files have no room any more, and no others can be created.
fn fail(journal: &Path) -> PathBuf {
    let away = journal.with_extension("away");
    fs::rename(journal, &away).unwrap();
    truncate(&away);
    away
}

/// How ready the gateway says it is, with its status, and what it says of the journal.
async fn deep(api: &Api) -> (u16, String, String) {
    let answer = api.client().get("/readyz?deep=1").await;
    let body = answer.json();
    let part = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (answer.status, part("status"), part("journal"))
}

/// A user of plan `paid` with so many micro-credits.
async fn paying(api: &Api, credits: i64) -> Client {
    let store = Store::open("sqlite:jackfield.db", &api.gateway.config_dir())
        .await
        .unwrap();
    let now = unix_millis(SystemTime::now());
    store.add_user("eve", "paid", credits, now).await.unwrap();
    store.close().await;
    api.client().with_key(&token("eve", "paid"))
}

#[tokio::test]
async fn while_the_journal_cannot_take_a_row_nobody_is_served_and_nobody_is_sent() {
    let api = api("deny").await;
    let eve = paying(&api, 1_000_000).await;
    assert_eq!(eve.chat(ask("route/large")).await.status, 200);
    rows_when(&database(&api), 1).await;
    let away = fail(&journal(&api));

    // Nobody knows yet. Its row waits in memory.
    let last = eve.chat(ask("route/large")).await;
    assert_eq!(last.status, 200);
    for _ in 0..20 {
        assert_refused(&eve.chat(ask("route/small")).await, 503, "OVERLOADED");
    }
    assert_eq!(eve.stream(ask("route/small")).await.status, 503);
    assert_eq!(api.upstream.requests().len(), 2);
    let ready = api.client().get("/readyz").await;
    assert_refused(&ready, 503, "OVERLOADED");
    assert!(ready.text().contains("journal"), "{}", ready.text());
    assert_eq!(deep(&api).await, (503, "unready".to_owned(), FULL.to_owned()));
    assert_eq!(api.client().get("/healthz").await.status, 200);

    fs::rename(&away, journal(&api)).unwrap();
    let status = async || eve.chat(ask("route/small")).await.status;
    eventually("service", status, |status| *status == 200).await;
    assert_eq!(api.client().get("/readyz").await.status, 200);
    assert_eq!(deep(&api).await, (200, "ready".to_owned(), "ok".to_owned()));
    let rows = rows_when(&database(&api), 3).await;
    let id = last.header("x-request-id").unwrap();
    assert!(rows.iter().any(|row| row.request_id == id), "{rows:?}");
}

#[tokio::test]
async fn where_everybody_is_to_be_served_a_users_credits_go_down_without_the_journal() {
    let api = api("allow").await;
    let eve = paying(&api, 1).await;
    let away = fail(&journal(&api));
    assert_eq!(eve.chat(ask("route/large")).await.status, 200);
    assert_refused(&eve.chat(ask("route/large")).await, 402, "INSUFFICIENT_CREDITS");
    for _ in 0..20 {
        assert_eq!(eve.chat(ask("route/small")).await.status, 200);
    }
    assert_eq!(api.client().get("/readyz").await.status, 200);
    assert_eq!(deep(&api).await, (200, "degraded".to_owned(), FULL.to_owned()));

    fs::rename(&away, journal(&api)).unwrap();
    rows_when(&database(&api), 21).await;
    let left = balances(&database(&api)).await;
    assert!(left["eve"] < 0, "{left:?}");
    assert_refused(&eve.chat(ask("route/large")).await, 402, "INSUFFICIENT_CREDITS");
}

#[tokio::test]
async fn a_truncated_journal_kills_nobody_and_takes_later_rows() {
    let api = api("deny").await;
    let eve = paying(&api, 1_000_000).await;
    for _ in 0..10 {
        assert_eq!(eve.chat(ask("route/small")).await.status, 200);
        truncate(&journal(&api));
    }
    let mut later = Vec::new();
    for _ in 0..10 {
        let answer = eve.chat(ask("route/small")).await;
        assert_eq!(answer.status, 200);
        later.push(answer.header("x-request-id").unwrap().to_owned());
    }
    let rows = async || rows_when(&database(&api), later.len()).await;
    let are_there = |rows: &Vec<_>| later.iter().all(|id| is_in(id, rows));
    eventually("every later row", rows, are_there).await;
    assert!(api.gateway.logs().contains("was truncated by another process"));
}

fn is_in(id: &str, rows: &[crate::accounting::books::Row]) -> bool {
    rows.iter().any(|row| row.request_id == id)
}
