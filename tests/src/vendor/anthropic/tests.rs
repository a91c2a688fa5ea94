//! The Anthropic-shaped double refuses what Anthropic refuses.

mod blocks;
mod count;

use serde_json::json;

use super::*;
use crate::client::{Answer, Client, Collected, Ending};
use crate::upstream::Upstream;
use crate::vendor;

fn client(double: &Upstream) -> Client {
    let client = Client::new(format!("http://{}", double.address()));
    client
        .header("x-api-key", API_KEY)
        .header("anthropic-version", "2023-06-01")
}

async fn ask(body: Value) -> Answer {
    let double = vendor::anthropic(0).await;
    client(&double).post("/v1/messages", body).await
}

/// The streamed answer, and this member of its deltas, put together.
async fn read(body: Value, member: &str) -> (Collected, String) {
    let double = vendor::anthropic(0).await;
    let read = client(&double).stream_from("/v1/messages", body).await.collect().await;
    let text = read
        .chunks()
        .iter()
        .filter_map(|chunk| chunk["delta"][member].as_str())
        .collect();
    (read, text)
}

fn saying(word: &str) -> Value {
    with_messages(json!([{ "role": "user", "content": format!("Say {word}!") }]))
}

fn with_messages(messages: Value) -> Value {
    json!({ "model": MODEL, "max_tokens": 2000, "messages": messages })
}

fn with(word: &str, name: &str, value: Value) -> Value {
    let mut body = saying(word);
    body[name] = value;
    body
}

fn called() -> Value {
    let call = json!({ "type": "tool_use", "id": "toolu_a", "name": "f", "input": {} });
    json!({ "role": "assistant", "content": [call] })
}

fn user(blocks: Value) -> Value {
    json!({ "role": "user", "content": blocks })
}

