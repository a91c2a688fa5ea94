//! Credits: a spent balance turns away from what costs something, and from nothing else.

use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::Store;
use serde_json::json as value;

use super::scene::{Api, KEPT, assert_refused};
use super::tokens::token;
use crate::scene::{ask, eventually};

#[tokio::test]
async fn a_spent_balance_leaves_what_is_free() {
    let api = Api::with("", KEPT).await;
    let store = Store::open("sqlite:jackfield.db", &api.gateway.config_dir())
        .await
        .unwrap();
    let now = unix_millis(SystemTime::now());
    store.add_user("poor", "paid", 0, now).await.unwrap();
    store.add_user("rich", "paid", 1_000_000, now).await.unwrap();
    store.add_user("trusted", "premium", 0, now).await.unwrap();
    let of = |user: &str, plan: &str| api.client().with_key(&token(user, plan));
    let (poor, rich) = (of("poor", "paid"), of("rich", "paid"));

    let refused = poor.chat(ask("route/large")).await;
    assert_refused(&refused, 402, "INSUFFICIENT_CREDITS");
    let mut stream = ask("route/large");
    stream["stream"] = value!(true);
    assert_refused(&poor.chat(stream).await, 402, "INSUFFICIENT_CREDITS");
    assert_eq!(api.upstream.requests().len(), 0);
    let used = poor.get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 0, "its quota is given back");

    assert_eq!(poor.chat(ask("route/small")).await.status, 200);
    assert_eq!(rich.chat(ask("route/large")).await.status, 200);
    assert_eq!(of("trusted", "premium").chat(ask("route/large")).await.status, 200);

    store.add_credits("poor", 1).await.unwrap();
    let again = async || poor.chat(ask("route/large")).await.status;
    eventually("new credits to count", again, |status| *status == 200).await;
    // The last credit has paid for that one.
    let refused = poor.chat(ask("route/large")).await;
    assert_refused(&refused, 402, "INSUFFICIENT_CREDITS");
    store.close().await;
}
