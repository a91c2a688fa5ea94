//! Credits: a spent balance turns away from what costs something, and from nothing else.

use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::Store;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::Upstream;
use serde_json::json as value;

use super::scene::{ADA, Api, KEPT, assert_refused, config};
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

#[tokio::test]
async fn a_model_without_a_price_is_for_those_who_do_not_pay_with_credits() {
    let upstream = Upstream::start().await;
    upstream.answer(super::scene::reply_to);
    let unpriced = "models:\n  route/new: { tier: premium, chain: [{ provider: claude, model: m }] }";
    let config = config(&upstream.base_url(), "", KEPT).replace("models:", unpriced);
    let gateway = Gateway::start(&config).await;
    let store = Store::open("sqlite:jackfield.db", &gateway.config_dir()).await.unwrap();
    let now = unix_millis(SystemTime::now());
    store.add_user("rich", "paid", 1_000_000, now).await.unwrap();
    store.add_user("trusted", "premium", 0, now).await.unwrap();
    let of = |user: &str, plan: &str| gateway.client().with_key(&token(user, plan));

    let refused = of("rich", "paid").chat(ask("route/new")).await;
    assert_refused(&refused, 402, "INSUFFICIENT_CREDITS");
    assert!(refused.text().contains("no price"), "{}", refused.text());
    assert_eq!(upstream.requests().len(), 0);
    let mut prompt = ask("route/new");
    prompt["max_tokens"] = value!(8);
    for client in [of("trusted", "premium"), gateway.client().with_key(ADA)] {
        let short = client.post("/v1/messages", prompt.clone()).await;
        assert_eq!((short.status, &short.json()["credits_charged"]), (200, &value!(null)));
    }
    assert_eq!(store.user("trusted").await.unwrap().unwrap().balance, 0);

    let ada = gateway.client().with_key(ADA);
    let (models, prices) = (ada.get("/v1/models").await.json(), ada.get("/v1/pricing").await.json());
    let find = |list: &serde_json::Value, key: &str| {
        let mut list = list.as_array().unwrap().iter();
        list.find(|model| model[key] == "route/new").cloned().unwrap()
    };
    let listed = find(&models["data"], "id");
    assert_eq!(listed["pricing"], value!({ "prompt": null, "completion": null }));
    let price = find(&prices["models"], "model");
    assert_eq!(
        (&price["input_per_million"], &price["output_per_million"]),
        (&value!(null), &value!(null))
    );
    store.close().await;
}