/// The message of the refusal, which must be a 400.
async fn refused(body: Value) -> String {
    let answer = ask(body).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    answer.json()["error"]["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

#[tokio::test]
async fn hello_is_answered_with_cached_input_counted_apart() {
    let answer = ask(saying("hello")).await.json();
    assert_eq!(
        answer["content"],
        json!([{ "type": "text", "text": "Hello, world! ☀" }])
    );
    assert_eq!(answer["usage"]["input_tokens"], 7);
    assert_eq!(answer["usage"]["cache_read_input_tokens"], 4);
}

#[tokio::test]
async fn a_parameter_that_anthropic_would_refuse_is_refused() {
    let source = |source: Value| with_messages(json!([user(json!([{ "type": "image", "source": source }]))]));
    let mut limitless = saying("hello");
    limitless["max_tokens"].take();
    let function = json!([{ "type": "function", "function": { "name": "f" } }]);
    let named = json!({ "type": "json_schema", "name": "n", "schema": {} });
    let thinking = json!({ "type": "enabled", "budget_tokens": 5000 });
    for (body, words) in [
        (limitless, "max_tokens: Field required"),
        (with("hello", "n", json!(1)), "n: Extra inputs are not permitted"),
        (with("hello", "temperature", json!(1.5)), "temperature"),
        (
            with("hello", "system", json!([{ "type": "text", "text": "" }])),
            "system",
        ),
        (with("hello", "stop_sequences", json!([" "])), "stop_sequences"),
        (with("hello", "thinking", thinking), "budget_tokens"),
        (with("hello", "tool_choice", json!({ "type": "auto" })), "tool_choice"),
        (with("hello", "tools", function), "function: Extra inputs"),
        (
            with("json", "output_config", json!({ "format": named })),
            "name: Extra inputs",
        ),
        (
            source(json!({ "type": "base64", "media_type": "image/bmp", "data": "AAAA" })),
            "media",
        ),
        (
            source(json!({ "type": "base64", "media_type": "image/png", "data": "AAA" })),
            "base64",
        ),
        (source(json!({ "url": "https://host.example/a.png" })), "source.type"),
    ] {
        let message = refused(body).await;
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
}

#[tokio::test]
async fn a_conversation_that_anthropic_would_refuse_is_refused() {
    let hello = json!({ "role": "user", "content": "hello" });
    let result = |id: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": "x" });
    let text = json!({ "type": "text", "text": "hello" });
    let unsigned = json!({ "type": "thinking", "thinking": "hm", "signature": "forged" });
    for (messages, words) in [
        (json!([{ "role": "system", "content": "x" }]), "Unexpected role"),
        (json!([hello, hello]), "alternate"),
        (json!([{ "role": "assistant", "content": "x" }]), "alternate"),
        (json!([user(json!(""))]), "non-empty"),
        (json!([hello, called()]), "without `tool_result`"),
        (json!([hello, called(), hello]), "without `tool_result`"),
        (
            json!([hello, called(), user(json!([text, result("toolu_a")]))]),
            "without `tool_result`",
        ),
        (
            json!([hello, called(), user(json!([result("toolu_b")]))]),
            "unexpected `tool_use_id`",
        ),
        (
            json!([hello, { "role": "assistant", "content": [unsigned] }, hello]),
            "signature",
        ),
    ] {
        let message = refused(with_messages(messages)).await;
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
}

#[tokio::test]
async fn a_result_after_its_call_is_used() {
    let result = json!([{ "type": "tool_result", "tool_use_id": "toolu_a", "content": "18 °C" }]);
    let messages = json!([{ "role": "user", "content": "weather" }, called(), user(result)]);
    let answer = ask(with_messages(messages)).await.json();
    assert_eq!(answer["content"][0]["text"], "The tool said: 18 °C.");
}

#[tokio::test]
async fn a_foreign_credential_is_refused_even_beside_the_right_one() {
    let double = vendor::anthropic(0).await;
    let answer = client(&double)
        .with_key("rk_1")
        .post("/v1/messages", saying("hello"))
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"]["type"], "authentication_error");
}

#[tokio::test]
async fn reasoning_is_streamed_with_its_signature_if_it_was_asked_for() {
    let enabled = json!({ "type": "enabled", "budget_tokens": 1024 });
    let (read, thoughts) = read(with("think", "thinking", enabled.clone()), "thinking").await;
    assert_eq!(thoughts, "Six times seven.");
    assert_eq!(
        read.events.last().and_then(|event| event.name.as_deref()),
        Some("message_stop")
    );
    let whole = ask(with("think", "thinking", enabled)).await.json();
    assert_eq!(whole["content"][0]["signature"], crate::vendor::scenario::SIGNATURE);
    assert_eq!(ask(saying("think")).await.json()["content"][0]["type"], "text");
}

#[tokio::test]
async fn parallel_calls_are_streamed_in_pieces_of_json() {
    let schema = json!({ "type": "object" });
    let tools = json!([{ "name": "get_weather", "input_schema": schema }]);
    let (read, arguments) = read(with("weathers", "tools", tools), "partial_json").await;
    assert_eq!(arguments, r#"{"city": "Paris"}{"city": "Oslo"}"#);
    let chunks = read.chunks();
    let reason = chunks.iter().find_map(|chunk| chunk["delta"]["stop_reason"].as_str());
    assert_eq!(reason, Some("tool_use"));
}

#[tokio::test]
async fn a_schema_gives_json_and_an_image_its_type() {
    let schema = json!({ "type": "object", "additionalProperties": false,
        "properties": { "degrees": { "type": "integer" } } });
    let format = json!({ "format": { "type": "json_schema", "schema": schema } });
    let answer = ask(with("json", "output_config", format)).await.json();
    assert_eq!(answer["content"][0]["text"], r#"{"degrees":18}"#);
    let source = json!({ "type": "base64", "media_type": "image/png", "data": "AAAA" });
    let blocks = json!([{ "type": "image", "source": source }, { "type": "text", "text": "image" }]);
    let answer = ask(with_messages(json!([user(blocks)]))).await.json();
    assert_eq!(answer["content"][0]["text"], "I see image/png");
}

#[tokio::test]
async fn a_broken_stream_has_no_end() {
    let (cut, text) = read(saying("cut"), "text").await;
    assert!(matches!(cut.ending, Ending::Cut(_)), "{:?}", cut.ending);
    assert_eq!(text, "This text stays");
    let (failed, text) = read(saying("error-midway"), "text").await;
    assert_eq!(
        (failed.ending.clone(), text.as_str()),
        (Ending::Clean, "This text stays")
    );
    assert_eq!(failed.error().as_deref(), Some("The double has failed"));
    for read in [cut, failed] {
        assert!(
            read.events
                .iter()
                .all(|event| event.name.as_deref() != Some("message_stop"))
        );
    }
}

#[test]
fn the_events_of_a_turn_open_and_close_each_block() {
    let turn = vendor::Turn::says(&["a"]).thinks(&["b"], "s").calls("c", "f", &["{}"]);
    let events = events(&turn);
    let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    let block = |deltas| {
        let deltas = std::iter::repeat_n("content_block_delta", deltas);
        let opened = std::iter::once("content_block_start").chain(deltas);
        opened.chain(["content_block_stop"])
    };
    let mut expected = vec!["message_start"];
    expected.extend(block(2).chain(block(1)).chain(block(2)));
    expected.insert(2, "ping");
    expected.extend(["message_delta", "message_stop"]);
    assert_eq!(kinds, expected);
}
