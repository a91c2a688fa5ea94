//! Streams put together as the vendors' SDKs do it.

use serde_json::{Value, json};

/// The completion of a chat's chunks.
pub(super) fn completion(chunks: &[Value]) -> Value {
    let mut message = json!({});
    for chunk in chunks {
        add(&mut message, &chunk["choices"][0]["delta"]);
    }
    // A call's place in the stream is not a member of it.
    for call in message["tool_calls"].as_array_mut().into_iter().flatten() {
        call.as_object_mut().unwrap().remove("index");
    }
    json!({ "choices": [{ "message": message }] })
}

/// Adds a delta: texts are joined but for those that say what something is, and the entries of lists go by their index.
fn add(whole: &mut Value, delta: &Value) {
    for (name, piece) in delta.as_object().into_iter().flatten() {
        match (&mut whole[name], piece) {
            (Value::String(text), Value::String(more)) if !matches!(name.as_str(), "type" | "role") => {
                text.push_str(more);
            }
            (known, Value::Array(entries)) => {
                if !known.is_array() {
                    *known = json!([]);
                }
                for entry in entries {
                    add_entry(known.as_array_mut().unwrap(), entry);
                }
            }
            (known, Value::Object(_)) if known.is_object() => add(known, piece),
            (known, piece) => *known = piece.clone(),
        }
    }
}

fn add_entry(list: &mut Vec<Value>, entry: &Value) {
    let known = list
        .iter_mut()
        .find(|known| !entry["index"].is_null() && known["index"] == entry["index"]);
    match known {
        Some(known) => add(known, entry),
        None => list.push(entry.clone()),
    }
}

/// The message of Anthropic's events.
pub(super) fn message(events: &[Value]) -> Value {
    let (mut blocks, mut input) = (Vec::<Value>::new(), String::new());
    for event in events {
        assert_ne!(event["type"], "error", "{event:#}");
        match event["type"].as_str().unwrap_or_default() {
            "content_block_start" => {
                input.clear();
                blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let (block, delta) = (blocks.last_mut().unwrap(), &event["delta"]);
                for name in ["text", "thinking"] {
                    if let Some(piece) = delta[name].as_str() {
                        block[name] = format!("{}{piece}", block[name].as_str().unwrap()).into();
                    }
                }
                if delta["signature"].is_string() {
                    block["signature"] = delta["signature"].clone();
                }
                input.push_str(delta["partial_json"].as_str().unwrap_or_default());
            }
            "content_block_stop" if !input.is_empty() => {
                let block = blocks.last_mut().unwrap();
                block["input"] = serde_json::from_str(&input).unwrap();
            }
            _ => {}
        }
    }
    json!({ "content": blocks })
}

/// The response with which a stream of the Responses API ends, whose items are those that came piece by piece.
pub(super) fn response(events: &[Value]) -> Value {
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.completed", "{last:#}");
    let done = events
        .iter()
        .filter(|event| event["type"] == "response.output_item.done");
    let items: Vec<Value> = done.map(|event| event["item"].clone()).collect();
    assert_eq!(last["response"]["output"], Value::Array(items));
    last["response"].clone()
}

/// What a stream of Google's API says, part by part, as a reply in one piece.
pub(super) fn content(events: &[Value]) -> Value {
    let parts = events
        .iter()
        .filter_map(|event| event["candidates"][0]["content"]["parts"].as_array());
    let parts: Vec<&Value> = parts.flatten().collect();
    json!({ "candidates": [{ "content": { "role": "model", "parts": parts } }] })
}

/// A turn as clients keep it: without the thoughts, and without parts that say nothing.
pub(super) fn without_thoughts(content: &Value) -> Value {
    let says = |part: &&Value| part["thought"] != true && (part["text"] != "" || part["thoughtSignature"].is_string());
    let parts = content["parts"].as_array().into_iter().flatten().filter(says);
    json!({ "role": "model", "parts": parts.collect::<Vec<_>>() })
}
