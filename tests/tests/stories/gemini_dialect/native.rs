//! Requests in Google's dialect over an upstream that speaks it: they pass as they came.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse};
use serde_json::{Value, json as value};

use super::{events, path, streamed};

/// A gateway with one upstream that speaks the dialect.
async fn scene() -> (Gateway, Upstream) {
    let upstream = Upstream::start().await;
    let config = format!(
        "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  \
         own: {{ adapter: gemini, base_url: \"{}\", api_key: sk }}\nmodels:\n  \
         own: {{ {FREE}, chain: [{{ provider: own, model: gemini-up }}] }}\n  \
         vectors: {{ {FREE}, capability: embeddings, chain: [{{ provider: own, model: vectors-up }}] }}\n",
        upstream.base_url(),
    );
    (Gateway::start(&config).await, upstream)
}

/// A request of which a chat knows little.
fn ask() -> Value {
    value!({
        "contents": [{ "role": "user", "parts": [{ "text": "Hi", "thoughtSignature": "CiQB", "of_tomorrow": 1.0 }] }],
        "tools": [{ "googleSearch": {} }], "cachedContent": "cachedContents/1", "of_tomorrow": { "x": 1 },
    })
}

fn reply(text: &str, reason: Option<&str>) -> Value {
    let mut candidate =
        value!({ "content": { "parts": [{ "text": text, "of_tomorrow": 1 }], "role": "model" }, "index": 0 });
    if let Some(reason) = reason {
        candidate["finishReason"] = value!(reason);
        candidate["groundingMetadata"] = value!({ "webSearchQueries": ["q"] });
    }
    value!({ "candidates": [candidate], "modelVersion": "gemini-up", "usageMetadata": { "promptTokenCount": 3 } })
}

#[tokio::test]
async fn a_request_and_its_reply_pass_but_for_the_models_name() {
    let (gateway, upstream) = scene().await;
    upstream.reply(json(200, reply("hi", Some("OF_TOMORROW"))));
    let answer = gateway.client().post(&path("own", "generateContent"), ask()).await;
    let mut expected = reply("hi", Some("OF_TOMORROW"));
    expected["modelVersion"] = value!("own");
    assert_eq!(answer.json(), expected, "{}", answer.text());
    assert_eq!(answer.header("x-jackfield-dropped"), None);
    let sent = upstream.next_request().await;
    assert!(
        sent.path.ends_with("/models/gemini-up:generateContent"),
        "{}",
        sent.path
    );
    assert_eq!(String::from_utf8_lossy(&sent.body), ask().to_string());
}

#[tokio::test]
async fn a_stream_passes_and_one_that_breaks_off_has_no_end() {
    let (gateway, upstream) = scene().await;
    let (first, last) = (reply("h", None), reply("i", Some("STOP")));
    upstream.reply(sse([&first, &last]).without_done());
    let passed = events(&streamed(&gateway.client(), "own", ask()).await);
    assert_eq!(passed.len(), 2);
    assert_eq!(passed[1]["candidates"], last["candidates"]);
    assert_eq!(passed[1]["modelVersion"], "own");
    let sent = upstream.next_request().await;
    assert!(
        sent.path.contains("/models/gemini-up:streamGenerateContent"),
        "{}",
        sent.path
    );
    upstream.reply(sse([&first]).without_done());
    let broken = events(&streamed(&gateway.client(), "own", ask()).await);
    assert_eq!(broken[0]["candidates"], first["candidates"]);
    assert_eq!(broken.last().unwrap()["error"]["status"], "UNAVAILABLE");
}

#[tokio::test]
async fn counts_and_vectors_pass_with_the_upstreams_name_of_the_model() {
    let (gateway, upstream) = scene().await;
    let count = value!({ "totalTokens": 7, "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 7 }] });
    upstream.reply(json(200, &count));
    let question = value!({ "generateContentRequest": { "model": "models/own", "contents": ask()["contents"] } });
    let answer = gateway.client().post(&path("own", "countTokens"), question).await;
    assert_eq!(answer.json(), count);
    let sent = upstream.next_request().await;
    assert_eq!(sent.json()["generateContentRequest"]["model"], "models/gemini-up");
    let vectors = value!({ "embeddings": [{ "values": [0.5] }] });
    upstream.reply(json(200, &vectors));
    let batch = value!({ "requests": [{ "model": "models/vectors", "content": { "parts": [{ "text": "a" }] }, "taskType": "X" }] });
    let answer = gateway
        .client()
        .post(&path("vectors", "batchEmbedContents"), batch)
        .await;
    assert_eq!(answer.json(), vectors);
    let sent = upstream.next_request().await.json();
    assert_eq!(
        (&sent["requests"][0]["model"], &sent["requests"][0]["taskType"]),
        (&value!("models/vectors-up"), &value!("X"))
    );
}
