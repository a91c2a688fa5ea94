//! The OpenAI-shaped double refuses what OpenAI refuses.

mod operations;

use serde_json::json;

use super::*;
use crate::client::{Answer, Client};
use crate::vendor;

async fn ask(body: Value) -> Answer {
    let double = vendor::openai(0).await;
    let client = Client::new(format!("http://{}", double.address())).with_key(API_KEY);
    client.chat(body).await
}

fn saying(word: &str) -> Value {
    json!({ "model": MODEL, "messages": [{ "role": "user", "content": format!("Say {word}!") }] })
}

fn with(word: &str, name: &str, value: Value) -> Value {
    let mut body = saying(word);
    body[name] = value;
    body
}

/// The message of the refusal, which must be a 400.
async fn refused(body: Value) -> String {
    let answer = ask(body).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    answer.json()["error"]["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

#[tokio::test]
async fn hello_is_answered_once_for_each_choice() {
    let answer = ask(with("hello", "n", json!(2))).await.json();
    let choices = answer["choices"].as_array().expect("choices");
    assert_eq!(choices.len(), 2);
    assert_eq!(choices[1]["message"]["content"], "Hello, world! ☀");
    assert_eq!(answer["usage"]["total_tokens"], 18);
}

#[tokio::test]
async fn a_request_that_openai_would_refuse_is_refused() {
    let tool = json!([{ "role": "tool", "tool_call_id": "a", "content": "x" }]);
    let unanswered = json!([{ "role": "assistant", "content": null, "tool_calls": [
        { "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] }]);
    let two_limits = json!({ "model": MODEL, "messages": saying("hello")["messages"],
        "max_tokens": 1, "max_completion_tokens": 1 });
    for (body, words) in [
        (
            with("hello", "top_k", json!(1)),
            "Unrecognized request argument supplied: top_k",
        ),
        (with("hello", "temperature", json!(3)), "temperature"),
        (with("hello", "stream_options", json!({})), "stream_options"),
        (with("hello", "tool_choice", json!("auto")), "tool_choice"),
        (with("hello", "messages", tool), "must be a response"),
        (
            with("hello", "messages", unanswered),
            "must be followed by tool messages",
        ),
        (with("hello", "messages", json!([])), "messages"),
        (with("hello", "n", json!(0)), "'n'"),
        (two_limits, "at the same time"),
        (saying("json"), "schema"),
        (saying("image"), "image"),
        (saying("weather"), "get_weather"),
        (saying("nothing"), "scenario"),
    ] {
        let message = refused(body).await;
        assert!(message.contains(words), "{message:?} does not speak of {words:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_model_or_path_has_its_own_status() {
    let double = vendor::openai(0).await;
    let stranger = Client::new(format!("http://{}", double.address()));
    assert_eq!(
        stranger.chat(saying("hello")).await.json()["error"]["code"],
        "invalid_api_key"
    );
    assert_eq!(ask(with("hello", "model", json!("other"))).await.status, 404);
    let known = stranger.with_key(API_KEY);
    assert_eq!(known.post("/v1/completions", saying("hello")).await.status, 404);
}

#[tokio::test]
async fn usage_is_streamed_only_if_it_was_asked_for() {
    let double = vendor::openai(0).await;
    let client = Client::new(format!("http://{}", double.address())).with_key(API_KEY);
    let silent = client.stream(saying("hello")).await.collect().await;
    assert_eq!((silent.usage(), silent.is_done()), (None, true));
    let options = json!({ "include_usage": true });
    let told = client
        .stream(with("hello", "stream_options", options))
        .await
        .collect()
        .await;
    assert_eq!(told.usage().expect("usage")["prompt_tokens"], 11);
    assert_eq!(told.content(), silent.content());
}

#[tokio::test]
async fn a_search_is_cited_and_a_document_is_read() {
    assert!(refused(saying("search")).await.contains("search"));
    let answer = ask(with("search", "web_search_options", json!({}))).await.json();
    let note = &answer["choices"][0]["message"]["annotations"][0];
    assert_eq!(note["url_citation"]["title"], "Weather in Paris");
    assert!(refused(saying("cite")).await.contains("document"));
    let file = json!({ "file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf" });
    let parts = json!([{ "type": "file", "file": file }, { "type": "text", "text": "cite" }]);
    let messages = json!([{ "role": "user", "content": parts }]);
    let answer = ask(with("cite", "messages", messages)).await.json();
    assert_eq!(answer["choices"][0]["message"]["content"], "As is written");
}
