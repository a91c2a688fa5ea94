//! Tests that recorded replies of the vendor decode without panics or losses; skipped without the recordings.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

use std::fs;
use std::path::{Path, PathBuf};

use jackfield_plugin_sdk::Event;
use jackfield_plugin_sdk::golden::{self, Case};
use mistral::Mistral;
use serde_json::{Value, json};

/// What a reply says, whatever its form.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    text: String,
    thinking: String,
    /// The id, name and parsed arguments of each call.
    calls: Vec<(String, String, String)>,
    finish_reason: Value,
    usage: Value,
}

/// The recordings with this file ending, which are kept outside the workspace.
fn recordings(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/mistral");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending));
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no recordings in {}", folder.display());
    }
    files
}

fn read(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    let values = serde_json::Deserializer::from_str(&text).into_iter();
    values.map(Result::unwrap).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

// === impl Summary ===

impl Summary {
    /// Adds a message, or a piece of one, in the vendor's words or in ours.
    fn add(&mut self, choice: &Value) {
        let message = choice.get("message").unwrap_or(&choice["delta"]);
        self.text += text(&message["content"]);
        self.thinking += text(&message["reasoning_content"]);
        for part in message["content"].as_array().into_iter().flatten() {
            self.text += text(&part["text"]);
            for thought in part["thinking"].as_array().into_iter().flatten() {
                self.thinking += text(&thought["text"]);
            }
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            if !text(&call["id"]).is_empty() {
                let name = text(&call["function"]["name"]).to_owned();
                self.calls.push((text(&call["id"]).to_owned(), name, String::new()));
            }
            self.calls.last_mut().unwrap().2 += text(&call["function"]["arguments"]);
        }
        if !choice["finish_reason"].is_null() {
            self.finish_reason = choice["finish_reason"].clone();
        }
    }

    fn of(replies: &[Value]) -> Self {
        let mut summary = Self::default();
        for reply in replies {
            for choice in reply["choices"].as_array().unwrap() {
                summary.add(choice);
            }
            if reply["usage"].is_object() {
                summary.usage = reply["usage"].clone();
            }
        }
        for (_, _, arguments) in &summary.calls {
            assert!(
                serde_json::from_str::<Value>(arguments).unwrap().is_object(),
                "{arguments}"
            );
        }
        summary
    }
}

/// Decodes a buffered reply.
fn decode(reply: &Value) -> Value {
    let case = Case::parse(&json!({"reply": {"body": reply}}).to_string()).unwrap();
    golden::decode::<Mistral>(&case).unwrap()["done"].clone()
}

/// Decodes a stream; the runner demands the same result for every split.
fn replay(events: &[Value]) -> Vec<Value> {
    let datas = events.iter().map(Value::to_string).chain(["[DONE]".to_owned()]);
    let event = |data: String| Event {
        name: String::new(),
        data: data.into_bytes(),
    };
    let replay = golden::replay::<Mistral>(&Case::default(), &datas.map(event).collect::<Vec<_>>()).unwrap();
    assert_eq!(replay.end, Ok(()));
    replay.chunks
}

#[test]
fn every_buffered_reply_keeps_what_it_says() {
    for file in recordings(".json") {
        let replies = read(&file);
        let decoded = decode(&replies[0]);
        assert!(!decoded["choices"][0]["message"]["content"].is_array());
        assert_eq!(Summary::of(&[decoded]), Summary::of(&replies), "{}", file.display());
    }
}

#[test]
fn every_stream_keeps_what_it_says() {
    for file in recordings(".chunks.txt") {
        let events = read(&file);
        assert_eq!(
            Summary::of(&replay(&events)),
            Summary::of(&events),
            "{}",
            file.display()
        );
    }
}

#[test]
fn the_same_reply_in_both_forms_is_the_same() {
    for (streamed, whole) in [
        ("mistral-reasoning", "mistral-reasoning"),
        ("mistral-tool-call", "mistral-tool-call"),
    ] {
        for file in recordings(&format!("{streamed}.chunks.txt")) {
            let buffered = read(&file.with_file_name(format!("{whole}.json")));
            let mut both = [Summary::of(&replay(&read(&file))), Summary::of(&[decode(&buffered[0])])];
            for summary in &mut both {
                summary.usage = Value::Null;
            }
            assert_eq!(both[0], both[1], "{}", file.display());
        }
    }
}

#[test]
fn calls_and_thinking_go_back_as_they_came() {
    for file in recordings(".json") {
        let reply = &read(&file)[0];
        let message = decode(reply)["choices"][0]["message"].clone();
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "Go on."}, message, {"role": "user", "content": "b"}]});
        let prepared = golden::prepare::<Mistral>(&Case::parse(&json!({"body": body}).to_string()).unwrap()).unwrap();
        let turn = &prepared["exchange"]["body"]["patch"]["messages"][1];
        let theirs = &reply["choices"][0]["message"];
        for (sent, got) in turn["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(theirs["tool_calls"].as_array().into_iter().flatten())
        {
            assert_eq!(
                (&sent["id"], &sent["function"]),
                (&got["id"], &got["function"]),
                "{}",
                file.display()
            );
        }
        if theirs["content"].is_array() {
            assert_eq!(turn["content"][0]["thinking"], theirs["content"][0]["thinking"]);
        }
    }
}
