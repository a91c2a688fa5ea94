//! A stream of the gateway, put together into the reply that it would have been.

use jackfield_tests::client::Collected;
use serde_json::{Map, Value, json};

use crate::client::Dialect;

/// The reply that the events add up to. An answer that is no stream is its own text.
pub(crate) fn assembled(client: Dialect, stream: &Collected) -> Value {
    if stream.status != 200 {
        let text: Vec<&str> = stream.events.iter().map(|event| event.data.as_str()).collect();
        return Value::from(text.concat());
    }
    match client {
        Dialect::Chat => completion(&stream.chunks()),
        Dialect::Messages => message(&stream.chunks()),
        Dialect::Responses => response(&stream.chunks()),
        Dialect::Gemini => candidate(&stream.chunks()),
    }
}

fn completion(chunks: &[Value]) -> Value {
    let (mut message, mut reason, mut usage) = (json!({}), Value::Null, Value::Null);
    for chunk in chunks {
        let choice = &chunk["choices"][0];
        add(&mut message, &choice["delta"]);
        if !choice["finish_reason"].is_null() {
            reason = choice["finish_reason"].clone();
        }
        if chunk["usage"].is_object() {
            usage = chunk["usage"].clone();
        }
    }
    json!({ "choices": [{ "message": message, "finish_reason": reason }], "usage": usage })
}

/// Adds a delta to a message, as OpenAI's SDK does: texts are joined, lists go by `index`, anything else replaces what was
/// there.
fn add(to: &mut Value, delta: &Value) {
    for (name, piece) in delta.as_object().into_iter().flatten() {
        match (&mut to[name], piece) {
            (Value::String(text), Value::String(piece)) if name != "type" => text.push_str(piece),
            (at, Value::Array(pieces)) => {
                for (place, piece) in pieces.iter().enumerate() {
                    let index = piece["index"].as_u64().unwrap_or(place as u64) as usize;
                    let items = at.as_array().map_or(0, Vec::len);
                    if items <= index {
                        let mut list = at.as_array().cloned().unwrap_or_default();
                        list.resize(index + 1, json!({}));
                        *at = Value::Array(list);
                    }
                    add(&mut at[index], piece);
                }
            }
            (at, Value::Object(_)) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                add(at, piece);
            }
            (at, piece) => *at = piece.clone(),
        }
    }
}

fn message(events: &[Value]) -> Value {
    let (mut message, mut inputs) = (json!({}), Vec::<String>::new());
    for event in events {
        let index = event["index"].as_u64().unwrap_or_default() as usize;
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => message = event["message"].clone(),
            "content_block_start" => {
                message["content"]
                    .as_array_mut()
                    .unwrap()
                    .push(event["content_block"].clone());
                inputs.push(String::new());
            }
            "content_block_delta" => extend(&mut message["content"][index], &mut inputs[index], &event["delta"]),
            "content_block_stop" if !inputs[index].is_empty() => {
                message["content"][index]["input"] = serde_json::from_str(&inputs[index]).unwrap();
            }
            "message_delta" => {
                for member in ["delta", "usage"] {
                    for (name, value) in event[member].as_object().into_iter().flatten() {
                        let at = if member == "usage" {
                            &mut message["usage"]
                        } else {
                            &mut message
                        };
                        at[name] = value.clone();
                    }
                }
            }
            _ => {}
        }
    }
    message
}

fn extend(block: &mut Value, input: &mut String, delta: &Value) {
    for name in ["text", "thinking", "signature"] {
        if let Some(piece) = delta[name].as_str() {
            let so_far = block[name].as_str().unwrap_or_default();
            block[name] = Value::from(format!("{so_far}{piece}"));
        }
    }
    if delta["citation"].is_object() {
        let mut citations = block["citations"].as_array().cloned().unwrap_or_default();
        citations.push(delta["citation"].clone());
        block["citations"] = Value::Array(citations);
    }
    input.push_str(delta["partial_json"].as_str().unwrap_or_default());
}

/// The response that the last event has whole.
fn response(events: &[Value]) -> Value {
    events.last().map(|event| event["response"].clone()).unwrap_or_default()
}

/// The reply whose parts are those of all events; texts that follow one another are one.
fn candidate(events: &[Value]) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    for part in events
        .iter()
        .filter_map(|event| event["candidates"][0]["content"]["parts"].as_array())
        .flatten()
    {
        let goes_on = |last: &Value| last["text"].is_string() && last["thought"] == part["thought"];
        match (part["text"].as_str(), parts.last_mut()) {
            (Some(""), _) if part.get("thoughtSignature").is_none() => {}
            (Some(more), Some(last)) if part.get("thoughtSignature").is_none() && goes_on(last) => {
                let so_far = last["text"].as_str().unwrap_or_default();
                last["text"] = Value::from(format!("{so_far}{more}"));
            }
            _ => parts.push(part.clone()),
        }
    }
    let mut last = events.last().cloned().unwrap_or_default();
    last["candidates"][0]["content"]["parts"] = Value::Array(parts);
    last
}
