//! The replies in the shape of `OpenAI`'s Chat Completions.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat>.

use std::iter;

use serde_json::{Value, json};

use super::{PIECE, TEXT};

/// A buffered completion.
pub(super) fn whole() -> String {
    json!({
        "id": "chatcmpl-0", "object": "chat.completion", "created": 1_767_225_600, "model": "upstream",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": TEXT },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 50, "completion_tokens": 35, "total_tokens": 85 },
    })
    .to_string()
}

/// The events of a stream: one with the role, those with content, one with the reason, and the end.
pub(super) fn events(pieces: u16) -> Vec<String> {
    let role = chunk(&json!({ "role": "assistant", "content": "" }), &Value::Null);
    let content = chunk(&json!({ "content": PIECE }), &Value::Null);
    let reason = chunk(&json!({}), &json!("stop"));
    iter::once(role)
        .chain(iter::repeat_n(content, usize::from(pieces)))
        .chain([reason, "data: [DONE]\n\n".to_owned()])
        .collect()
}

fn chunk(delta: &Value, finish_reason: &Value) -> String {
    let chunk = json!({
        "id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": "upstream",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
    });
    format!("data: {chunk}\n\n")
}
