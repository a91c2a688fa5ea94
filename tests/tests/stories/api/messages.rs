//! `POST /v1/messages` in its two shapes, over an upstream that speaks another dialect and over one that speaks this.

use std::time::{SystemTime, UNIX_EPOCH};

use jackfield_tests::client::{Client, Collected};
use jackfield_tests::upstream::status;
use serde_json::{Value, json as value};

use super::scene::{Api, assert_marked};
use crate::scene::ask;

const PATH: &str = "/v1/messages";

fn prompt(model: &str) -> Value {
    let mut prompt = ask(model);
    prompt["max_tokens"] = value!(64);
    prompt
}

fn sdk(client: Client) -> Client {
    client.header("anthropic-version", "2023-06-01")
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

#[tokio::test]
async fn without_a_version_the_answer_is_simple() {
    let api = Api::start().await;
    // (11 × 3 + 7 × 15) / 1e6 × 2; the other model is free.
    for (model, credits) in [("route/large", 0.000_276), ("route/claude", 0.0)] {
        let before = now();
        let answer = api.ada().post(PATH, prompt(model)).await;
        assert_marked(&answer);
        let body = answer.json();
        let id = body["id"].as_str().unwrap().strip_prefix("msg_").unwrap();
        assert_eq!(id.len(), 13, "{id}");
        assert!((before..=now()).contains(&id.parse().unwrap()), "{id}");
        let expected = value!({
            "id": body["id"], "type": "message", "role": "assistant", "content": "hello",
            "model": model, "stop_reason": "end_turn", "stop_sequence": null,
            "usage": { "input_tokens": 11, "output_tokens": 7 }, "credits_charged": credits,
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn with_a_version_the_answer_is_anthropics_own() {
    let api = Api::start().await;
    for model in ["route/large", "route/claude"] {
        let answer = sdk(api.ada()).post(PATH, prompt(model)).await;
        assert_marked(&answer);
        assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
        let body = answer.json();
        assert!(body["id"].as_str().unwrap().starts_with("msg_"), "{body}");
        assert_eq!(body["content"], value!([{ "type": "text", "text": "hello" }]));
        for (member, expected) in [
            ("type", value!("message")),
            ("role", value!("assistant")),
            ("model", value!(model)),
            ("stop_reason", value!("end_turn")),
            ("stop_sequence", Value::Null),
        ] {
            assert_eq!(body.get(member), Some(&expected), "{member} of {model}");
        }
        assert_eq!(body["usage"]["input_tokens"], 7, "{body}");
        assert_eq!(body["usage"]["cache_read_input_tokens"], 4, "{body}");
        assert_eq!(body["usage"]["output_tokens"], 7, "{body}");
        assert!(body.get("credits_charged").is_none());
    }
}

fn names(stream: &Collected) -> Vec<&str> {
    let names = stream.events.iter().filter_map(|event| event.name.as_deref());
    let mut names: Vec<&str> = names.filter(|name| *name != "ping").collect();
    names.dedup();
    names
}

#[tokio::test]
async fn a_stream_has_anthropics_events_in_their_order() {
    let api = Api::start().await;
    for model in ["route/large", "route/claude"] {
        let stream = sdk(api.ada()).stream_from(PATH, prompt(model)).await;
        assert_eq!(stream.header("request-id"), stream.header("x-request-id"));
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        let stream = stream.collect().await;
        let expected = [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ];
        assert_eq!(names(&stream), expected, "{model}");
        let chunks = stream.chunks();
        assert_eq!(chunks[0]["message"]["model"], model);
        let text: String = chunks
            .iter()
            .filter_map(|chunk| chunk["delta"]["text"].as_str())
            .collect();
        assert_eq!(text, "hello");
        let delta = chunks.iter().find(|chunk| chunk["type"] == "message_delta").unwrap();
        assert_eq!(delta["delta"]["stop_reason"], "end_turn");
        assert_eq!(delta["usage"]["output_tokens"], 7);
    }
}

#[tokio::test]
async fn tokens_are_counted_by_who_can_and_else_estimated() {
    let api = Api::start().await;
    let path = "/v1/messages/count_tokens";
    let counted = sdk(api.ada()).post(path, ask("route/claude")).await;
    assert_marked(&counted);
    assert_eq!(counted.json(), value!({ "input_tokens": 14 }));
    api.upstream.reply(status(500));
    for model in ["route/claude", "route/large"] {
        let estimated = sdk(api.ada()).post(path, ask(model)).await.json();
        // [{"content":"hello","role":"user"}] has 35 bytes.
        assert_eq!(estimated, value!({ "input_tokens": 9, "estimated": true }));
    }
    let used = api.ada().get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_this_minute"], 3, "a count is a request");
}
