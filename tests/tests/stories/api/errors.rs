//! How errors look: text for people, JSON on request, Anthropic's own to those who speak its protocol.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Gate, Upstream, json, never_answers, status};
use serde_json::json as value;

use super::scene::{ADA, Api, assert_marked, assert_refused, config};
use crate::scene::{ask, refuses};

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn every_error_of_a_request_has_its_status_and_word() {
    let api = Api::with("max_body_bytes: 4096", "").await;
    let (ada, bob) = (api.ada(), api.bob());
    let typed = |kind: &str| ada.clone().header("content-type", kind);
    for (status, code, answer) in [
        (400, "INVALID_REQUEST", ada.post_text(CHAT, "{").await),
        (400, "INVALID_REQUEST", ada.post_text(CHAT, "[]").await),
        (400, "INVALID_REQUEST", ada.post(CHAT, value!({ "model": 7 })).await),
        (400, "INVALID_MODEL", ada.chat(ask("route/none")).await),
        (400, "INVALID_MODEL", ada.chat(ask("route/embed")).await),
        (403, "MODEL_NOT_ALLOWED", bob.chat(ask("route/large")).await),
        (404, "NOT_FOUND", ada.get("/v1/nothing").await),
        (404, "NOT_FOUND", api.client().get("/").await),
        (405, "METHOD_NOT_ALLOWED", ada.get(CHAT).await),
        (405, "METHOD_NOT_ALLOWED", ada.post("/v1/models", value!({})).await),
        (413, "REQUEST_TOO_LARGE", ada.post_text(CHAT, &" ".repeat(5000)).await),
        (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            typed("text/plain").chat(ask("route/small")).await,
        ),
    ] {
        assert_refused(&answer, status, code);
    }
    assert_eq!(api.upstream.requests().len(), 0);
}

#[tokio::test]
async fn a_field_at_fault_is_named() {
    let api = Api::start().await;
    for (path, body, field) in [
        (CHAT, value!({ "messages": [] }), "model"),
        (CHAT, value!({ "model": "route/small" }), "messages"),
        (
            "/v1/messages",
            value!({ "model": "route/claude", "max_tokens": 1 }),
            "messages",
        ),
        ("/v1/embeddings", value!({ "model": "route/embed" }), "input"),
        (
            "/v1/rerank",
            value!({ "model": "route/rank", "query": "q" }),
            "documents",
        ),
        (
            "/v1/rerank",
            value!({ "model": "route/rank", "documents": ["d"] }),
            "query",
        ),
        ("/v1/images/generations", value!({ "model": "route/draw" }), "prompt"),
    ] {
        let answer = api.ada().post(path, body.clone()).await;
        assert_refused(&answer, 400, "INVALID_REQUEST");
        assert!(answer.text().starts_with(field), "{}", answer.text());
        if path != "/v1/messages" {
            let program = api.ada().header("accept", "application/json");
            assert_eq!(program.post(path, body).await.json()["error"]["param"], field);
        }
    }
}

#[tokio::test]
async fn what_the_upstreams_came_to_has_its_status_and_word() {
    let api = Api::start().await;
    api.upstream
        .reply(status(500))
        .then(refuses(401, "no"))
        .then(refuses(429, "slow"))
        .then(refuses(400, "context too long"))
        .then(refuses(422, "bad schema"));
    for (status, code) in [
        (502, "PROVIDER_ERROR"),
        (502, "PROVIDER_ERROR"),
        (429, "PROVIDER_RATE_LIMITED"),
    ] {
        assert_refused(&api.ada().chat(ask("route/small")).await, status, code);
    }
    for message in ["context too long", "bad schema"] {
        let answer = api.ada().chat(ask("route/small")).await;
        assert_refused(&answer, 400, "INVALID_REQUEST");
        assert!(answer.text().contains(message), "{}", answer.text());
    }
}

#[tokio::test]
async fn shed_load_is_told_when_to_come_back() {
    let api = Api::with("max_concurrent_requests: 1", "").await;
    let gate = Gate::new();
    api.upstream.reply(json(200, "{}").after(&gate));
    let (ada, bob) = (api.ada(), api.bob());
    let (_, shed) = tokio::join!(ada.chat(ask("route/small")), async {
        api.upstream.next_request().await;
        let shed = bob.chat(ask("route/small")).await;
        gate.open_forever();
        shed
    });
    assert_refused(&shed, 503, "OVERLOADED");
}

#[tokio::test]
async fn errors_are_json_if_the_configuration_says_so() {
    let api = Api::with("error_format: json", "").await;
    let answer = api.client().chat(ask("route/small")).await;
    assert_json(&answer, 401, "authentication_error", "AUTHENTICATION_ERROR");
    let answer = api.ada().chat(ask("route/none")).await;
    assert_json(&answer, 400, "invalid_request_error", "INVALID_MODEL");
    let answer = api.bob().chat(ask("route/large")).await;
    assert_json(&answer, 403, "permission_error", "MODEL_NOT_ALLOWED");
    api.upstream.reply(status(500));
    let answer = api.ada().chat(ask("route/small")).await;
    assert_json(&answer, 502, "api_error", "PROVIDER_ERROR");
}

#[track_caller]
fn assert_json(answer: &Answer, status: u16, kind: &str, code: &str) {
    assert_eq!((answer.status, answer.error_code()), (status, Some(code)));
    assert_marked(answer);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let message = body["error"]["message"].as_str().unwrap();
    let error = value!({ "message": message, "type": kind, "param": null, "code": code });
    assert_eq!(body, value!({ "error": error }));
}

#[tokio::test]
async fn who_speaks_anthropics_protocol_gets_its_errors() {
    for server in ["", "error_format: json"] {
        let api = Api::with(server, "").await;
        let version = |client: Client| client.header("anthropic-version", "2023-06-01");
        api.upstream.reply(status(500)).then(refuses(400, "too long"));
        let prompt = |model: &str| {
            let mut prompt = ask(model);
            prompt["max_tokens"] = value!(8);
            prompt
        };
        for (client, model, status, kind) in [
            (api.client(), "route/claude", 401, "authentication_error"),
            (api.bob(), "route/claude", 403, "permission_error"),
            (api.ada(), "route/none", 404, "not_found_error"),
            (api.ada(), "route/claude", 502, "api_error"),
            (api.ada(), "route/claude", 400, "invalid_request_error"),
        ] {
            let answer = version(client).post("/v1/messages", prompt(model)).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            assert_marked(&answer);
            assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
            let body = answer.json();
            let message = body["error"]["message"].as_str().unwrap();
            let error = value!({ "type": kind, "message": message });
            assert_eq!(body, value!({ "type": "error", "error": error }));
        }
        // The same client elsewhere speaks OpenAI's protocol.
        let chat = version(api.client()).chat(ask("route/small")).await;
        assert!(!chat.text().contains("\"type\":\"error\""));
    }
}

#[tokio::test]
async fn all_timeouts_are_a_timeout() {
    let upstream = Upstream::start().await;
    upstream.always(never_answers());
    let config = config(&upstream.base_url(), "", "");
    let slow = config.replace("base_url", "timeouts: { total: 50ms }, base_url");
    let gateway = Gateway::start(&slow).await;
    let ada = gateway.client().with_key(ADA);
    assert_refused(&ada.chat(ask("route/small")).await, 504, "PROVIDER_TIMEOUT");
}
