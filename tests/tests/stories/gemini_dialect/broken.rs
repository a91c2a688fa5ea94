//! Streams that break off, errors, and what is no chat.

use http::Method;
use jackfield_tests::upstream::{json, sse, status};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::{ask, events, path, scene, streamed};

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error_and_no_finish_reason() {
    let (gateway, upstream) = scene().await;
    let half = || {
        let mut half = openai::chunks(&Turn::says(&["h", "i"]), 1, false);
        half.pop();
        sse(half).without_done()
    };
    upstream.reply(half());
    let stream = streamed(&gateway.client(), "org/chat", ask()).await;
    let events = events(&stream);
    assert_eq!(events.last().unwrap()["error"]["status"], "UNAVAILABLE");
    assert!(
        events
            .iter()
            .all(|event| event["candidates"][0].get("finishReason").is_none())
    );
    upstream.reply(half());
    let list = gateway
        .client()
        .post(&path("org/chat", "streamGenerateContent"), ask())
        .await
        .json();
    assert_eq!(
        list.as_array().unwrap().last().unwrap()["error"]["status"],
        "UNAVAILABLE"
    );
}

#[tokio::test]
async fn errors_are_googles_objects_with_the_status_and_the_delay() {
    let (gateway, upstream) = scene().await;
    let client = gateway.client();
    let error = async |path: &str, body: Value| {
        let answer = client.post(path, body).await;
        let error = answer.json()["error"].take();
        assert_eq!(error["code"], answer.status);
        assert_eq!(error["details"][0]["reason"].as_str(), answer.error_code());
        (answer.status, error)
    };
    let (code, told) = error(&path("nobody", "generateContent"), ask()).await;
    assert_eq!((code, &told["status"]), (404, &value!("NOT_FOUND")));
    let (code, told) = error(&path("org/chat", "generateContent"), value!({})).await;
    assert_eq!((code, &told["status"]), (400, &value!("INVALID_ARGUMENT")));
    assert!(told["message"].as_str().unwrap().starts_with("contents: "));
    let (code, told) = error(&path("org/chat", "predict"), ask()).await;
    assert_eq!(code, 404);
    assert!(told["message"].as_str().unwrap().contains("generateContent"));
    assert_eq!(error("/v1beta/cachedContents", value!({})).await.0, 404);
    upstream.reply(status(429).header("retry-after", "7"));
    let (code, told) = error(&path("org/chat", "generateContent"), ask()).await;
    assert_eq!((code, &told["status"]), (429, &value!("RESOURCE_EXHAUSTED")));
    assert!(told["details"][1]["retryDelay"].as_str().unwrap().ends_with('s'));
    upstream.reply(status(500));
    let (code, told) = error(&path("org/chat", "generateContent"), ask()).await;
    assert_eq!((code, &told["status"]), (502, &value!("UNAVAILABLE")));
    let answer = client.request(Method::DELETE, "/v1beta/models/org/chat", None).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]["status"]),
        (405, &value!("INVALID_ARGUMENT"))
    );
}

#[tokio::test]
async fn tokens_are_counted_and_texts_embedded() {
    let (gateway, upstream) = scene().await;
    let client = gateway.client();
    let estimate = client.post(&path("org/chat", "countTokens"), ask()).await.json();
    assert!(estimate["totalTokens"].as_u64().unwrap() > 10);
    upstream.reply(json(200, value!({ "input_tokens": 7 })));
    let inner = value!({ "generateContentRequest": { "model": "models/claude", "contents": ask()["contents"] } });
    assert_eq!(
        client.post(&path("claude", "countTokens"), inner).await.json(),
        value!({ "totalTokens": 7 })
    );
    upstream.next_request().await;
    let vector = |index: u64, number: f64| value!({ "object": "embedding", "index": index, "embedding": [number] });
    let vectors = |data: Vec<Value>| {
        json(
            200,
            value!({ "object": "list", "data": data, "usage": { "prompt_tokens": 2 } }),
        )
    };
    let content = |text: &str| value!({ "parts": [{ "text": text }] });
    upstream.reply(vectors(vec![vector(0, 0.5)]));
    let asked = value!({ "content": content("a"), "taskType": "RETRIEVAL_QUERY" });
    let one = client.post(&path("vectors", "embedContent"), asked).await;
    assert_eq!(one.json(), value!({ "embedding": { "values": [0.5] } }));
    assert_eq!(one.headers["x-jackfield-dropped"], "taskType");
    assert_eq!(
        upstream.next_request().await.json(),
        value!({ "model": "up", "input": ["a"] })
    );
    upstream.reply(vectors(vec![vector(1, 2.0), vector(0, 1.0)]));
    let batch =
        value!({ "requests": [{ "model": "models/vectors", "content": content("a") }, { "content": content("b") }] });
    let several = client.post(&path("vectors", "batchEmbedContents"), batch).await;
    assert_eq!(
        several.json(),
        value!({ "embeddings": [{ "values": [1.0] }, { "values": [2.0] }] })
    );
}
