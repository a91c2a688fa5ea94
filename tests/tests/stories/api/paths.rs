//! Paths as clients write them, and those by which they look whether there is anybody.

use http::Method;
use serde_json::json as value;

use super::scene::{Api, assert_refused};
use crate::scene::ask;

#[tokio::test]
async fn a_doubled_version_and_a_slash_at_the_end_change_nothing() {
    let api = Api::start().await;
    for path in [
        "/v1/v1/chat/completions",
        "/v1/chat/completions/",
        "/v1//chat/completions",
        "/v1/v1/v1/chat/completions/",
    ] {
        let answer = api.ada().post(path, ask("route/small")).await;
        assert_eq!(answer.content(), "hello", "{path}");
    }
    let mut prompt = ask("route/claude");
    prompt["max_tokens"] = value!(8);
    let claude = api.ada().header("anthropic-version", "2023-06-01");
    let answer = claude.post("/v1/v1/messages?beta=true", prompt).await;
    assert_eq!(answer.json()["type"], "message", "{}", answer.text());
    for path in ["/v1/v1/models/", "/v1/models/"] {
        let list = api.ada().get(path).await.json();
        assert_eq!(list["object"], "list", "{path}");
    }
    let detail = api.ada().get("/v1/v1/models/route/small/").await.json();
    assert_eq!(detail["id"], "route/small");
    let rank = value!({ "model": "route/rank", "query": "q", "documents": ["a", "b", "c"] });
    assert_eq!(api.ada().post("/v1/v2/rerank", rank).await.status, 200);
}

#[tokio::test]
async fn an_odd_path_opens_no_other_door() {
    let api = Api::start().await;
    for path in ["//v1/user/requests/", "/v1/v1/user/requests", "/v1/models/route/small/"] {
        assert_refused(&api.client().get(path).await, 401, "AUTHENTICATION_ERROR");
    }
    assert_refused(&api.ada().get("/v1/v1/nothing/").await, 404, "NOT_FOUND");
    assert_refused(&api.ada().get("/v1/v1/v1").await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn agents_find_out_that_there_is_somebody() {
    let api = Api::start().await;
    for (method, path) in [
        (Method::HEAD, "/"),
        (Method::HEAD, "/api/hello"),
        (Method::GET, "/api/hello"),
        (Method::HEAD, "/v1/models"),
    ] {
        let answer = api.client().request(method.clone(), path, None).await;
        assert_eq!(answer.status, 200, "{method} {path}");
        assert_eq!(method == Method::HEAD, answer.text().is_empty(), "{method} {path}");
    }
    assert_refused(&api.client().get("/").await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn models_are_listed_with_their_limits_and_prices() {
    let large = "  route/large: { tier: premium, pricing: { input_per_million: 3, output_per_million: 15 }, chain: [{ provider: vendor, model: m }] }\n";
    let known = "context: 200, max_output: 64, modalities: { input: [text, image], output: [text] }";
    let api = Api::replacing(
        large,
        &large.replace("tier: premium", &format!("tier: premium, {known}")),
    )
    .await;
    let list = api.ada().get("/v1/model/info").await.json();
    let find = |id: &str| {
        let mut data = list["data"].as_array().unwrap().iter();
        data.find(|model| model["model_name"] == id).cloned().unwrap()
    };
    let expected = value!({
        "model_name": "route/large",
        "litellm_params": { "model": "route/large" },
        "model_info": {
            "id": "route/large", "mode": "chat", "max_tokens": 64, "max_input_tokens": 200, "max_output_tokens": 64,
            "input_cost_per_token": 0.000_003, "output_cost_per_token": 0.000_015, "supports_vision": true,
        },
    });
    assert_eq!(find("route/large"), expected);
    assert_eq!(find("route/draw")["model_info"]["mode"], "image_generation");
    let seen = api.bob().get("/v1/model/info").await.json();
    assert_eq!(seen["data"].as_array().unwrap().len(), 1);
    assert_refused(&api.client().get("/v1/model/info").await, 401, "AUTHENTICATION_ERROR");
}
