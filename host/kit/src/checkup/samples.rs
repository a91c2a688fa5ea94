//! Requests as clients send them, one or more of each operation: what a plugin without cases is called with.

use serde_json::{Value, json};

use crate::case::Case;

/// The length of a long prompt, in bytes: about 100,000 tokens.
pub(super) const LONG: usize = 400_000;

/// The requests of an operation, each with a name. The host knows other operations only by their names.
pub(super) fn of(operation: &str) -> Vec<(&'static str, Case)> {
    let bodies: Vec<(&'static str, Value)> = match operation {
        "chat" => vec![
            ("chat", chat("Hello", false)),
            ("chat, streamed", chat("Hello", true)),
            ("chat, 400 KB", chat(&"word ".repeat(LONG / 5), false)),
            ("chat, tools", with_tools()),
        ],
        "count-tokens" => vec![("count-tokens", chat("Hello", false))],
        "embeddings" => vec![("embeddings", json!({ "model": "m", "input": ["Hello", "world"] }))],
        "images" => vec![("images", json!({ "model": "m", "prompt": "A red square" }))],
        "rerank" => vec![(
            "rerank",
            json!({ "model": "m", "query": "fruit", "documents": ["a stone", "fruit salad"] }),
        )],
        "image-edit" => vec![(
            "image-edit",
            json!({ "model": "m", "prompt": "A red hat", "image": file("a.png", "image/png") }),
        )],
        "image-variation" => vec![(
            "image-variation",
            json!({ "model": "m", "image": file("a.png", "image/png") }),
        )],
        "completion" => vec![
            ("completion", json!({ "model": "m", "prompt": "Once upon" })),
            (
                "completion, streamed",
                json!({ "model": "m", "prompt": "Once upon", "stream": true }),
            ),
        ],
        "moderation" => vec![("moderation", json!({ "model": "m", "input": ["Hello"] }))],
        "speech" => vec![("speech", json!({ "model": "m", "input": "Hello", "voice": "alloy" }))],
        "transcription" | "translation" => {
            vec![(
                "recording",
                json!({ "model": "m", "file": file("a.mp3", "audio/mpeg") }),
            )]
        }
        // A call without a body, because the operator makes it.
        "models" => vec![("models", Value::Null)],
        _ => Vec::new(),
    };
    let case = |(name, body): (_, Value)| {
        let case = Case {
            operation: Some(operation.to_owned()),
            body: Some(body.into()),
            ..Case::default()
        };
        (name, case)
    };
    bodies.into_iter().map(case).collect()
}

/// A file of a form, as the host describes it.
fn file(filename: &str, media_type: &str) -> Value {
    json!({ "filename": filename, "media_type": media_type, "bytes": 1_000 })
}

fn chat(text: &str, stream: bool) -> Value {
    json!({
        "model": "m",
        "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": text }],
        "max_tokens": 100,
        "stream": stream,
    })
}

/// A conversation in which a tool was called.
fn with_tools() -> Value {
    let parameters = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "weather", "arguments": "{\"city\":\"Oslo\"}" } });
    json!({
        "model": "m",
        "tools": [{ "type": "function", "function": { "name": "weather", "description": "The weather", "parameters": parameters } }],
        "messages": [
            { "role": "user", "content": [{ "type": "text", "text": "How is the weather in Oslo?" }] },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "call_1", "content": "Rain" },
        ],
    })
}
