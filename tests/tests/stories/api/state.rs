//! `GET /v1/status`: nothing is known before there was traffic, then what the traffic came to.

use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Upstream, status};
use serde_json::{Value, json as value};

use super::scene::{ADA, config, reply_to};
use crate::scene::ask;

/// The state of the provider, and of a model that it serves.
fn state(report: &Value) -> (&str, &str, &Value) {
    let by = |list: &str, key: &str, name: &str| {
        let mut entries = report[list].as_array().unwrap().iter();
        entries.find(|entry| entry[key] == name).unwrap()
    };
    let provider = by("providers", "name", "vendor");
    let model = by("models", "id", "route/small");
    assert_eq!(provider.as_object().unwrap().len(), 3);
    let (id, tier) = (value!("Small"), value!("free"));
    assert_eq!((model["name"].clone(), model["tier"].clone()), (id, tier));
    (
        provider["status"].as_str().unwrap(),
        model["status"].as_str().unwrap(),
        &provider["latency_ms"],
    )
}

#[tokio::test]
async fn the_state_follows_the_traffic() {
    let upstream = Upstream::start().await;
    upstream.answer(reply_to);
    let breaker = "breaker: { failures: 1000 }";
    let config = config(&upstream.base_url(), "", "").replace(breaker, "breaker: { failures: 5 }");
    let gateway = Gateway::start(&config).await;
    let client = gateway.client();
    let report = async || client.get("/v1/status").await.json();

    let before = report().await;
    assert_eq!(state(&before), ("unknown", "unknown", &Value::Null));
    assert_eq!(before["incidents"], value!([]));
    let updated = before["last_updated"].as_str().unwrap();
    // Such as 2026-01-31T23:59:59.000+00:00.
    let (date, time) = updated.split_once('T').unwrap();
    assert!(date.len() == 10 && time.ends_with("+00:00"), "{updated}");
    assert_eq!(before["models"].as_array().unwrap().len(), 6);

    let ada = client.clone().with_key(ADA);
    assert_eq!(ada.chat(ask("route/small")).await.status, 200);
    let after = report().await;
    let (provider, model, latency) = state(&after);
    assert_eq!((provider, model), ("healthy", "healthy"));
    assert!(latency.is_u64(), "{latency}");

    for _ in 0..5 {
        upstream.reply(status(500));
        assert_eq!(ada.chat(ask("route/small")).await.status, 502);
    }
    let after = report().await;
    let (provider, model, _) = state(&after);
    assert_eq!((provider, model), ("down", "down"));
}
