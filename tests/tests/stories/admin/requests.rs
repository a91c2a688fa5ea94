//! What operators see at `/admin/requests`, and what becomes of old rows.

use std::path::Path;

use jackfield_accounting::ledger::table::{Table, UsageBy};
use jackfield_accounting::store::Store;
use jackfield_tests::gateway::Gateway;
use serde_json::{Value, json as value};
use sqlx::{AnyConnection, Connection};

use crate::scene::{Scene, Setup, ask, begins, eventually, refuses, says};

const STORAGE: &str = "storage: { url: \"sqlite:jackfield.db\" }";

/// A scene with a ledger.
async fn kept() -> Scene {
    let mut scene = Scene::start().await;
    let config = format!("{}\n{STORAGE}\n", scene.config(&Setup::default()));
    scene.gateway = Gateway::start(&config).await;
    scene
}

/// Waits until so many requests are listed.
async fn listed(gateway: &Gateway, query: &str, count: usize) -> Value {
    let ask = async || gateway.operator().get(&format!("/admin/requests{query}")).await.json();
    let is = |page: &Value| page["requests"].as_array().is_some_and(|rows| rows.len() == count);
    eventually("rows of the ledger", ask, is).await
}

#[tokio::test]
async fn requests_are_listed_with_their_attempts() {
    let scene = kept().await;
    let client = scene.client();
    scene.first.reply(refuses(503, "down"));
    scene.second.reply(says("hello"));
    client.clone().header("x-request-id", "one").chat(ask("duo")).await;
    scene.first.reply(refuses(500, "down"));
    client.clone().header("x-request-id", "two").chat(ask("solo")).await;
    scene.first.reply(begins(&["hel", "lo"]));
    let broken = client.clone().header("x-request-id", "three");
    broken.stream(ask("solo")).await.collect().await;
    let page = listed(&scene.gateway, "", 3).await;
    let ids: Vec<&Value> = page["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["request_id"])
        .collect();
    assert_eq!(ids, ["three", "two", "one"]);
    let one = &page["requests"][2];
    assert_eq!(
        (&one["status"], &one["ended"], &one["provider"]),
        (&value!(200), &value!("ok"), &value!("second"))
    );
    assert_eq!(one["endpoint"], "/v1/chat/completions");
    let first = &one["attempts"][0];
    assert_eq!(
        (&first["provider"], &first["model"]),
        (&value!("first"), &value!("first-model"))
    );
    assert_eq!(
        (&first["class"], &first["upstream_status"]),
        (&value!("overloaded"), &value!(503))
    );
    let second = &one["attempts"][1];
    assert_eq!((&second["provider"], second.get("class")), (&value!("second"), None));
    assert_eq!((&one["error_code"], &one["class"]), (&value!(null), &value!(null)));
    let two = &page["requests"][1];
    assert_eq!(
        (&two["error_code"], &two["class"]),
        (&value!("PROVIDER_ERROR"), &value!("overloaded"))
    );
    let three = &page["requests"][0];
    assert_eq!(
        (&three["ended"], &three["class"]),
        (&value!("broke_off"), &value!("malformed"))
    );
    let failed = listed(&scene.gateway, "?failed=true&limit=1", 1).await;
    let next = failed["next"].as_str().unwrap();
    let rest = listed(&scene.gateway, &format!("?failed=true&limit=1&cursor={next}"), 1).await;
    assert_eq!(
        (&rest["requests"][0]["request_id"], &rest["next"]),
        (&value!("two"), &value!(null))
    );
    for (query, expected) in [
        ("?request_id=one", "one"),
        ("?status=5xx", "two"),
        ("?provider=second", "one"),
    ] {
        let page = listed(&scene.gateway, query, 1).await;
        assert_eq!(page["requests"][0]["request_id"], expected, "{query}");
    }
    let same = scene.gateway.operator().get("/admin/api/requests?request_id=one").await;
    assert_eq!(same.json()["requests"][0]["request_id"], "one");
    let wrong = scene.gateway.operator().get("/admin/requests?limit=many").await;
    assert_eq!((wrong.status, wrong.error_code()), (400, Some("INVALID_REQUEST")));
}

#[tokio::test]
async fn who_may_not_see_the_snapshot_may_not_see_requests() {
    let config = format!(
        "server: {{ auth: off, admin: {{ token: \"let-me-in\" }} }}\nproviders: {{ mine: {{ adapter: echo }} }}\n{STORAGE}\n"
    );
    let gateway = Gateway::start_without_operators(&config).await;
    for path in ["/admin/requests", "/admin/api/requests"] {
        assert_eq!(gateway.client().get(path).await.status, 401, "{path}");
    }
    let operator = gateway.client().with_key("let-me-in");
    assert_eq!(
        operator.get("/admin/requests").await.json(),
        value!({ "requests": [], "next": null })
    );
    let page = operator.header("origin", "https://evil.example");
    assert_eq!(
        page.get("/admin/requests")
            .await
            .headers
            .get("access-control-allow-origin"),
        None
    );
}

#[tokio::test]
async fn without_a_database_there_is_no_list() {
    let gateway = Gateway::start("storage: { url: none }\nproviders: { mine: { adapter: echo } }\n").await;
    let answer = gateway.operator().get("/admin/requests").await;
    assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")));
}

#[tokio::test]
async fn old_rows_become_sums_by_day() {
    let mut scene = kept().await;
    for _ in 0..2 {
        scene.first.reply(says("hello"));
        scene.client().chat(ask("solo")).await;
    }
    listed(&scene.gateway, "", 2).await;
    let database = format!("sqlite:{}", scene.gateway.config_dir().join("jackfield.db").display());
    let store = Store::open(&database, Path::new("")).await.unwrap();
    let table = Table::open(store).unwrap();
    let usage = async || table.usage(UsageBy::Model, 0, i64::MAX).await.unwrap();
    let before = usage().await;
    assert_eq!((before.len(), before[0].requests), (1, 2));
    // One of them is ten days old.
    execute(&database, "UPDATE ledger SET time = time - 864000000 WHERE seq = 0").await;
    // Of what is that old, sums would have been made.
    execute(&database, "UPDATE ledger_summed SET until = 0").await;
    let config = scene.config(&Setup::default());
    scene
        .gateway
        .reconfigure(&format!("{config}\n{STORAGE}\nledger: {{ keep: 9d }}\n"))
        .await;
    listed(&scene.gateway, "", 1).await;
    assert_eq!(usage().await, before);
    assert_eq!(table.usage(UsageBy::Day, 0, i64::MAX).await.unwrap().len(), 2);
}

async fn execute(database: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(database).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
