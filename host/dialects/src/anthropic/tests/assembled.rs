//! For tests: the events of a stream put together as the vendor's SDKs do it, with their order checked on the way.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The events of a stream as the client reads them.
pub(in crate::anthropic) fn events(stream: &str) -> Vec<Value> {
    let event = |event: &str| {
        let (name, data) = event.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        data
    };
    stream.split_terminator("\n\n").map(event).collect()
}

/// The message that a finished stream says.
pub(in crate::anthropic) fn message(stream: &str) -> Value {
    let events = events(stream);
    assert_eq!(events.last().unwrap()["type"], "message_stop", "{stream}");
    partial(&events)
}

/// The message so far. Blocks must come one after the other, each be closed before the message ends, and nothing
/// follow.
pub(in crate::anthropic) fn partial(events: &[Value]) -> Value {
    let (mut message, mut open, mut partial_json) = (Value::Null, false, String::new());
    for event in events {
        assert_ne!(message["stop_reason"].is_string(), event["type"] != "message_stop");
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert!(message.is_null(), "it begins twice");
                message = event["message"].clone();
            }
            "content_block_start" => {
                let blocks = message["content"].as_array_mut().unwrap();
                assert!(!std::mem::replace(&mut open, true), "blocks overlap");
                assert_eq!(event["index"], blocks.len());
                blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                assert!(open, "a delta outside a block");
                let blocks = message["content"].as_array_mut().unwrap();
                assert_eq!(event["index"], blocks.len() - 1);
                grow(blocks.last_mut().unwrap(), &event["delta"], &mut partial_json);
            }
            "content_block_stop" => {
                assert!(std::mem::take(&mut open), "a block ends twice");
                let blocks = message["content"].as_array_mut().unwrap();
                assert_eq!(event["index"], blocks.len() - 1);
                if !partial_json.is_empty() {
                    // What the limit on tokens cut off stays text.
                    let text = std::mem::take(&mut partial_json);
                    let input = serde_json::from_str(&text).unwrap_or(Value::String(text));
                    blocks.last_mut().unwrap()["input"] = input;
                }
            }
            "message_delta" => {
                assert!(!open, "the message ends amid a block");
                for end in [&event["delta"], &json!({ "usage": event["usage"] })] {
                    for (name, value) in end.as_object().unwrap() {
                        message[name] = value.clone();
                    }
                }
            }
            _ => {}
        }
    }
    message
}

fn grow(block: &mut Value, delta: &Value, partial_json: &mut String) {
    let text = |name: &str| delta[name].as_str().unwrap();
    let append = |block: &mut Value, name: &str| {
        let whole = block[name].as_str().unwrap().to_owned() + text(name);
        block[name] = whole.into();
    };
    match delta["type"].as_str().unwrap() {
        "text_delta" => append(block, "text"),
        "thinking_delta" => append(block, "thinking"),
        "signature_delta" => block["signature"] = delta["signature"].clone(),
        "input_json_delta" => partial_json.push_str(text("partial_json")),
        "citations_delta" => {
            if !block["citations"].is_array() {
                block["citations"] = json!([]);
            }
            let citations = block["citations"].as_array_mut().unwrap();
            citations.push(delta["citation"].clone());
        }
        // Kinds of the vendor's own tools.
        _ => {}
    }
}

/// The adapter's own golden cases of this kind, `<name>.<ending>`, with their text.
pub(in crate::anthropic) fn goldens(kind: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/anthropic/tests/golden");
    let files = files(&plugin.join(kind), ending);
    assert!(!files.is_empty(), "{}", plugin.display());
    files
}

/// The vendor's recorded replies, where the machine has them, with their text.
pub(in crate::anthropic) fn recordings(vendor: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    files(&root.join(vendor), ending)
}

fn files(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    let read = |file: PathBuf| (file.clone(), std::fs::read_to_string(file).unwrap());
    files.into_iter().map(read).collect()
}

/// The JSON of a snapshot, which has a head of its own.
pub(in crate::anthropic) fn snapshot(text: &str) -> &str {
    text.splitn(3, "---\n").nth(2).unwrap()
}

/// What two replies must have in common though one went through the canonical form: the thinking, the text and the
/// calls.
pub(in crate::anthropic) fn gist(message: &Value) -> Value {
    let blocks = message["content"].as_array().unwrap();
    let of = |kinds: &[&str]| -> Vec<Value> {
        let is_of = |block: &&Value| kinds.contains(&block["type"].as_str().unwrap());
        blocks.iter().filter(is_of).cloned().collect()
    };
    let texts = of(&["text"]);
    let text: String = texts.iter().filter_map(|it| it["text"].as_str()).collect();
    let citations: Vec<&Value> = texts
        .iter()
        .filter_map(|it| it["citations"].as_array())
        .flatten()
        .collect();
    let calls = of(&["tool_use"]);
    let thinking = of(&["thinking", "redacted_thinking"]);
    let own: Vec<&Value> = blocks
        .iter()
        .filter(|it| {
            !matches!(
                it["type"].as_str().unwrap(),
                "text" | "tool_use" | "thinking" | "redacted_thinking"
            )
        })
        .collect();
    json!({
        "id": message["id"], "stop_sequence": message["stop_sequence"],
        "thinking": thinking, "text": text, "citations": citations, "calls": calls, "own": own,
    })
}
