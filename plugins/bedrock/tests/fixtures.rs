//! Tests that recorded replies of the vendor decode without panics or losses; skipped without the recordings.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

#[path = "fixtures/summary.rs"]
mod summary;
#[path = "fixtures/whole.rs"]
mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use bedrock::Bedrock;
use jackfield_plugin_sdk::Event;
use jackfield_plugin_sdk::golden::{self, Case, Replay};
use serde_json::{Value, json};
use summary::Summary;

const MODEL: &str = "anthropic.claude-3-7-sonnet-20250219-v1:0";

/// A recording of another operation.
const RERANKING: &str = "amazon-bedrock-reranking.1.json";

/// The recordings with this file ending, which are kept outside the workspace.
fn recordings(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/amazon-bedrock");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(ending) && !file.ends_with(RERANKING));
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no recordings in {}", folder.display());
    }
    files
}

/// The events of a recording, each a line `{"name": data}`.
fn events(file: &Path) -> Vec<(String, Value)> {
    let text = fs::read_to_string(file).unwrap();
    let event = |line: &str| {
        let event: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        event.into_iter().next().unwrap()
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(event).collect()
}

fn case() -> Case {
    Case {
        model: Some(MODEL.to_owned()),
        ..Case::default()
    }
}

/// Replays the stream; the runner requires the same result for every split.
fn replay(events: &[(String, Value)]) -> Replay {
    let events = events.iter().map(|(name, data)| Event {
        name: name.clone(),
        data: data.to_string().into_bytes(),
    });
    golden::replay::<Bedrock>(&case(), &events.collect::<Vec<_>>()).unwrap()
}

fn decode(reply: &Value) -> Value {
    let case = json!({"model": MODEL, "reply": {"body": reply}}).to_string();
    let step = golden::decode::<Bedrock>(&Case::parse(&case).unwrap()).unwrap();
    step["done"].clone()
}

#[test]
fn every_buffered_reply_keeps_all_that_the_message_says() {
    for file in recordings(".json") {
        let reply: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let said = Summary::of_reply(&reply);
        assert_eq!(Summary::of_completion(&decode(&reply)), said, "{}", file.display());
    }
}

#[test]
fn every_stream_becomes_what_the_same_message_in_one_piece_becomes() {
    for file in recordings(".chunks.txt") {
        let events = events(&file);
        let replay = replay(&events);
        assert_eq!(replay.end, Ok(()), "{}", file.display());
        let whole = whole::reply(&events);
        let streamed = Summary::of_chunks(&replay.chunks);
        assert_eq!(streamed, Summary::of_reply(&whole), "{}", file.display());
        assert_eq!(streamed, Summary::of_completion(&decode(&whole)), "{}", file.display());
    }
}

#[test]
fn the_thinking_and_the_calls_of_a_recorded_reply_go_back_as_they_came() {
    for file in recordings(".json") {
        let reply: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let body = json!({"model": MODEL, "messages": [
            {"role": "user", "content": "Go on."},
            decode(&reply)["choices"][0]["message"],
            {"role": "user", "content": "And?"},
        ]});
        let case = Case::parse(&json!({"body": body}).to_string()).unwrap();
        let prepared = golden::prepare::<Bedrock>(&case).unwrap();
        let sent = &prepared["exchange"]["body"]["bytes"]["messages"][1]["content"];
        // The texts of a reply become one.
        let others = |content: &Value| -> Vec<Value> {
            let all = content.as_array().into_iter().flatten();
            all.filter(|block| block.get("text").is_none()).cloned().collect()
        };
        let said = &reply["output"]["message"]["content"];
        assert_eq!(others(sent), others(said), "{}", file.display());
    }
}
