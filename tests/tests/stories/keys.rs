//! Who may call what: keys in two headers, plans and tiers, and the lists of models that follow from them.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use serde_json::{Value, json as value};

use crate::scene::ask;

/// Keys of a user of each plan.
const ADA: &str = "rk_1111111111111111111111111111111111111111111111111111111111111111";
const BOB: &str = "rk_2222222222222222222222222222222222222222222222222222222222222222";

/// Well formed and unknown.
const NOBODY: &str = "rk_3333333333333333333333333333333333333333333333333333333333333333";

async fn gateway() -> Gateway {
    let config = format!(
        r#"
server: {{ auth: required }}
plans:
  free: {{ tiers: [free] }}
  max: {{ tiers: [free, premium] }}
keys:
  ada: {{ key: "{ADA}", user: ada, plan: max }}
  bob: {{ key: "{BOB}", user: bob, plan: free }}
providers:
  echo: {{ adapter: echo }}
  spare: {{ adapter: echo }}
models:
  route/small: {{ tier: free, {FREE}, chain: [{{ provider: echo, model: e }}] }}
  route/large:
    name: Large
    tier: premium
    context: 1000
    max_output: 100
    pricing: {{ input_per_million: 0.5, output_per_million: 15 }}
    chain: [{{ provider: echo, model: e }}, {{ provider: spare, model: e }}]
"#
    );
    Gateway::start(&config).await
}

async fn status(client: &Client, model: &str) -> (u16, Option<String>) {
    let answer = client.chat(ask(model)).await;
    (answer.status, answer.error_code().map(str::to_owned))
}

fn ids(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|model| model["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn without_a_known_key_there_is_no_chat() {
    let gateway = gateway().await;
    let client = gateway.client();
    for stranger in [
        client.clone(),
        client.clone().with_key(NOBODY),
        client.clone().with_key("sk-something"),
        client.clone().with_key(&ADA[..40]),
        client.clone().header("x-api-key", NOBODY),
        client.clone().header("authorization", "Basic YWRhOmFkYQ=="),
        // Both sent and different: `Authorization` wins.
        client.clone().header("x-api-key", ADA).with_key(NOBODY),
    ] {
        let expected = (401, Some("AUTHENTICATION_ERROR".to_owned()));
        assert_eq!(status(&stranger, "route/small").await, expected);
        // Not even whether a model exists.
        assert_eq!(status(&stranger, "unheard-of").await, expected);
    }
}

#[tokio::test]
async fn a_key_is_taken_from_either_header() {
    let gateway = gateway().await;
    let client = gateway.client();
    for known in [
        client.clone().with_key(ADA),
        client.clone().header("x-api-key", ADA),
        client.clone().header("authorization", &format!("bearer {ADA}")),
        client.clone().header("x-api-key", NOBODY).with_key(ADA),
    ] {
        assert_eq!(status(&known, "route/small").await, (200, None));
    }
}

#[tokio::test]
async fn a_plan_opens_its_tiers_and_no_others() {
    let gateway = gateway().await;
    let (ada, bob) = (gateway.client().with_key(ADA), gateway.client().with_key(BOB));
    assert_eq!(status(&ada, "route/large").await, (200, None));
    assert_eq!(status(&bob, "route/small").await, (200, None));
    let expected = (403, Some("MODEL_NOT_ALLOWED".to_owned()));
    assert_eq!(status(&bob, "route/large").await, expected);
    let stream = bob.stream(ask("route/large")).await;
    assert_eq!(
        (stream.status, stream.header("x-error-code")),
        (403, Some("MODEL_NOT_ALLOWED"))
    );
}

#[tokio::test]
async fn the_list_of_models_shows_what_the_caller_may_call() {
    let gateway = gateway().await;
    let client = gateway.client();
    let list = async |client: Client| client.get("/v1/models").await.json();
    assert_eq!(ids(&list(client.clone()).await), ["route/small"]);
    assert_eq!(ids(&list(client.clone().with_key(BOB)).await), ["route/small"]);
    let all = list(client.clone().with_key(ADA)).await;
    assert_eq!(ids(&all), ["route/large", "route/small"]);
    let large = value!({
        "id": "route/large", "object": "model", "created": 0, "owned_by": "echo", "tier": "premium",
        "name": "Large", "capability": "chat",
        "modalities": { "input": ["text"], "output": ["text"] },
        "limit": { "context": 1000, "output": 100 },
        "pricing": { "prompt": "0.0000005", "completion": "0.000015" },
    });
    assert_eq!((&all["object"], &all["data"][0]), (&value!("list"), &large));
    let stranger = client.with_key(NOBODY).get("/v1/models").await;
    assert_eq!(stranger.status, 401);
}

#[tokio::test]
async fn one_model_shows_its_providers_and_whether_it_is_allowed() {
    let gateway = gateway().await;
    let path = "/v1/models/route/large";
    for (key, allowed) in [(ADA, true), (BOB, false)] {
        let detail = gateway.client().with_key(key).get(path).await.json();
        let expected = value!({
            "id": "route/large", "object": "model", "created": 0, "owned_by": "echo", "tier": "premium",
            "allowed": allowed, "providers": ["echo", "spare"],
        });
        assert_eq!(detail, expected);
    }
    assert_eq!(gateway.client().get(path).await.status, 401);
    let unknown = gateway.client().with_key(ADA).get("/v1/models/route/none").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json(), value!({ "error": "Model not found" }));
}

#[tokio::test]
async fn a_key_that_is_removed_stops_working_and_a_new_one_begins_to() {
    let mut gateway = gateway().await;
    let config = std::fs::read_to_string(gateway.config_dir().join("config.yaml")).unwrap();
    gateway.reconfigure(&config.replace(ADA, NOBODY)).await;
    let (old, new) = (gateway.client().with_key(ADA), gateway.client().with_key(NOBODY));
    assert_eq!(status(&old, "route/small").await.0, 401);
    assert_eq!(status(&new, "route/small").await.0, 200);
}

#[tokio::test]
async fn authentication_cannot_be_off_beyond_loopback() {
    let config = "server: { auth: off }\nproviders: {}\nmodels: {}\n";
    let beyond = "0.0.0.0:8080".parse().unwrap();
    let refusal = Gateway::refusal(config, beyond).await;
    assert!(refusal.contains("server.auth"), "{refusal}");
    assert!(refusal.contains("loopback"), "{refusal}");
    let config = "server: { auth: off, listen: \"0.0.0.0:8080\" }\nproviders: {}\nmodels: {}\n";
    let loopback = "127.0.0.1:8080".parse().unwrap();
    let refusal = Gateway::refusal(config, loopback).await;
    assert!(refusal.contains("server.auth"), "{refusal}");
}
