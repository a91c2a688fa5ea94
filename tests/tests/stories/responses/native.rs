//! Requests to the Responses API over an upstream that has it: they pass as they came.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse_typed};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::{PATH, events, streamed};

/// A gateway with one upstream: `own` has the API, `chat` has not, and `both` is a chain of the two.
async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let at = format!("adapter: openai, base_url: \"{}\", api_key: sk", upstream.base_url());
    let config = format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  \
         own: {{ {at}, settings: {{ responses: pass }} }}\n  chat: {{ {at} }}\nmodels:\n  \
         own: {{ {FREE}, chain: [{{ provider: own, model: up }}] }}\n  \
         both: {{ {FREE}, chain: [{{ provider: own, model: up }}, {{ provider: chat, model: up }}] }}\n  \
         target: {{ {FREE}, chain: [{{ provider: chat, model: up, settings: {{ responses: pass }} }}] }}\n",
    );
    (Gateway::start(&config).await, upstream)
}

fn response(status: &str) -> Value {
    value!({
        "id": "resp_vendor", "object": "response", "status": status, "model": "up", "of_tomorrow": 1,
        "output": [
            { "type": "web_search_call", "id": "ws_1", "status": "completed" },
            { "type": "message", "id": "msg_1", "role": "assistant", "content": [{ "type": "output_text", "text": "hi" }] },
        ],
        "usage": { "input_tokens": 5, "output_tokens": 2, "total_tokens": 7 },
    })
}

/// A request of which a chat knows little.
fn ask(model: &str) -> Value {
    value!({
        "model": model, "input": [{ "type": "item_reference", "id": "msg_0" }], "previous_response_id": "resp_0",
        "tools": [{ "type": "web_search" }], "reasoning": { "summary": "auto" }, "of_tomorrow": { "x": 1 },
    })
}

#[tokio::test]
async fn a_request_and_its_reply_pass_but_for_the_models_name() {
    let (gateway, upstream) = scene().await;
    for model in ["own", "target"] {
        upstream.reply(json(200, response("completed")));
        let answer = gateway.client().post(PATH, ask(model)).await;
        let mut expected = response("completed");
        expected["model"] = value!(model);
        assert_eq!(answer.json(), expected, "{}", answer.text());
        assert_eq!(answer.header("x-jackfield-dropped"), None);
        let sent = upstream.next_request().await;
        assert_eq!(sent.path, "/v1/responses");
        assert_eq!(sent.json(), ask("up"));
    }
}

#[tokio::test]
async fn a_stream_passes_and_one_that_breaks_off_fails_under_its_own_id() {
    let (gateway, upstream) = scene().await;
    let created = value!({ "type": "response.created", "sequence_number": 0, "response": response("in_progress") });
    let delta = value!({ "type": "response.output_text.delta", "sequence_number": 1, "delta": "hi", "of_tomorrow": 1 });
    let completed = value!({ "type": "response.completed", "sequence_number": 2, "response": response("completed") });
    upstream.reply(sse_typed([&created, &delta, &completed]));
    let stream = streamed(&gateway.client(), ask("own")).await;
    let passed = events(&stream, "response.completed");
    assert_eq!(passed[1], delta);
    assert_eq!(passed[2]["response"]["model"], "own");
    assert_eq!(passed[2]["response"]["of_tomorrow"], 1);
    upstream.reply(sse_typed([&created, &delta]));
    let stream = streamed(&gateway.client(), ask("own")).await;
    let broken = events(&stream, "response.failed");
    assert_eq!(broken.last().unwrap()["response"]["id"], "resp_vendor");
}

#[tokio::test]
async fn chats_still_go_there_and_what_no_chat_can_answer_needs_such_an_upstream_alone() {
    let (gateway, upstream) = scene().await;
    upstream.reply(json(200, openai::completion(&Turn::says(&["hi"]), 1)));
    let chat = value!({ "model": "own", "messages": [{ "role": "user", "content": "hi" }] });
    assert_eq!(gateway.client().chat(chat).await.content(), "hi");
    assert_eq!(upstream.next_request().await.path, "/v1/chat/completions");
    let answer = gateway.client().post(PATH, ask("both")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("previous_response_id: "), "{}", answer.text());
    upstream.reply(json(200, response("completed")));
    let answer = gateway
        .client()
        .post(PATH, value!({ "model": "both", "input": "hi" }))
        .await;
    assert_eq!(answer.json()["output"][0]["type"], "web_search_call");
    assert_eq!(upstream.next_request().await.path, "/v1/responses");
}

#[tokio::test]
async fn its_own_counter_counts_and_only_it_makes_conversations_shorter() {
    let (gateway, upstream) = scene().await;
    let ask =
        |model: &str| value!({ "model": model, "input": [{ "role": "user", "content": "hi" }], "of_tomorrow": 1 });
    upstream.reply(json(
        200,
        value!({ "object": "response.input_tokens", "input_tokens": 41 }),
    ));
    let count = gateway.client().post("/v1/responses/input_tokens", ask("both")).await;
    assert_eq!(
        count.json(),
        value!({ "object": "response.input_tokens", "input_tokens": 41 })
    );
    let sent = upstream.next_request().await;
    assert_eq!((&*sent.path, sent.json()), ("/v1/responses/input_tokens", ask("up")));
    let shorter = value!({
        "id": "resp_1", "object": "response.compaction", "created_at": 7,
        "output": [{ "id": "cmp_1", "type": "compaction", "encrypted_content": "gAAA" }],
        "usage": { "input_tokens": 139, "output_tokens": 38, "total_tokens": 177 },
    });
    upstream.reply(json(200, shorter.clone()));
    let answer = gateway.client().post("/v1/responses/compact", ask("own")).await;
    assert_eq!(answer.json(), shorter, "{}", answer.text());
    let sent = upstream.next_request().await;
    assert_eq!((&*sent.path, sent.json()), ("/v1/responses/compact", ask("up")));
    upstream.reply(json(200, shorter.clone()));
    let answer = gateway.client().post("/v1/responses/compact", ask("both")).await;
    assert_eq!(answer.json(), shorter, "the target that has it is asked");
    upstream.next_request().await;
}

#[tokio::test]
async fn without_an_upstream_that_has_them_counts_are_estimates_and_nothing_is_made_shorter() {
    let (gateway, upstream) = chats_alone().await;
    let ask = || value!({ "model": "chat", "input": "hi" });
    let count = gateway.client().post("/v1/responses/input_tokens", ask()).await;
    assert_eq!(count.json()["estimated"], true, "{}", count.text());
    let answer = gateway.client().post("/v1/responses/compact", ask()).await;
    assert_eq!(answer.status, 404);
    let error = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        error.contains("`chat`") && error.contains("send the whole conversation"),
        "{error}"
    );
    assert!(upstream.requests().is_empty());
}

/// A gateway whose one model is a chat.
async fn chats_alone() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let config = format!(
        "server: {{ auth: off }}\nproviders:\n  chat: {{ adapter: openai, base_url: \"{}\", api_key: sk }}\nmodels:\n  \
         chat: {{ {FREE}, chain: [{{ provider: chat, model: up }}] }}\n",
        upstream.base_url()
    );
    (Gateway::start(&config).await, upstream)
}
