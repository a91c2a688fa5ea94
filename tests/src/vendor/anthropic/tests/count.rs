//! Counting tokens, and the header of betas.

use serde_json::{Value, json};

use super::{MODEL, client};
use crate::client::Answer;
use crate::vendor;

async fn count(word: &str, more: Value) -> Answer {
    let double = vendor::anthropic(0).await;
    let messages = json!([{ "role": "user", "content": format!("Say {word}!") }]);
    let mut body = json!({ "model": MODEL, "messages": messages });
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    client(&double).post("/v1/messages/count_tokens", body).await
}

#[tokio::test]
async fn tokens_are_counted_without_a_limit() {
    let thinking = json!({ "type": "enabled", "budget_tokens": 2000 });
    let answer = count("hello", json!({ "system": "Be brief.", "thinking": thinking })).await;
    assert_eq!(answer.json(), json!({ "input_tokens": 11 }));
}

#[tokio::test]
async fn what_is_about_the_reply_is_refused() {
    for member in ["max_tokens", "stream", "temperature", "stop_sequences", "metadata"] {
        let answer = count("hello", json!({ member: null })).await;
        let message = format!("{member}: Extra inputs are not permitted");
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].as_str()),
            (400, Some(&*message))
        );
    }
}

#[tokio::test]
async fn a_word_chooses_what_goes_wrong() {
    assert_eq!(count("error-429", json!({})).await.status, 429);
    assert_eq!(count("error-midway", json!({})).await.status, 500);
}

#[tokio::test]
async fn features_are_named_once_and_with_their_date() {
    let double = vendor::anthropic(0).await;
    let body = json!({ "model": MODEL, "max_tokens": 5,
        "messages": [{ "role": "user", "content": "hello" }] });
    for (betas, status) in [
        ("context-1m-2025-08-07,claude-code-20250219", 200),
        ("context-1m", 400),
        ("context-1m-2025-08-07,context-1m-2025-08-07", 400),
        ("", 400),
    ] {
        let client = client(&double).header("anthropic-beta", betas);
        let answer = client.post("/v1/messages", body.clone()).await;
        assert_eq!(answer.status, status, "{betas}");
    }
}
