//! Options for which an upstream charges extra: refused by name to those whose plan limits them.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use serde_json::{Value, json as value};

use crate::scene::{ask, says};

const LIMITED: &str = "rk_1111111111111111111111111111111111111111111111111111111111111111";
const OPEN: &str = "rk_2222222222222222222222222222222222222222222222222222222222222222";
const PASSING: &str = "rk_3333333333333333333333333333333333333333333333333333333333333333";

async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let chain = "chain: [{ provider: vendor, model: m }]";
    let gateway = Gateway::start(&format!(
        r#"
server: {{ auth: required }}
routing: {{ retry_count: 0 }}
plans:
  limited: {{ tiers: [free], limits: {{ per_day: 100 }} }}
  open: {{ tiers: [free] }}
  passing: {{ tiers: [free], passes: [service_tier, server_tools], limits: {{ per_day: 100 }} }}
keys:
  limited: {{ key: "{LIMITED}", user: ada, plan: limited }}
  open: {{ key: "{OPEN}", user: bob, plan: open }}
  passing: {{ key: "{PASSING}", user: eve, plan: passing }}
providers:
  vendor: {{ adapter: openai, base_url: "{url}" }}
models:
  m: {{ {FREE}, {chain} }}
  passes: {{ {FREE}, passes: [service_tier], {chain} }}
  draw: {{ {FREE}, capability: images, request_cost: 5, {chain} }}
"#
    ))
    .await;
    (gateway, upstream)
}

fn with(mut request: Value, members: &Value) -> Value {
    request
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    request
}

fn client(gateway: &Gateway, key: &str) -> Client {
    gateway.client().with_key(key)
}

#[tokio::test]
async fn what_costs_extra_is_refused_by_its_name_in_every_dialect() {
    let (gateway, upstream) = scene().await;
    upstream.always(says("hello"));
    let limited = client(&gateway, LIMITED);
    for (members, field) in [
        (value!({ "models": ["vendor/dear"] }), "models"),
        (value!({ "service_tier": "priority" }), "service_tier"),
        (value!({ "plugins": [{ "id": "web" }] }), "plugins"),
        (value!({ "web_search_options": {} }), "web_search_options"),
        (value!({ "store": true }), "store"),
        (value!({ "speed": "fast" }), "speed"),
        (
            value!({ "tools": [{ "type": "web_search_20250305", "name": "web_search" }] }),
            "tools[0]",
        ),
    ] {
        let request = with(ask("m"), &with(members, &value!({ "max_tokens": 8 })));
        let sdk = limited.clone().header("anthropic-version", "2023-06-01");
        for answer in [
            limited.chat(request.clone()).await,
            limited.post("/v1/messages", request.clone()).await,
            sdk.post("/v1/messages", request.clone()).await,
        ] {
            assert_eq!(
                (answer.status, answer.error_code()),
                (400, Some("INVALID_REQUEST")),
                "{field}"
            );
            assert!(
                answer.text().contains(&format!("{field}: costs extra")),
                "{}",
                answer.text()
            );
        }
        let open = client(&gateway, OPEN).chat(request).await;
        assert_ne!(open.error_code(), Some("INVALID_REQUEST"), "{field}: {}", open.text());
    }
    let sent = upstream.requests();
    assert_eq!(sent.len(), 7, "those of the plan without limits alone");
    let draw = value!({ "model": "draw", "prompt": "a cat", "quality": "hd" });
    let refused = limited.post("/v1/images/generations", draw).await;
    assert!(
        refused.status == 400 && refused.text().contains("quality"),
        "{}",
        refused.text()
    );
    let used = limited.get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 0, "a refusal costs nothing");
}

#[tokio::test]
async fn what_plan_or_model_passes_on_is_sent() {
    let (gateway, upstream) = scene().await;
    upstream.always(says("hello"));
    let priority = value!({ "service_tier": "priority" });
    for (key, model, status) in [(LIMITED, "m", 400), (PASSING, "m", 200), (LIMITED, "passes", 200)] {
        let answer = client(&gateway, key).chat(with(ask(model), &priority)).await;
        assert_eq!(answer.status, status, "{model}: {}", answer.text());
    }
    for request in upstream.requests() {
        assert_eq!(request.json()["service_tier"], "priority");
    }
    let cheap = with(ask("m"), &value!({ "service_tier": "auto", "store": false, "n": 1 }));
    assert_eq!(client(&gateway, LIMITED).chat(cheap).await.status, 200);
}

#[tokio::test]
async fn several_answers_count_as_several_requests() {
    let (gateway, upstream) = scene().await;
    let limited = client(&gateway, LIMITED);
    upstream.always(says("hello"));
    assert_eq!(limited.chat(with(ask("m"), &value!({ "n": 3 }))).await.status, 200);
    upstream.always(json(200, value!({ "created": 1, "data": [{ "b64_json": "aGk=" }] })));
    let draw = value!({ "model": "draw", "prompt": "a cat", "n": 2 });
    let drawn = limited.post("/v1/images/generations", draw).await;
    assert_eq!(drawn.status, 200, "{}", drawn.text());
    let used = limited.get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 3 + 2 * 5);
    let many = limited.chat(with(ask("m"), &value!({ "n": 100 }))).await;
    assert_eq!(many.error_code(), Some("DAILY_REQUEST_LIMIT_EXCEEDED"));
}
