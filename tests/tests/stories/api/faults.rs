//! A request that its upstream finds at fault: the upstream's words for programs reach the client, in its dialect.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::upstream::{Reply, json, raw, sse};
use serde_json::{Value, json as value};

use super::scene::Api;
use crate::scene::ask;

const TOO_LONG: &str = "This model's maximum context length is 8 tokens.";

/// An error in OpenAI's form.
fn error(kind: &str, param: Option<&str>, code: Option<&str>, message: &str) -> Value {
    value!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

fn too_long() -> Value {
    let (param, code) = (Some("messages"), Some("context_length_exceeded"));
    error("invalid_request_error", param, code, TOO_LONG)
}

async fn api() -> Api {
    Api::with("error_format: json", "").await
}

/// Asks at this path, whole and streamed.
async fn asked(api: &Api, client: &Client, path: &str, model: &str, reply: impl Fn() -> Reply) -> [Answer; 2] {
    api.upstream.reply(reply()).then(reply());
    let mut body = ask(model);
    body["max_tokens"] = value!(8);
    let whole = client.post(path, body.clone()).await;
    body["stream"] = value!(true);
    [whole, client.post(path, body).await]
}

#[tokio::test]
async fn the_code_and_the_parameter_reach_the_client() {
    let api = api().await;
    let policy = || error("policy_error", Some("messages[0]"), Some("content_filter"), "no");
    // As vLLM and Anthropic say it: without a code.
    let bare = || value!({ "object": "error", "message": TOO_LONG, "type": "BadRequestError", "code": 400 });
    for (status, reply, expected) in [
        (400, too_long(), too_long()),
        (413, too_long(), too_long()),
        (400, policy(), policy()),
        (
            400,
            bare(),
            error("BadRequestError", None, Some("context_length_exceeded"), TOO_LONG),
        ),
        (
            422,
            error("t", None, None, "no"),
            error("t", None, Some("INVALID_REQUEST"), "no"),
        ),
    ] {
        let chat = "/v1/chat/completions";
        for answer in asked(&api, &api.ada(), chat, "route/small", || json(status, &reply)).await {
            assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_REQUEST")));
            assert_eq!(answer.json(), expected);
        }
    }
}

#[tokio::test]
async fn every_operation_has_them() {
    let api = api().await;
    for (path, body) in [
        ("/v1/embeddings", value!({ "model": "route/embed", "input": "x" })),
        (
            "/v1/rerank",
            value!({ "model": "route/rank", "query": "q", "documents": ["d"] }),
        ),
        (
            "/v1/images/generations",
            value!({ "model": "route/draw", "prompt": "p" }),
        ),
    ] {
        api.upstream.reply(json(400, too_long()));
        let answer = api.ada().post(path, body).await;
        assert_eq!((answer.status, answer.json()), (400, too_long()), "{path}");
    }
}

#[tokio::test]
async fn an_error_in_place_of_a_reply_has_them_too() {
    let api = api().await;
    let chat = "/v1/chat/completions";
    let message = format!("the upstream reported an error: {TOO_LONG}");
    let (param, code) = (Some("messages"), Some("context_length_exceeded"));
    let expected = error("invalid_request_error", param, code, &message);
    let [whole, _] = asked(&api, &api.ada(), chat, "route/small", || json(200, too_long())).await;
    assert_eq!((whole.status, whole.json()), (400, expected.clone()));
    let [_, streamed] = asked(&api, &api.ada(), chat, "route/small", || sse([too_long()])).await;
    assert_eq!((streamed.status, streamed.json()), (400, expected));
}

#[tokio::test]
async fn clients_of_the_other_dialect_get_what_they_decide_by() {
    let api = api().await;
    let full = api.ada().header("anthropic-version", "2023-06-01");
    let said = format!("prompt is too long: {TOO_LONG}");
    let anthropics = value!({ "type": "error", "error": { "type": "invalid_request_error", "message": said } });
    for (client, expected) in [(full, anthropics), (api.ada(), too_long())] {
        for answer in asked(&api, &client, "/v1/messages", "route/small", || json(400, too_long())).await {
            assert_eq!((answer.status, answer.json()), (400, expected.clone()));
        }
    }
    let message = "prompt is too long: 9 tokens > 8 maximum";
    let inner = value!({ "type": "invalid_request_error", "message": message });
    let reply = value!({ "type": "error", "error": inner });
    let code = Some("context_length_exceeded");
    let expected = error("invalid_request_error", None, code, message);
    for answer in asked(&api, &api.ada(), "/v1/chat/completions", "route/claude", || {
        json(400, &reply)
    })
    .await
    {
        assert_eq!((answer.status, answer.json()), (400, expected.clone()));
    }
}

#[tokio::test]
async fn a_stream_that_its_upstream_ends_for_its_content_says_why() {
    let api = api().await;
    let filtered = error("t", None, Some("content_filter"), "not this");
    let begun = value!({ "choices": [{ "index": 0, "delta": { "content": "a" } }] });
    let reply = || raw([format!("data: {begun}\n\n"), format!("data: {filtered}\n\n")]);
    api.upstream.reply(reply());
    let mut body = ask("route/small");
    body["stream"] = value!(true);
    let answer = api.ada().chat(body).await;
    let last = answer.text().trim_end().lines().last().unwrap().to_owned();
    let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    let message = "The stream broke off: vendor does not accept its content: the upstream reported an error: not this";
    assert_eq!(last, error("t", None, Some("content_filter"), message));
}
